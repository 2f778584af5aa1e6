/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/auth/settings: what a client must know before anybody has signed in. */
#include "cgi/auth/auth.h"

/* What the database says, else what the configuration says. */
static int64_t
either(int64_t stored, long long configured)
{
	return stored ? stored : configured;
}

enum err
auth_settings(struct door *d)
{
	const struct store_setting *st;
	struct base_buf *b;
	enum err e = door_settings(d, &st);

	if (e != ERR_OK)
		return e;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "serverName", st->server_name);
	base_json_put_bool(b, "registrationEnabled", st->registration_enabled);
	base_json_put_bool(b, "tokenRegistrationOnly", st->token_registration_only);
	base_json_put_bool(b, "guestLoginEnabled", st->guest_login_enabled);
	base_json_put_bool(b, "passkeysEnabled", 0);	/* no routes for them yet: a button would lead nowhere */
	base_json_put_raw(b, "oauthProviders", "[]");
	base_json_put_bool(b, "requireEmailVerification", conf_bool(d->conf, CONF_auth_requireEmailVerification));
	base_json_put_int(b, "chatMaxMessageCount",
	    either(st->chat_max_message_count, conf_int(d->conf, CONF_chat_maxMessageCount)));
	base_json_put_int(b, "chatMessageTTLHours",
	    either(st->chat_message_ttl_hours, conf_int(d->conf, CONF_chat_messageTTLHours)));
	base_json_put_int(b, "chatUploadMaxBytes",
	    either(st->chat_upload_max_bytes, conf_int(d->conf, CONF_chat_uploads_maxBytes)));
	base_json_put_int(b, "chatUploadMaxDimension",
	    either(st->chat_upload_max_dimension, conf_int(d->conf, CONF_chat_uploads_maxDimension)));
	base_json_put_bool(b, "recordingsEnabled",
	    st->recordings_enabled || conf_bool(d->conf, CONF_recording_enabled));
	base_json_put_bool(b, "rnnoiseEnabled", st->rnnoise_enabled);
	base_json_put_bool(b, "krispEnabled", st->krisp_enabled);
	base_json_open(b, "webxdc", '{');
	base_json_put_bool(b, "enabled", 0);
	base_json_put_bool(b, "experimental", 1);
	base_json_put_str(b, "baseDomain", "");
	base_json_close(b, '}');
	base_json_close(b, '}');
	return ERR_OK;
}

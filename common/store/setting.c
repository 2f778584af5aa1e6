/* SPDX-License-Identifier: Apache-2.0 */
#include "store/setting.h"
#include "store/store_impl.h"

static const struct store_setting defaults = {
	.registration_enabled = 1, .guest_login_enabled = 1, .passkeys_enabled = 1, .max_participants_limit = 1000,
	.max_rooms_per_user = 100, .chat_max_message_count = 10000, .chat_message_ttl_hours = 2160, .server_name = "",
	.recording_max_duration_mins = 60, .recording_max_file_size_mb = 2048,
};

enum err
store_setting_get(struct store *s, struct base_arena *a, struct store_setting *out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT registration_enabled,token_registration_only,guest_login_enabled,"
	    "passkeys_enabled,recordings_enabled,rn_noise_enabled,krisp_enabled,max_participants_limit,"
	    "max_rooms_per_user,"
	    "chat_upload_max_bytes,chat_upload_max_dimension,chat_max_message_count,chat_message_ttl_hours,server_name,"
	    "recording_max_duration_mins,recording_max_file_size_mb "
	    "FROM system_settings WHERE id=1", NULL, 0);

	*out = defaults;
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	out->registration_enabled = store_read_bool(&r);
	out->token_registration_only = store_read_bool(&r);
	out->guest_login_enabled = store_read_bool(&r);
	out->passkeys_enabled = store_read_bool(&r);
	out->recordings_enabled = store_read_bool(&r);
	out->rnnoise_enabled = store_read_bool(&r);
	out->krisp_enabled = store_read_bool(&r);
	out->max_participants_limit = store_read_int(&r);
	out->max_rooms_per_user = store_read_int(&r);
	out->chat_upload_max_bytes = store_read_number(&r);
	out->chat_upload_max_dimension = store_read_int(&r);
	out->chat_max_message_count = store_read_int(&r);
	out->chat_message_ttl_hours = store_read_int(&r);
	out->server_name = store_read_text(&r);
	out->recording_max_duration_mins = store_read_int(&r);
	out->recording_max_file_size_mb = store_read_int(&r);
	store_finish(r.st);
	return r.err;
}

/* State of an invite for an address. Times are text of several forms, so they are compared here and not in SQL. */
static enum err
look_at_invite(struct store *s, const char *token, const char *email, int64_t now)
{
	struct store_reader r = { NULL, NULL, 0, ERR_OK };
	int used, other;
	int64_t expires;
	enum err e = store_select(s, &r.st, "SELECT used_at IS NOT NULL,coalesce(email,'')<>'' AND email<>?2 COLLATE "
	    "NOCASE,expires_at FROM invite_tokens WHERE token=?1", ARGS(ARG_TEXT(token),
	    ARG_TEXT(email)));

	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_DENIED : e;
	used = store_read_bool(&r);
	other = store_read_bool(&r);
	expires = store_read_time(&r);
	store_finish(r.st);
	if (used)
		return ERR_CONFLICT;
	return expires > now && !other ? ERR_OK : ERR_DENIED;
}

enum err
store_setting_check_invite(struct store *s, const char *token, const char *email, int64_t now)
{
	enum err e = look_at_invite(s, token, email, now);

	return e == ERR_CONFLICT ? ERR_DENIED : e;
}

enum err
store_setting_use_invite(struct store *s, const char *token, const char *email, const char *user_id, int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = look_at_invite(s, token, email, now);
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE invite_tokens SET used_at=?3,used_by=?2 WHERE token=?1",
		    ARGS(ARG_TEXT(token), ARG_TEXT(user_id), ARG_TIME(now)));
	return store_leave(s, own, e);
}

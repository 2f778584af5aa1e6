/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/auth/register: a new account. */
#include <string.h>
#include "cgi/auth/auth.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "ident/normal.h"
#include "ident/password.h"

struct application {
	const char *email, *password, *name, *invite;
	const char *unicode_email;	/* how a row from before normalisation has it */
	int invite_needed;
};

/* Who may register at all. The invite itself is judged when the address is known. */
static enum err
pass_gate(struct door *d, struct application *app)
{
	const struct store_setting *st;
	enum err e = door_settings(d, &st);

	if (e != ERR_OK)
		return e;
	if (!st->registration_enabled)
		return door_fail(d, ERR_DENIED, "Registration is closed on this server. "
		    "Ask its administrator for an account.");
	app->invite_needed = st->token_registration_only;
	if (app->invite_needed && !*app->invite)
		return door_fail(d, ERR_DENIED, "Registration on this server is by invitation. "
		    "Open the link in your invitation.");
	return ERR_OK;
}

static enum err
judge_fields(struct door *d, struct application *app)
{
	size_t n = strlen(app->password);
	enum err e = ident_normal_email(d->arena, app->email, &app->email);

	if (e == ERR_INPUT)
		return door_fail(d, e, "Give a valid e-mail address, such as name@example.org.");
	if (e != ERR_OK || (e = ident_normal_email_unicode(d->arena, app->email, &app->unicode_email)) != ERR_OK)
		return e;
	if (n < LIMIT_PASSWORD_MIN || n > LIMIT_PASSWORD_MAX)
		return door_fail(d, ERR_INPUT, "Choose a password of %d to %d characters.", LIMIT_PASSWORD_MIN,
		    LIMIT_PASSWORD_MAX);
	e = ident_normal_name(d->arena, app->name, LIMIT_NAME_MIN, LIMIT_NAME_MAX, &app->name);
	if (e == ERR_INPUT)
		return door_fail(d, e, "Give a name of %d to %d characters.", LIMIT_NAME_MIN, LIMIT_NAME_MAX);
	return e;
}

static enum err
bad_invite(struct door *d, enum err e)
{
	if (e == ERR_DENIED)
		return door_fail(d, e, "This invitation is not valid for this address, or has expired or been used. "
		    "Ask for a new one.");
	if (e == ERR_CONFLICT)
		return door_fail(d, e, "This invitation has just been used. Ask for a new one.");
	return e;
}

/* Any account with the address stands in the way, of whatever provider. */
static enum err
judge_taken(struct door *d, const struct application *app)
{
	int taken = 0;
	enum err e = store_user_email_taken(d->store, app->email, &taken);

	if (e == ERR_OK && !taken)
		e = store_user_email_taken(d->store, app->unicode_email, &taken);
	if (e != ERR_OK)
		return e;
	if (taken)
		return door_fail(d, ERR_INPUT, "This e-mail address can't be registered. "
		    "Sign in if you have an account already.");
	return ERR_OK;
}

/* The user, the invite's use and the first session (t NULL: none yet), together or not at all. */
static enum err
insert(struct door *d, const struct application *app, const struct store_user *u, struct ident_tokens *t)
{
	enum err e = store_begin(d->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	if (app->invite_needed)
		e = bad_invite(d, store_setting_use_invite(d->store, app->invite, u->email, u->id, d->now));
	if (e == ERR_OK)
		e = judge_taken(d, app);
	if (e == ERR_OK && (e = store_user_insert(d->store, u)) == ERR_CONFLICT)
		e = base_log_err(ERR_BUG, "a new user's id is taken");
	if (e == ERR_OK && t != NULL)
		e = auth_open(d, u, t);
	if (e == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK)
		store_rollback(d->store);
	return e;
}

static enum err
answer_unverified(struct door *d, const struct store_user *u)
{
	struct base_buf *b = door_json(d);

	base_log(LOG_LEVEL_WARN, "user %s must verify the e-mail address, but this version sends no mail: "
	    "set users.email_verified_at, or auth.requireEmailVerification to false", u->id);
	base_json_open(b, NULL, '{');
	base_json_put_bool(b, "requiresVerification", 1);
	base_json_put_str(b, "message", "Your account is made. Confirm your e-mail address before you sign in.");
	base_json_put_str(b, "email", u->email);
	base_json_close(b, '}');
	return ERR_OK;
}

enum err
auth_register(struct door *d)
{
	struct application app = {0};
	const struct auth_field fields[] = {
		{"email", &app.email}, {"password", &app.password}, {"name", &app.name}, {"inviteToken", &app.invite},
	};
	struct store_user u = {
		.provider = "local", .accesses = "{user}", .is_active = 1, .avatar_url = "", .refresh_token = "",
		.created_at = d->now, .updated_at = d->now,
	};
	struct ident_tokens tokens;
	char id[37];
	enum err e;

	if ((e = auth_fields(d, 0, fields, sizeof fields / sizeof *fields)) != ERR_OK ||
	    (e = pass_gate(d, &app)) != ERR_OK || (e = judge_fields(d, &app)) != ERR_OK)
		return e;
	if (app.invite_needed) {
		e = store_setting_check_invite(d->store, app.invite, app.email, d->now);
		if (e != ERR_OK)
			return bad_invite(d, e);
	}
	if ((e = judge_taken(d, &app)) != ERR_OK ||	/* asked again under the lock: this one spares the hash */
	    (e = ident_password_hash(d->arena, app.password, &u.password)) != ERR_OK)
		return e;
	base_random_uuid(id);
	u.id = id;
	u.email = app.email;
	u.name = app.name;
	if (conf_bool(d->conf, CONF_auth_requireEmailVerification))
		return (e = insert(d, &app, &u, NULL)) != ERR_OK ? e : answer_unverified(d, &u);
	return (e = insert(d, &app, &u, &tokens)) != ERR_OK ? e : auth_welcome(d, &u, &tokens);
}

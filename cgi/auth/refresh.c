/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/auth/refresh: a new pair of tokens for a refresh token, from the body or the cookie. */
#include "cgi/auth/auth.h"

static enum err
refused(struct door *d, enum err e, const struct ident_caller *who)
{
	if (e == ERR_AUTH)
		return door_fail(d, e, "Your session is over. Sign in again.");
	if (e == ERR_CONFLICT)
		return door_fail(d, e, "Your session was refreshed somewhere else at this moment. Try again.");
	if (e == ERR_DENIED && who->user.is_active)
		return auth_unverified(d, who->user.email);
	if (e == ERR_DENIED)
		return door_fail(d, e, "This account is deactivated. Ask the administrator of this server.");
	return e;
}

enum err
auth_refresh(struct door *d)
{
	const char *token;
	struct ident_caller who;
	struct ident_tokens t;
	struct base_buf *b;
	enum err e = auth_refresh_token(d, &token);

	if (e != ERR_OK)
		return e;
	if (!*token)
		return door_fail(d, ERR_INPUT, "Nobody is signed in here: there is no refresh_token in the body and no "
		    "cookie of that name.");
	e = ident_session_refresh(d->store, d->arena, d->process->jwt_key, token, d->req->user_agent,
	    door_access_life(d), conf_bool(d->conf, CONF_auth_requireEmailVerification), &who, &t);
	if (e != ERR_OK)
		return refused(d, e, &who);
	if ((e = door_auth_cookies(d, &t)) != ERR_OK)
		return e;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "access_token", t.access);
	base_json_put_str(b, "refresh_token", t.refresh);
	/* The desktop client reads these. */
	base_json_put_str(b, "accessToken", t.access);
	base_json_put_str(b, "refreshToken", t.refresh);
	base_json_close(b, '}');
	return ERR_OK;
}

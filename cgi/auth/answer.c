/* SPDX-License-Identifier: Apache-2.0 */
/* What several of the files here say in the same words. */
#include "cgi/auth/auth.h"

enum err
auth_fields(struct door *d, int optional, const struct auth_field *fields, size_t n)
{
	json_object *body;
	enum err e = web_request_json(d->req, optional, &body);

	if (e == ERR_INPUT)
		return door_fail(d, e, "The request needs a JSON object as its body, and "
		    "Content-Type: application/json.");
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		*fields[i].value = "";
		if ((e = base_json_str(body, fields[i].name, fields[i].value)) != ERR_OK)
			return door_fail(d, e, "The member \"%s\" must be a string.", fields[i].name);
	}
	return ERR_OK;
}

enum err
auth_refresh_token(struct door *d, const char **token)
{
	const struct auth_field fields[] = {{"refresh_token", token}};
	enum err e = auth_fields(d, 1, fields, 1);
	const char *cookie;

	if (e == ERR_OK && **token == '\0' && (cookie = web_request_cookie(d->req, "refresh_token")) != NULL)
		*token = cookie;
	return e;
}

enum err
auth_open(struct door *d, const struct store_user *u, struct ident_tokens *t)
{
	return ident_session_open(d->store, d->arena, d->process->jwt_key, u, d->req->user_agent, door_access_life(d),
	    t);
}

enum err
auth_welcome(struct door *d, const struct store_user *u, const struct ident_tokens *t)
{
	struct base_buf *b;
	enum err e = door_auth_cookies(d, t);

	if (e != ERR_OK)
		return e;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	door_put_user(b, "user", u);
	door_put_tokens(b, "tokens", t);
	base_json_put_str(b, "access_token", t->access);		/* the iOS client looks here */
	base_json_put_str(b, "refresh_token", t->refresh);
	base_json_close(b, '}');
	return ERR_OK;
}

enum err
auth_unverified(struct door *d, const char *email)
{
	struct base_buf *b = door_json(d);

	d->reply->status = base_err_status(ERR_DENIED);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "error", "Confirm your e-mail address first. If no message has reached you, "
	    "ask the administrator of this server.");
	base_json_put_bool(b, "requiresVerification", 1);
	base_json_put_str(b, "email", email);
	base_json_close(b, '}');
	return ERR_OK;
}

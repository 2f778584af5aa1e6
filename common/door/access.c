/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "door/door_impl.h"

/* "Bearer x" gives x, another value is the token itself, as clients of Bedrud send it; *bearer tells which. */
static const char *
header_token(const char *authorization, int *bearer)
{
	*bearer = strncasecmp(authorization, "Bearer ", 7) == 0;
	if (!*bearer)
		return authorization;
	authorization += 7;
	return authorization + strspn(authorization, " ");
}

static const char *
find_token(struct door *d, int *bearer)
{
	const char *token = header_token(d->req->authorization, bearer);

	if (token[0] != '\0')
		return token;
	*bearer = 0;
	return web_request_cookie(d->req, "access_token");
}

/* A change needs the header, which a foreign site can't set: cookies serve reading only. */
static int
is_change(const struct web_request *r)
{
	static const char *const changes[] = {"POST", "PUT", "PATCH", "DELETE"};

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (strcmp(r->method, changes[i]) == 0)
			return 1;
	return 0;
}

static enum err
identify(struct door *d, const char *token)
{
	struct ident_caller *caller = base_arena_alloc(d->arena, sizeof *caller);
	enum err e;

	if (caller == NULL)
		return ERR_NOMEM;
	/* The handler's reads go on in this transaction: its first write ends it, or the answer does. */
	e = store_begin_read(d->store);
	if (e != ERR_OK)
		return e;
	e = ident_session_check(d->store, d->arena, d->process->jwt_key, token, caller);
	if (e == ERR_OK)
		d->caller = caller;
	return e;
}

static enum err
refuse(struct door *d, enum err e)
{
	if (e == ERR_AUTH)
		return door_fail(d, e, "Your session is over. Sign in again.");
	if (e == ERR_DENIED)
		return door_fail(d, e, "This account is deactivated. Ask the administrator of this server.");
	return e;
}

static enum err
check_rights(struct door *d, enum door_access access)
{
	const struct ident_caller *c = d->caller;

	if (access != DOOR_UNVERIFIED && !c->is_guest && c->user.email_verified_at == 0 &&
	    conf_bool(d->conf, CONF_auth_requireEmailVerification))
		return door_fail(d, ERR_DENIED, "Confirm your e-mail address first.");
	if ((access == DOOR_USER || access == DOOR_ADMIN) && c->is_guest)
		return door_fail(d, ERR_DENIED, "Guests can't do this. Sign in with an account.");
	if (access == DOOR_ADMIN && !c->is_superadmin)
		return door_fail(d, ERR_DENIED, "Only an administrator can do this.");
	return ERR_OK;
}

enum err
door_access_check(struct door *d, enum door_access access)
{
	int bearer;
	const char *token;
	enum err e;

	if (access == DOOR_ANYONE)
		return ERR_OK;
	token = find_token(d, &bearer);
	if (access == DOOR_OPTIONAL) {
		if (token == NULL || (is_change(d->req) && !bearer))
			return ERR_OK;
		e = identify(d, token);
		return e == ERR_AUTH || e == ERR_DENIED ? ERR_OK : e;	/* nobody, then */
	}
	if (token == NULL)
		return door_fail(d, ERR_AUTH, "Sign in first.");
	if (is_change(d->req) && !bearer)
		return door_fail(d, ERR_AUTH,
				 "This needs the header Authorization: Bearer <access token>. A cookie is not enough.");
	e = identify(d, token);
	return e == ERR_OK ? check_rights(d, access) : refuse(d, e);
}

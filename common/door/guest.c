/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of a join link: the cookie that names them, and what they call themselves. */
#include "base/limits.h"
#include "door/door.h"
#include "ident/normal.h"

enum { COOKIE_LIFE_S = 2592000 };

enum err
door_guest(struct door *d, char id[IDENT_GUEST_ID], int *is_new)
{
	enum err e = ident_guest_read(d->process->session_key, web_request_cookie(d->req, "bedrud_guest_id"), id);

	*is_new = e == ERR_AUTH;
	if (!*is_new)
		return e;
	ident_guest_new(id);
	return ERR_OK;
}

enum err
door_guest_name(struct door *d, json_object *body, const char **name)
{
	const char *given = "";
	enum err e = base_json_str(body, "guestName", &given);

	if (e == ERR_OK)
		e = ident_normal_name(d->arena, given, 1, LIMIT_GUEST_NAME_MAX, name);
	if (e == ERR_INPUT)
		return door_fail(d, e, "Give a name of 1 to %d letters as guestName.", LIMIT_GUEST_NAME_MAX);
	return e;
}

enum err
door_guest_cookie(struct door *d, const char *id)
{
	const char *value = ident_guest_cookie(d->process->session_key, d->arena, id);

	if (value == NULL)
		return ERR_NOMEM;
	/* Always SameSite=Lax, as Bedrud sets it. */
	return web_reply_cookie(d->reply, "bedrud_guest_id", value, COOKIE_LIFE_S, "",
	    door_cookie_flags(d) & WEB_COOKIE_SECURE);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/room/refresh-token: somebody whose connection was lost for long asks for a new token. */
#include "cgi/join/join.h"

#include <string.h>

enum err
join_refresh(struct door *d)
{
	const struct store_user *u = &d->caller->user;
	/* Guests of a join link have no metadata in their first token, and so none in the next. */
	struct join_visit v = { .judge = meeting_join_refresh, .identity = u->id, .display = u->name,
		.accesses = strncmp(u->id, "guest-", 6) == 0 ? NULL : u->accesses };
	struct base_buf *b;
	json_object *body;
	enum err e;

	if ((e = join_visit_read(d, &v, &body)) != ERR_OK)
		return e;
	if (*v.name == '\0')
		return door_fail(d, ERR_INPUT, "Give the name of the room as roomName.");
	if ((e = join_visit_enter(d, &v)) != ERR_OK)
		return e;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	if ((e = join_visit_put_token(d, &v, b)) != ERR_OK)
		return e;
	base_json_close(b, '}');
	return b->err;
}

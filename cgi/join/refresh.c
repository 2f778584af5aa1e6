/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/room/refresh-token: somebody whose connection was lost for long asks for a new token. */
#include "cgi/join/join.h"

#include <string.h>

enum err
join_refresh(struct door *d)
{
	struct join_visit v = { .at.judge = meeting_join_refresh };
	struct base_buf *b;
	json_object *body;
	enum err e;

	if ((e = join_visit_read(d, &v, &body)) != ERR_OK || (e = join_visit_caller(d, &v)) != ERR_OK)
		return e;
	/* Guests of a join link have no metadata in their first token, and so none in the next. */
	if (strncmp(v.at.identity, "guest-", 6) == 0)
		v.accesses = NULL;
	if (*v.at.name == '\0')
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

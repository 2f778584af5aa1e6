/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/room/check/:name: the landing page asks whether a room is there and open to a stranger. */
#include "cgi/join/join.h"

#include "meeting/room.h"

enum err
join_check(struct door *d)
{
	struct join_visit v = { .at = { .judge = meeting_join_check, .identity = "", .address = "",
		.invitation = "" } };
	struct base_buf *b;
	enum err e = meeting_room_name(d->arena, d->req->params[0], &v.at.name);

	if (e == ERR_INPUT)
		return door_fail(d, e, MEETING_ROOM_NAME_RULE);
	if (e != ERR_OK || (e = join_visit_peek(d, &v)) != ERR_OK)
		return e;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_bool(b, "exists", 1);
	base_json_put_str(b, "name", v.at.room.name);
	base_json_close(b, '}');
	return b->err;
}

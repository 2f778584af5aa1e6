/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/room/list: the rooms that the caller has made, newest first: a bare array. */
#include "cgi/room/room.h"

#include "meeting/room.h"

enum err
room_list(struct door *d)
{
	struct base_buf *b = door_json(d);
	struct store_room *rooms;
	enum err e;
	size_t n;

	if ((e = store_room_list(d->store, d->arena, d->caller->user.id, &rooms, &n)) != ERR_OK)
		return e;
	base_json_open(b, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		if ((e = meeting_room_judge(d->store, d->arena, &rooms[i], d->now)) != ERR_OK)
			return e;
		meeting_room_put(b, NULL, &rooms[i]);
	}
	base_json_close(b, ']');
	return b->err;
}

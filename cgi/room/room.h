/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The responder room: making, listing and ending rooms, and who is in one. A room is a row; LiveKit hears of it when
 * its first participant joins with a token of the responder join. So making one can't touch a meeting that runs.
 */
#ifndef CGI_ROOM_ROOM_H
#define CGI_ROOM_ROOM_H
#include "door/door.h"
#include "store/room.h"

/* The routes. */
enum err room_create(struct door *d);	/* POST /api/room/create: create.c */
enum err room_list(struct door *d);	/* GET /api/room/list: list.c */
enum err room_delete(struct door *d);	/* DELETE /api/room/:id: delete.c */
enum err room_presence(struct door *d);	/* GET /api/room/:id/presence: presence.c */

#endif

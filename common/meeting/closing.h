/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second half of a room's end (meeting/ending.h is the first): LiveKit is told. Whoever is in hears why, then
 * LiveKit sends everybody home.
 */
#ifndef MEETING_CLOSING_H
#define MEETING_CLOSING_H
#include "livekit/api.h"
#include "store/room.h"

struct meeting_closing {
	const char *event;		/* room_ended, room_closed, room_deleted, room_archived, room_suspended */
	const char *message;		/* for people; NULL or "": none */
	const char *deleted_identity;	/* with room_deleted: whose account went; else NULL or "" */
};

/*
 * Takes half a second when somebody is in: the message must have arrived before the end does. Nothing is done when
 * another, active room has that name by now. ERR_PEER when LiveKit wasn't reached: whoever is in is removed by the
 * worker's next reconciling. Not inside a transaction.
 */
enum err meeting_closing_tell(struct store *s, struct base_arena *a, struct livekit_api *api,
    const struct store_room *room, const struct meeting_closing *c) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this person join, and with which grants: pure functions over plain facts. The four words that clients look for in
 * a refusal (full, private, banned, approval) stand in the texts of this room's join.c only.
 */
#ifndef MEETING_JOIN_H
#define MEETING_JOIN_H
#include "store/room.h"

enum meeting_verdict {
	MEETING_ADMIT, MEETING_ARCHIVED_OWNED, MEETING_NO_ROOM, MEETING_ENDED, MEETING_PRIVATE, MEETING_NEEDS_APPROVAL,
	MEETING_FULL, MEETING_BANNED, MEETING_GUESTS_OFF, MEETING__MAX
};

struct meeting_facts {
	const struct store_room *room;	/* NULL = no such room; is_active as meeting_room_judge() left it */
	const char *caller;		/* identity; "" = not known yet (a check, or a guest without a cookie) */
	int is_member;			/* has an active, unbanned participant row, or is_approved */
	int is_banned;
	int others;			/* people in the room besides the caller */
	int guests_off;			/* guestLoginEnabled is false; only looked at for guests */
};

/*
 * First match wins, in the order of each table. A room at its limit turns away whoever isn't counted already: `others`
 * leaves the caller out, so that a person who comes back finds their own place. maxParticipants 0 is never full.
 */
enum meeting_verdict meeting_join_account(const struct meeting_facts *f);	/* POST /api/room/join */
enum meeting_verdict meeting_join_guest(const struct meeting_facts *f);		/* POST /api/room/guest-join */
enum meeting_verdict meeting_join_check(const struct meeting_facts *f);		/* GET /api/room/check/:name */
enum meeting_verdict meeting_join_refresh(const struct meeting_facts *f);	/* POST /api/room/refresh-token */

/* Kind and sentence (a literal) of a verdict. ERR_OK and "" for ADMIT and ARCHIVED_OWNED. */
enum err meeting_join_error(enum meeting_verdict v, const char **text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this person join: pure functions over plain facts, which meeting/entry.h gathers. The four words that clients
 * look for in a refusal (full, private, banned, approval) stand in the texts of this room's join.c only.
 */
#ifndef MEETING_JOIN_H
#define MEETING_JOIN_H
#include "meeting/role.h"

enum meeting_verdict {
	MEETING_ADMIT, MEETING_ARCHIVED_OWNED, MEETING_NO_ROOM, MEETING_SUSPENDED, MEETING_ENDED, MEETING_KICKED,
	MEETING_PRIVATE, MEETING_NEEDS_APPROVAL, MEETING_INVITATION_VOID, MEETING_FULL, MEETING_BANNED,
	MEETING_NETWORK_BANNED, MEETING_GUESTS_OFF, MEETING__MAX
};

struct meeting_facts {
	const struct store_room *room;	/* NULL = no such room; is_active as meeting_room_judge() left it */
	const char *caller;		/* identity; "" = not known yet (a check, or a guest without a cookie) */
	enum meeting_role role;
	int is_member;			/* sits in the room or was approved, and isn't banned */
	int is_invited;			/* shows an invitation that is good */
	int is_banned;
	int network_banned;		/* a guest, from where one was banned */
	int is_kicked;			/* removed a moment ago, they or a guest from there */
	int others;			/* people in the room besides the caller */
	int guests_off;			/* guestLoginEnabled is false; only set for guests */
};

/*
 * First match wins, in the order of each table. What keeps strangers out (private, approval, the limit) keeps neither
 * its owner nor its moderators nor a superadmin out; a ban or a kick keeps anybody out, and the answer to a kick isn't
 * given where a ban stands. A room at its limit turns away whoever isn't counted already: `others` leaves the caller
 * out, so that a person who comes back finds their own place. maxParticipants 0 is never full.
 */
typedef enum meeting_verdict meeting_join_judge(const struct meeting_facts *f);
meeting_join_judge meeting_join_account;	/* POST /api/room/join */
meeting_join_judge meeting_join_guest;		/* POST /api/room/guest-join */
meeting_join_judge meeting_join_check;		/* GET /api/room/check/:name */
meeting_join_judge meeting_join_refresh;	/* POST /api/room/refresh-token */
/*
 * POST /api/room/knock: MEETING_PRIVATE and MEETING_NEEDS_APPROVAL mean that the person may wait at the door,
 * MEETING_ADMIT that they needn't: a full room is told when they join.
 */
meeting_join_judge meeting_join_knock;

/* Kind and sentence (a literal) of a verdict. ERR_OK and "" for ADMIT and ARCHIVED_OWNED. */
enum err meeting_join_error(enum meeting_verdict v, const char **text);

/*
 * The limit that LiveKit is told of a room with maxParticipants, where `most` is the highest that one may have here (0:
 * 1000): beyond that, because LiveKit keeps the number that its room began with (1.13.5: CreateRoom doesn't change it),
 * while the owner may raise ours, and because it turns away those who may enter a full room as well (its handshake
 * answers 500). Ours is judged here and again on arrival (meeting/presence.h). 0 stays 0, no limit.
 */
int meeting_join_livekit_limit(int max_participants, int most);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what LiveKit says of a participant, in an event or in a list, to what follows: a seat, an objection, the rights
 * to set right. The one place for it: the webhook responder and the reconciler both ask here. No call to LiveKit is
 * made here: the caller removes and updates when no transaction is open.
 */
#ifndef MEETING_PRESENCE_H
#define MEETING_PRESENCE_H
#include "livekit/participant.h"
#include "meeting/role.h"

struct meeting_sighting {
	const struct store_room *room;		/* as meeting_room_judge() left it; NULL = no such room */
	const char *room_sid;			/* of LiveKit's room */
	const struct livekit_participant *who;
	int64_t at;				/* ns: when they came in, if LiveKit doesn't say */
	int is_strict;				/* livekit.strictAdmission */
};

struct meeting_presence {
	const char *objection;		/* why they must leave LiveKit (a literal for the log); NULL = may stay */
	int must_mend;			/* they may do other than they should: `grant` is for UpdateParticipant */
	struct livekit_grant grant;
	int was_active;			/* the person held a seat of the room before */
	enum meeting_role role;
};

/*
 * What the store says now about a participant. Rights are set right only for who came with a token of ours, or was
 * restricted here: what another holder of the API key grants (to agents, recorders, telephones) is left alone.
 * Reads room_participants, room_standing, bans, users, admissions, rooms.
 */
enum err meeting_presence_judge(struct store *s, struct base_arena *a, const struct meeting_sighting *t, int64_t now,
    struct meeting_presence *out) BASE_MUST_CHECK;

/*
 * A participant has come in: judges, and if it is a person without an objection takes the seat, extends the room's
 * time and tells participant.joined, once per seat. Here the room's limit is judged as well, for who held no seat
 * before: more people may have been given tokens than find a place. Nothing changes and nothing need be done (no
 * objection, nothing to mend) when this participant has left already or the same identity has come in anew: sending the
 * identity away would hit the newer one. In the caller's transaction. Writes also seats, jobs, rooms; reads webhooks.
 */
enum err meeting_presence_arrive(struct store *s, struct base_arena *a, const struct meeting_sighting *t, int64_t now,
    struct meeting_presence *out) BASE_MUST_CHECK;

/*
 * A participant has left (at, ns): frees the seat, and if nobody of that identity is in any more tells
 * participant.left. In the caller's transaction.
 */
enum err meeting_presence_leave(struct store *s, struct base_arena *a, const struct store_room *room,
    const char *identity, const char *sid, int64_t at, int64_t now) BASE_MUST_CHECK;

/*
 * Somebody is put out of the room by a person (by): kicked until a time (ns), or banned with until 0. Whoever sat there
 * has left (participant.left). In the caller's transaction. Writes what store_standing_kick() or store_seat_ban() does.
 */
enum err meeting_presence_put_out(struct store *s, struct base_arena *a, const struct store_room *room,
    const char *identity, const char *by, int64_t until, int64_t now) BASE_MUST_CHECK;

/*
 * For what frees seats without naming people: who sat in the room before, and what follows when it is done: who sits no
 * longer has left (participant.left). Both in the caller's transaction.
 */
struct meeting_presence_people { const char **id; size_t n; };
enum err meeting_presence_before(struct store *s, struct base_arena *a, const struct store_room *room,
    struct meeting_presence_people *out) BASE_MUST_CHECK;
enum err meeting_presence_after(struct store *s, struct base_arena *a, const struct store_room *room,
    const struct meeting_presence_people *before, int64_t now) BASE_MUST_CHECK;

#endif

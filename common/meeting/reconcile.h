/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One room of the store made to agree with what LiveKit's lists say of it. Events are lost, late and out of order; the
 * lists are the truth. First meeting_reconcile_look(), which writes nothing: almost always there is nothing to do.
 * Then, in a writing transaction, look and mend. No call to LiveKit is made here; whom the look found to be sent away
 * or to be given other rights, the caller tells LiveKit about when no transaction is open.
 */
#ifndef MEETING_RECONCILE_H
#define MEETING_RECONCILE_H
#include "meeting/compare.h"
#include "meeting/presence.h"

struct meeting_reconcile_room {
	/* The row; its time is not looked at (meeting_room_judge), as no meeting ends under its people. */
	const struct store_room *row;
	const char *sid;	/* of LiveKit's room of this name; NULL = it has none */
	int64_t created_at;	/* LiveKit's room, ns */
	const struct livekit_participant *people;	/* all that LiveKit lists */
	size_t n;
	int64_t settled;	/* ns, see meeting/compare.h */
	int is_strict;		/* livekit.strictAdmission */
};

/* Somebody in LiveKit's room who must leave, or may do other than they should. */
struct meeting_errand {
	const struct livekit_participant *who;
	struct meeting_presence must;
	const char *full;	/* NULL, or why they must leave though meeting_presence_judge() knows no reason */
};

struct meeting_reconcile_plan {
	const struct livekit_participant **present;
	struct store_truth_seat *held;
	struct meeting_repair *repairs;
	struct meeting_errand *errands;
	size_t n_present, n_held, n_repairs, n_errands;
	int live_differs;	/* which LiveKit room stands for the row */
	int is_over;		/* LiveKit's room was over a while ago, and the row is still active */
	int must_close;		/* LiveKit's room is open and the row is not: DeleteRoom; then there are no errands */
	int must_mend;		/* one of the above that the store needs: repairs, live_differs or is_over */
};

/* What was set right, summed up over calls. */
struct meeting_reconcile_count { int seats_freed, seats_taken, rooms_noticed, rooms_ended; };

/*
 * A LiveKit that was killed has no rooms for the seconds in which its people come back, so a room's end isn't
 * believed at once: its LiveKit room is noted as over first, and this long after (ns) the row ends, unless it is
 * persistent, or was opened again since.
 */
#define MEETING_RECONCILE_PATIENCE (INT64_C(20) * 1000000000)

/* Reads what meeting_presence_judge() does, seats, live_rooms and recordings. */
enum err meeting_reconcile_look(struct store *s, struct base_arena *a, const struct meeting_reconcile_room *r,
    int64_t now, struct meeting_reconcile_plan *out) BASE_MUST_CHECK;

/*
 * In the transaction of the look that made the plan. Tells the operator's webhooks as the lost events would have. Adds
 * an errand for whom the room has no place, as meeting_presence_arrive() judges.
 */
enum err meeting_reconcile_mend(struct store *s, struct base_arena *a, const struct meeting_reconcile_room *r,
    struct meeting_reconcile_plan *plan, int64_t now, struct meeting_reconcile_count *count) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A room's end, whatever brings it about: the books first, in one transaction of the caller's. LiveKit is told after
 * the commit, by the caller or by a job; whoever comes back meanwhile is undone on arrival.
 */
#ifndef MEETING_ENDING_H
#define MEETING_ENDING_H
#include "store/room.h"

enum meeting_ending {
	MEETING_ENDED_EMPTY,		/* LiveKit reports that its room is over, or hasn't got it any more */
	MEETING_ENDED_EXPIRED,		/* its time was up and nobody was in */
	MEETING_ENDED_ARCHIVED,		/* deleted by its creator: the row stays, deleted_at is set */
	MEETING_ENDED_SUSPENDED,	/* by the operator */
};

/*
 * Ends, archives or suspends the row; frees its seats, voids its admissions; queues the outbound room.ended if the row
 * was active, once for every end, and room.suspended where it applies. by: the user who did it, NULL = nobody. reason:
 * for a suspension, may be NULL. A recording that runs stops. Writes rooms, suspensions, seats, room_participants,
 * admissions, jobs, recordings, recording_facts; reads webhooks.
 */
enum err meeting_ending_apply(struct store *s, struct base_arena *a, const struct store_room *room,
    enum meeting_ending why, const char *by, const char *reason, int64_t now) BASE_MUST_CHECK;

#endif

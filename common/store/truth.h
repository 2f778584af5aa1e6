/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the store is put right by LiveKit's own lists (tables seats, room_participants, live_rooms). Unlike an event
 * (store/seat.h, store/room.h) a list is the last word: what it says stands against a leave or a finish that was
 * recorded before. `settled` (ns) bounds that: what has changed since then is left to the events on their way.
 */
#ifndef STORE_TRUTH_H
#define STORE_TRUTH_H
#include "store/store.h"

/*
 * Rooms in which the store takes somebody or a LiveKit room to be, and active ones that wait for their end
 * (store_truth_over). Ordered by name; lives in the arena.
 */
struct store_truth_room { const char *id, *name; };
enum err store_truth_rooms(struct store *s, struct base_arena *a, struct store_truth_room **out,
    size_t *n) BASE_MUST_CHECK;

/*
 * The seats of a room, ordered by identity as strcmp() does: those that are held, and those given back since `settled`.
 * sid is "" for a row of Bedrud's that no seat stands behind.
 */
struct store_truth_seat {
	const char *identity, *sid, *admission;
	int64_t joined_at, left_at;	/* ns; left_at 0 = held */
	int is_active;			/* what Bedrud's row says */
};
enum err store_truth_seats(struct store *s, struct base_arena *a, const char *room_id, int64_t settled,
    struct store_truth_seat **out, size_t *n) BASE_MUST_CHECK;

/* Forgets that this participant was recorded as gone: store_seat_take() gives it its seat again. */
enum err store_truth_revive(struct store *s, const char *room_id, const char *identity,
    const char *sid) BASE_MUST_CHECK;
/* Bedrud's row alone says that somebody is in: it no longer does. */
enum err store_truth_free(struct store *s, const char *room_id, const char *identity, int64_t now) BASE_MUST_CHECK;

/*
 * The LiveKit room that stands for the row is room_sid (NULL: none is there): others that started before `settled` are
 * over; it itself isn't, even if its end was recorded before `settled`. differs: whether that is news; *changed: how
 * many rows of live_rooms were.
 */
enum err store_truth_live_differs(struct store *s, const char *room_id, const char *room_sid, int64_t settled,
    int *yes) BASE_MUST_CHECK;
enum err store_truth_live(struct store *s, const char *room_id, const char *room_sid, int64_t started_at,
    int64_t settled, int64_t now, int *changed) BASE_MUST_CHECK;

/*
 * When the last LiveKit room of the row was over (ns): 0 when one stands for it now, or none ever did. Seats of no
 * row of rooms at all (it was deleted) are given back by store_truth_orphans(); *freed counts them.
 */
enum err store_truth_over(struct store *s, const char *room_id, int64_t *at) BASE_MUST_CHECK;
enum err store_truth_orphans(struct store *s, int64_t now, int *freed) BASE_MUST_CHECK;

#endif

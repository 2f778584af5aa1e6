/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in a room: room_participants (Bedrud's row per user and room, ever), seats (ours: the LiveKit participant
 * that holds the place, with its sid and the admission it came with), admissions (ids in join tokens) and bans.
 *
 * A seat is taken when LiveKit reports the participant, not when a token was issued.
 */
#ifndef STORE_SEAT_H
#define STORE_SEAT_H
#include "store/store.h"

/* Counts people (active and not banned) in the room other than identity (NULL: everyone). */
enum err store_seat_count(struct store *s, const char *room_id, const char *identity, int *count) BASE_MUST_CHECK;

/*
 * LiveKit says that a participant is in. Takes the seat (room_participants active, joined_at; seats row). Nothing
 * changes and *taken = 0 when that sid has already left, or a later participant of the same identity (joined_at, ns)
 * holds the seat: late events converge.
 */
enum err store_seat_take(struct store *s, const char *room_id, const char *identity, const char *participant_sid,
    const char *room_sid, const char *admission, int64_t joined_at, int *taken) BASE_MUST_CHECK;

/*
 * LiveKit says that sid has left: frees the seat if that sid holds it, and remembers the sid as gone either way.
 * *freed = 1 when nobody of that identity sits in the room any more, and somebody did before.
 */
enum err store_seat_leave(struct store *s, const char *room_id, const char *identity, const char *participant_sid,
    int64_t now, int *freed) BASE_MUST_CHECK;

/* Who sits in the room, by Bedrud's row; *out is an array in the arena. */
enum err store_seat_people(struct store *s, struct base_arena *a, const char *room_id, const char ***out,
    size_t *n) BASE_MUST_CHECK;

/* Frees every seat of the room; with room_sid not NULL only those taken in that LiveKit room. */
enum err store_seat_clear(struct store *s, const char *room_id, const char *room_sid, int64_t now) BASE_MUST_CHECK;

/*
 * The live admission id of (room, identity) into out[33], or "" when there is none; and the address (below) that it
 * was given to, into address[33], which may be NULL. Read only.
 */
enum err store_seat_admission(struct store *s, const char *room_id, const char *identity, char out[33],
    char address[33]) BASE_MUST_CHECK;
/*
 * Makes one (32 hex) unless there is a live one, and gives it. address is a keyed hash of the client's address, 32 hex,
 * or "": a ban or kick shuts it for guests. A live one takes a new address over. Inside a transaction.
 */
enum err store_seat_admit(struct store *s, const char *room_id, const char *identity, const char *address, int64_t now,
    char out[33]) BASE_MUST_CHECK;
/* Whether the id is live and bound to this room and identity: *good. */
enum err store_seat_admission_good(struct store *s, const char *id, const char *room_id, const char *identity,
    int *good) BASE_MUST_CHECK;
/*
 * Whether identity was ever given a token for a room of this name, good or void by now: *yes. Such a one shows an
 * admission when it comes in, unless it has taken it off.
 */
enum err store_seat_was_admitted(struct store *s, const char *room_name, const char *identity,
    int *yes) BASE_MUST_CHECK;
/* Voids the live admissions of an identity in a room; identity NULL = everyone's. */
enum err store_seat_void(struct store *s, const char *room_id, const char *identity, int64_t now) BASE_MUST_CHECK;

/* Whether a ban row (ours, not lifted) or is_banned (Bedrud's) stands: *yes. */
enum err store_seat_banned(struct store *s, const char *room_id, const char *user_id, int *yes) BASE_MUST_CHECK;
/*
 * Writes the ban row and is_banned, frees the seat, voids the admissions, and shuts the addresses that these were given
 * to until the ban is lifted (store/standing.h).
 */
enum err store_seat_ban(struct store *s, const char *room_id, const char *user_id, const char *by,
    const char *reason, int64_t now) BASE_MUST_CHECK;

#endif

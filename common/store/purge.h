/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking away for good what belongs to a room or to a person. Admissions stay, void: a token that was given before
 * lives on for a while, and what is known of it is what keeps its bearer out (store_seat_was_admitted). The hourly
 * tidying up (store/prune.h) takes them later.
 */
#ifndef STORE_PURGE_H
#define STORE_PURGE_H
#include "store/store.h"

/*
 * Everything about the room but uploads and recordings, whose files are others' business. Of its row the name is left,
 * deleted and without an owner, until store/prune.h takes it.
 */
enum err store_purge_room(struct store *s, const char *id, int64_t now) BASE_MUST_CHECK;

/* The account can't be used from now on: inactive, without sessions and good admissions. */
enum err store_purge_shut_out(struct store *s, const char *user_id, int64_t now) BASE_MUST_CHECK;
/* All rooms that the user created, active or not. *out is an array in the arena. */
enum err store_purge_rooms_of(struct store *s, struct base_arena *a, const char *user_id, const char ***out,
    size_t *n) BASE_MUST_CHECK;
/* Names of the rooms in which the user has a seat now. */
enum err store_purge_seats_of(struct store *s, struct base_arena *a, const char *user_id, const char ***out,
    size_t *n) BASE_MUST_CHECK;
/* The account and all that is about it; of rooms that others made and the user administered, the creator takes over. */
enum err store_purge_user(struct store *s, const char *user_id, int64_t now) BASE_MUST_CHECK;

#endif

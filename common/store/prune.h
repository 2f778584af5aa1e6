/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has no meaning any more goes: the tidying up that bedrud-worker does each hour. Nothing here takes an account of
 * somebody who has ever used it.
 */
#ifndef STORE_PRUNE_H
#define STORE_PRUNE_H
#include "store/store.h"

#define STORE_PRUNE_BATCH 1000	/* rows in one transaction */

/*
 * The kinds, 0 … : *name is the kind's ("guests"), *n how many rows of it went, at most STORE_PRUNE_BATCH: ask again
 * when it is that many. ERR_ABSENT past the last kind.
 */
enum err store_prune(struct store *s, size_t kind, int64_t now, const char **name, int *n) BASE_MUST_CHECK;

/*
 * Accounts that never became any: no verified address, made before `before` and untouched since, with no right beyond
 * a user's, no room, no seat ever, no session. *out is an array of ids in the arena, STORE_PRUNE_BATCH at the most.
 */
enum err store_prune_unverified(struct store *s, struct base_arena *a, int64_t before, const char ***out,
    size_t *n) BASE_MUST_CHECK;

/* Active rooms whose time was up before now and which no LiveKit room stands for; ids, as above. */
enum err store_prune_expired_rooms(struct store *s, struct base_arena *a, int64_t now, const char ***out,
    size_t *n) BASE_MUST_CHECK;

#endif

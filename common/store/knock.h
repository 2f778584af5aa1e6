/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People who wait at the door of a room: table knocks, a row per room and person, kept after the decision so that a
 * refusal is remembered. The rules are meeting/lobby.h's.
 */
#ifndef STORE_KNOCK_H
#define STORE_KNOCK_H
#include "store/store.h"

enum store_knock_state { STORE_KNOCK_NONE, STORE_KNOCK_WAITING, STORE_KNOCK_ADMITTED, STORE_KNOCK_REFUSED };

struct store_knock {
	const char *user_id, *name;
	const char *address;		/* of a guest (ident/address.h), "" for accounts */
	enum store_knock_state state;	/* NONE: there is no row */
	int64_t asked_at, seen_at, decided_at;	/* ns, 0 = not */
	int refusals;			/* so far */
};

/* state is NONE, and all else "" and 0, when there is no row. Strings in the arena. */
enum err store_knock_get(struct store *s, struct base_arena *a, const char *room_id, const char *user_id,
    struct store_knock *out) BASE_MUST_CHECK;

/*
 * The worst that guests from an address have heard in the room: most refusals among those who were and have not
 * been admitted since (they may be waiting again), and the last time; 0 and 0 for an address "". A guest who clears the
 * cookie is one of them.
 */
enum err store_knock_refused_from(struct store *s, const char *room_id, const char *address, int *refusals,
    int64_t *decided_at) BASE_MUST_CHECK;

/*
 * Begins to wait: name, address, asked_at = seen_at = now; the refusals stay. ERR_LIMIT when STORE_KNOCK_MOST others
 * were seen waiting since `since`. Fast: who waits asks again in a moment.
 */
#define STORE_KNOCK_MOST 200
enum err store_knock_ask(struct store *s, const char *room_id, const struct store_knock *k, int64_t since,
    int64_t now) BASE_MUST_CHECK;
/* seen_at = now. */
enum err store_knock_seen(struct store *s, const char *room_id, const char *user_id, int64_t now) BASE_MUST_CHECK;
/* ADMITTED clears the refusals, REFUSED adds one. In a transaction with what follows from it. */
enum err store_knock_decide(struct store *s, const char *room_id, const char *user_id, enum store_knock_state state,
    const char *by, int64_t now) BASE_MUST_CHECK;

/* Who waits and was seen after `since`, in the order of their asking. *out is an array in the arena. */
enum err store_knock_waiting(struct store *s, struct base_arena *a, const char *room_id, int64_t since,
    struct store_knock **out, size_t *n) BASE_MUST_CHECK;

/*
 * Whom to tell: identities of those who sit in the room and may decide (its owner, moderators, superadmins). Reads
 * rooms, room_participants, users.
 */
enum err store_knock_deciders(struct store *s, struct base_arena *a, const char *room_id, const char ***out,
    size_t *n) BASE_MUST_CHECK;

#endif

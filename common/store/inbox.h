/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Webhook events that have arrived, each id once (table webhook_inbox). The row is written in the transaction of the
 * event's effect: a replayed event finds it and does nothing.
 */
#ifndef STORE_INBOX_H
#define STORE_INBOX_H
#include "store/store.h"

/* *fresh = 1 when the id was not there and is now. */
enum err store_inbox_add(struct store *s, const char *event_id, const char *event, int64_t now,
    int *fresh) BASE_MUST_CHECK;

/*
 * An event that is genuine but can have no effect, ever: it counts as received, in state 'dead', with why in detail.
 * *fresh as above; one that is there already stays as it is. Durable.
 */
enum err store_inbox_bury(struct store *s, const char *event_id, const char *event, const char *detail, int64_t now,
    int *fresh) BASE_MUST_CHECK;

/*
 * The event that was received last: its name (at most size - 1 bytes of it) and when, in ns; *received_at is 0 when
 * there is none. Only what is kept counts: 30 days.
 */
enum err store_inbox_last(struct store *s, char *event, size_t size, int64_t *received_at) BASE_MUST_CHECK;

/* How many events came since `since` (ns) that are dead, and why the last of them is (at most size - 1 bytes). */
enum err store_inbox_dead(struct store *s, int64_t since, int64_t *n, char *event, char *detail,
    size_t size) BASE_MUST_CHECK;

#endif

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

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outbound webhooks: table webhooks, as Bedrud's Go server has it (events is a JSON array of names), and
 * webhook_results, ours: how the last delivery of each ended.
 */
#ifndef STORE_WEBHOOK_H
#define STORE_WEBHOOK_H
#include "store/store.h"

/* Ids of the active ones that want the event; *out is an array in the arena. */
enum err store_webhook_wanting(struct store *s, struct base_arena *a, const char *event, const char ***out,
    size_t *n) BASE_MUST_CHECK;

#endif

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

struct store_webhook {
	const char *id, *name, *url, *secret;
	int is_active;
};
/* ERR_ABSENT. */
enum err store_webhook_get(struct store *s, struct base_arena *a, const char *id,
    struct store_webhook *out) BASE_MUST_CHECK;

/* How a delivery ended; a good one (2xx) is also the webhook's last_seen. Takes the place of the one before. */
struct store_webhook_result {
	const char *webhook_id, *delivery_id, *event;
	int64_t at;			/* ns */
	int http_status;		/* 0: no answer */
	int latency_ms, attempts;
	const char *error;		/* "" when it went well */
};
enum err store_webhook_result(struct store *s, const struct store_webhook_result *r) BASE_MUST_CHECK;

#endif

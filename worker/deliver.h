/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One delivery to a webhook: POST of the body with Content-Type application/json, X-Bedrud-Event, X-Bedrud-Delivery
 * (the same when it is tried again), X-Bedrud-Timestamp (the body's), and X-Bedrud-Signature: sha256=, then the
 * lower-case hex HMAC-SHA256 of the body under the webhook's secret, as Bedrud's Go server signs. 10 s at the most, no
 * redirects; addresses that the guard has a word for only with webhooks.allowPrivate.
 */
#ifndef WORKER_DELIVER_H
#define WORKER_DELIVER_H
#include "worker/worker.h"

struct worker_delivery {
	const char *url, *secret, *event, *id, *body;
};
struct worker_delivered {
	int status;		/* HTTP; 0: no answer */
	int latency_ms;
	char error[300];	/* a clause for people; "" when it went well */
};

/*
 * ERR_OK: answered 2xx. ERR_GONE: 410, nobody wants it any more. ERR_INPUT: no URL or event that can be sent.
 * ERR_PEER: any other answer, or none; ERR_NOMEM, ERR_CONFIG (no libcurl). *out always says what happened. Not inside
 * a transaction.
 */
enum err worker_deliver(struct worker *w, const struct worker_delivery *d,
    struct worker_delivered *out) BASE_MUST_CHECK;

#endif

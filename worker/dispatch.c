/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Job dispatch_webhook {webhook_id, delivery_id, event, body}: the webhook is read when it is delivered, so that a new
 * address or secret counts for what waits, and what waits for one that was removed or switched off is dropped. Bedrud's
 * Go server queues {url, event, body, secret}: delivered as well, under the job's id.
 */
#include "worker/jobs.h"

#include <string.h>

#include "store/webhook.h"
#include "worker/deliver.h"

static enum err
read_payload(struct worker *w, const struct store_job *job, json_object *payload, const char **webhook,
    struct worker_delivery *d)
{
	*d = (struct worker_delivery){.url = "", .secret = "", .event = "", .id = job->id, .body = ""};
	*webhook = "";
	if (base_json_str(payload, "webhook_id", webhook) != ERR_OK ||
	    base_json_str(payload, "delivery_id", &d->id) != ERR_OK ||
	    base_json_str(payload, "url", &d->url) != ERR_OK ||
	    base_json_str(payload, "event", &d->event) != ERR_OK ||
	    base_json_str(payload, "body", &d->body) != ERR_OK ||
	    base_json_str(payload, "secret", &d->secret) != ERR_OK)
		return worker_because(w, ERR_INPUT, "its payload has a member of the wrong type");
	if (**webhook == '\0' && *d->url == '\0')
		return worker_because(w, ERR_INPUT, "its payload names no webhook");
	return ERR_OK;
}

/* ERR_GONE: there is no such webhook any more, or it is switched off. */
static enum err
read_webhook(struct worker *w, const char *id, struct worker_delivery *d)
{
	struct store_webhook hook;
	enum err e = store_webhook_get(w->store, &w->arena, id, &hook);

	if (e == ERR_ABSENT || (e == ERR_OK && !hook.is_active))
		return worker_because(w, ERR_GONE, "the webhook was removed or switched off meanwhile");
	if (e != ERR_OK)
		return e;
	d->url = hook.url;
	d->secret = hook.secret;
	return ERR_OK;
}

enum err
worker_dispatch(struct worker *w, const struct store_job *job, json_object *payload)
{
	struct worker_delivered got;
	struct worker_delivery d;
	const char *webhook;
	enum err e = read_payload(w, job, payload, &webhook, &d), stored;

	if (e == ERR_OK && *webhook != '\0')
		e = read_webhook(w, webhook, &d);
	if (e != ERR_OK)
		return e;
	e = worker_deliver(w, &d, &got);
	w->is_unreachable = e == ERR_PEER && got.status == 0;
	if (*webhook != '\0') {
		const struct store_webhook_result r = {webhook, d.id, d.event, base_clock_now(), got.status,
		    got.latency_ms, job->attempts, got.error};

		stored = store_webhook_result(w->store, &r);
		if (e == ERR_OK)
			e = stored;
	}
	return e == ERR_OK ? ERR_OK : worker_because(w, e, "%s", got.error);
}

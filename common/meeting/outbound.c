/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/outbound.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "store/job.h"
#include "store/webhook.h"

struct happening { const char *room_id, *room_name, *user_id; };

static void
put_happening(struct base_buf *b, const void *what)
{
	const struct happening *h = what;

	base_json_put_str(b, "roomId", h->room_id);
	base_json_put_str(b, "roomName", h->room_name);
	if (h->user_id != NULL)
		base_json_put_str(b, "userId", h->user_id);
}

static void
put_body(struct base_buf *b, const char *event, meeting_outbound_put *put, const void *what, int64_t now)
{
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "event", event);
	base_json_put_time(b, "timestamp", now / BASE_CLOCK_SECOND * BASE_CLOCK_SECOND);
	base_json_open(b, "data", '{');
	put(b, what);
	base_json_close(b, '}');
	base_json_close(b, '}');
}

/* A delivery_id of its own for each webhook: receivers tell a repetition by it. */
static enum err
queue(struct store *s, struct base_buf *payload, const char *webhook, const char *event, const char *body, int64_t now)
{
	char delivery[37], job[37];
	enum err e;

	base_random_uuid(delivery);
	base_buf_clear(payload);
	base_json_open(payload, NULL, '{');
	base_json_put_str(payload, "webhook_id", webhook);
	base_json_put_str(payload, "delivery_id", delivery);
	base_json_put_str(payload, "event", event);
	base_json_put_str(payload, "body", body);
	base_json_close(payload, '}');
	if (payload->err != ERR_OK)
		return payload->err;
	e = store_job_add(s, "dispatch_webhook", payload->p, STORE_JOB_FIRST, now, now, job);
	if (e != ERR_LIMIT)
		return e;
	base_log(LOG_LEVEL_WARN, "webhook %s doesn't hear of a %s: %d jobs are queued already; is bedrud-worker "
	    "running?", webhook, event, STORE_JOB_MOST);
	return ERR_OK;
}

enum err
meeting_outbound_send(struct store *s, struct base_arena *a, const char *event, meeting_outbound_put *put,
    const void *what, int64_t now)
{
	struct base_buf body, payload;
	const char **ids;
	size_t n;
	enum err e = store_webhook_wanting(s, a, event, &ids, &n);

	if (e != ERR_OK || n == 0)
		return e;
	base_buf_init(&body, LIMIT_BODY_SMALL);
	base_buf_init(&payload, LIMIT_BODY_SMALL);
	put_body(&body, event, put, what, now);
	e = body.err;
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = queue(s, &payload, ids[i], event, body.p, now);
	base_buf_free(&body);
	base_buf_free(&payload);
	return e;
}

enum err
meeting_outbound_tell(struct store *s, struct base_arena *a, const char *event, const char *room_id,
    const char *room_name, const char *user_id, int64_t now)
{
	struct happening h = { room_id, room_name, user_id };

	return meeting_outbound_send(s, a, event, put_happening, &h, now);
}

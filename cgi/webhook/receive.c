/* SPDX-License-Identifier: Apache-2.0 */
/*
 * H6. A genuine event: its id and its effect in one durable transaction, and only then 200. What may pass is 503, and
 * LiveKit sends again; what isn't LiveKit's is 401. The body is not looked into before its signature has been judged.
 */
#include "cgi/webhook/webhook.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "livekit/api.h"
#include "store/inbox.h"

static enum err
verify(struct door *d, struct livekit_event *ev)
{
	const struct web_request *r = d->req;
	enum err e;

	if (d->process->livekit_key == NULL || *conf_str(d->conf, CONF_livekit_apiKey) == '\0')
		return door_fail(d, ERR_CONFIG, "livekit.apiKey and livekit.apiSecret are not set.");
	e = livekit_event_verify(d->process->livekit_key, conf_str(d->conf, CONF_livekit_apiKey), d->arena,
	    r->authorization, r->body, r->body_n, d->now / BASE_CLOCK_SECOND);
	if (e == ERR_OK)
		e = livekit_event_parse(d->arena, r->body, r->body_n, ev);
	if (e == ERR_AUTH || e == ERR_INPUT)
		return door_fail(d, ERR_AUTH, "This is not a webhook signed with the API key of this server.");
	return e;
}

/* LiveKit gives each event an id; one without is known by its bytes. */
static const char *
event_id(struct door *d, const struct livekit_event *ev)
{
	char *id;

	if (*ev->id != '\0')
		return ev->id;
	id = base_arena_alloc(d->arena, BASE_HEX_SIZE(32));
	if (id != NULL)
		base_text_sha256_hex(d->req->body, d->req->body_n, id);
	return id;
}

static enum err
record(struct door *d, const struct livekit_event *ev, const char **objection)
{
	const char *id = event_id(d, ev);
	int fresh = 0;
	enum err e;

	if (id == NULL)
		return ERR_NOMEM;
	if ((e = store_begin(d->store, STORE_DURABLE)) != ERR_OK)
		return e;
	e = store_inbox_add(d->store, id, ev->event, d->now, &fresh);
	if (e == ERR_OK && fresh && (e = webhook_effect_apply(d, ev, objection)) == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK || !fresh)
		store_rollback(d->store);
	return e;
}

/* The transaction is over: no lock is held while LiveKit is asked. */
static void
remove_participant(struct door *d, const struct livekit_event *ev, const char *objection)
{
	struct livekit_api *api;
	enum err e = door_livekit(d, &api);

	base_log(LOG_LEVEL_INFO, "removing %s from room %s: %s", ev->identity, ev->room_name, objection);
	if (e == ERR_OK)
		e = livekit_api_remove_participant(api, ev->room_name, ev->identity);
	if (e != ERR_OK && e != ERR_ABSENT)
		base_log(LOG_LEVEL_WARN, "%s is still in room %s: %s", ev->identity, ev->room_name, base_err_name(e));
}

enum err
webhook_receive(struct door *d)
{
	const char *objection = NULL;
	struct livekit_event ev;
	struct base_buf *b;
	enum err e = verify(d, &ev);

	if (e != ERR_OK)
		return e;
	if (webhook_effect_known(ev.event) && (e = record(d, &ev, &objection)) != ERR_OK)
		return e;
	if (objection != NULL)
		remove_participant(d, &ev, objection);
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_bool(b, "ok", 1);
	base_json_close(b, '}');
	return b->err;
}

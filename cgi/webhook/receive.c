/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/livekit/webhook. A genuine event: its id and its effect in one durable transaction, and only then 200. What
 * may pass is 503, and LiveKit sends again; what isn't LiveKit's is 401. A genuine one that will never have an effect
 * is kept as dead and answered 200: while LiveKit sent it again, those behind it would grow too old. The body is not
 * looked into before its signature has been judged.
 */
#include "cgi/webhook/webhook.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "livekit/api.h"
#include "store/inbox.h"

#define TELL_TRIES 4

static enum err
verify(struct door *d)
{
	const struct web_request *r = d->req;
	enum err e;

	if (d->process->livekit_key == NULL || *conf_str(d->conf, CONF_livekit_apiKey) == '\0')
		return door_fail(d, ERR_CONFIG, "Set livekit.apiKey and livekit.apiSecret: without them no webhook can "
		    "be checked.");
	/* Another sentence than for a wrong signature: it is a web server that took it away, and the doctor says so. */
	if (*r->authorization == '\0')
		return door_fail(d, ERR_AUTH, "This webhook came without an Authorization header.");
	e = livekit_event_verify(d->process->livekit_key, conf_str(d->conf, CONF_livekit_apiKey), d->arena,
	    r->authorization, r->body, r->body_n, d->now / BASE_CLOCK_SECOND);
	return e != ERR_AUTH ? e : door_fail(d, e, "This is not a webhook signed with the API key of this server.");
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

/*
 * Commits what the event means, unless LiveKit must be told something about its participant first (*p): an objection
 * that has not been dealt with (is_removed 0), or rights that aren't as they should be. Then nothing is written. An id
 * that is there already may still be on its way to the disk, by another thread: so that is waited for as well.
 */
static enum err
record(struct door *d, const struct livekit_event *ev, int is_removed, struct meeting_presence *p)
{
	const char *id = event_id(d, ev);
	int fresh = 0;
	enum err e;

	*p = (struct meeting_presence){ 0 };
	if (id == NULL)
		return ERR_NOMEM;
	if ((e = store_begin(d->store, STORE_DURABLE)) != ERR_OK)
		return e;
	e = store_inbox_add(d->store, id, ev->event, d->now, &fresh);
	if (e == ERR_OK && fresh)
		e = webhook_effect_apply(d, ev, p);
	if (e == ERR_OK && (p->objection == NULL || is_removed) && !p->must_mend)
		return store_commit(d->store);
	store_rollback(d->store);
	return e;
}

/* No transaction is open: no lock is held while LiveKit is asked. Who isn't there any more needs nothing. */
static enum err
tell_livekit(struct door *d, const struct livekit_event *ev, const struct meeting_presence *p)
{
	const char *who = ev->who.identity, *room = ev->room_name;
	struct livekit_api *api;
	enum err e = door_livekit(d, &api);

	if (p->objection != NULL)
		base_log(LOG_LEVEL_INFO, "removing %s from room %s: %s", who, room, p->objection);
	if (e == ERR_OK)
		e = p->objection != NULL ? livekit_api_remove_participant(api, room, who) :
		    livekit_api_update_participant(api, room, who, &p->grant, NULL);
	if (e == ERR_OK || e == ERR_ABSENT)
		return ERR_OK;
	return base_log_err(e, p->objection != NULL ? "%s is still in room %s: %s" :
	    "%s in room %s may still do what it should not: %s", who, room, base_err_name(e));
}

/*
 * LiveKit is told before the event counts as done: if that fails, or we die meanwhile, LiveKit sends it again and it is
 * tried again. Each time the store is asked anew: a moderator may have changed somebody's rights while LiveKit was
 * told the ones before.
 */
static enum err
settle(struct door *d, struct livekit_event *ev)
{
	struct meeting_presence p;
	int is_removed = 0;
	enum err e;

	for (int i = 0; i < TELL_TRIES; i++) {
		e = record(d, ev, is_removed, &p);
		if (e != ERR_OK || ((p.objection == NULL || is_removed) && !p.must_mend))
			return e;
		if ((e = tell_livekit(d, ev, &p)) != ERR_OK)
			return e;
		is_removed = p.objection != NULL;
		ev->who.permission = p.grant;
	}
	return base_log_err(ERR_BUSY, "the rights of %s in room %s changed %d times while LiveKit was told",
	    ev->who.identity, ev->room_name, TELL_TRIES);
}

static enum err
settle_egress(struct door *d, const struct livekit_event *ev)
{
	const char *id = event_id(d, ev);

	return id == NULL ? ERR_NOMEM : webhook_egress(d, ev, id);
}

/* Whether trying again can't help. A configuration is mended by its operator, and the event is good then. */
static int
is_final(enum err e)
{
	return e != ERR_OK && e != ERR_CONFIG && !base_err_retry(e);
}

static enum err
bury(struct door *d, const struct livekit_event *ev, const char *why)
{
	const char *id = event_id(d, ev);
	int fresh = 0;
	enum err e;

	if (id == NULL)
		return ERR_NOMEM;
	e = store_inbox_bury(d->store, id, ev->event, why, d->now, &fresh);
	if (e == ERR_OK && fresh)
		base_log(LOG_LEVEL_ERROR, "webhook %s (%s) is signed with our API key, but its %zu bytes have no "
		    "effect, and won't be tried again: %s", id, *ev->event != '\0' ? ev->event : "no event",
		    d->req->body_n, why);
	return e;
}

enum err
webhook_receive(struct door *d)
{
	struct livekit_event ev;
	struct base_buf *b;
	enum err e = verify(d);

	if (e != ERR_OK)
		return e;
	e = livekit_event_parse(d->arena, d->req->body, d->req->body_n, &ev);
	if (e == ERR_OK && strncmp(ev.event, "egress_", 7) == 0)
		e = settle_egress(d, &ev);
	else if (e == ERR_OK && webhook_effect_known(ev.event))
		e = settle(d, &ev);
	else if (e == ERR_INPUT)
		e = bury(d, &ev, "it can't be read: it is no event as LiveKit 1.11 to 1.13 sends it");
	if (is_final(e))
		e = bury(d, &ev, base_err_name(e));
	if (e != ERR_OK)
		return e;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_bool(b, "ok", 1);
	base_json_close(b, '}');
	return b->err;
}

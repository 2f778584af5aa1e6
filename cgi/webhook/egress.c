/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What LiveKit reports of a recording: the event's id and its effect in one durable transaction; then LiveKit and the
 * people in the room hear what follows from it. If that fails, bedrud-worker does it within a minute: the event is not
 * sent again for it, since those of the same egress wait behind.
 */
#include "cgi/webhook/webhook.h"

#include "base/log.h"
#include "meeting/recorder.h"
#include "store/inbox.h"

/* ERR_ABSENT: somebody else's recording. */
static enum err
apply(struct door *d, const struct livekit_egress *eg, struct store_recording *r, unsigned *todo)
{
	enum meeting_recording_event event;
	struct meeting_recording_news news;
	enum err e = meeting_recorder_find(d->store, d->arena, eg, r);

	if (e != ERR_OK)
		return e;
	if ((e = meeting_recorder_read(d->arena, eg, &event, &news)) != ERR_OK)
		return e;
	return meeting_recording_apply(d->store, d->arena, r->id, event, &news, d->now, r, todo);
}

enum err
webhook_egress(struct door *d, const struct livekit_event *ev, const char *event_id)
{
	struct store_recording r;
	struct livekit_api *api;
	unsigned todo = 0;
	int fresh = 0;
	enum err e = store_begin(d->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	e = store_inbox_add(d->store, event_id, ev->event, d->now, &fresh);
	if (e == ERR_OK && fresh && *ev->egress.id != '\0')
		e = apply(d, &ev->egress, &r, &todo);
	if (e == ERR_OK || e == ERR_ABSENT)
		e = store_commit(d->store);
	if (e != ERR_OK) {
		store_rollback(d->store);
		return e;
	}
	if (todo != 0 && door_livekit(d, &api) == ERR_OK && meeting_recorder_follow(api, d->arena, &r, todo) != ERR_OK)
		base_log(LOG_LEVEL_WARN, "recording %s: LiveKit was not told what follows; bedrud-worker tries again",
		    r.id);
	return ERR_OK;
}

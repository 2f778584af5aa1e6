/* SPDX-License-Identifier: Apache-2.0 */
#include "cgi/webhook/webhook.h"

#include <string.h>

#include "base/clock.h"
#include "meeting/ending.h"
#include "meeting/room.h"
#include "store/room.h"
#include "store/seat.h"

typedef enum err effect(struct door *d, const struct livekit_event *ev, struct store_room *r,
    struct meeting_presence *p);

/* LiveKit's time where it says one: an event may be minutes old. */
static int64_t
event_time(const struct door *d, const struct livekit_event *ev)
{
	return ev->created_at != 0 && ev->created_at < d->now ? ev->created_at : d->now;
}

/*
 * Names are used again: a report about a LiveKit room that was made before this row belongs to an older meeting.
 * LiveKit's time may be cut to the second, so a second is given away.
 */
static int
is_of_older_meeting(const struct livekit_event *ev, const struct store_room *r)
{
	return ev->room_created_at != 0 && ev->room_created_at + BASE_CLOCK_SECOND <= r->created_at;
}

/* The sid stands for the row from now on, unless a later one does; a report of a participant shows it as well. */
static enum err
note_live(struct door *d, const struct livekit_event *ev, const struct store_room *r)
{
	struct meeting_presence_people before;
	const char *sid;
	enum err e;

	if (*ev->room_sid == '\0' || !r->is_active)
		return ERR_OK;
	if ((e = store_room_live_sid(d->store, d->arena, r->id, &sid)) != ERR_OK || strcmp(sid, ev->room_sid) == 0)
		return e;
	if ((e = meeting_presence_before(d->store, d->arena, r, &before)) != ERR_OK ||
	    (e = store_room_live_start(d->store, r->id, ev->room_sid,
	    ev->room_created_at != 0 ? ev->room_created_at : event_time(d, ev))) != ERR_OK)
		return e;
	return meeting_presence_after(d->store, d->arena, r, &before, d->now);
}

static enum err
room_started(struct door *d, const struct livekit_event *ev, struct store_room *r, struct meeting_presence *p)
{
	(void)p;
	return is_of_older_meeting(ev, r) ? ERR_OK : note_live(d, ev, r);
}

/* LiveKit's room is over, and so are the seats in it. */
static enum err
note_over(struct door *d, const struct livekit_event *ev, const struct store_room *r)
{
	struct meeting_presence_people before;
	enum err e;

	if (*ev->room_sid == '\0')
		return ERR_OK;
	if ((e = meeting_presence_before(d->store, d->arena, r, &before)) != ERR_OK ||
	    (e = store_room_live_finish(d->store, r->id, ev->room_sid, event_time(d, ev))) != ERR_OK ||
	    (e = store_seat_clear(d->store, r->id, ev->room_sid, event_time(d, ev))) != ERR_OK)
		return e;
	return meeting_presence_after(d->store, d->arena, r, &before, d->now);
}

/*
 * Everyone of that LiveKit room is gone. The meeting is over unless it goes on in another one, or is kept, or an
 * administrator has opened the room again meanwhile.
 */
static enum err
room_finished(struct door *d, const struct livekit_event *ev, struct store_room *r, struct meeting_presence *p)
{
	const char *live;
	enum err e = note_over(d, ev, r);

	(void)p;
	if (e != ERR_OK || !r->is_active || r->is_persistent || is_of_older_meeting(ev, r))
		return e;
	if (event_time(d, ev) + BASE_CLOCK_SECOND <= meeting_room_opened_at(r))
		return e;
	if ((e = store_room_live_sid(d->store, d->arena, r->id, &live)) != ERR_OK || *live != '\0')
		return e;
	return meeting_ending_apply(d->store, d->arena, r, MEETING_ENDED_EMPTY, NULL, NULL, d->now);
}

static enum err
participant_joined(struct door *d, const struct livekit_event *ev, struct store_room *r, struct meeting_presence *p)
{
	const struct meeting_sighting t = { .room = r, .room_sid = ev->room_sid, .who = &ev->who,
		.at = event_time(d, ev), .is_strict = conf_bool(d->conf, CONF_livekit_strictAdmission) };
	enum err e = r != NULL && ev->who.is_person ? note_live(d, ev, r) : ERR_OK;

	return e != ERR_OK ? e : meeting_presence_arrive(d->store, d->arena, &t, d->now, p);
}

static enum err
participant_left(struct door *d, const struct livekit_event *ev, struct store_room *r, struct meeting_presence *p)
{
	(void)p;
	if (ev->who.is_recorder || *ev->who.identity == '\0')
		return ERR_OK;
	return meeting_presence_leave(d->store, d->arena, r, ev->who.identity, ev->who.sid, event_time(d, ev), d->now);
}

static const struct {
	const char *event;
	effect *apply;
	int also_unknown;	/* applied as well when the store has no such room (r is NULL then) */
} effects[] = {
	{ "room_started", room_started, 0 },
	{ "room_finished", room_finished, 0 },
	{ "participant_joined", participant_joined, 1 },
	{ "participant_left", participant_left, 0 },
	{ "participant_connection_aborted", participant_left, 0 },
};

static int
find(const char *event)
{
	for (int i = 0; i < (int)(sizeof(effects) / sizeof(effects[0])); i++)
		if (strcmp(effects[i].event, event) == 0)
			return i;
	return -1;
}

int
webhook_effect_known(const char *event)
{
	return find(event) >= 0;
}

enum err
webhook_effect_apply(struct door *d, const struct livekit_event *ev, struct meeting_presence *p)
{
	int i = find(ev->event);
	struct store_room r;
	enum err e;

	*p = (struct meeting_presence){ 0 };
	if (i < 0)
		return ERR_OK;
	e = store_room_by_name(d->store, d->arena, ev->room_name, &r);
	if (e == ERR_ABSENT)
		return effects[i].also_unknown ? effects[i].apply(d, ev, NULL, p) : ERR_OK;
	if (e != ERR_OK || (e = meeting_room_judge(d->store, d->arena, &r, d->now)) != ERR_OK)
		return e;
	return effects[i].apply(d, ev, &r, p);
}

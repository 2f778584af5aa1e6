/* SPDX-License-Identifier: Apache-2.0 */
#include "cgi/webhook/webhook.h"

#include <string.h>

#include "base/clock.h"
#include "meeting/arrival.h"
#include "meeting/ending.h"
#include "meeting/room.h"
#include "store/room.h"
#include "store/seat.h"
#include "store/user.h"

typedef enum err effect(struct door *d, const struct livekit_event *ev, struct store_room *r, const char **objection);

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
	const char *sid;
	enum err e;

	if (*ev->room_sid == '\0' || !r->is_active)
		return ERR_OK;
	if ((e = store_room_live_sid(d->store, d->arena, r->id, &sid)) != ERR_OK || strcmp(sid, ev->room_sid) == 0)
		return e;
	return store_room_live_start(d->store, r->id, ev->room_sid,
	    ev->room_created_at != 0 ? ev->room_created_at : event_time(d, ev));
}

static enum err
room_started(struct door *d, const struct livekit_event *ev, struct store_room *r, const char **objection)
{
	(void)objection;
	return is_of_older_meeting(ev, r) ? ERR_OK : note_live(d, ev, r);
}

/* Everyone of that LiveKit room is gone. The meeting is over unless it goes on in another one, is kept, or recorded. */
static enum err
room_finished(struct door *d, const struct livekit_event *ev, struct store_room *r, const char **objection)
{
	const char *live, *recording;
	enum err e;

	(void)objection;
	if (*ev->room_sid != '\0' &&
	    ((e = store_room_live_finish(d->store, r->id, ev->room_sid, event_time(d, ev))) != ERR_OK ||
	    (e = store_seat_clear(d->store, r->id, ev->room_sid, event_time(d, ev))) != ERR_OK))
		return e;
	if (!r->is_active || r->is_persistent || is_of_older_meeting(ev, r))
		return ERR_OK;
	if ((e = store_room_live_sid(d->store, d->arena, r->id, &live)) != ERR_OK || *live != '\0' ||
	    (e = store_room_recording(d->store, d->arena, r->id, &recording)) != ERR_OK || *recording != '\0')
		return e;
	return meeting_ending_apply(d->store, d->arena, r, MEETING_ENDED_EMPTY, NULL, NULL, d->now);
}

/* What the store says now about somebody who has come in. */
static enum err
object(struct door *d, const struct livekit_event *ev, const struct store_room *r, const char **objection)
{
	struct meeting_arrival a = { .room_known = r != NULL, .room_open = r != NULL && r->is_active,
		.is_recorder = ev->who.is_recorder, .has_admission = *ev->who.admission != '\0',
		.strict = conf_bool(d->conf, CONF_livekit_strictAdmission) };
	enum err e = ERR_OK;

	if (r != NULL)
		e = store_seat_banned(d->store, r->id, ev->who.identity, &a.is_banned);
	if (e == ERR_OK && r != NULL)
		e = store_user_inactive(d->store, ev->who.identity, &a.is_inactive);
	if (e == ERR_OK && r != NULL && a.has_admission)
		e = store_seat_admission_good(d->store, ev->who.admission, r->id, ev->who.identity, &a.admission_good);
	/* A client can take its attributes off before it has arrived: whom we gave a token shows one, or goes. */
	else if (e == ERR_OK && r != NULL)
		e = store_seat_was_admitted(d->store, r->name, ev->who.identity, &a.has_admission);
	if (e == ERR_OK)
		*objection = meeting_arrival_objection(&a);
	return e;
}

/*
 * A person takes a seat, others only stay or don't. A report that comes after the participant has left, or after the
 * same identity has come in anew, changes nothing: sending the identity away would hit the newer one. So the seat is
 * taken first, and given back when there is an objection.
 */
static enum err
participant_joined(struct door *d, const struct livekit_event *ev, struct store_room *r, const char **objection)
{
	int taken = 0;
	enum err e;

	if (ev->who.is_recorder || *ev->who.identity == '\0')
		return ERR_OK;
	if (r == NULL || !ev->who.is_person)
		return object(d, ev, r, objection);
	if ((e = note_live(d, ev, r)) != ERR_OK)
		return e;
	e = store_seat_take(d->store, r->id, ev->who.identity, ev->who.sid, ev->room_sid, ev->who.admission,
	    ev->who.joined_at != 0 ? ev->who.joined_at : event_time(d, ev), &taken);
	if (e != ERR_OK || !taken || (e = object(d, ev, r, objection)) != ERR_OK)
		return e;
	if (*objection != NULL)
		return store_seat_leave(d->store, r->id, ev->who.identity, ev->who.sid, d->now);
	return store_room_touch(d->store, r->id, d->now);
}

static enum err
participant_left(struct door *d, const struct livekit_event *ev, struct store_room *r, const char **objection)
{
	(void)objection;
	if (ev->who.is_recorder || *ev->who.identity == '\0')
		return ERR_OK;
	return store_seat_leave(d->store, r->id, ev->who.identity, ev->who.sid, event_time(d, ev));
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
webhook_effect_apply(struct door *d, const struct livekit_event *ev, const char **objection)
{
	int i = find(ev->event);
	struct store_room r;
	enum err e;

	*objection = NULL;
	if (i < 0)
		return ERR_OK;
	e = store_room_by_name(d->store, d->arena, ev->room_name, &r);
	if (e == ERR_ABSENT)
		return effects[i].also_unknown ? effects[i].apply(d, ev, NULL, objection) : ERR_OK;
	if (e != ERR_OK || (e = meeting_room_judge(d->store, d->arena, &r, d->now)) != ERR_OK)
		return e;
	return effects[i].apply(d, ev, &r, objection);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PUT /api/room/:roomId/settings: the owner changes what a room allows. What the body doesn't name stays as it is. What
 * people may do changes for those who are in as well, at once.
 */
#include "cgi/room/room.h"

#include "base/log.h"
#include "meeting/moderation.h"
#include "meeting/presence.h"

/* The flags stand in `settings`; the iOS app sends them bare. */
static enum err
read_wishes(struct door *d, json_object *body, struct store_room *r)
{
	json_object *settings = body;
	enum err e;

	if ((e = base_json_bool(body, "isPublic", &r->is_public)) != ERR_OK ||
	    (e = base_json_sub(body, "settings", &settings)) != ERR_OK ||
	    (e = room_read_flags(d, settings, r)) != ERR_OK ||
	    (e = base_json_bool(settings, "recordingsAllowed", &r->recordings_allowed)) != ERR_OK)
		return e != ERR_INPUT ? e :
		    door_fail(d, e, "Give isPublic and the flags of settings as true or false.");
	return room_read_limits(d, body, r);
}

static enum err
change(struct door *d, json_object *body, struct store_room *r)
{
	struct room_scene s;
	enum err e = room_scene_read(d, &s);

	if (e != ERR_OK)
		return e;
	if (s.role < MEETING_OWNER)
		return door_fail(d, ERR_DENIED, "Only the owner of this room can change it.");
	*r = s.room;
	if ((e = read_wishes(d, body, r)) != ERR_OK)
		return e;
	r->updated_at = d->now;
	return store_room_change(d->store, r, d->now);
}

/* As on an arrival: whom another holder of the API key let in keeps what that one granted. */
static enum err
mend(struct door *d, struct livekit_api *api, const struct store_room *r, const struct livekit_participant *p)
{
	const struct meeting_sighting t = { .room = r, .room_sid = "", .who = p, .at = d->now,
		.is_strict = conf_bool(d->conf, CONF_livekit_strictAdmission) };
	struct meeting_presence m = { .must_mend = 0 };
	enum err e = store_begin_read(d->store);

	if (e == ERR_OK)
		e = meeting_presence_judge(d->store, d->arena, &t, d->now, &m);
	store_rollback(d->store);
	return e == ERR_OK && m.must_mend ? room_scene_push(d, api, r, p, NULL) : e;
}

static enum err
tell_livekit(struct door *d, const struct store_room *r)
{
	struct livekit_participant *people;
	struct livekit_api *api;
	const char *text;
	size_t n;
	enum err e;

	if ((e = door_livekit(d, &api)) != ERR_OK ||
	    (e = livekit_api_list_participants(api, d->arena, r->name, &people, &n)) != ERR_OK || n == 0)
		return e;
	for (size_t i = 0; i < n; i++)
		if ((e = mend(d, api, r, &people[i])) != ERR_OK && e != ERR_ABSENT)
			return e;
	text = meeting_moderation_message(d->arena, "settings", d->caller->user.id, "");
	return text == NULL ? ERR_NOMEM : livekit_api_send_data(api, r->name, text, NULL, 0);
}

enum err
room_settings(struct door *d)
{
	struct base_buf *b;
	json_object *body;
	struct store_room r = { .is_active = 0 };
	enum err e = web_request_json(d->req, 0, &body);

	if (e == ERR_INPUT)
		return door_fail(d, e, "The request must be a JSON object.");
	if (e != ERR_OK || (e = store_begin(d->store, STORE_DURABLE)) != ERR_OK)
		return e;
	if ((e = change(d, body, &r)) == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK) {
		store_rollback(d->store);
		return e;
	}
	if (r.is_active && (e = tell_livekit(d, &r)) != ERR_OK) {
		base_log(LOG_LEVEL_WARN, "the settings of room %s are stored, but LiveKit was not told: %s", r.name,
		    base_err_name(e));
		return door_fail(d, ERR_PEER, ROOM_STORED);
	}
	b = door_json(d);
	meeting_room_put(b, NULL, &r);
	return b->err;
}

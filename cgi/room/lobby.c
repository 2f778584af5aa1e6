/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The people at a room's door, for its moderators: GET /api/room/:roomId/knocks, POST …/admit/:identity,
 * POST …/refuse/:identity.
 */
#include "cgi/room/room.h"

#include <string.h>

#include "base/log.h"
#include "meeting/lobby.h"
#include "meeting/moderation.h"

void
room_lobby_tell(struct door *d, const struct store_room *room, const char *who)
{
	const char **deciders, *text = meeting_moderation_message(d->arena, "knock", who, who);
	struct livekit_api *api;
	size_t n = 0;
	enum err e = text == NULL ? ERR_NOMEM : store_knock_deciders(d->store, d->arena, room->id, &deciders, &n);

	/* Nobody there to be told: LiveKit may not have the room, and would take seconds to say so. */
	if (e == ERR_OK && n > 0 && (e = door_livekit(d, &api)) == ERR_OK)
		e = livekit_api_send_data(api, room->name, text, deciders, n);
	if (e != ERR_OK)
		base_log(LOG_LEVEL_WARN, "room %s: its moderators were not told of the door: %s", room->name,
		    base_err_name(e));
}

enum err
room_knocks(struct door *d)
{
	struct base_buf *b = door_json(d);
	struct store_knock *list;
	struct room_scene s;
	size_t n;
	enum err e = room_scene_moderated(d, &s);

	if (e != ERR_OK || (e = store_knock_waiting(d->store, d->arena, s.room.id, d->now - MEETING_LOBBY_GONE, &list,
	    &n)) != ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	base_json_open(b, "knocks", '[');
	for (size_t i = 0; i < n; i++) {
		base_json_open(b, NULL, '{');
		base_json_put_str(b, "identity", list[i].user_id);
		base_json_put_str(b, "name", list[i].name);
		base_json_put_bool(b, "isGuest", *list[i].address != '\0');
		base_json_put_time(b, "askedAt", list[i].asked_at);
		base_json_put_int(b, "refusals", list[i].refusals);
		base_json_close(b, '}');
	}
	base_json_close(b, ']');
	base_json_close(b, '}');
	return b->err;
}

/* In the write transaction. Twice the same decision is one. */
static enum err
write_decision(struct door *d, const struct room_scene *s, enum store_knock_state wanted)
{
	const char *who = d->req->params[1];
	struct store_standing t;
	struct store_knock k;
	enum err e;

	if (s->role < MEETING_MODERATOR)
		return door_fail(d, ERR_DENIED, "Only the owner of this room and its moderators let people in.");
	if (!s->room.is_active)
		return door_fail(d, ERR_GONE, "This meeting has ended.");
	if ((e = store_knock_get(d->store, d->arena, s->room.id, who, &k)) != ERR_OK ||
	    (e = store_standing_get(d->store, s->room.id, who, &t)) != ERR_OK)
		return e;
	if (k.state == STORE_KNOCK_NONE)
		return door_fail(d, ERR_ABSENT, "They have not knocked at this room.");
	if (k.state == wanted)
		return ERR_OK;
	if (wanted == STORE_KNOCK_REFUSED)
		return k.state == STORE_KNOCK_WAITING ?
		    store_knock_decide(d->store, s->room.id, who, wanted, d->caller->user.id, d->now) :
		    door_fail(d, ERR_CONFLICT, "They have been let in already. Remove them from the meeting instead.");
	if (t.is_banned)
		return door_fail(d, ERR_CONFLICT, "They may not enter this room at all. Lift that first.");
	e = store_knock_decide(d->store, s->room.id, who, wanted, d->caller->user.id, d->now);
	return e == ERR_OK ? store_standing_mark(d->store, s->room.id, who, STORE_APPROVED, 1, d->now) : e;
}

static enum err
decide(struct door *d, enum store_knock_state wanted)
{
	struct base_buf *b = door_json(d);
	struct room_scene s;
	enum err e = store_begin(d->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	if ((e = room_scene_read(d, &s)) == ERR_OK && (e = write_decision(d, &s, wanted)) == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK) {
		store_rollback(d->store);
		return e;
	}
	room_lobby_tell(d, &s.room, d->req->params[1]);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "status", "success");
	base_json_close(b, '}');
	return b->err;
}

enum err
room_admit(struct door *d)
{
	return decide(d, STORE_KNOCK_ADMITTED);
}

enum err
room_refuse(struct door *d)
{
	return decide(d, STORE_KNOCK_REFUSED);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/room/:roomId/participant/:identity/profile: who somebody in the same meeting is. …/info: what they send
 * there, for themselves and for moderators. Both from LiveKit.
 */
#include "cgi/room/room.h"

#include <string.h>

#include "base/clock.h"

static enum err
find(struct door *d, struct room_scene *s)
{
	enum err e = store_begin_read(d->store);

	if (e == ERR_OK)
		e = room_scene_read(d, s);
	store_rollback(d->store);
	return e;
}

/* Somebody in the room; recorders are nobody. */
static enum err
ask(struct door *d, const struct store_room *r, const char *identity, struct livekit_participant *p)
{
	struct livekit_api *api;
	enum err e = door_livekit(d, &api);

	if (e == ERR_OK)
		e = livekit_api_get_participant(api, d->arena, r->name, identity, p);
	return e == ERR_OK && p->is_recorder ? ERR_ABSENT : e;
}

static enum err
ask_of(struct door *d, const struct store_room *r, const char *identity, struct livekit_participant *p)
{
	enum err e = ask(d, r, identity, p);

	return e != ERR_ABSENT ? e : door_fail(d, e, "There is nobody of that identity in the meeting.");
}

enum err
room_profile(struct door *d)
{
	const char *who = d->req->params[1];
	struct store_user u = { .name = "", .avatar_url = "" };
	struct base_buf *b = door_json(d);
	struct livekit_participant p;
	struct room_scene s;
	enum err e;

	if ((e = find(d, &s)) != ERR_OK)
		return e;
	e = ask(d, &s.room, d->caller->user.id, &p);
	if (e == ERR_ABSENT)
		return door_fail(d, ERR_DENIED, "Join the meeting to see who is in it.");
	if (e != ERR_OK || (e = ask_of(d, &s.room, who, &p)) != ERR_OK)
		return e;
	/* The picture and the name are the users row's; agents and telephones have none. */
	e = store_user_by_id(d->store, d->arena, who, &u);
	if (e != ERR_OK && e != ERR_ABSENT)
		return e;
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "id", who);
	base_json_put_str(b, "name", e == ERR_OK ? u.name : p.name);
	base_json_put_str(b, "avatarUrl", u.avatar_url);
	base_json_close(b, '}');
	return b->err;
}

static void
put_tracks(struct base_buf *b, const struct livekit_participant *p)
{
	base_json_open(b, "tracks", '[');
	for (size_t i = 0; i < p->n_tracks; i++) {
		base_json_open(b, NULL, '{');
		base_json_put_str(b, "sid", p->tracks[i].sid);
		base_json_put_str(b, "type", p->tracks[i].is_audio ? "AUDIO" : "VIDEO");
		base_json_put_str(b, "source", livekit_participant_source(p->tracks[i].source));
		base_json_put_bool(b, "muted", p->tracks[i].is_muted);
		base_json_close(b, '}');
	}
	base_json_close(b, ']');
}

enum err
room_info(struct door *d)
{
	static const char *const states[] = { "JOINING", "JOINED", "ACTIVE", "DISCONNECTED" };
	const char *who = d->req->params[1];
	struct base_buf *b = door_json(d);
	struct livekit_participant p = { .identity = "", .name = "" };
	struct room_scene s;
	enum err e;

	if ((e = find(d, &s)) != ERR_OK)
		return e;
	if (s.role < MEETING_MODERATOR && strcmp(who, d->caller->user.id) != 0)
		return door_fail(d, ERR_DENIED, "Only the owner of this room and its moderators can see that of "
		    "others.");
	if ((e = ask_of(d, &s.room, who, &p)) != ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "identity", p.identity);
	base_json_put_str(b, "name", p.name);
	base_json_put_str(b, "state", p.state >= 0 ? states[p.state] : "UNKNOWN");
	base_json_put_int(b, "joinedAt", p.joined_at / BASE_CLOCK_SECOND);
	put_tracks(b, &p);
	base_json_close(b, '}');
	return b->err;
}

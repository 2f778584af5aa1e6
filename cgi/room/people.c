/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/room/:roomId/standing: what the caller may do in the room, and for its moderators what the people there may.
 * GET …/bans: whom it keeps out.
 */
#include "cgi/room/room.h"

#include "meeting/rights.h"
#include "store/seat.h"

static void
put_rights(struct base_buf *b, const struct livekit_grant *g)
{
	base_json_put_bool(b, "canPublish", g->sources != 0);
	base_json_put_bool(b, "canSpeak", (g->sources & LIVEKIT_MICROPHONE) != 0);
	base_json_put_bool(b, "canShow", (g->sources & LIVEKIT_CAMERA) != 0);
	base_json_put_bool(b, "canPublishData", g->can_publish_data);
	base_json_put_bool(b, "canSubscribe", g->can_subscribe);
}

static void
put_marks(struct base_buf *b, const struct store_standing *t)
{
	base_json_put_bool(b, "isOnStage", t->is_on_stage);
	base_json_put_bool(b, "isChatBlocked", t->is_chat_blocked);
	base_json_put_bool(b, "isDeafened", t->is_deafened);
}

static void
put_people(struct base_buf *b, const struct store_person *people, size_t n)
{
	base_json_open(b, "people", '[');
	for (size_t i = 0; i < n; i++) {
		base_json_open(b, NULL, '{');
		base_json_put_str(b, "identity", people[i].id);
		base_json_put_str(b, "name", people[i].name);
		base_json_put_bool(b, "isHere", people[i].standing.is_active);
		base_json_put_bool(b, "isModerator", people[i].standing.is_moderator);
		put_marks(b, &people[i].standing);
		base_json_put_bool(b, "maySpeak", people[i].standing.may_speak);
		base_json_put_bool(b, "mayShow", people[i].standing.may_show);
		base_json_close(b, '}');
	}
	base_json_close(b, ']');
}

/* Of a room that isn't open to everybody only its people hear how it is; whoever was sent away hears nothing. */
static enum err
refuse_strangers(struct door *d, const struct room_scene *s)
{
	const struct store_standing *t = &s->standing;
	int is_out = t->is_banned || t->kicked_until > d->now;
	char admission[33] = "";
	enum err e = ERR_OK;

	if (s->role >= MEETING_MODERATOR)
		return ERR_OK;
	if (!is_out && ((s->room.is_public && !s->room.require_approval) || t->is_active || t->is_approved))
		return ERR_OK;
	if (!is_out)
		e = store_seat_admission(d->store, s->room.id, d->caller->user.id, admission, NULL);
	return e != ERR_OK || admission[0] != '\0' ? e :
	    door_fail(d, ERR_DENIED, "Only people of this room can see that. Join it first.");
}

enum err
room_standing(struct door *d)
{
	struct base_buf *b = door_json(d);
	struct store_person *people = NULL;
	struct livekit_grant g;
	struct room_scene s;
	size_t n = 0;
	enum err e = store_begin_read(d->store);

	if (e == ERR_OK && (e = room_scene_read(d, &s)) == ERR_OK && (e = refuse_strangers(d, &s)) == ERR_OK &&
	    s.role >= MEETING_MODERATOR)
		e = store_standing_list(d->store, d->arena, s.room.id, STORE_PEOPLE_KNOWN, d->now, &people, &n);
	store_rollback(d->store);
	if (e != ERR_OK)
		return e;
	g = meeting_rights_grant(&s.room, s.role, &s.standing);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "role", meeting_role_name(&s.room, d->caller->user.id, s.role));
	put_rights(b, &g);
	put_marks(b, &s.standing);
	meeting_room_put_settings(b, "settings", &s.room);
	if (s.role >= MEETING_MODERATOR)
		put_people(b, people, n);
	base_json_close(b, '}');
	return b->err;
}

enum err
room_bans(struct door *d)
{
	struct base_buf *b = door_json(d);
	struct store_person *people;
	struct room_scene s;
	size_t n;
	enum err e = room_scene_moderated(d, &s);

	if (e != ERR_OK || (e = store_standing_list(d->store, d->arena, s.room.id, STORE_PEOPLE_OUT, d->now, &people,
	    &n)) != ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	base_json_open(b, "bans", '[');
	for (size_t i = 0; i < n; i++) {
		base_json_open(b, NULL, '{');
		base_json_put_str(b, "identity", people[i].id);
		base_json_put_str(b, "name", people[i].name);
		base_json_put_bool(b, "isBanned", people[i].standing.is_banned);
		base_json_put_time(b, "bannedAt", people[i].banned_at);
		base_json_put_str(b, "by", people[i].out_by);
		/* Null: until somebody lifts it. */
		base_json_put_time(b, "until", people[i].standing.is_banned ? 0 : people[i].standing.kicked_until);
		base_json_close(b, '}');
	}
	base_json_close(b, ']');
	base_json_close(b, '}');
	return b->err;
}

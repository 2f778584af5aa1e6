/* SPDX-License-Identifier: Apache-2.0 */
#include "cgi/room/room.h"

#include "meeting/rights.h"

enum err
room_scene_read(struct door *d, struct room_scene *s)
{
	const char *who = d->caller->user.id;
	enum err e = store_room_by_id(d->store, d->arena, d->req->params[0], &s->room);

	if (e == ERR_ABSENT || (e == ERR_OK && s->room.deleted_at != 0))
		return door_fail(d, ERR_ABSENT, "There is no such room. It may have been deleted.");
	if (e != ERR_OK || (e = meeting_room_judge(d->store, d->arena, &s->room, d->now)) != ERR_OK ||
	    (e = store_standing_get(d->store, s->room.id, who, &s->standing)) != ERR_OK)
		return e;
	/* Whom the owner or another moderator sent away has no say until they may come back. */
	if (s->standing.is_banned || s->standing.kicked_until > d->now)
		s->standing.is_moderator = 0;
	s->role = meeting_role_of(&s->room, who, d->caller->is_superadmin, &s->standing);
	return ERR_OK;
}

enum err
room_scene_moderated(struct door *d, struct room_scene *s)
{
	enum err e = store_begin_read(d->store);

	if (e == ERR_OK)
		e = room_scene_read(d, s);
	store_rollback(d->store);
	if (e == ERR_OK && s->role < MEETING_MODERATOR)
		return door_fail(d, ERR_DENIED, "Only the owner of this room and its moderators can see that.");
	return e;
}

enum err
room_scene_grant(struct door *d, const char *room_id, const char *identity, struct livekit_grant *out)
{
	struct store_user u = { .accesses = "" };
	struct store_standing t;
	struct store_room r;
	int is_superadmin;
	enum err e = store_begin_read(d->store);

	if (e == ERR_OK && (e = store_room_by_id(d->store, d->arena, room_id, &r)) == ERR_OK &&
	    (e = store_standing_get(d->store, room_id, identity, &t)) == ERR_OK &&
	    (e = store_user_by_id(d->store, d->arena, identity, &u)) == ERR_ABSENT)
		e = ERR_OK;
	store_rollback(d->store);
	if (e != ERR_OK)
		return e;
	is_superadmin = u.is_active && store_user_has(u.accesses, "superadmin");
	*out = meeting_rights_grant(&r, meeting_role_of(&r, identity, is_superadmin, &t), &t);
	return ERR_OK;
}

/*
 * Two moderators may act at the same moment, and the one who read first may send last. So what was sent is compared
 * with the store once more: whoever sends last sends what the store says.
 */
enum err
room_scene_push(struct door *d, struct livekit_api *api, const struct store_room *room,
    const struct livekit_participant *p, const char *metadata)
{
	struct livekit_grant wanted, sent = p->permission;
	int is_sent = p->has_permission && metadata == NULL;
	enum err e;

	while ((e = room_scene_grant(d, room->id, p->identity, &wanted)) == ERR_OK &&
	    !(is_sent && livekit_token_grant_equal(&wanted, &sent))) {
		if ((e = livekit_api_update_participant(api, room->name, p->identity, &wanted, metadata)) != ERR_OK)
			return e;
		sent = wanted;
		is_sent = 1;
	}
	return e;
}

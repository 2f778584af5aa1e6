/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/room/create: somebody makes a room. Only the row is written: LiveKit makes the room when the first
 * participant joins.
 */
#include "cgi/room/room.h"

#include <string.h>

#include "base/limits.h"
#include "base/random.h"
#include "meeting/ending.h"
#include "meeting/outbound.h"
#include "meeting/room.h"
#include "store/standing.h"

enum { NAME_TRIES = 5 };

/* The settings row, else the config file, else our default. */
static long long
limit(int setting, long long configured, long long otherwise)
{
	return setting > 0 ? setting : configured > 0 ? configured : otherwise;
}

enum err
room_read_flags(struct door *d, json_object *s, struct store_room *r)
{
	int was_persistent = r->is_persistent;
	enum err e;

	if ((e = base_json_bool(s, "allowChat", &r->allow_chat)) != ERR_OK ||
	    (e = base_json_bool(s, "allowVideo", &r->allow_video)) != ERR_OK ||
	    (e = base_json_bool(s, "allowAudio", &r->allow_audio)) != ERR_OK ||
	    (e = base_json_bool(s, "requireApproval", &r->require_approval)) != ERR_OK ||
	    (e = base_json_bool(s, "e2ee", &r->e2ee)) != ERR_OK ||
	    (e = base_json_bool(s, "isPersistent", &r->is_persistent)) != ERR_OK)
		return e;
	if (!d->caller->is_superadmin)
		r->is_persistent = was_persistent;
	return ERR_OK;
}

/* Flags that are missing from settings are false; without settings people may talk, see and write. */
static enum err
read_settings(struct door *d, json_object *body, struct store_room *r)
{
	json_object *s = NULL;
	enum err e = base_json_sub(body, "settings", &s);

	if (e != ERR_OK)
		return e;
	r->recordings_allowed = 1;
	if (s != NULL)
		return room_read_flags(d, s, r);
	r->allow_chat = r->allow_video = r->allow_audio = 1;
	return ERR_OK;
}

enum err
room_read_limits(struct door *d, json_object *body, struct store_room *r)
{
	const struct store_setting *s;
	int64_t n = r->max_participants;
	long long most;
	enum err e = base_json_int(body, "maxParticipants", &n);

	if (e == ERR_INPUT)
		return door_fail(d, e, "Give maxParticipants as a whole number.");
	if (e != ERR_OK || (e = door_settings(d, &s)) != ERR_OK)
		return e;
	most = limit(s->max_participants_limit, conf_int(d->conf, CONF_server_maxParticipantsLimit),
	    LIMIT_PARTICIPANTS);
	if (n > most)
		return door_fail(d, ERR_INPUT, "Give %lld as maxParticipants at most; 0 means no limit.", most);
	r->max_participants = n > 0 ? (int)n : 0;
	return ERR_OK;
}

static enum err
read_room(struct door *d, struct store_room *r)
{
	const char *name = "", *mode = "";
	json_object *body;
	enum err e = web_request_json(d->req, 0, &body);

	if (e == ERR_OK && (e = base_json_str(body, "name", &name)) == ERR_OK &&
	    (e = base_json_str(body, "mode", &mode)) == ERR_OK &&
	    (e = base_json_bool(body, "isPublic", &r->is_public)) == ERR_OK)
		e = read_settings(d, body, r);
	if (e == ERR_INPUT)
		return door_fail(d, e, "The request must be a JSON object: name and mode text, flags true or false.");
	if (e != ERR_OK)
		return e;
	if (meeting_room_mode(mode, &r->mode) != ERR_OK)
		return door_fail(d, ERR_INPUT, "Give standard, webinar or broadcast as mode.");
	e = meeting_room_name(d->arena, name, &r->name);
	if (e == ERR_INPUT && name[strspn(name, " \t\r\n")] == '\0')
		r->name = "";	/* one is made up */
	else if (e == ERR_INPUT)
		return door_fail(d, e, MEETING_ROOM_NAME_RULE);
	else if (e != ERR_OK)
		return e;
	return room_read_limits(d, body, r);
}

/* Ends a row whose time is up and that nobody has ended yet. */
static enum err
end_expired(struct door *d, struct store_room *r)
{
	enum err e = meeting_room_judge(d->store, d->arena, r, d->now);

	if (e != ERR_OK || r->is_active)
		return e;
	return meeting_ending_apply(d->store, d->arena, r, MEETING_ENDED_EXPIRED, NULL, NULL, d->now);
}

static enum err
end_all_expired(struct door *d)
{
	struct store_room *rooms;
	enum err e;
	size_t n;

	if ((e = store_room_list(d->store, d->arena, d->caller->user.id, &rooms, &n)) != ERR_OK)
		return e;
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		if (rooms[i].is_active)
			e = end_expired(d, &rooms[i]);
	return e;
}

static enum err
check_count(struct door *d)
{
	const struct store_setting *s;
	long long most;
	int count;
	enum err e;

	if (d->caller->is_superadmin)
		return ERR_OK;
	if ((e = door_settings(d, &s)) != ERR_OK)
		return e;
	most = limit(s->max_rooms_per_user, conf_int(d->conf, CONF_server_maxRoomsPerUser), 0);
	if (most == 0 || (e = store_room_count_active(d->store, d->caller->user.id, &count)) != ERR_OK || count < most)
		return most == 0 ? ERR_OK : e;
	if ((e = end_all_expired(d)) != ERR_OK ||
	    (e = store_room_count_active(d->store, d->caller->user.id, &count)) != ERR_OK || count < most)
		return e;
	return door_fail(d, ERR_DENIED, "You have %d rooms open, and %lld is the most. Delete one first.", count, most);
}

/*
 * A row of this name whose time is up gives the name back. A room that is open is never touched, and one that is
 * suspended keeps its name.
 */
static enum err
free_name(struct door *d, const char *name)
{
	struct store_room other;
	enum err e = store_room_by_name(d->store, d->arena, name, &other);

	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	if (other.is_suspended)
		return door_fail(d, ERR_CONFLICT, "The room of this name is suspended. Choose another name.");
	if (!other.is_active || (e = end_expired(d, &other)) != ERR_OK)
		return e;
	return other.is_active ? ERR_CONFLICT : ERR_OK;
}

static enum err
insert(struct door *d, struct store_room *r)
{
	char *made_up = NULL;
	enum err e;

	if (*r->name != '\0') {
		e = free_name(d, r->name);
		if (e == ERR_OK)
			e = store_room_insert(d->store, r);
		/* A meeting's end is no pardon. */
		if (e == ERR_OK)
			e = store_standing_inherit(d->store, r->id, d->now);
		return e != ERR_CONFLICT || d->reply->status >= 400 ? e :
		    door_fail(d, e, "A room of this name is open already. Choose another name.");
	}
	if ((r->name = made_up = base_arena_alloc(d->arena, 13)) == NULL)
		return ERR_NOMEM;
	e = ERR_CONFLICT;
	for (int i = 0; i < NAME_TRIES && e == ERR_CONFLICT; i++) {
		meeting_room_name_new(made_up);
		e = store_room_insert(d->store, r);
	}
	return e;
}

static enum err
answer(struct door *d, const struct store_room *r)
{
	struct base_buf *b = door_json(d);
	const char *host = door_livekit_host(d);

	if (host == NULL)
		return ERR_NOMEM;
	base_json_open(b, NULL, '{');
	meeting_room_put_members(b, r);
	base_json_put_str(b, "livekitHost", host);
	base_json_close(b, '}');
	return b->err;
}

enum err
room_create(struct door *d)
{
	char id[37];
	struct store_room r = { .id = id, .name = "", .created_by = d->caller->user.id, .admin_id = d->caller->user.id,
		.is_active = 1, .created_at = d->now, .updated_at = d->now, .last_activity_at = d->now,
		.expires_at = d->now + MEETING_ROOM_LIFE };
	enum err e = read_room(d, &r);

	if (e != ERR_OK)
		return e;
	base_random_uuid(id);
	if ((e = store_begin(d->store, STORE_DURABLE)) != ERR_OK)
		return e;
	if ((e = check_count(d)) == ERR_OK && (e = insert(d, &r)) == ERR_OK)
		e = meeting_outbound_tell(d->store, d->arena, "room.created", r.id, r.name, r.created_by, d->now);
	if (e == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK) {
		store_rollback(d->store);
		return e;
	}
	return answer(d, &r);
}

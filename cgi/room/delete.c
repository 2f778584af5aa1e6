/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DELETE /api/room/:id: the creator, or a superadmin, ends a room for good. First the books, in one durable
 * transaction: the row is archived, the seats are free, the admissions void, so that no token given so far opens it
 * again. Then, with no lock held, LiveKit sends everybody home; should that fail, whoever comes back is undone on
 * arrival.
 */
#include "cgi/room/room.h"

#include <string.h>

#include "base/log.h"
#include "livekit/api.h"
#include "meeting/ending.h"

/* Archives; *name stays NULL when another room has come by the same name: LiveKit must not be asked to end that. */
static enum err
archive(struct door *d, const char **name)
{
	const char *id = d->req->params[0];
	struct store_room r, other;
	enum err e = store_room_by_id(d->store, d->arena, id, &r);

	if (e == ERR_ABSENT || (e == ERR_OK && r.deleted_at != 0))
		return door_fail(d, ERR_ABSENT, "There is no such room. It may have been deleted already.");
	if (e != ERR_OK)
		return e;
	if (strcmp(r.created_by, d->caller->user.id) != 0 && !d->caller->is_superadmin)
		return door_fail(d, ERR_DENIED, "Only the creator of a room can delete it.");
	if ((e = store_room_by_name(d->store, d->arena, r.name, &other)) != ERR_OK)
		return e;
	e = meeting_ending_apply(d->store, d->arena, &r, MEETING_ENDED_ARCHIVED, d->caller->user.id, NULL, d->now);
	if (e != ERR_OK)
		return e;
	*name = !other.is_active || strcmp(other.id, r.id) == 0 ? r.name : NULL;
	return ERR_OK;
}

/* A room that LiveKit doesn't know has nobody in it. */
static void
send_home(struct door *d, const char *name)
{
	struct livekit_api *api;
	enum err e = door_livekit(d, &api);

	if (e == ERR_OK)
		e = livekit_api_delete_room(api, name);
	if (e != ERR_OK && e != ERR_ABSENT)
		base_log(LOG_LEVEL_WARN, "room %s is archived, but LiveKit was not told: %s", name, base_err_name(e));
}

enum err
room_delete(struct door *d)
{
	const char *name = NULL;
	struct base_buf *b;
	enum err e = store_begin(d->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	if ((e = archive(d, &name)) == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK) {
		store_rollback(d->store);
		return e;
	}
	if (name != NULL)
		send_home(d, name);
	d->reply->status = 202;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "message", "The room has been deleted.");
	base_json_close(b, '}');
	return b->err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DELETE /api/room/:roomId: the creator, or a superadmin, ends a room for good. First the books, in one durable
 * transaction: the row is archived, the seats are free, the admissions void, so that no token given so far opens it
 * again. Then, with no lock held, LiveKit tells everybody and sends them home; should that fail, whoever comes back is
 * undone on arrival.
 */
#include "cgi/room/room.h"

#include <string.h>

#include "base/log.h"
#include "meeting/closing.h"
#include "meeting/ending.h"

static enum err
archive(struct door *d, struct store_room *r)
{
	enum err e = store_room_by_id(d->store, d->arena, d->req->params[0], r);

	if (e == ERR_ABSENT || (e == ERR_OK && r->deleted_at != 0))
		return door_fail(d, ERR_ABSENT, "There is no such room. It may have been deleted already.");
	if (e != ERR_OK)
		return e;
	if (strcmp(r->created_by, d->caller->user.id) != 0 && !d->caller->is_superadmin)
		return door_fail(d, ERR_DENIED, "Only the creator of a room can delete it.");
	return meeting_ending_apply(d->store, d->arena, r, MEETING_ENDED_ARCHIVED, d->caller->user.id, NULL, d->now);
}

static void
send_home(struct door *d, const struct store_room *r)
{
	static const struct meeting_closing end = { .event = "room_ended", .message = "The meeting was ended." };
	struct livekit_api *api;
	enum err e = door_livekit(d, &api);

	if (e == ERR_OK)
		e = meeting_closing_tell(d->store, d->arena, api, r, &end);
	if (e != ERR_OK)
		base_log(LOG_LEVEL_WARN, "room %s is archived, but LiveKit was not told: %s", r->name,
		    base_err_name(e));
}

enum err
room_delete(struct door *d)
{
	struct store_room r;
	struct base_buf *b;
	enum err e = store_begin(d->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	if ((e = archive(d, &r)) == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK) {
		store_rollback(d->store);
		return e;
	}
	send_home(d, &r);
	d->reply->status = 202;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "message", "The room has been deleted.");
	base_json_close(b, '}');
	return b->err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cgi/recording/recording.h"

#include <string.h>

#define NO_ROOM "There is no such room, or it isn't yours to look into."

static enum err
look(struct door *d, struct recording_place *p)
{
	const char *who = d->caller->user.id;
	enum err e = store_room_by_id(d->store, d->arena, d->req->params[0], &p->room);

	if (e == ERR_OK)
		e = store_standing_get(d->store, p->room.id, who, &p->standing);
	if (e == ERR_OK)
		p->role = meeting_role_of(&p->room, who, d->caller->is_superadmin, &p->standing);
	return e == ERR_ABSENT ? door_fail(d, e, NO_ROOM) : e;
}

static int
may_view(const struct recording_place *p)
{
	if (p->role >= MEETING_OWNER)
		return 1;
	return p->room.deleted_at == 0 && !p->standing.is_banned &&
	    (p->role == MEETING_MODERATOR || p->standing.is_active);
}

enum err
recording_find_room(struct door *d, struct recording_place *p)
{
	enum err e = look(d, p);

	if (e != ERR_OK)
		return e;
	return may_view(p) ? ERR_OK : door_fail(d, ERR_ABSENT, NO_ROOM);
}

enum err
recording_find(struct door *d, struct recording_place *p)
{
	enum err e = look(d, p);

	if (e != ERR_OK)
		return e;
	e = store_recording_by_id(d->store, d->arena, d->req->params[1], &p->rec);
	if (e != ERR_OK && e != ERR_ABSENT)
		return e;
	if (e == ERR_ABSENT || strcmp(p->rec.room_id, p->room.id) != 0 || (!may_view(p) &&
	    (p->room.deleted_at != 0 || strcmp(p->rec.created_by, d->caller->user.id) != 0)))
		return door_fail(d, ERR_ABSENT, "There is no such recording. It may have been deleted.");
	return ERR_OK;
}

enum err
recording_may_control(struct door *d, const struct recording_place *p, const char *what)
{
	if (p->role >= MEETING_MODERATOR)
		return ERR_OK;
	return door_fail(d, ERR_DENIED, "Only the owner of the room and its moderators can %s.", what);
}

enum err
recording_put(struct door *d, struct base_buf *b, const char *key, const struct store_recording *r)
{
	const char *url = NULL;

	if (r->state == STORE_RECORDING_COMPLETED) {
		url = base_arena_printf(d->arena, "/api/rooms/%s/recordings/%s/download", r->room_id, r->id);
		if (url == NULL)
			return ERR_NOMEM;
	}
	meeting_recording_put(b, key, r, url);
	return b->err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/clock.h"
#include "base/random.h"
#include "store/room.h"
#include "store/store_impl.h"

#define COLUMNS "id,name,created_by,admin_id,mode,is_active,is_public,max_participants,settings_allow_chat," \
	"settings_allow_video,settings_allow_audio,settings_require_approval,settings_e2_ee,settings_is_persistent," \
	"settings_recordings_allowed,created_at,updated_at,expires_at,last_activity_at,deleted_at"
/* Only a room that isn't active can be suspended. The names are those of rooms, also where a subquery stands for it. */
#define ALL COLUMNS ",CASE WHEN is_active<>0 THEN 0 ELSE EXISTS(SELECT 1 FROM suspensions AS x WHERE x.room_id=id) END"
/* Text times of several zones and forms: julianday() reads them all. */
#define NEWEST "coalesce(julianday(created_at),0) DESC,created_at DESC,rowid DESC"
#define RUNS "room_id=?1 AND status IN ('pending','started','processing')"
#define OVER_KEPT (7 * INT64_C(86400) * BASE_CLOCK_SECOND)
#define TOUCH_EVERY (60 * BASE_CLOCK_SECOND)

static enum err
read_room(struct store_reader *r, struct store_room *out)
{
	r->column = 0;
	out->id = store_read_text(r);
	out->name = store_read_text(r);
	out->created_by = store_read_text(r);
	out->admin_id = store_read_text(r);
	out->mode = store_read_text(r);
	out->is_active = store_read_bool(r);
	out->is_public = store_read_bool(r);
	out->max_participants = store_read_int(r);
	out->allow_chat = store_read_bool(r);
	out->allow_video = store_read_bool(r);
	out->allow_audio = store_read_bool(r);
	out->require_approval = store_read_bool(r);
	out->e2ee = store_read_bool(r);
	out->is_persistent = store_read_bool(r);
	out->recordings_allowed = store_read_bool(r);
	out->created_at = store_read_time(r);
	out->updated_at = store_read_time(r);
	out->expires_at = store_read_time(r);
	out->last_activity_at = store_read_time(r);
	out->deleted_at = store_read_time(r);
	out->is_suspended = store_read_bool(r);
	return r->err;
}

static enum err
read_one(struct base_arena *a, sqlite3_stmt *st, struct store_room *out)
{
	struct store_reader r = { st, a, 0, ERR_OK };
	enum err e = read_room(&r, out);

	store_finish(st);
	return e;
}

enum err
store_room_by_id(struct store *s, struct base_arena *a, const char *id, struct store_room *out)
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, "SELECT " ALL " FROM rooms WHERE id=?1", ARGS(ARG_TEXT(id)));

	return e == ERR_OK ? read_one(a, st, out) : e;
}

enum err
store_room_by_name(struct store *s, struct base_arena *a, const char *name, struct store_room *out)
{
	sqlite3_stmt *st;
	enum err e;

	/* Almost always there is an active one, and its index is unique. */
	e = store_select(s, &st, "SELECT " ALL " FROM rooms WHERE name=?1 AND is_active=1", ARGS(ARG_TEXT(name)));
	if (e == ERR_ABSENT)
		e = store_select(s, &st, "SELECT " ALL " FROM rooms WHERE name=?1 ORDER BY is_active DESC," NEWEST
		    " LIMIT 1", ARGS(ARG_TEXT(name)));
	return e == ERR_OK ? read_one(a, st, out) : e;
}

static enum err
insert_row(struct store *s, const struct store_room *r)
{
	return store_write(s, STORE_DURABLE, "INSERT INTO rooms(" COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,"
	    "?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
	    ARGS(ARG_TEXT(r->id), ARG_TEXT(r->name), ARG_TEXT(r->created_by), ARG_TEXT(r->admin_id), ARG_TEXT(r->mode),
	    ARG_INT(r->is_active != 0), ARG_INT(r->is_public != 0), ARG_INT(r->max_participants),
	    ARG_INT(r->allow_chat != 0), ARG_INT(r->allow_video != 0), ARG_INT(r->allow_audio != 0),
	    ARG_INT(r->require_approval != 0), ARG_INT(r->e2ee != 0), ARG_INT(r->is_persistent != 0),
	    ARG_INT(r->recordings_allowed != 0), ARG_TIME(r->created_at), ARG_TIME(r->updated_at),
	    ARG_TIME(r->expires_at), ARG_TIME(r->last_activity_at), ARG_TIME(r->deleted_at)));
}

enum err
store_room_insert(struct store *s, const struct store_room *r)
{
	char id[37];
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = insert_row(s, r);
	base_random_uuid(id);
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "INSERT INTO room_permissions(id,room_id,user_id,is_admin,can_kick,"
		    "can_mute_audio,can_disable_video,can_chat,created_at,updated_at) VALUES(?1,?2,?3,1,1,1,1,1,?4,?4)",
		    ARGS(ARG_TEXT(id), ARG_TEXT(r->id), ARG_TEXT(r->admin_id), ARG_TIME(r->created_at)));
	return store_leave(s, own, e);
}

enum err
store_room_count_active(struct store *s, const char *user_id, int *count)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT count(*) FROM rooms WHERE created_by=?1 AND is_active=1",
	    ARGS(ARG_TEXT(user_id)));

	*count = (int)n;
	return e;
}

/* Room for one more at the end of an array in the arena. */
static struct store_room *
grow(struct base_arena *a, struct store_room **list, size_t n, size_t *room)
{
	struct store_room *more;

	if (n < *room)
		return &(*list)[n];
	more = base_arena_alloc(a, (*room * 2 + 8) * sizeof(*more));
	if (more == NULL)
		return NULL;
	if (n > 0)
		memcpy(more, *list, n * sizeof(*more));
	*list = more;
	*room = *room * 2 + 8;
	return &more[n];
}

/* The rest of the rows of a statement whose first step ended with e. */
static enum err
read_all(struct store *s, struct base_arena *a, sqlite3_stmt *st, enum err e, struct store_room **out, size_t *n)
{
	struct store_reader r = { st, a, 0, ERR_OK };
	struct store_room *row;
	size_t space = 0;

	*out = NULL;
	*n = 0;
	while (e == ERR_OK) {
		row = grow(a, out, *n, &space);
		if (row == NULL || read_room(&r, row) != ERR_OK) {
			store_finish(st);
			return ERR_NOMEM;
		}
		++*n;
		e = store_next(s, st);
	}
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_room_list(struct store *s, struct base_arena *a, const char *user_id, struct store_room **out, size_t *n)
{
	sqlite3_stmt *st = NULL;
	/* One per name: the active one, else the newest. */
	enum err e = store_select(s, &st, "SELECT " ALL " FROM (SELECT *,rowid AS rowid,row_number() OVER (PARTITION "
	    "BY name ORDER BY is_active DESC," NEWEST ") AS place FROM rooms WHERE created_by=?1 AND deleted_at IS "
	    "NULL) WHERE place=1 ORDER BY " NEWEST, ARGS(ARG_TEXT(user_id)));

	return read_all(s, a, st, e, out, n);
}

enum err
store_room_all(struct store *s, struct base_arena *a, struct store_room **out, size_t *n)
{
	sqlite3_stmt *st = NULL;
	enum err e = store_select(s, &st, "SELECT " ALL " FROM rooms WHERE is_active<>0 OR (deleted_at IS NULL AND id "
	    "IN(SELECT room_id FROM suspensions)) ORDER BY name LIMIT 10000", NULL, 0);

	return read_all(s, a, st, e, out, n);
}

enum err
store_room_archived(struct store *s, struct base_arena *a, const char *user_id, int page, int limit,
    struct store_archived **out, size_t *n, int64_t *total)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*n = 0;
	*total = 0;
	if ((*out = base_arena_alloc(a, (size_t)limit * sizeof(**out))) == NULL)
		return ERR_NOMEM;
	e = store_number(s, total, "SELECT count(*) FROM rooms WHERE created_by=?1 AND deleted_at IS NOT NULL",
	    ARGS(ARG_TEXT(user_id)));
	if (e == ERR_OK)
		e = store_select(s, &r.st, "SELECT id,name,created_at,deleted_at,(SELECT count(*) FROM recordings "
		    "WHERE room_id=rooms.id) FROM rooms WHERE created_by=?1 AND deleted_at IS NOT NULL ORDER BY "
		    "coalesce(julianday(deleted_at),0) DESC,rowid DESC LIMIT ?2 OFFSET ?3",
		    ARGS(ARG_TEXT(user_id), ARG_INT(limit), ARG_INT((int64_t)(page - 1) * limit)));
	for (; e == ERR_OK; e = store_next(s, r.st)) {
		struct store_archived *row = &(*out)[(*n)++];

		r.column = 0;
		row->id = store_read_text(&r);
		row->name = store_read_text(&r);
		row->created_at = store_read_time(&r);
		row->deleted_at = store_read_time(&r);
		row->recordings = store_read_int(&r);
		if (r.err != ERR_OK) {
			store_finish(r.st);
			return r.err;
		}
	}
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_room_change(struct store *s, const struct store_room *r, int64_t now)
{
	return store_write(s, STORE_DURABLE, "UPDATE rooms SET is_public=?2,max_participants=?3,settings_allow_chat=?4,"
	    "settings_allow_video=?5,settings_allow_audio=?6,settings_require_approval=?7,settings_e2_ee=?8,"
	    "settings_is_persistent=?9,settings_recordings_allowed=?10,updated_at=?11 WHERE id=?1",
	    ARGS(ARG_TEXT(r->id), ARG_INT(r->is_public != 0), ARG_INT(r->max_participants), ARG_INT(r->allow_chat != 0),
	    ARG_INT(r->allow_video != 0), ARG_INT(r->allow_audio != 0), ARG_INT(r->require_approval != 0),
	    ARG_INT(r->e2ee != 0), ARG_INT(r->is_persistent != 0), ARG_INT(r->recordings_allowed != 0), ARG_TIME(now)));
}

enum err
store_room_end(struct store *s, const char *id, int64_t now, int *ended)
{
	enum err e = store_write(s, STORE_DURABLE, "UPDATE rooms SET is_active=0,updated_at=?2 WHERE id=?1 AND "
	    "is_active<>0", ARGS(ARG_TEXT(id), ARG_TIME(now)));

	*ended = e == ERR_OK && store_changes(s) > 0;
	return e;
}

enum err
store_room_archive(struct store *s, const char *id, int64_t now)
{
	return store_write(s, STORE_DURABLE, "UPDATE rooms SET is_active=0,deleted_at=coalesce(deleted_at,?2),"
	    "updated_at=?2 WHERE id=?1", ARGS(ARG_TEXT(id), ARG_TIME(now)));
}

enum err
store_room_suspend(struct store *s, const char *id, const char *by, const char *reason, int64_t now)
{
	int own, ended;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_room_end(s, id, now, &ended);
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "INSERT INTO suspensions(room_id,suspended_at,suspended_by,reason) "
		    "VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING",
		    ARGS(ARG_TEXT(id), ARG_INT(now), ARG_TEXT(by), ARG_TEXT(reason)));
	return store_leave(s, own, e);
}

enum err
store_room_reopen(struct store *s, const char *id, int64_t expires_at, int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE rooms SET is_active=1,expires_at=?2,updated_at=?3 WHERE id=?1 AND "
	    "deleted_at IS NULL", ARGS(ARG_TEXT(id), ARG_TIME(expires_at), ARG_TIME(now)));
	if (e == ERR_OK && store_changes(s) == 0)
		e = ERR_ABSENT;
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "DELETE FROM suspensions WHERE room_id=?1", ARGS(ARG_TEXT(id)));
	return store_leave(s, own, e);
}

enum err
store_room_touch(struct store *s, const char *id, int64_t until, int64_t now)
{
	struct store_reader r = { NULL, NULL, 0, ERR_OK };
	int64_t last, expires;
	enum err e = store_select(s, &r.st, "SELECT last_activity_at,expires_at FROM rooms WHERE id=?1",
	    ARGS(ARG_TEXT(id)));

	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	last = store_read_time(&r);
	expires = store_read_time(&r);
	store_finish(r.st);
	if (last <= now && last > now - TOUCH_EVERY)
		return ERR_OK;
	return store_write(s, STORE_FAST, "UPDATE rooms SET last_activity_at=?2,expires_at=?3 WHERE id=?1",
	    ARGS(ARG_TEXT(id), ARG_TIME(now), ARG_TIME(expires > until ? expires : until)));
}

enum err
store_room_recording(struct store *s, struct base_arena *a, const char *room_id, const char **out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	int64_t any = 0;
	enum err e;

	*out = "";
	/* Almost always there is none, and then nothing need be sorted. */
	e = store_number(s, &any, "SELECT 1 FROM recordings WHERE " RUNS " LIMIT 1", ARGS(ARG_TEXT(room_id)));
	if (e == ERR_OK)
		e = store_select(s, &r.st, "SELECT id FROM recordings WHERE " RUNS " ORDER BY " NEWEST " LIMIT 1",
		    ARGS(ARG_TEXT(room_id)));
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	*out = store_read_text(&r);
	store_finish(r.st);
	return r.err;
}

/* Frees the seats that were taken in LiveKit rooms which are over. */
static enum err
free_finished(struct store *s, const char *room_id, int64_t now)
{
	enum err e = store_write(s, STORE_DURABLE, "UPDATE seats SET left_at=?2 WHERE room_id=?1 AND left_at=0 AND "
	    "room_sid IN (SELECT room_sid FROM live_rooms WHERE room_id=?1 AND finished_at<>0)", ARGS(ARG_TEXT(room_id),
	    ARG_INT(now)));

	if (e != ERR_OK || store_changes(s) == 0)
		return e;
	return store_write(s, STORE_DURABLE, "UPDATE room_participants SET is_active=0,left_at=?2 WHERE room_id=?1 "
	    "AND is_active=1 AND EXISTS(SELECT 1 FROM seats WHERE seats.room_id=?1 AND identity=user_id AND "
	    "seats.left_at<>0) AND NOT EXISTS(SELECT 1 FROM seats WHERE seats.room_id=?1 AND identity=user_id AND "
	    "seats.left_at=0)",
	    ARGS(ARG_TEXT(room_id), ARG_TIME(now)));
}

/*
 * A room that LiveKit makes anew (after its restart, say) leaves the one before without a room_finished: what is
 * older than the newcomer is over, and so are the seats in it.
 */
enum err
store_room_live_start(struct store *s, const char *room_id, const char *room_sid, int64_t started_at)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "INSERT INTO live_rooms(room_id,room_sid,started_at,finished_at) "
	    "VALUES(?1,?2,?3,coalesce((SELECT max(started_at) FROM live_rooms WHERE room_id=?1 AND room_sid<>?2 AND "
	    "started_at>?3),0)) ON CONFLICT(room_id,room_sid) DO UPDATE SET started_at=?3 WHERE started_at=0",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(room_sid), ARG_INT(started_at)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE live_rooms SET finished_at=?3 WHERE room_id=?1 AND "
		    "room_sid<>?2 AND finished_at=0 AND started_at<=?3 AND EXISTS(SELECT 1 FROM live_rooms AS l "
		    "WHERE l.room_id=?1 AND l.room_sid=?2 AND l.finished_at=0)",
		    ARGS(ARG_TEXT(room_id), ARG_TEXT(room_sid), ARG_INT(started_at)));
	if (e == ERR_OK)
		e = free_finished(s, room_id, started_at);
	/* Only events that come late ask for those that are over. */
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "DELETE FROM live_rooms WHERE room_id=?1 AND finished_at<>0 AND "
		    "finished_at<?2", ARGS(ARG_TEXT(room_id), ARG_INT(started_at - OVER_KEPT)));
	return store_leave(s, own, e);
}

enum err
store_room_live_finish(struct store *s, const char *room_id, const char *room_sid, int64_t now)
{
	return store_write(s, STORE_DURABLE, "INSERT INTO live_rooms(room_id,room_sid,started_at,finished_at) "
	    "VALUES(?1,?2,0,?3) ON CONFLICT(room_id,room_sid) DO UPDATE SET finished_at=?3 WHERE finished_at=0",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(room_sid), ARG_INT(now)));
}

enum err
store_room_live_sid(struct store *s, struct base_arena *a, const char *room_id, const char **sid)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT room_sid FROM live_rooms WHERE room_id=?1 AND finished_at=0 "
	    "ORDER BY started_at DESC LIMIT 1", ARGS(ARG_TEXT(room_id)));

	*sid = "";
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	*sid = store_read_text(&r);
	store_finish(r.st);
	return r.err;
}

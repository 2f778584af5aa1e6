/* SPDX-License-Identifier: Apache-2.0 */
#include "store/truth.h"

#include <string.h>

#include "store/store_impl.h"

/* Room for one more at the end of an array in the arena. */
static void *
grow(struct base_arena *a, void *list, size_t n, size_t size)
{
	void *more;

	if (n != 0 && (n & (n - 1)) != 0)
		return list;
	more = base_arena_alloc(a, (n == 0 ? 1 : 2 * n) * size);
	if (more != NULL && n > 0)
		memcpy(more, list, n * size);
	return more;
}

enum err
store_truth_rooms(struct store *s, struct base_arena *a, struct store_truth_room **out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*out = NULL;
	*n = 0;
	e = store_select(s, &r.st, "SELECT id,name FROM rooms WHERE id IN (SELECT room_id FROM live_rooms WHERE "
	    "finished_at=0 UNION SELECT room_id FROM seats WHERE left_at=0 UNION SELECT room_id FROM "
	    "room_participants WHERE is_active=1) OR (is_active=1 AND settings_is_persistent=0 AND EXISTS(SELECT 1 "
	    "FROM live_rooms WHERE room_id=id)) ORDER BY name,id", NULL, 0);
	while (e == ERR_OK) {
		if ((*out = grow(a, *out, *n, sizeof(**out))) != NULL) {
			r.column = 0;
			(*out)[*n].id = store_read_text(&r);
			(*out)[(*n)++].name = store_read_text(&r);
		}
		if (*out == NULL || r.err != ERR_OK) {
			store_finish(r.st);
			return ERR_NOMEM;
		}
		e = store_next(s, r.st);
	}
	return e == ERR_ABSENT ? ERR_OK : e;
}

static void
read_seat(struct store_reader *r, struct store_truth_seat *out)
{
	int64_t since;

	r->column = 0;
	out->identity = store_read_text(r);
	out->sid = store_read_text(r);
	out->admission = store_read_text(r);
	out->joined_at = store_read_number(r);
	since = store_read_time(r);
	if (since > out->joined_at)
		out->joined_at = since;
	out->left_at = store_read_number(r);
	out->is_active = store_read_bool(r);
}

enum err
store_truth_seats(struct store *s, struct base_arena *a, const char *room_id, int64_t settled,
    struct store_truth_seat **out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*out = NULL;
	*n = 0;
	e = store_select(s, &r.st, "SELECT identity,participant_sid,admission,seats.joined_at,NULL,seats.left_at,"
	    "coalesce(is_active,0) FROM seats LEFT JOIN room_participants AS p ON p.room_id=?1 AND user_id=identity "
	    "WHERE seats.room_id=?1 AND (seats.left_at=0 OR seats.left_at>=?2) UNION ALL SELECT user_id,'','',0,"
	    "p.joined_at,0,1 FROM room_participants AS p WHERE room_id=?1 AND is_active=1 AND NOT EXISTS(SELECT 1 FROM "
	    "seats WHERE seats.room_id=?1 AND identity=user_id AND seats.left_at=0) ORDER BY 1,2",
	    ARGS(ARG_TEXT(room_id), ARG_INT(settled)));
	while (e == ERR_OK) {
		if ((*out = grow(a, *out, *n, sizeof(**out))) != NULL)
			read_seat(&r, &(*out)[(*n)++]);
		if (*out == NULL || r.err != ERR_OK) {
			store_finish(r.st);
			return ERR_NOMEM;
		}
		e = store_next(s, r.st);
	}
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_truth_revive(struct store *s, const char *room_id, const char *identity, const char *sid)
{
	return store_write(s, STORE_DURABLE, "UPDATE seats SET left_at=0 WHERE room_id=?1 AND identity=?2 AND "
	    "participant_sid=?3 AND left_at<>0", ARGS(ARG_TEXT(room_id), ARG_TEXT(identity), ARG_TEXT(sid)));
}

enum err
store_truth_free(struct store *s, const char *room_id, const char *identity, int64_t now)
{
	return store_write(s, STORE_DURABLE, "UPDATE room_participants SET is_active=0,left_at=?3 WHERE room_id=?1 AND "
	    "user_id=?2 AND is_active=1 AND NOT EXISTS(SELECT 1 FROM seats WHERE seats.room_id=?1 AND identity=?2 AND "
	    "seats.left_at=0)", ARGS(ARG_TEXT(room_id), ARG_TEXT(identity), ARG_TIME(now)));
}

enum err
store_truth_live_differs(struct store *s, const char *room_id, const char *room_sid, int64_t settled, int *yes)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM live_rooms WHERE room_id=?1 AND room_sid<>?2 AND "
	    "finished_at=0 AND started_at<?3) OR (?2<>'' AND NOT EXISTS(SELECT 1 FROM live_rooms WHERE room_id=?1 AND "
	    "room_sid=?2 AND (finished_at=0 OR finished_at>=?3)))",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(room_sid == NULL ? "" : room_sid), ARG_INT(settled)));

	*yes = n != 0;
	return e;
}

/* The one that is there, whatever was recorded of it before `settled`. */
static enum err
revive(struct store *s, const char *room_id, const char *room_sid, int64_t started_at, int64_t settled, int *changed)
{
	enum err e = store_write(s, STORE_DURABLE, "INSERT INTO live_rooms(room_id,room_sid,started_at) "
	    "VALUES(?1,?2,?3) ON CONFLICT(room_id,room_sid) DO UPDATE SET finished_at=0,started_at=?3 WHERE "
	    "finished_at<>0 AND finished_at<?4", ARGS(ARG_TEXT(room_id), ARG_TEXT(room_sid), ARG_INT(started_at),
	    ARG_INT(settled)));

	*changed += store_changes(s);
	return e;
}

enum err
store_truth_live(struct store *s, const char *room_id, const char *room_sid, int64_t started_at, int64_t settled,
    int64_t now, int *changed)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	*changed = 0;
	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE live_rooms SET finished_at=?4 WHERE room_id=?1 AND room_sid<>?2 AND "
	    "finished_at=0 AND started_at<?3",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(room_sid == NULL ? "" : room_sid), ARG_INT(settled), ARG_INT(now)));
	*changed = store_changes(s);
	if (e == ERR_OK && room_sid != NULL)
		e = revive(s, room_id, room_sid, started_at, settled, changed);
	return store_leave(s, own, e);
}

enum err
store_truth_over(struct store *s, const char *room_id, int64_t *at)
{
	*at = 0;
	return store_number(s, at, "SELECT coalesce(CASE WHEN min(finished_at)=0 THEN 0 ELSE max(finished_at) END,0) "
	    "FROM live_rooms WHERE room_id=?1", ARGS(ARG_TEXT(room_id)));
}

enum err
store_truth_orphans(struct store *s, int64_t now, int *freed)
{
	int64_t any = 0;
	enum err e = store_number(s, &any, "SELECT EXISTS(SELECT 1 FROM seats WHERE left_at=0 AND room_id NOT IN "
	    "(SELECT id FROM rooms))", NULL, 0);

	*freed = 0;
	if (e != ERR_OK || !any)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE seats SET left_at=?1 WHERE left_at=0 AND room_id NOT IN (SELECT id "
	    "FROM rooms)", ARGS(ARG_INT(now)));
	*freed = e == ERR_OK ? store_changes(s) : 0;
	return e;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "store/recording.h"
#include "store/store_impl.h"

enum { BATCH = 100 };
#define BATCH_TEXT "100"

/* Rows of Bedrud's have no facts: what runs there is called started. */
#define STATE "coalesce(f.state,CASE r.status WHEN 'started' THEN 'active' ELSE r.status END)"
#define ALL "SELECT r.id,r.room_id,r.room_name,r.created_by,r.egress_id,r.recording_type,r.error,r.file_url," \
	"f.storage,f.object_key,f.file_name,f.layout,f.preset,f.stop_reason," STATE ",f.audio_only,r.file_size," \
	"r.duration_ms,r.started_at,r.completed_at,r.created_at,r.updated_at,f.moved_at,f.checked_at FROM " \
	"recordings AS r LEFT JOIN recording_facts AS f ON f.recording_id=r.id WHERE "
#define RUNNING "('pending','starting','active','stopping')"

static const struct {
	const char *state, *status;
} names[STORE_RECORDING__MAX] = {
	[STORE_RECORDING_PENDING] = { "pending", "pending" },
	[STORE_RECORDING_STARTING] = { "starting", "started" },
	[STORE_RECORDING_ACTIVE] = { "active", "started" },
	[STORE_RECORDING_STOPPING] = { "stopping", "started" },
	[STORE_RECORDING_PROCESSING] = { "processing", "processing" },
	[STORE_RECORDING_COMPLETED] = { "completed", "completed" },
	[STORE_RECORDING_FAILED] = { "failed", "failed" },
	[STORE_RECORDING_DELETING] = { "deleting", "deleting" },
};

const char *
store_recording_state_name(enum store_recording_state state)
{
	return names[state].state;
}

const char *
store_recording_status_name(enum store_recording_state state)
{
	return names[state].status;
}

/* A word that nobody here wrote is a failure: such a row never runs. */
static enum store_recording_state
state_of(const char *name)
{
	for (int i = 0; i < STORE_RECORDING__MAX; i++)
		if (strcmp(names[i].state, name) == 0)
			return (enum store_recording_state)i;
	return STORE_RECORDING_FAILED;
}

static enum err
read_row(struct store_reader *r, struct store_recording *out)
{
	const char *state;

	r->column = 0;
	out->id = store_read_text(r);
	out->room_id = store_read_text(r);
	out->room_name = store_read_text(r);
	out->created_by = store_read_text(r);
	out->egress_id = store_read_text(r);
	out->type = store_read_text(r);
	out->error = store_read_text(r);
	out->file_url = store_read_text(r);
	out->storage = store_read_text(r);
	out->object_key = store_read_text(r);
	out->file_name = store_read_text(r);
	out->layout = store_read_text(r);
	out->preset = store_read_text(r);
	out->stop_reason = store_read_text(r);
	state = store_read_text(r);
	out->audio_only = store_read_bool(r);
	out->file_size = store_read_number(r);
	out->duration_ms = store_read_number(r);
	out->started_at = store_read_time(r);
	out->completed_at = store_read_time(r);
	out->created_at = store_read_time(r);
	out->updated_at = store_read_time(r);
	out->moved_at = store_read_number(r);
	out->checked_at = store_read_number(r);
	if (r->err != ERR_OK)
		return r->err;
	out->state = state_of(state);
	return ERR_OK;
}

static enum err
read_one(struct store *s, struct base_arena *a, const char *sql, const char *key, struct store_recording *out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, sql, ARGS(ARG_TEXT(key)));

	if (e != ERR_OK)
		return e;
	e = read_row(&r, out);
	store_finish(r.st);
	return e;
}

/* Reads on from a first row (e is what the select gave); most is the space of *out. */
static enum err
read_all(struct store *s, struct store_reader *r, enum err e, size_t most, struct store_recording **out, size_t *n)
{
	*n = 0;
	*out = base_arena_alloc(r->arena, (most + 1) * sizeof(**out));
	while (e == ERR_OK) {
		if (*out == NULL || *n == most || read_row(r, &(*out)[*n]) != ERR_OK) {
			store_finish(r->st);
			return *out != NULL && *n == most ? ERR_OK : ERR_NOMEM;
		}
		++*n;
		e = store_next(s, r->st);
	}
	if (e != ERR_ABSENT)
		return e;
	return *out != NULL ? ERR_OK : ERR_NOMEM;
}

enum err
store_recording_by_id(struct store *s, struct base_arena *a, const char *id, struct store_recording *out)
{
	return read_one(s, a, ALL "r.id=?1", id, out);
}

enum err
store_recording_by_egress(struct store *s, struct base_arena *a, const char *egress_id, struct store_recording *out)
{
	return *egress_id == '\0' ? ERR_ABSENT : read_one(s, a, ALL "r.egress_id=?1", egress_id, out);
}

enum err
store_recording_running(struct store *s, struct base_arena *a, const char *room_id, struct store_recording *out)
{
	return read_one(s, a, ALL "r.room_id=?1 AND " STATE " IN " RUNNING " ORDER BY r.created_at DESC LIMIT 1",
	    room_id, out);
}

/* egress_id is unique there, so that "none yet" must be NULL: '' could stand once only. */
static enum err
insert_rows(struct store *s, const struct store_recording *r)
{
	enum err e = store_write(s, STORE_DURABLE, "INSERT INTO recordings(id,room_id,room_name,egress_id,file_url,"
	    "recording_type,status,error,created_by,started_at,created_at,updated_at) VALUES(?1,?2,?3,nullif(?4,''),'',"
	    "?5,?6,?7,?8,?9,?10,?10)",
	    ARGS(ARG_TEXT(r->id), ARG_TEXT(r->room_id), ARG_TEXT(r->room_name), ARG_TEXT(r->egress_id),
	    ARG_TEXT(r->type), ARG_TEXT(names[r->state].status), ARG_TEXT(r->error), ARG_TEXT(r->created_by),
	    ARG_TIME(r->started_at), ARG_TIME(r->created_at)));

	if (e != ERR_OK)
		return e;
	return store_write(s, STORE_DURABLE, "INSERT INTO recording_facts(recording_id,room_id,state,storage,"
	    "object_key,file_name,layout,preset,audio_only,asked_at,moved_at) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,"
	    "?10)",
	    ARGS(ARG_TEXT(r->id), ARG_TEXT(r->room_id), ARG_TEXT(names[r->state].state), ARG_TEXT(r->storage),
	    ARG_TEXT(r->object_key), ARG_TEXT(r->file_name), ARG_TEXT(r->layout), ARG_TEXT(r->preset),
	    ARG_INT(r->audio_only != 0), ARG_INT(r->created_at)));
}

enum err
store_recording_insert(struct store *s, const struct store_recording *r)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	return e == ERR_OK ? store_leave(s, own, insert_rows(s, r)) : e;
}

/* Facts are made for a row of Bedrud's at its first move, from the status it has. */
static enum err
save_rows(struct store *s, const struct store_recording *r, enum store_recording_state from, int64_t now)
{
	enum err e = store_write(s, STORE_DURABLE, "INSERT INTO recording_facts(recording_id,room_id,state) SELECT "
	    "id,room_id,CASE status WHEN 'started' THEN 'active' ELSE status END FROM recordings WHERE id=?1 ON "
	    "CONFLICT DO NOTHING", ARGS(ARG_TEXT(r->id)));

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE recording_facts SET state=?3,object_key=?4,file_name=?5,"
	    "stop_reason=?6,moved_at=CASE WHEN state=?3 THEN moved_at ELSE ?7 END,storage=?8 WHERE recording_id=?1 "
	    "AND state=?2",
	    ARGS(ARG_TEXT(r->id), ARG_TEXT(names[from].state), ARG_TEXT(names[r->state].state),
	    ARG_TEXT(r->object_key), ARG_TEXT(r->file_name), ARG_TEXT(r->stop_reason), ARG_INT(now),
	    ARG_TEXT(r->storage)));
	if (e == ERR_OK && store_changes(s) == 0)
		return ERR_CONFLICT;
	if (e != ERR_OK)
		return e;
	return store_write(s, STORE_DURABLE, "UPDATE recordings SET status=?2,egress_id=nullif(?3,''),error=?4,"
	    "file_url=?5,file_size=?6,duration_ms=?7,started_at=?8,completed_at=?9,updated_at=?10 WHERE id=?1",
	    ARGS(ARG_TEXT(r->id), ARG_TEXT(names[r->state].status), ARG_TEXT(r->egress_id), ARG_TEXT(r->error),
	    ARG_TEXT(r->file_url), ARG_INT(r->file_size), ARG_INT(r->duration_ms), ARG_TIME(r->started_at),
	    ARG_TIME(r->completed_at), ARG_TIME(now)));
}

enum err
store_recording_save(struct store *s, const struct store_recording *r, enum store_recording_state from, int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	return e == ERR_OK ? store_leave(s, own, save_rows(s, r, from, now)) : e;
}

enum err
store_recording_checked(struct store *s, const char *id, int64_t now)
{
	return store_write(s, STORE_FAST, "UPDATE recording_facts SET checked_at=?2 WHERE recording_id=?1",
	    ARGS(ARG_TEXT(id), ARG_INT(now)));
}

enum err
store_recording_remove(struct store *s, const char *id)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "DELETE FROM recordings WHERE id=?1", ARGS(ARG_TEXT(id)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "DELETE FROM recording_facts WHERE recording_id=?1",
		    ARGS(ARG_TEXT(id)));
	return store_leave(s, own, e);
}

/* Times of Bedrud's rows are text of any zone: julianday() reads them all. */
#define ASKED "(?1='' OR r.room_id=?1) AND (?2='' OR r.status=?2) AND (?3 IS NULL OR julianday(r.created_at)>" \
	"julianday(?3)) AND (?4 IS NULL OR julianday(r.created_at)<julianday(?4))"

enum err
store_recording_list(struct store *s, struct base_arena *a, const struct store_recording_query *q,
    struct store_recording **out, size_t *n, int64_t *total)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*total = 0;
	e = store_number(s, total, "SELECT count(*) FROM recordings AS r WHERE " ASKED, ARGS(ARG_TEXT(q->room_id),
	    ARG_TEXT(q->status), ARG_TIME(q->created_after), ARG_TIME(q->created_before)));
	if (e != ERR_OK)
		return e;
	e = store_select(s, &r.st, ALL ASKED " ORDER BY julianday(r.created_at) DESC,r.id LIMIT ?5 OFFSET ?6",
	    ARGS(ARG_TEXT(q->room_id), ARG_TEXT(q->status), ARG_TIME(q->created_after), ARG_TIME(q->created_before),
	    ARG_INT(q->limit), ARG_INT(q->offset)));
	return read_all(s, &r, e, (size_t)q->limit, out, n);
}

enum err
store_recording_stale(struct store *s, struct base_arena *a, int64_t before, struct store_recording **out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, ALL STATE " NOT IN ('completed','failed') AND "
	    "max(ifnull(f.moved_at,0),ifnull(f.checked_at,0))<?1 ORDER BY " STATE " NOT IN " RUNNING
	    ",max(ifnull(f.moved_at,0),ifnull(f.checked_at,0)) LIMIT " BATCH_TEXT,
	    ARGS(ARG_INT(before)));

	return read_all(s, &r, e, BATCH, out, n);
}

enum err
store_recording_expired(struct store *s, struct base_arena *a, int64_t before, struct store_recording **out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, ALL STATE " IN ('completed','failed') AND julianday(r.created_at)<"
	    "julianday(?1) ORDER BY julianday(r.created_at) LIMIT " BATCH_TEXT, ARGS(ARG_TIME(before)));

	return read_all(s, &r, e, BATCH, out, n);
}

enum err
store_recording_count(struct store *s, const char *room_id, int64_t *n)
{
	*n = 0;
	return store_number(s, n, "SELECT count(*) FROM recordings WHERE room_id=?1 AND status NOT IN ('failed',"
	    "'deleting')", ARGS(ARG_TEXT(room_id)));
}

enum err
store_recording_bytes(struct store *s, int64_t *bytes)
{
	*bytes = 0;
	return store_number(s, bytes, "SELECT ifnull(sum(file_size),0) FROM recordings WHERE status='completed'", NULL,
	    0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/random.h"
#include "store/job.h"
#include "store/store_impl.h"

enum err
store_job_add(struct store *s, const char *type, const char *payload, enum store_job_priority priority, int64_t run_at,
    int64_t now, char id[37])
{
	int64_t queued = 0;
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	base_random_uuid(id);
	e = store_number(s, &queued, "SELECT count(*) FROM jobs WHERE status IN ('pending','active') AND type=?1",
	    ARGS(ARG_TEXT(type)));
	if (e == ERR_OK && queued >= STORE_JOB_MOST)
		e = ERR_LIMIT;
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "INSERT INTO jobs(id,type,payload,run_at,priority,created_at,"
		    "updated_at) VALUES(?1,?2,?3,?4,?5,?6,?6)",
		    ARGS(ARG_TEXT(id), ARG_TEXT(type), ARG_TEXT(payload), ARG_TIME(run_at), ARG_INT(priority),
		    ARG_TIME(now)));
	return store_leave(s, own, e);
}

enum err
store_job_cancel(struct store *s, const char *id)
{
	return store_write(s, STORE_FAST, "DELETE FROM jobs WHERE id=?1 AND status='pending'", ARGS(ARG_TEXT(id)));
}

/* What deliveries to one webhook share; a payload that is no JSON shares nothing. Times in either text form. */
#define RECEIVER(j) "CASE WHEN json_valid(" j ".payload) THEN coalesce(json_extract(" j ".payload,'$.webhook_id')," \
	"json_extract(" j ".payload,'$.url')) END"
#define IN_LANE "(instr(?1,','||j.type||',')>0)<>?2"
#define DUE "j.status='pending' AND julianday(j.run_at)<=julianday(?3)"
#define FREE "(j.type<>'dispatch_webhook' OR NOT EXISTS(SELECT 1 FROM jobs AS b WHERE b.status='active' AND " \
	"b.type='dispatch_webhook' AND " RECEIVER("b") "=" RECEIVER("j") "))"
#define LEASED "EXISTS(SELECT 1 FROM job_leases WHERE job_id=jobs.id AND holder=?2)"

static enum err
pick(struct store *s, struct base_arena *a, const struct store_job_lane *lane, int64_t now, struct store_job *out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT j.id,j.type,j.payload,j.attempts,j.max_attempts,j.created_at FROM "
	    "jobs AS j WHERE " DUE " AND " IN_LANE " AND " FREE " ORDER BY j.priority,julianday(j.run_at),j.rowid "
	    "LIMIT 1", ARGS(ARG_TEXT(lane->types), ARG_INT(lane->all_but), ARG_TIME(now)));

	if (e != ERR_OK)
		return e;
	out->id = store_read_text(&r);
	out->type = store_read_text(&r);
	out->payload = store_read_text(&r);
	out->attempts = store_read_int(&r) + 1;
	out->max_attempts = store_read_int(&r);
	out->created_at = store_read_time(&r);
	store_finish(r.st);
	return r.err;
}

static enum err
lease_out(struct store *s, const char *id, const char *holder, int64_t until, int64_t now)
{
	enum err e = store_write(s, STORE_FAST, "UPDATE jobs SET status='active',attempts=attempts+1,updated_at=?2 "
	    "WHERE id=?1", ARGS(ARG_TEXT(id), ARG_TIME(now)));

	return e != ERR_OK ? e : store_write(s, STORE_FAST, "INSERT INTO job_leases(job_id,holder,expires_at) "
	    "VALUES(?1,?2,?3) ON CONFLICT(job_id) DO UPDATE SET holder=?2,expires_at=?3",
	    ARGS(ARG_TEXT(id), ARG_TEXT(holder), ARG_INT(until)));
}

/* Looks without a lock first: mostly there is nothing to do, and others want to write. */
enum err
store_job_claim(struct store *s, struct base_arena *a, const struct store_job_lane *lane, const char *holder,
    int64_t lease, int64_t now, struct store_job *out)
{
	int own;
	enum err e = pick(s, a, lane, now, out);

	if (e != ERR_OK || (e = store_enter(s, STORE_FAST, &own)) != ERR_OK)
		return e;
	e = pick(s, a, lane, now, out);
	if (e == ERR_OK)
		e = lease_out(s, out->id, holder, now + lease, now);
	return store_leave(s, own, e);
}

enum err
store_job_note(struct store *s, const char *id, const char *member)
{
	return store_write(s, STORE_FAST, "UPDATE jobs SET payload=json_set(payload,'$.'||?2,json('true')) WHERE id=?1",
	    ARGS(ARG_TEXT(id), ARG_TEXT(member)));
}

enum err
store_job_keep(struct store *s, const char *id, const char *holder, int64_t lease, int64_t now)
{
	enum err e = store_write(s, STORE_FAST, "UPDATE job_leases SET expires_at=?3 WHERE job_id=?1 AND holder=?2",
	    ARGS(ARG_TEXT(id), ARG_TEXT(holder), ARG_INT(now + lease)));

	return e == ERR_OK && store_changes(s) == 0 ? ERR_CONFLICT : e;
}

static enum err
end(struct store *s, const char *id, const char *holder, const char *status, const char *error, int64_t run_at,
    int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_FAST, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_FAST, "UPDATE jobs SET status=?3,last_error=?4,run_at=coalesce(?5,run_at),"
	    "updated_at=?6 WHERE id=?1 AND status='active' AND " LEASED,
	    ARGS(ARG_TEXT(id), ARG_TEXT(holder), ARG_TEXT(status), ARG_TEXT(error), ARG_TIME(run_at),
	    ARG_TIME(now)));
	if (e == ERR_OK && store_changes(s) == 0)
		e = ERR_CONFLICT;
	if (e == ERR_OK)
		e = store_write(s, STORE_FAST, "DELETE FROM job_leases WHERE job_id=?1", ARGS(ARG_TEXT(id)));
	return store_leave(s, own, e);
}

enum err
store_job_done(struct store *s, const char *id, const char *holder, int64_t now)
{
	return end(s, id, holder, "done", "", 0, now);
}

enum err
store_job_failed(struct store *s, const char *id, const char *holder, const char *error, int64_t again_at,
    int64_t now)
{
	return end(s, id, holder, again_at == 0 ? "failed" : "pending", error, again_at, now);
}

enum err
store_job_defer_alike(struct store *s, const char *id, const char *error, int most, int64_t again_at, int64_t now)
{
	return store_write(s, STORE_FAST, "UPDATE jobs AS j SET attempts=attempts+1,last_error=?2,run_at=?4,"
	    "updated_at=?5,status=CASE WHEN attempts+1>=?3 THEN 'failed' ELSE 'pending' END WHERE j.status='pending' "
	    "AND j.type='dispatch_webhook' AND julianday(j.run_at)<=julianday(?5) AND " RECEIVER("j") "=(SELECT "
	    RECEIVER("t") " FROM jobs AS t WHERE t.id=?1)",
	    ARGS(ARG_TEXT(id), ARG_TEXT(error), ARG_INT(most), ARG_TIME(again_at), ARG_TIME(now)));
}

#define ABANDONED "status='active' AND CASE WHEN EXISTS(SELECT 1 FROM job_leases WHERE job_id=jobs.id) THEN " \
	"EXISTS(SELECT 1 FROM job_leases WHERE job_id=jobs.id AND expires_at<?1) ELSE " \
	"julianday(updated_at)<julianday(?2) END"

enum err
store_job_recover(struct store *s, int most, int64_t stale, int64_t now, int *n)
{
	int64_t there = 0;
	int own;
	enum err e = store_number(s, &there, "SELECT EXISTS(SELECT 1 FROM jobs WHERE " ABANDONED ")",
	    ARGS(ARG_INT(now), ARG_TIME(stale)));

	*n = 0;
	if (e != ERR_OK || !there || (e = store_enter(s, STORE_FAST, &own)) != ERR_OK)
		return e;
	e = store_write(s, STORE_FAST, "UPDATE jobs SET status=CASE WHEN attempts>=max(max_attempts,?4) THEN 'failed' "
	    "ELSE 'pending' END,last_error='its worker ended in the middle of it',updated_at=?3 WHERE " ABANDONED,
	    ARGS(ARG_INT(now), ARG_TIME(stale), ARG_TIME(now), ARG_INT(most)));
	if (e == ERR_OK) {
		*n = store_changes(s);
		e = store_write(s, STORE_FAST, "DELETE FROM job_leases WHERE NOT EXISTS(SELECT 1 FROM jobs WHERE "
		    "id=job_id AND status='active')", NULL, 0);
	}
	return store_leave(s, own, e);
}

enum err
store_job_count(struct store *s, int64_t now, struct store_job_count *out)
{
	struct base_arena none;
	struct store_reader r = { NULL, &none, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT count(CASE status WHEN 'pending' THEN 1 END),count(CASE status "
	    "WHEN 'active' THEN 1 END),count(CASE status WHEN 'failed' THEN 1 END),count(CASE status WHEN 'done' "
	    "THEN 1 END),min(CASE WHEN status='pending' AND julianday(run_at)<=julianday(?1) THEN run_at END) FROM "
	    "jobs", ARGS(ARG_TIME(now)));

	*out = (struct store_job_count){ 0 };
	if (e != ERR_OK)
		return e;
	out->pending = store_read_int(&r);
	out->active = store_read_int(&r);
	out->failed = store_read_int(&r);
	out->done = store_read_int(&r);
	out->due_since = store_read_time(&r);
	store_finish(r.st);
	return ERR_OK;
}

enum { LISTED = 200 };

enum err
store_job_list(struct store *s, struct base_arena *a, struct store_job_row **out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*n = 0;
	if ((*out = base_arena_alloc(a, LISTED * sizeof(**out))) == NULL)
		return ERR_NOMEM;
	e = store_select(s, &r.st, "SELECT id,type,status,last_error,attempts,run_at,updated_at FROM jobs WHERE "
	    "status<>'done' ORDER BY julianday(created_at) DESC,rowid DESC LIMIT 200", NULL, 0);
	for (; e == ERR_OK; e = store_next(s, r.st)) {
		struct store_job_row *j = &(*out)[(*n)++];

		r.column = 0;
		j->id = store_read_text(&r);
		j->type = store_read_text(&r);
		j->status = store_read_text(&r);
		j->error = store_read_text(&r);
		j->attempts = store_read_int(&r);
		j->run_at = store_read_time(&r);
		j->updated_at = store_read_time(&r);
		if (r.err != ERR_OK) {
			store_finish(r.st);
			return r.err;
		}
	}
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_job_retry(struct store *s, const char *id, int64_t now)
{
	enum err e = store_write(s, STORE_FAST, "UPDATE jobs SET status='pending',attempts=0,run_at=?2,updated_at=?2 "
	    "WHERE id=?1 AND status='failed'", ARGS(ARG_TEXT(id), ARG_TIME(now)));

	return e == ERR_OK && store_changes(s) == 0 ? ERR_ABSENT : e;
}

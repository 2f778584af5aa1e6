/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All duties and jobs of a worker, with memory or the disk failing at each call, once and from then on. What may come
 * of it is only a delay: the next rounds end at what they end at when nothing fails, and tell the webhook as often.
 */
#include "tests/unit/worker/desk.h"

#include <limits.h>

#include "base/log.h"
#include "tests/house/disk.h"
#include "tests/house/memory.h"

#define OLD "'2026-01-01 00:00:00+00:00'"
#define STEP 97		/* of the failing calls; all of them with BEDRUD_TEST_LONG=1 */
#define ROUNDS 5	/* until nothing is left to do: a recorder's file that isn't there is waited for */

/* A room whose people LiveKit knows better, one that it has no more, one whose time is up, one to be deleted; a
 * recording that is done, one to be deleted; an account to be deleted. */
static const char rows[] =
    "INSERT INTO users(id,email,name,created_at,updated_at) VALUES('u1','a@b.c','Ada'," OLD "," OLD "),"
    "('u5','e@b.c','Eve'," OLD "," OLD ");"
    "INSERT INTO rooms(id,name,created_by,admin_id,created_at,updated_at,expires_at) VALUES"
    "('r1','tea','u1','u1'," OLD "," OLD ",'2099-01-01'),('r2','old','u1','u1'," OLD "," OLD "," OLD "),"
    "('r3','gone','u1','u1'," OLD "," OLD ",'2099-01-01'),('r4','end','u1','u1'," OLD "," OLD ",'2099-01-01');"
    "INSERT INTO live_rooms(room_id,room_sid,started_at) VALUES('r3','RM_3',1000);"
    "INSERT INTO seats(room_id,identity,participant_sid,room_sid,joined_at) VALUES('r3','u4','PA_4','RM_3',1000);"
    "INSERT INTO room_participants(id,room_id,user_id,joined_at) VALUES('p4','r3','u4'," OLD "),"
    "('p5','r4','u5'," OLD ");"
    "INSERT INTO admissions(id,room_id,identity,created_at,voided_at) VALUES"
    "('a1','r1','u2',strftime('%s','now')*1000000000,0),"
    "('a9','r1','u9',1000,2000);"
    "INSERT INTO recordings(id,room_id,room_name,egress_id,status,created_by,created_at,updated_at) VALUES"
    "('rec1','r1','tea','EG_1','active','u1'," OLD "," OLD "),('rec2','r1','tea','EG_2','completed','u1'," OLD "," OLD
    ");INSERT INTO recording_facts(recording_id,room_id,state,storage,object_key,moved_at) VALUES"
    "('rec1','r1','active','local','rec1.mp4',1000),('rec2','r1','deleting','local','rec2.mp4',1000);"
    "INSERT INTO jobs(id,type,payload,run_at,created_at) VALUES('j1','user_delete','{\"user_id\":\"u5\"}'," OLD
    "," OLD "),('j2','room_delete','{\"room_id\":\"r4\",\"purge\":true}'," OLD "," OLD ");";

static const char *const looks[] = {
    "SELECT id||' '||is_active||(deleted_at IS NOT NULL) FROM rooms ORDER BY id",
    "SELECT id FROM users ORDER BY id",
    "SELECT room_id||' '||user_id FROM room_participants ORDER BY 1",
    "SELECT room_id||' '||identity||' '||participant_sid||(left_at<>0) FROM seats ORDER BY 1",
    "SELECT room_id||' '||room_sid||(finished_at<>0) FROM live_rooms ORDER BY 1",
    "SELECT id||(voided_at<>0) FROM admissions ORDER BY 1",
    "SELECT id||' '||status FROM recordings ORDER BY 1",
    "SELECT recording_id||' '||state FROM recording_facts ORDER BY 1",
    "SELECT type||' '||status||' '||count(*) FROM jobs GROUP BY type,status ORDER BY 1",
    "SELECT payload->>'event'||' '||count(*) FROM jobs WHERE type='dispatch_webhook' GROUP BY payload->>'event'",
    "SELECT type||': '||last_error FROM jobs WHERE status='failed'",
    "SELECT count(*) FROM job_leases",
};

/* What LiveKit says: one room with two in it, whoever is sent out; and that the recording is done. */
static const char *
livekit(const char *request)
{
	static const struct { const char *call, *body; } answers[] = {
	    {"/ListRooms ", "{\"rooms\":[{\"sid\":\"RM_1\",\"name\":\"tea\",\"creation_time\":\"1700000000\"}]}"},
	    {"/ListParticipants ", "{\"participants\":["
		"{\"sid\":\"PA_2\",\"identity\":\"u2\",\"name\":\"Bo\",\"state\":\"ACTIVE\","
		"\"joined_at\":\"1700000000\",\"attributes\":{\"bedrud.admission\":\"a1\"}},"
		"{\"sid\":\"PA_9\",\"identity\":\"u9\",\"name\":\"No\",\"state\":\"ACTIVE\","
		"\"joined_at\":\"1700000000\",\"attributes\":{\"bedrud.admission\":\"a9\"}}]}"},
	    {"/ListEgress ", "{\"items\":[{\"egress_id\":\"EG_1\",\"room_name\":\"tea\",\"status\":\"EGRESS_COMPLETE\","
		"\"started_at\":\"1700000000000000000\",\"ended_at\":\"1700000060000000000\",\"file_results\":[{"
		"\"filename\":\"/out/rec1.mp4\",\"size\":\"9\",\"duration\":\"60000000000\"}]}]}"},
	};
	static char text[2048];
	const char *body = "{}";

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (strstr(request, answers[i].call) != NULL)
			body = answers[i].body;
	if (strstr(request, "/ListParticipants ") != NULL && strstr(request, "\"tea\"") == NULL)
		body = "{\"participants\":[]}";
	(void)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
	    "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	return text;
}

/* --- the database: as it was, what it holds --- */

static void
copy(const char *from, const char *to)
{
	static char block[1 << 16];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n;

	if (in == NULL || out == NULL) {
		fail();
		return;
	}
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		assert_int_equal(fwrite(block, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
	(void)fclose(in);
}

static void
reopen(struct scratch *x)
{
	store_close(x->s);
	x->s = NULL;
	assert_ok(store_open(x->path, store_all_rights, &x->s));
	w.store = x->s;
}

static void
afresh(struct scratch *x)
{
	char from[128];

	(void)snprintf(from, sizeof from, "%s.first", x->path);
	livekit_api_free(w.livekit);
	base_http_free(w.http);
	base_arena_free(&w.arena);
	base_arena_init(&w.arena, LIMIT_ARENA);
	w.livekit = NULL;
	w.http = NULL;
	store_close(x->s);
	x->s = NULL;
	copy(from, x->path);
	reopen(x);
}

/* Every look, a line each. */
static void
content(struct scratch *x, char *out, size_t room)
{
	sqlite3_stmt *st;
	sqlite3 *db;
	size_t n = 0;

	assert_int_equal(sqlite3_open(x->path, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
		if (sqlite3_prepare_v2(db, looks[i], -1, &st, NULL) != SQLITE_OK)
			fail_msg("%s: %s", looks[i], sqlite3_errmsg(db));
		while (sqlite3_step(st) == SQLITE_ROW)
			n += (size_t)snprintf(out + n, room - n, "%s, ", (const char *)sqlite3_column_text(st, 0));
		n += (size_t)snprintf(out + n, room - n, "\n");
		assert_true(n < room);
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
}

/* --- the work --- */

/* What is due: all duties, then the jobs. Some may fail; the first error of the store ends it, as in run.c. */
static enum err
work(void)
{
	int busy;
	enum err e = worker_duty_round(&w, &busy);

	for (enum worker_lane lane = WORKER_ROOMS; lane <= WORKER_FILES; lane++)
		for (int i = 0; e == ERR_OK && i < 30 && (i == 0 || busy); i++)
			e = worker_job_next(&w, lane, &busy);
	return e;
}

/* Later: leases have run out, and everything is due again. */
static void
later(struct scratch *x)
{
	scratch_exec(x->path, "DELETE FROM duties;UPDATE job_leases SET expires_at=1;"
	    "UPDATE jobs SET run_at=" OLD " WHERE status='pending';"
	    "UPDATE recording_facts SET checked_at=1 WHERE state='deleting' AND NOT EXISTS(SELECT 1 FROM jobs WHERE "
	    "type='recording_delete')");
}

/* Rounds until it holds what is expected; NULL: all of them. Returns what it holds. */
static const char *
to_the_end(struct scratch *x, const char *expected)
{
	static char is[8192];

	for (int i = 0; i < ROUNDS; i++) {
		later(x);
		assert_ok(work());
		content(x, is, sizeof is);
		if (expected != NULL && strcmp(is, expected) == 0)
			break;
	}
	return is;
}

struct fault {
	int is_memory, rc, forever, n;
	enum disk_call call;
};

static int
work_with(const struct fault *f)
{
	if (f->is_memory)
		memory_fail((unsigned long)f->n, f->forever);
	else
		disk_fail(f->call, f->rc, f->n, f->forever);
	(void)!work();
	return f->is_memory ? memory_calm() : disk_calm();
}

static void
fail_each(struct scratch *x, struct fault f, const char *expected)
{
	int most = MEMORY_IS_WHOLE || !f.is_memory ? 50000 : 120, fired = 1;
	const char *is;

	for (f.n = 1; fired && f.n < most; f.n += f.n < 3 || getenv("BEDRUD_TEST_LONG") != NULL ? 1 : STEP) {
		afresh(x);
		fired = work_with(&f);
		scratch_check(x->path);
		reopen(x); /* a process whose sync failed promises nothing any more: its successor does */
		is = to_the_end(x, expected);
		if (strcmp(is, expected) != 0)
			fail_msg("%s %d/%d fails%s:\n%s\ninstead of\n%s", f.is_memory ? "memory" : "disk call",
			    (int)f.call, f.n, f.forever ? " for good" : "", is, expected);
	}
	assert_true(f.n < most || !MEMORY_IS_WHOLE);
}

static void
each_call_fails(void **state)
{
	static char expected[8192];
	struct scratch *x = *state;
	char path[128], sql[400];

	skip_without_faults();
	scratch_exec(x->path, rows);
	(void)snprintf(sql, sizeof sql, "INSERT INTO webhooks(id,name,url,secret,events,created_by) VALUES('h','n',"
	    "'%s/hook','0123456789abcdef0123456789abcdef','[\"room.ended\",\"participant.joined\","
	    "\"participant.left\"]','u1')", base_url);
	scratch_exec(x->path, sql);
	(void)snprintf(path, sizeof path, "%s.first", x->path);
	store_close(x->s);
	x->s = NULL;
	copy(x->path, path);
	afresh(x);
	assert_ok(work());
	(void)snprintf(expected, sizeof expected, "%s", to_the_end(x, NULL));
	for (int forever = 0; forever <= 1; forever++) {
		fail_each(x, (struct fault){.is_memory = 1, .forever = forever}, expected);
		for (enum disk_call c = 0; c < DISK_CALLS; c++)
			fail_each(x, (struct fault){.call = c, .rc = SQLITE_IOERR_WRITE, .forever = forever}, expected);
	}
	fail_each(x, (struct fault){.call = DISK_WRITE, .rc = SQLITE_FULL, .forever = 1}, expected);
}

static int
group(void **state)
{
	(void)state;
	base_log_threshold(LOG_LEVEL_NONE);
	answer_to = livekit;
	connections = INT_MAX;
	return disk_install() != 0 || listen_here() != 0 || pthread_create(&server, NULL, serve, NULL) != 0;
}

static int
begin(void **state)
{
	return begin_with(state, "webhooks: {allowPrivate: true}\n"
	    "recording: {enabled: true, storageDir: /nonexistent/rec}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(each_call_fails, begin, end)};

	return cmocka_run_group_tests(tests, group, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job's way from the queue to its end, on a real database; LiveKit and the receiver of webhooks are a thread that
 * answers on the loopback. What LiveKit makes of it is shown by tests/system/test_worker.py.
 */
#include "tests/unit/worker/desk.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/room.h"
#include "worker/recording.h"
#include "worker/tidy.h"

static int
begin(void **state)
{
	return begin_with(state, "webhooks: {allowPrivate: true}\n");
}

static int
begin_recording(void **state)
{
	return begin_with(state, "recording: {storageDir: rec, incomingDir: recordings}\n");
}

static int
begin_guarded(void **state)
{
	return begin_with(state, "");
}

/* A webhook that hears of x.y, and a delivery to it in the queue. */
static void
add_delivery(struct scratch *x, const char *url, char id[37])
{
	char sql[300];

	(void)snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO webhooks(id,name,url,secret,events,created_by) "
	    "VALUES('h1',"
	    "'n','%s','0123456789abcdef0123456789abcdef','[\"x.y\"]','u')", url);
	scratch_exec(x->path, sql);
	assert_ok(store_job_add(x->s, "dispatch_webhook", "{\"webhook_id\":\"h1\",\"delivery_id\":\"d-1\",\"event\":"
	    "\"x.y\",\"body\":\"{\\\"event\\\":\\\"x.y\\\",\\\"timestamp\\\":\\\"2026-11-25T10:00:00Z\\\","
	    "\\\"data\\\":{}}\"}",
	    STORE_JOB_FIRST, base_clock_now() - 1, base_clock_now(), id));
}

static int64_t
is(struct scratch *x, const char *what)
{
	char sql[400];

	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM jobs WHERE %s", what);
	return scratch_number(x->path, sql);
}

static void
turn(enum worker_lane lane)
{
	int busy;

	assert_ok(worker_job_next(&w, lane, &busy));
	assert_int_equal(busy, 1);
}

static void
a_delivery_is_signed(void **state)
{
	static const char body[] = "{\"event\":\"x.y\",\"timestamp\":\"2026-11-25T10:00:00Z\",\"data\":{}}";
	struct scratch *x = *state;
	struct base_jwt_key *k;
	unsigned char mac[32];
	char id[37], header[128] = "\r\nX-Bedrud-Signature: sha256=";

	add_delivery(x, base_url, id);
	will_say("200 OK", "{}");
	turn(WORKER_WEBHOOKS);
	pthread_join(server, NULL);
	assert_int_equal(strncmp(asked, "POST / HTTP/1.1\r\n", 17), 0);
	assert_string_equal(strstr(asked, "\r\n\r\n") + 4, body);
	assert_non_null(strstr(asked, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(asked, "\r\nX-Bedrud-Event: x.y\r\n"));
	assert_non_null(strstr(asked, "\r\nX-Bedrud-Delivery: d-1\r\n"));
	assert_non_null(strstr(asked, "\r\nX-Bedrud-Timestamp: 2026-11-25T10:00:00Z\r\n"));
	assert_ok(base_jwt_key_new("0123456789abcdef0123456789abcdef", 32, &k));
	base_jwt_mac(k, body, sizeof body - 1, mac);
	base_jwt_key_free(k);
	base_text_hex(mac, sizeof mac, header + strlen(header));
	assert_non_null(strstr(asked, header));
	assert_int_equal(is(x, "status='done' AND attempts=1"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_results WHERE webhook_id='h1' AND "
	    "delivery_id='d-1' AND event='x.y' AND http_status=200 AND attempts=1 AND error='' AND at>0"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhooks WHERE last_seen IS NOT NULL"), 1);
}

/* 8 attempts though the row says 3, each later than the one before; then it has failed. */
static void
what_is_not_taken_is_sent_again(void **state)
{
	struct scratch *x = *state;
	char id[37];

	add_delivery(x, base_url, id);
	for (int i = 1; i <= 8; i++) {
		scratch_exec(x->path, "UPDATE jobs SET run_at='2026-01-01 00:00:00+00:00'");
		will_say("500 Internal Server Error", "{}");
		turn(WORKER_WEBHOOKS);
		pthread_join(server, NULL);
		assert_int_equal(is(x, "last_error='it answered 500'"), 1);
		if (i < 8)
			assert_int_equal(is(x, "status='pending' AND julianday(run_at)>julianday('now')"), 1);
	}
	assert_int_equal(is(x, "status='failed' AND attempts=8"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_results WHERE http_status=500 AND "
	    "attempts=8 AND error<>''"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhooks WHERE last_seen IS NULL"), 1);
}

static void
answers_that_end_it(void **state)
{
	struct scratch *x = *state;
	char id[37];

	add_delivery(x, base_url, id);
	will_say("410 Gone", "{}");
	turn(WORKER_WEBHOOKS);
	pthread_join(server, NULL);
	assert_int_equal(is(x, "status='failed' AND attempts=1"), 1);
	scratch_exec(x->path, "DELETE FROM jobs");
	add_delivery(x, base_url, id);
	will_say("302 Found\r\nLocation: http://127.0.0.1:1/", "{}");
	turn(WORKER_WEBHOOKS);
	pthread_join(server, NULL);
	assert_int_equal(is(x, "status='pending' AND last_error LIKE '%redirect%'"), 1);
	scratch_exec(x->path, "DELETE FROM jobs");
	add_delivery(x, "file:///etc/passwd", id);
	turn(WORKER_WEBHOOKS);
	assert_int_equal(is(x, "status='failed' AND last_error LIKE 'its URL%'"), 1);
	scratch_exec(x->path, "DELETE FROM jobs");
	add_delivery(x, base_url, id);
	scratch_exec(x->path, "UPDATE webhooks SET is_active=0");
	turn(WORKER_WEBHOOKS);
	assert_int_equal(is(x, "status='failed' AND last_error LIKE '%switched off%'"), 1);
}

/* The guard stands before the connection, and nobody waits in vain behind it. */
static void
no_webhook_reaches_this_machine(void **state)
{
	struct scratch *x = *state;
	char first[37], second[37], url[80];

	add_delivery(x, base_url, first);
	add_delivery(x, base_url, second);
	turn(WORKER_WEBHOOKS);
	assert_int_equal(is(x, "status='pending' AND attempts=1 AND last_error LIKE 'it leads to 127.0.0.1, an address "
	    "that is loopback:%allowPrivate%'"), 2);
	(void)snprintf(url, sizeof url, "http://localhost%s", strrchr(base_url, ':'));
	scratch_exec(x->path, "DELETE FROM jobs");
	add_delivery(x, url, first);
	turn(WORKER_WEBHOOKS);
	assert_int_equal(is(x, "last_error LIKE '%loopback%'"), 1);
}

static void
bedruds_own_deliveries_are_made(void **state)
{
	struct scratch *x = *state;
	char id[37], payload[300];

	(void)snprintf(payload, sizeof payload, "{\"url\":\"%s/hook\",\"event\":\"room.created\",\"body\":\"{}\","
	    "\"secret\":\"s\"}", base_url);
	assert_ok(store_job_add(x->s, "dispatch_webhook", payload, STORE_JOB_FIRST, base_clock_now(), base_clock_now(),
	    id));
	will_say("204 No Content", "");
	turn(WORKER_WEBHOOKS);
	pthread_join(server, NULL);
	assert_int_equal(strncmp(asked, "POST /hook HTTP/1.1\r\n", 21), 0);
	assert_non_null(strstr(asked, id));
	assert_int_equal(is(x, "status='done'"), 1);
}

static void
other_types(void **state)
{
	struct scratch *x = *state;
	char id[37];
	int busy;

	assert_ok(store_job_add(x->s, "send_email", "{}", STORE_JOB_FIRST, 1, 1, id));
	assert_ok(worker_job_next(&w, WORKER_ROOMS, &busy));
	assert_int_equal(busy, 0);
	assert_ok(store_job_add(x->s, "make_coffee", "{}", STORE_JOB_FIRST, 1, 1, id));
	turn(WORKER_ROOMS);
	assert_int_equal(is(x, "type='make_coffee' AND status='failed' AND attempts=1"), 1);
	assert_ok(store_job_add(x->s, "room_delete", "nothing", STORE_JOB_FIRST, 1, 1, id));
	turn(WORKER_ROOMS);
	assert_int_equal(is(x, "type='room_delete' AND status='failed' AND attempts=1"), 1);
	assert_int_equal(is(x, "type='send_email' AND status='pending' AND attempts=0"), 1);
}

static void
make_room(struct scratch *x)
{
	scratch_exec(x->path, "INSERT INTO users(id,email,name,created_at,updated_at) VALUES('u1','a@b.c','Ada',"
	    "'2026-01-01','2026-01-01');INSERT INTO rooms(id,name,created_by,admin_id,created_at,updated_at,"
	    "expires_at) "
	    "VALUES('r1','tea','u1','u1','2026-01-01','2026-01-01','2099-01-01');INSERT INTO room_participants(id,"
	    "room_id,"
	    "user_id,joined_at) VALUES('p1','r1','u2','2026-01-01');INSERT INTO admissions(id,room_id,identity) VALUES("
	    "'a1','r1','u2'),('a2','r9','u1');INSERT INTO webhooks(id,name,url,secret,events,created_by) VALUES('h',"
	    "'n',"
	    "'u','','[\"room.ended\",\"room.suspended\"]','u')");
}

/* The books are written whatever LiveKit does; what is tried again tells nobody a second time. */
static void
a_room_is_deleted(void **state)
{
	struct scratch *x = *state;
	char id[37];

	make_room(x);
	assert_ok(store_job_add(x->s, "room_delete", "{\"room_id\":\"r1\",\"system_event\":\"room_closed\","
	    "\"purge\":true}",
	    STORE_JOB_SOON, 1, 1, id));
	will_say("503 Service Unavailable", "");
	turn(WORKER_ROOMS);
	pthread_join(server, NULL);
	assert_int_equal(is(x, "type='room_delete' AND status='pending' AND attempts=1"), 1);
	assert_int_equal(is(x, "type='dispatch_webhook' AND payload LIKE '%room.ended%'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms WHERE is_active=0 AND created_by='' AND "
	    "deleted_at IS NOT NULL"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM admissions WHERE voided_at<>0"), 1);
	scratch_exec(x->path, "UPDATE jobs SET run_at='2026-01-01'");
	connections = 2;
	will_say("200 OK", "{\"participants\":[]}");
	turn(WORKER_ROOMS);
	pthread_join(server, NULL);
	connections = 1;
	assert_non_null(strstr(asked, "/DeleteRoom "));
	assert_non_null(strstr(asked, "\"tea\""));
	assert_int_equal(is(x, "type='room_delete' AND status='done'"), 1);
	assert_int_equal(is(x, "type='dispatch_webhook'"), 1);
	assert_ok(store_job_add(x->s, "room_delete", "{\"room_id\":\"nowhere\"}", STORE_JOB_SOON, 1, 1, id));
	turn(WORKER_ROOMS);
	assert_int_equal(is(x, "type='room_delete' AND status='done'"), 2);
}

static void
a_room_is_suspended(void **state)
{
	struct scratch *x = *state;
	char id[37];

	make_room(x);
	assert_ok(store_job_add(x->s, "room_suspend", "{\"room_id\":\"r1\"}", STORE_JOB_LATER, 1, 1, id));
	connections = 2;
	will_say("200 OK", "{\"participants\":[]}");
	turn(WORKER_ROOMS);
	pthread_join(server, NULL);
	connections = 1;
	assert_int_equal(is(x, "type='room_suspend' AND status='done'"), 1);
	assert_int_equal(is(x, "type='dispatch_webhook'"), 2);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM suspensions WHERE room_id='r1'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms WHERE is_active=0 AND deleted_at IS "
	    "NULL"), 1);
	scratch_exec(x->path, "DELETE FROM jobs");
	assert_ok(store_job_add(x->s, "room_suspend", "{\"room_id\":\"nowhere\"}", STORE_JOB_LATER, 1, 1, id));
	turn(WORKER_ROOMS);
	assert_int_equal(is(x, "status='failed' AND attempts=1 AND last_error='there is no room nowhere'"), 1);
}

/* LiveKit wasn't told, and meanwhile it was opened again: the next attempt leaves it, and who is in, alone. */
static void
an_open_room_is_not_suspended_again(void **state)
{
	struct scratch *x = *state;
	char id[37];

	make_room(x);
	assert_ok(store_job_add(x->s, "room_suspend", "{\"room_id\":\"r1\"}", STORE_JOB_LATER, 1, 1, id));
	will_say("503 Service Unavailable", "");
	turn(WORKER_ROOMS);
	pthread_join(server, NULL);
	assert_int_equal(is(x, "type='room_suspend' AND status='pending' AND attempts=1"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM suspensions"), 1);
	assert_ok(store_room_reopen(x->s, "r1", T0, T0));
	scratch_exec(x->path, "UPDATE jobs SET run_at='2026-01-01'");
	turn(WORKER_ROOMS);
	assert_int_equal(is(x, "type='room_suspend' AND status='done'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM suspensions"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms WHERE id='r1' AND is_active=1"), 1);
}

/* What ends its worker each time is tried no more often than any job, and no less. */
static void
what_ends_its_worker_fails_in_the_end(void **state)
{
	struct base_buf report;
	struct scratch *x = *state;
	char id[37];

	assert_ok(store_job_add(x->s, "dispatch_webhook", "{}", STORE_JOB_FIRST, 1, 1, id));
	base_buf_init(&report, LIMIT_BODY_SMALL);
	for (int i = 1; i <= 8; i++) {
		assert_int_equal(is(x, "status='pending'"), 1);
		scratch_exec(x->path, "UPDATE jobs SET status='active',attempts=attempts+1;INSERT INTO job_leases("
		    "job_id,holder,expires_at) SELECT id,'dead',1 FROM jobs");
		assert_ok(worker_tidy_jobs(&w, &report));
	}
	base_buf_free(&report);
	assert_int_equal(is(x, "status='failed' AND attempts=8 AND last_error<>''"), 1);
}

/* Nobody answers where LiveKit should be: the account goes all the same. */
static void
an_account_is_deleted(void **state)
{
	struct scratch *x = *state;
	char id[37];

	make_room(x);
	scratch_exec(x->path, "INSERT INTO rooms(id,name,created_by,admin_id,created_at,updated_at) VALUES('r2',"
	    "'other',"
	    "'u2','u1','2026-01-01','2026-01-01');INSERT INTO room_participants(id,room_id,user_id,joined_at) "
	    "VALUES('p2',"
	    "'r2','u1','2026-01-01');INSERT INTO sessions(id,user_id) VALUES('s','u1')");
	(void)snprintf(process.livekit_url, sizeof process.livekit_url, "http://127.0.0.1:1");
	assert_ok(store_job_add(x->s, "user_delete", "{\"user_id\":\"u1\",\"email\":\"a@b.c\"}", STORE_JOB_SOON, 1, 1,
	    id));
	turn(WORKER_ROOMS);
	assert_int_equal(is(x, "type='user_delete' AND status='done'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM users"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM sessions"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms WHERE id='r1' AND is_active=0 AND "
	    "created_by="
	    "''"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms WHERE id='r2' AND is_active=1 AND "
	    "admin_id="
	    "'u2'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM admissions WHERE voided_at=0"), 0);
}

/* Memory ends at each allocation, once: nothing is done by halves, nothing has failed for good, it is done next. */
static void
memory_ends_at_each_call(void **state)
{
	struct scratch *x = *state;
	unsigned long n = 0;
	int busy, was_done = 0;
	char id[37];

	skip_without_faults();
	(void)snprintf(process.livekit_url, sizeof process.livekit_url, "http://127.0.0.1:1");
	while (!was_done) {
		scratch_exec(x->path, "DELETE FROM users;DELETE FROM rooms;DELETE FROM room_participants;DELETE FROM "
		    "admissions;DELETE FROM webhooks;DELETE FROM jobs;DELETE FROM job_leases");
		make_room(x);
		assert_ok(store_job_add(x->s, "user_delete", "{\"user_id\":\"u1\"}", STORE_JOB_SOON, 1, 1, id));
		livekit_api_free(w.livekit);
		w.livekit = NULL;
		base_arena_free(&w.arena);
		base_mem_fail_at(++n, 0);
		(void)!worker_job_next(&w, WORKER_ROOMS, &busy);
		base_mem_fail_at(0, 0);
		was_done = is(x, "type='user_delete' AND status='done'") != 0;
		assert_int_equal(is(x, "type='user_delete' AND status='failed'"), 0);
		assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms WHERE is_active=(created_by='u1') "
		    "AND is_active=(SELECT count(*) FROM room_participants) AND is_active<>(SELECT count(*) FROM jobs "
		    "WHERE type='dispatch_webhook')"), 1);
		scratch_exec(x->path, "UPDATE jobs SET status='pending',attempts=0,run_at='2026-01-01' WHERE "
		    "type='user_delete'");
		turn(WORKER_ROOMS);
		assert_int_equal(is(x, "type='user_delete' AND status='done'"), 1);
		assert_int_equal(is(x, "type='dispatch_webhook'"), 1);
		assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM users"), 0);
	}
	assert_true(n > 10);
}

/* What lies in a folder beside, whose name begins with that of the other, is found as well. Of a bucket that nobody
 * names any more it isn't said that nothing is missing there. */
static void
files_that_nobody_knows(void **state)
{
	static const char stray[] = "recordings/0b9d9a52-5a0e-4a52-b3a8-5b7a4a8e3a11.mp4";
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };
	struct scratch *x = *state;
	struct base_buf report;
	int folder = open(x->dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	assert_int_equal(mkdirat(folder, "rec", 0700), 0);
	assert_int_equal(mkdirat(folder, "recordings", 0700), 0);
	fd = openat(folder, stray, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(futimens(fd, old), 0);
	(void)close(fd);
	base_buf_init(&report, LIMIT_BODY_SMALL);
	base_json_open(&report, NULL, '{');
	assert_ok(worker_recording_files(&w, &report));
	assert_non_null(strstr(report.p, "\"orphans\":1,\"missing\":0"));
	base_buf_clear(&report);
	base_json_open(&report, NULL, '{');
	scratch_exec(x->path, "INSERT INTO recordings(id,room_id,room_name,egress_id,status,created_by,created_at,"
	    "updated_at) VALUES('r1','room','tea','EG_1','completed','u','2026-11-25','2026-11-25');INSERT INTO "
	    "recording_facts(recording_id,room_id,state,storage,object_key,moved_at) VALUES('r1','room','completed',"
	    "'s3','u/room/r1.mp4',1)");
	assert_ok(worker_recording_files(&w, &report));
	assert_non_null(strstr(report.p, "\"orphans\":1"));
	assert_null(strstr(report.p, "missing"));
	base_buf_free(&report);
	assert_int_equal(unlinkat(folder, stray, 0), 0);
	assert_int_equal(unlinkat(folder, "recordings", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(folder, "rec", AT_REMOVEDIR), 0);
	(void)close(folder);
}

static int
group(void **state)
{
	(void)state;
	base_log_threshold(LOG_LEVEL_NONE);
	return listen_here();
}

#define JOB(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = { JOB(a_delivery_is_signed), JOB(what_is_not_taken_is_sent_again),
		JOB(answers_that_end_it),
		cmocka_unit_test_setup_teardown(no_webhook_reaches_this_machine, begin_guarded, end),
		JOB(bedruds_own_deliveries_are_made), JOB(other_types), JOB(a_room_is_deleted),
		    JOB(a_room_is_suspended), JOB(an_open_room_is_not_suspended_again),
		JOB(what_ends_its_worker_fails_in_the_end),
		JOB(an_account_is_deleted), JOB(memory_ends_at_each_call),
		cmocka_unit_test_setup_teardown(files_that_nobody_knows, begin_recording, end) };

	return cmocka_run_group_tests(tests, group, NULL);
}

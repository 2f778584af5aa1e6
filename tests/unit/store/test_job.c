/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/job.h"

static void
added_and_taken_back(void **state)
{
	struct scratch *x = *state;
	char a[37], b[37];

	assert_ok(store_job_add(x->s, "room_delete", "{\"room_id\":\"r1\"}", STORE_JOB_SOON, T0 + MINUTE, T0, a));
	assert_ok(store_job_add(x->s, "room_delete", "{}", STORE_JOB_FIRST, T0, T0, b));
	assert_string_not_equal(a, b);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM jobs WHERE status='pending' AND attempts=0 AND "
	    "max_attempts=3"), 2);
	assert_ok(store_job_cancel(x->s, a));
	scratch_exec(x->path, "UPDATE jobs SET status='active'");
	assert_ok(store_job_cancel(x->s, b));
	assert_ok(store_job_cancel(x->s, "nobody"));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM jobs"), 1);
}

static void
no_more_than_the_most(void **state)
{
	struct scratch *x = *state;
	char id[37];

	scratch_exec(x->path, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<10000) INSERT INTO "
	    "jobs(id,type,run_at,status) SELECT i,'room_delete','2026-01-01',CASE i%2 WHEN 0 THEN 'active' ELSE "
	    "'pending' END FROM n");
	assert_err(ERR_LIMIT, store_job_add(x->s, "room_delete", "{}", STORE_JOB_FIRST, T0, T0, id));
	assert_ok(store_job_add(x->s, "room_suspend", "{}", STORE_JOB_FIRST, T0, T0, id));
	scratch_exec(x->path, "UPDATE jobs SET status='done' WHERE id='1'");
	assert_ok(store_job_add(x->s, "room_delete", "{}", STORE_JOB_FIRST, T0, T0, id));
}

#define LEASE MINUTE
static const struct store_job_lane rooms = { ",dispatch_webhook,send_email,", 1 };
static const struct store_job_lane webhooks = { ",dispatch_webhook,", 0 };

static void
add(struct scratch *x, const char *type, const char *payload, int priority, int64_t run_at, char id[37])
{
	assert_ok(store_job_add(x->s, type, payload, priority, run_at, T0, id));
}

static int64_t
is(struct scratch *x, const char *id, const char *what)
{
	char sql[300];

	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM jobs WHERE id='%s' AND %s", id, what);
	return scratch_number(x->path, sql);
}

/* What is due, by priority, then by time; each once; the types of the lane alone. */
static void
claimed_in_order(void **state)
{
	struct scratch *x = *state;
	char late[37], second[37], first[37], mail[37], later[37];
	struct store_job j;

	add(x, "room_delete", "{\"a\":1}", STORE_JOB_LATER, T0 - 5, late);
	add(x, "odd", "{}", STORE_JOB_SOON, T0 - 1, second);
	add(x, "room_delete", "{}", STORE_JOB_SOON, T0 - MINUTE, first);
	add(x, "send_email", "{}", STORE_JOB_FIRST, T0 - MINUTE, mail);
	add(x, "room_delete", "{}", STORE_JOB_FIRST, T0 + MINUTE, later);
	scratch_exec(x->path, "UPDATE jobs SET run_at=replace(replace(run_at,' ','T'),'+00:00','Z') WHERE type='odd'");
	assert_ok(store_job_claim(x->s, &x->a, &rooms, "w1", LEASE, T0, &j));
	assert_string_equal(j.id, first);
	assert_int_equal(j.attempts, 1);
	assert_int_equal(j.max_attempts, 3);
	assert_int_equal(j.created_at / 1000, T0 / 1000);
	assert_ok(store_job_claim(x->s, &x->a, &rooms, "w2", LEASE, T0, &j));
	assert_string_equal(j.id, second);
	assert_ok(store_job_claim(x->s, &x->a, &rooms, "w1", LEASE, T0, &j));
	assert_string_equal(j.id, late);
	assert_string_equal(j.payload, "{\"a\":1}");
	assert_err(ERR_ABSENT, store_job_claim(x->s, &x->a, &rooms, "w1", LEASE, T0, &j));
	assert_err(ERR_ABSENT, store_job_claim(x->s, &x->a, &webhooks, "w1", LEASE, T0, &j));
	assert_int_equal(is(x, mail, "status='pending' AND attempts=0"), 1);
}

static void
only_its_holder_ends_it(void **state)
{
	struct scratch *x = *state;
	struct store_job j;
	char id[37];

	add(x, "room_delete", "{}", STORE_JOB_SOON, T0, id);
	assert_ok(store_job_claim(x->s, &x->a, &rooms, "w1", LEASE, T0, &j));
	assert_err(ERR_CONFLICT, store_job_keep(x->s, id, "w2", LEASE, T0));
	assert_err(ERR_CONFLICT, store_job_done(x->s, id, "w2", T0));
	assert_err(ERR_CONFLICT, store_job_failed(x->s, id, "w2", "no", 0, T0));
	assert_int_equal(is(x, id, "status='active' AND attempts=1"), 1);
	assert_ok(store_job_keep(x->s, id, "w1", LEASE, T0 + 1));
	assert_ok(store_job_failed(x->s, id, "w1", "why", T0 + MINUTE, T0 + 1));
	assert_int_equal(is(x, id, "status='pending' AND last_error='why'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM job_leases"), 0);
	assert_err(ERR_ABSENT, store_job_claim(x->s, &x->a, &rooms, "w1", LEASE, T0 + 2, &j));
	assert_ok(store_job_claim(x->s, &x->a, &rooms, "w1", LEASE, T0 + MINUTE, &j));
	assert_int_equal(j.attempts, 2);
	assert_ok(store_job_done(x->s, id, "w1", T0 + MINUTE));
	assert_err(ERR_CONFLICT, store_job_done(x->s, id, "w1", T0 + MINUTE));
	assert_int_equal(is(x, id, "status='done'"), 1);
	assert_err(ERR_ABSENT, store_job_retry(x->s, id, T0));
}

/* A worker that is gone: its lease is over; Bedrud's Go server has none, its age counts. */
static void
what_is_left_waits_again(void **state)
{
	struct scratch *x = *state;
	struct store_job j;
	char id[37], last[37], foreign[37];
	int n;

	add(x, "room_delete", "{}", STORE_JOB_SOON, T0, id);
	add(x, "room_delete", "{}", STORE_JOB_SOON, T0, last);
	add(x, "room_delete", "{}", STORE_JOB_LATER, T0 + 30 * MINUTE, foreign);
	scratch_exec(x->path, "UPDATE jobs SET max_attempts=1 WHERE rowid=2;UPDATE jobs SET status='active' WHERE "
	    "rowid=3");
	assert_ok(store_job_claim(x->s, &x->a, &rooms, "w1", LEASE, T0, &j));
	assert_ok(store_job_claim(x->s, &x->a, &rooms, "w1", LEASE, T0, &j));
	assert_ok(store_job_recover(x->s, 1, T0 - MINUTE, T0 + LEASE, &n));
	assert_int_equal(n, 0);
	assert_ok(store_job_recover(x->s, 1, T0 - MINUTE, T0 + LEASE + 1, &n));
	assert_int_equal(n, 2);
	assert_int_equal(is(x, id, "status='pending'"), 1);
	assert_int_equal(is(x, last, "status='failed' AND last_error<>''"), 1);
	assert_int_equal(is(x, foreign, "status='active'"), 1);
	assert_err(ERR_CONFLICT, store_job_done(x->s, id, "w1", T0));
	assert_ok(store_job_recover(x->s, 1, T0 + 1000000, T0 + LEASE + 1, &n));
	assert_int_equal(n, 1);
	assert_int_equal(is(x, foreign, "status='pending'"), 1);
	assert_ok(store_job_retry(x->s, last, T0));
	assert_int_equal(is(x, last, "status='pending' AND attempts=0"), 1);
}

/* One delivery at a time to a webhook; whom nobody reaches holds no other up, and its others count with it. */
static void
a_webhook_is_told_one_thing_at_a_time(void **state)
{
	struct scratch *x = *state;
	char a1[37], a2[37], b1[37], old[37], bad[37];
	struct store_job j;

	add(x, "dispatch_webhook", "{\"webhook_id\":\"a\"}", STORE_JOB_FIRST, T0 - 9, a1);
	add(x, "dispatch_webhook", "{\"webhook_id\":\"a\"}", STORE_JOB_FIRST, T0 - 8, a2);
	add(x, "dispatch_webhook", "{\"webhook_id\":\"b\"}", STORE_JOB_FIRST, T0 - 7, b1);
	add(x, "dispatch_webhook", "{\"url\":\"http://x/\"}", STORE_JOB_FIRST, T0 - 6, old);
	add(x, "dispatch_webhook", "{", STORE_JOB_FIRST, T0 - 5, bad);
	assert_ok(store_job_claim(x->s, &x->a, &webhooks, "w", LEASE, T0, &j));
	assert_string_equal(j.id, a1);
	assert_ok(store_job_claim(x->s, &x->a, &webhooks, "w", LEASE, T0, &j));
	assert_string_equal(j.id, b1);
	assert_ok(store_job_claim(x->s, &x->a, &webhooks, "w", LEASE, T0, &j));
	assert_string_equal(j.id, old);
	assert_ok(store_job_claim(x->s, &x->a, &webhooks, "w", LEASE, T0, &j));
	assert_string_equal(j.id, bad);
	assert_err(ERR_ABSENT, store_job_claim(x->s, &x->a, &webhooks, "w", LEASE, T0, &j));
	assert_ok(store_job_failed(x->s, a1, "w", "away", T0 + MINUTE, T0));
	assert_ok(store_job_defer_alike(x->s, a1, "away", 2, T0 + MINUTE, T0));
	assert_int_equal(is(x, a2, "status='pending' AND attempts=1 AND last_error='away'"), 1);
	assert_int_equal(is(x, a1, "status='pending' AND attempts=1"), 1);
	assert_err(ERR_ABSENT, store_job_claim(x->s, &x->a, &webhooks, "w", LEASE, T0, &j));
	assert_ok(store_job_claim(x->s, &x->a, &webhooks, "w", LEASE, T0 + MINUTE, &j));
	assert_string_equal(j.id, a1);
	assert_ok(store_job_failed(x->s, a1, "w", "away", 0, T0 + MINUTE));
	assert_ok(store_job_defer_alike(x->s, a1, "away", 2, T0 + 2 * MINUTE, T0 + MINUTE));
	assert_int_equal(is(x, a2, "status='failed' AND attempts=2"), 1);
}

static void
counted_and_listed(void **state)
{
	struct scratch *x = *state;
	struct store_job_count c;
	struct store_job_row *rows;
	struct store_job j;
	char id[37];
	size_t n;

	assert_ok(store_job_count(x->s, T0, &c));
	assert_int_equal(c.pending + c.active + c.failed + c.done, 0);
	assert_int_equal(c.due_since, 0);
	add(x, "room_delete", "{}", STORE_JOB_FIRST, T0 - MINUTE, id);
	add(x, "room_delete", "{}", STORE_JOB_SOON, T0 - 2 * MINUTE, id);
	add(x, "room_delete", "{}", STORE_JOB_SOON, T0 + MINUTE, id);
	assert_ok(store_job_claim(x->s, &x->a, &rooms, "w", LEASE, T0, &j));
	assert_ok(store_job_failed(x->s, j.id, "w", "broken", 0, T0));
	assert_ok(store_job_count(x->s, T0, &c));
	assert_int_equal(c.pending, 2);
	assert_int_equal(c.failed, 1);
	assert_int_equal(c.due_since, T0 - 2 * MINUTE);
	assert_ok(store_job_list(x->s, &x->a, &rows, &n));
	assert_int_equal(n, 3);
	assert_string_equal(rows[2].id, j.id);
	assert_string_equal(rows[2].error, "broken");
	assert_string_equal(rows[2].status, "failed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(added_and_taken_back), NEW(no_more_than_the_most),
		NEW(claimed_in_order), NEW(only_its_holder_ends_it), NEW(what_is_left_waits_again),
		NEW(a_webhook_is_told_one_thing_at_a_time), NEW(counted_and_listed) };

	return RUN(tests);
}

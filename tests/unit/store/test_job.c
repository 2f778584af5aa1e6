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
	    "jobs(id,type,run_at,status) SELECT i,'x','2026-01-01',CASE i%2 WHEN 0 THEN 'active' ELSE 'pending' END "
	    "FROM n");
	assert_err(ERR_LIMIT, store_job_add(x->s, "room_delete", "{}", STORE_JOB_FIRST, T0, T0, id));
	scratch_exec(x->path, "UPDATE jobs SET status='done' WHERE id='1'");
	assert_ok(store_job_add(x->s, "room_delete", "{}", STORE_JOB_FIRST, T0, T0, id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(added_and_taken_back), NEW(no_more_than_the_most) };

	return RUN(tests);
}

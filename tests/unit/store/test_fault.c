/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk fails at every call: a VFS between SQLite and the system makes the n-th read, write,
 * sync, truncate,
 * open or mapping of shared memory fail, once or from then on, for n = 1, 2, 3 … until nothing fails any more. Each
 * time the
 * answer is a kind that makes the sender try again, the file stays sound, and the transaction is there whole or not
 * at all.
 */
#include "tests/house/disk.h"
#include "tests/unit/store/scratch.h"

#include "base/log.h"
#include "store/inbox.h"
#include "store/seat.h"

/* Opens, takes a seat for an event, commits: what the webhook responder does. */
static enum err
event(const char *path, const char *id)
{
	struct store *s;
	int fresh, taken;
	enum err e = store_open(path, store_all_rights, &s);

	if (e != ERR_OK)
		return e;
	e = store_begin(s, STORE_DURABLE);
	if (e == ERR_OK)
		e = store_inbox_add(s, id, "participant_joined", T0, &fresh);
	if (e == ERR_OK)
		e = store_seat_take(s, "r1", id, id, "RM_a", "", T0, &taken);
	if (e == ERR_OK)
		e = store_commit(s);
	else
		store_rollback(s);
	store_close(s);
	return e;
}

static void
fail_each(struct scratch *x, enum disk_call which, int rc, int forever)
{
	char id[48], sql[400];
	int n, events, failed;
	enum err e;

	/* A process whose sync failed promises nothing until its last connection is closed. */
	store_close(x->s);
	x->s = NULL;
	for (n = 1;; n++) {
		snprintf(id, sizeof(id), "EV_%d_%d_%d_%d", which, rc & 0xff, forever, n);
		disk_fail(which, rc, n, forever);
		e = event(x->path, id);
		failed = disk_calm();
		scratch_check(x->path);
		snprintf(sql, sizeof(sql), "SELECT (SELECT count(*) FROM webhook_inbox WHERE event_id='%s')+(SELECT "
		    "count(*) FROM "
		    "seats WHERE identity='%s')+(SELECT count(*) FROM room_participants WHERE user_id='%s')", id,
		    id, id);
		events = (int)scratch_number(x->path, sql);
		assert_true(events == 0 || events == 3);
		if (e == ERR_OK)
			assert_int_equal(events, 3);
		else
			assert_true(base_err_retry(e));
		if (failed == 0)
			break;
		assert_in_range(n, 1, 2000);
	}
	assert_ok(e);
	/* The disk is well again: the same event passes, once. */
	assert_ok(event(x->path, "EV_after"));
}

/* A failed sync is not forgotten: the next one might be called a success by mistake. */
static void
a_failed_sync_is_remembered(void **state)
{
	struct scratch *x = *state;
	int fresh;

	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));	/* a new log is synced by SQLite too */
	disk_fail(DISK_SYNC, 0, 1, 0);
	assert_err(ERR_IO, store_inbox_add(x->s, "EV_2", "room_started", T0, &fresh));
	assert_int_equal(disk_calm(), 1);
	assert_err(ERR_IO, store_inbox_add(x->s, "EV_2", "room_started", T0, &fresh));
	assert_err(ERR_IO, event(x->path, "EV_3"));
	store_close(x->s);
	assert_ok(store_open(x->path, store_all_rights, &x->s));
	assert_ok(store_inbox_add(x->s, "EV_4", "room_started", T0, &fresh));
}

static void
every_call_fails_once(void **state)
{
	enum disk_call c;

	for (c = 0; c < DISK_CALLS; c++)
		fail_each(*state, c, SQLITE_IOERR_WRITE, 0);
	fail_each(*state, DISK_WRITE, SQLITE_FULL, 0);
}

static void
every_call_fails_from_then_on(void **state)
{
	enum disk_call c;

	for (c = 0; c < DISK_CALLS; c++)
		fail_each(*state, c, SQLITE_IOERR_WRITE, 1);
	fail_each(*state, DISK_WRITE, SQLITE_FULL, 1);
}

/* The same for a migration: the version says whether it is done, and then it is whole. */
static void
migrating_on_a_failing_disk(void **state)
{
	struct scratch *x = *state;
	char name[160];
	enum disk_call c;
	enum err e;
	int n, version, failed;

	for (c = 0; c < DISK_CALLS; c++) {
		for (n = 1;; n += n < 20 ? 1 : 1 + n / 8) {
			snprintf(name, sizeof(name), "%s/m-%d-%d.db", x->dir, c, n);
			scratch_exec(name, "CREATE TABLE users(id text PRIMARY KEY,email text,name text,provider text);"
			    "CREATE TABLE rooms(id text PRIMARY KEY,name text,created_by text,is_active numeric,"
			    "created_at text);"
			    "INSERT INTO users VALUES('u1','a@example.org','A',NULL)");
			disk_fail(c, SQLITE_FULL, n, 1);
			e = store_migrate(name, NULL, NULL);
			failed = disk_calm();
			scratch_check(name);
			assert_ok(store_version(name, &version));
			assert_int_equal(version == STORE_VERSION,
			    scratch_number(name, "SELECT count(*) FROM sqlite_master WHERE name='webhook_inbox'"));
			assert_int_equal(scratch_number(name, "SELECT count(*) FROM users WHERE id='u1'"), 1);
			assert_true(e == ERR_OK ? version == STORE_VERSION : base_err_retry(e));
			unlink(name);
			if (failed == 0)
				break;
			assert_in_range(n, 1, 5000);
		}
		assert_ok(e);
	}
}

static int
install(void **state)
{
	(void)state;
	return disk_install();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(a_failed_sync_is_remembered), NEW(every_call_fails_once), NEW(every_call_fails_from_then_on),
		    EMPTY(migrating_on_a_failing_disk),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return cmocka_run_group_tests(tests, install, NULL);
}

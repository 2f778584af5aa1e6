/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk fails at every call: a VFS between SQLite and the system makes the n-th read, write,
 * sync, truncate,
 * open or mapping of shared memory fail, once or from then on, for n = 1, 2, 3 … until nothing fails any more. Each
 * time the
 * answer is a kind that makes the sender try again, the file stays sound, and the transaction is there whole or not
 * at all.
 */
#include "tests/unit/store/scratch.h"

#include "base/log.h"
#include "store/inbox.h"
#include "store/seat.h"

enum call { CALL_READ, CALL_WRITE, CALL_SYNC, CALL_TRUNCATE, CALL_OPEN, CALL_SHM, CALLS };

static struct {
	int armed, forever, rc, which;
	int left;	/* calls until the failure */
	int failed;
} plan;

static int
fails(enum call c)
{
	if (!plan.armed || (int)c != plan.which)
		return 0;
	if (plan.left > 0 && --plan.left > 0)
		return 0;
	if (plan.failed > 0 && !plan.forever)
		return 0;
	plan.failed++;
	return 1;
}

struct file {
	sqlite3_file base;
	sqlite3_file *real;	/* follows in the same memory */
};

#define REAL(f) (((struct file *)(f))->real)

static int
f_close(sqlite3_file *f)
{
	return REAL(f)->pMethods != NULL ? REAL(f)->pMethods->xClose(REAL(f)) : SQLITE_OK;
}

static int
f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return fails(CALL_READ) ? SQLITE_IOERR_READ : REAL(f)->pMethods->xRead(REAL(f), p, n, at);
}

static int
f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	/* Half of it reaches the disk, as when that is full. */
	if (fails(CALL_WRITE)) {
		(void)REAL(f)->pMethods->xWrite(REAL(f), p, n / 2, at);
		return plan.rc;
	}
	return REAL(f)->pMethods->xWrite(REAL(f), p, n, at);
}

static int
f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	return fails(CALL_TRUNCATE) ? SQLITE_IOERR_TRUNCATE : REAL(f)->pMethods->xTruncate(REAL(f), n);
}

static int
f_sync(sqlite3_file *f, int flags)
{
	return fails(CALL_SYNC) ? SQLITE_IOERR_FSYNC : REAL(f)->pMethods->xSync(REAL(f), flags);
}

static int
f_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return REAL(f)->pMethods->xFileSize(REAL(f), n);
}

static int
f_lock(sqlite3_file *f, int kind)
{
	return REAL(f)->pMethods->xLock(REAL(f), kind);
}

static int
f_unlock(sqlite3_file *f, int kind)
{
	return REAL(f)->pMethods->xUnlock(REAL(f), kind);
}

static int
f_reserved(sqlite3_file *f, int *yes)
{
	return REAL(f)->pMethods->xCheckReservedLock(REAL(f), yes);
}

static int
f_control(sqlite3_file *f, int op, void *arg)
{
	return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}

static int
f_sector(sqlite3_file *f)
{
	return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int
f_device(sqlite3_file *f)
{
	return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int
f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
	return fails(CALL_SHM) ? SQLITE_IOERR_SHMMAP : REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, p);
}

static int
f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void
f_shm_barrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int
f_shm_unmap(sqlite3_file *f, int remove)
{
	return REAL(f)->pMethods->xShmUnmap(REAL(f), remove);
}

/* Version 2: no memory mapping of the file itself, so that every page passes f_read. */
static const sqlite3_io_methods methods = {
	2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock, f_reserved, f_control, f_sector,
	    f_device,
	f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, NULL, NULL,
};

static sqlite3_vfs *under, shim;

static int
v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *mine = (struct file *)f;
	int rc;

	(void)vfs;
	mine->base.pMethods = NULL;
	mine->real = (sqlite3_file *)(mine + 1);
	mine->real->pMethods = NULL;
	if (fails(CALL_OPEN))
		return SQLITE_CANTOPEN;
	rc = under->xOpen(under, name, mine->real, flags, out);
	mine->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
	return rc;
}

static int
install(void **state)
{
	(void)state;
	under = sqlite3_vfs_find(NULL);
	shim = *under;
	shim.zName = "faulty";
	shim.pNext = NULL;
	shim.szOsFile = (int)sizeof(struct file) + under->szOsFile;
	shim.xOpen = v_open;
	return sqlite3_vfs_register(&shim, 1);
}

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
fail_each(struct scratch *x, enum call which, int rc, int forever)
{
	char id[48], sql[400];
	int n, events;
	enum err e;

	/* A process whose sync failed promises nothing until its last connection is closed. */
	store_close(x->s);
	x->s = NULL;
	for (n = 1;; n++) {
		snprintf(id, sizeof(id), "EV_%d_%d_%d_%d", which, rc & 0xff, forever, n);
		memset(&plan, 0, sizeof(plan));
		plan.which = (int)which;
		plan.rc = rc;
		plan.forever = forever;
		plan.left = n;
		plan.armed = 1;
		e = event(x->path, id);
		plan.armed = 0;
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
		if (plan.failed == 0)
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

	memset(&plan, 0, sizeof(plan));
	plan.which = CALL_SYNC;
	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));	/* a new log is synced by SQLite too */
	plan.left = 1;
	plan.armed = 1;
	assert_err(ERR_IO, store_inbox_add(x->s, "EV_2", "room_started", T0, &fresh));
	plan.armed = 0;
	assert_int_equal(plan.failed, 1);
	assert_err(ERR_IO, store_inbox_add(x->s, "EV_2", "room_started", T0, &fresh));
	assert_err(ERR_IO, event(x->path, "EV_3"));
	store_close(x->s);
	assert_ok(store_open(x->path, store_all_rights, &x->s));
	assert_ok(store_inbox_add(x->s, "EV_4", "room_started", T0, &fresh));
}

static void
every_call_fails_once(void **state)
{
	enum call c;

	for (c = 0; c < CALLS; c++)
		fail_each(*state, c, SQLITE_IOERR_WRITE, 0);
	fail_each(*state, CALL_WRITE, SQLITE_FULL, 0);
}

static void
every_call_fails_from_then_on(void **state)
{
	enum call c;

	for (c = 0; c < CALLS; c++)
		fail_each(*state, c, SQLITE_IOERR_WRITE, 1);
	fail_each(*state, CALL_WRITE, SQLITE_FULL, 1);
}

/* The same for a migration: the version says whether it is done, and then it is whole. */
static void
migrating_on_a_failing_disk(void **state)
{
	struct scratch *x = *state;
	char name[160];
	enum call c;
	enum err e;
	int n, version;

	for (c = 0; c < CALLS; c++) {
		for (n = 1;; n += n < 20 ? 1 : 1 + n / 8) {
			snprintf(name, sizeof(name), "%s/m-%d-%d.db", x->dir, c, n);
			scratch_exec(name, "CREATE TABLE users(id text PRIMARY KEY,email text,name text,provider text);"
			    "CREATE TABLE rooms(id text PRIMARY KEY,name text,created_by text,is_active numeric,"
			    "created_at text);"
			    "INSERT INTO users VALUES('u1','a@example.org','A',NULL)");
			memset(&plan, 0, sizeof(plan));
			plan.which = (int)c;
			plan.rc = SQLITE_FULL;
			plan.forever = 1;
			plan.left = n;
			plan.armed = 1;
			e = store_migrate(name, NULL, NULL);
			plan.armed = 0;
			scratch_check(name);
			assert_ok(store_version(name, &version));
			assert_int_equal(version == STORE_VERSION,
			    scratch_number(name, "SELECT count(*) FROM sqlite_master WHERE name='webhook_inbox'"));
			assert_int_equal(scratch_number(name, "SELECT count(*) FROM users WHERE id='u1'"), 1);
			assert_true(e == ERR_OK ? version == STORE_VERSION : base_err_retry(e));
			unlink(name);
			if (plan.failed == 0)
				break;
			assert_in_range(n, 1, 5000);
		}
		assert_ok(e);
	}
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

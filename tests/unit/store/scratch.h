/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database of its own for each test, in a folder that is gone afterwards. The check of the file at the end belongs
 * to every test.
 */
#ifndef TESTS_STORE_SCRATCH_H
#define TESTS_STORE_SCRATCH_H
#include "tests/unit/unit.h"

#include <dirent.h>
#include <sqlite3.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/store.h"

#define T0 INT64_C(1790000000123456789)	/* a moment; ns */
#define MINUTE (60 * BASE_CLOCK_SECOND)

struct scratch {
	char dir[64], path[96];
	struct store *s;
	struct base_arena a;
};

/* One number of one row, read past the store (no rights, no cache); -1 when there is no row. */
static inline int64_t
scratch_number(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	int64_t n = -1;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static inline void
scratch_exec(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%.60s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static inline void
scratch_check(const char *path)
{
	assert_int_equal(scratch_number(path, "SELECT count(*) FROM pragma_integrity_check WHERE "
	    "integrity_check='ok'"), 1);
	assert_int_equal(scratch_number(path, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

/* A folder and a name in it, no file yet. */
static inline int
scratch_empty(void **state)
{
	struct scratch *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return -1;
	/* Not a disk: what a sync costs is none of these tests' business. */
	snprintf(x->dir, sizeof(x->dir), "%s/bedrud-store-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(x->dir) == NULL) {
		free(x);
		return -1;
	}
	snprintf(x->path, sizeof(x->path), "%s/bedrud.db", x->dir);
	base_arena_init(&x->a, 1u << 20);
	*state = x;
	return 0;
}

/* A new database, opened with all rights. */
static inline int
scratch_new(void **state)
{
	struct scratch *x;

	if (scratch_empty(state) != 0)
		return -1;
	x = *state;
	return store_migrate(x->path, NULL, NULL) == ERR_OK && store_open(x->path, store_all_rights,
	    &x->s) == ERR_OK ? 0 : -1;
}

static inline int
scratch_end(void **state)
{
	struct scratch *x = *state;
	struct dirent *d;
	DIR *dir;

	store_close(x->s);
	if (access(x->path, F_OK) == 0)
		scratch_check(x->path);
	dir = opendir(x->dir);
	if (dir == NULL)
		return -1;
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
	rmdir(x->dir);
	base_arena_free(&x->a);
	free(x);
	return 0;
}

#define NEW(test) cmocka_unit_test_setup_teardown(test, scratch_new, scratch_end)
#define EMPTY(test) cmocka_unit_test_setup_teardown(test, scratch_empty, scratch_end)

#endif

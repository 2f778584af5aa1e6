/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/store_impl.h"

/*
 * Of pages a connection may keep for itself. No memory map (PRAGMA mmap_size): SQLite maps the file anew whenever
 * another connection has written, which costs more than reading the few pages of a request again.
 */
#define CACHE_KIB "256"

/* Once per process: a connection belongs to one thread, nobody asks SQLite for its statistics. */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_initialize();
}

/*
 * Waits a little longer each time, at random, so that writers of several processes don't march in step and none of
 * them starves: 0.1 to 1 ms at first, then up to 8 ms.
 */
static int
busy(void *arg, int tries)
{
	struct store *s = arg;
	struct timespec pause = { 0, 0 };
	long most = tries < 3 ? 1000 : 8000;	/* µs */
	long us;

	if (tries == 0 && s->busy_since == 0)
		s->busy_since = base_clock_mono_ms();
	s->busy_ms = (int)(base_clock_mono_ms() - s->busy_since);
	if (s->busy_ms >= STORE_BUSY_MS)
		return 0;
	s->jitter ^= s->jitter << 13;
	s->jitter ^= s->jitter >> 7;
	s->jitter ^= s->jitter << 17;
	us = 100 + (long)(s->jitter % (uint64_t)(most - 100));
	pause.tv_nsec = us * 1000;
	(void)nanosleep(&pause, NULL);
	return 1;
}

static int
may(const struct store *s, const char *table, unsigned what)
{
	const struct store_right *r;

	for (r = s->rights; r != NULL && r->table != NULL; r++)
		if (strcmp(r->table, table) == 0)
			return (r->may & what) != 0;
	return 0;
}

/* Asked by SQLite for everything a statement would touch, when it is prepared. */
static int
authorize(void *arg, int action, const char *a, const char *b, const char *database, const char *trigger)
{
	const struct store *s = arg;

	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_TRANSACTION:
		return SQLITE_OK;
	case SQLITE_FUNCTION:	/* b is its name */
		return b != NULL && sqlite3_stricmp(b, "load_extension") != 0 ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_PRAGMA:
		if (strcmp(a, "synchronous") == 0 || (strcmp(a, "user_version") == 0 && b == NULL))
			return SQLITE_OK;
		return SQLITE_DENY;
	case SQLITE_READ:
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
		if (database != NULL && strcmp(database, "main") != 0)
			return SQLITE_DENY;
		return may(s, a, action == SQLITE_READ ? STORE_READ : STORE_WRITE) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

enum err
store_exec(struct store *s, const char *sql)
{
	s->busy_ms = 0;
	return store_fault(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

/* Called after each commit, in place of SQLite's own checkpoint, which would run before the next writer may begin. */
static int
committed(void *arg, sqlite3 *db, const char *database, int pages)
{
	struct store *s = arg;

	(void)db;
	(void)database;
	s->log_pages = pages;
	return SQLITE_OK;
}

static enum err
prepare_connection(struct store *s)
{
	s->gate = store_gate_open(s->path);
	if (s->gate == NULL)
		return base_log_err(ERR_NOMEM, "store: no memory to open %s", s->path);
	(void)sqlite3_wal_hook(s->db, committed, s);
	(void)sqlite3_busy_handler(s->db, busy, s);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	return store_exec(s, "PRAGMA foreign_keys=ON; PRAGMA cache_size=-" CACHE_KIB
	    "; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA synchronous=NORMAL");
}

enum err
store_connect(const char *path, struct store **out)
{
	struct store *s = base_mem_alloc(1, sizeof(*s));
	enum err e;
	int rc;

	*out = NULL;
	(void)pthread_once(&once, configure);
	if (s == NULL || (s->path = base_mem_strdup(path)) == NULL) {
		base_mem_free(s);
		return base_log_err(ERR_NOMEM, "store: no memory to open %s", path);
	}
	base_random_fill(&s->jitter, sizeof(s->jitter));
	s->jitter |= 1;
	store_moved_note(s);
	rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	e = rc == SQLITE_OK ? prepare_connection(s) : store_fault(s, rc);
	if (e != ERR_OK) {
		store_close(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

static enum err
wrong_version(const char *path, int version)
{
	if (version > STORE_VERSION)
		return base_log_err(ERR_CONFLICT, "store: %s has version %d, made by a newer bedrud; this one knows "
		    "%d: install the newer version", path, version, STORE_VERSION);
	return base_log_err(ERR_CONFLICT, "store: %s has version %d, this program needs %d: run `bedrudctl db migrate`",
	    path, version, STORE_VERSION);
}

enum err
store_ping(struct store *s)
{
	int64_t version = -1;
	enum err e = store_number(s, &version, "PRAGMA user_version", NULL, 0);

	if (e != ERR_OK || version == STORE_VERSION)
		return e;
	return wrong_version(s->path, (int)version);
}

static enum err
exists(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return ERR_OK;
	if (errno == ENOENT)
		return base_log_err(ERR_ABSENT, "store: there is no database %s: run `bedrudctl db migrate`", path);
	return base_log_err(ERR_IO, "store: %s: %s", path, strerror(errno));
}

enum err
store_open(const char *path, const struct store_right *rights, struct store **out)
{
	struct store *s;
	enum err e;

	*out = NULL;
	e = exists(path);
	if (e == ERR_OK)
		e = store_moved_check(path);
	if (e == ERR_OK)
		e = store_connect(path, &s);
	if (e != ERR_OK)
		return e;
	e = store_ping(s);
	if (e == ERR_OK)	/* a restored copy may have lost it */
		e = store_exec(s, "PRAGMA journal_mode=WAL");
	if (e != ERR_OK) {
		store_close(s);
		return e;
	}
	store_moved_note_log(s);
	s->rights = rights;
	(void)sqlite3_set_authorizer(s->db, authorize, s);
	*out = s;
	return ERR_OK;
}

void
store_close(struct store *s)
{
	size_t i;

	if (s == NULL)
		return;
	store_rollback(s);
	for (i = 0; i < STORE_SLOTS; i++)
		(void)sqlite3_finalize(s->slots[i].st);
	(void)sqlite3_close(s->db);
	store_gate_close(s->gate);
	base_mem_free(s->path);
	base_mem_free(s);
}

enum err
store_version(const char *path, int *version)
{
	struct store *s;
	int64_t v = 0;
	enum err e = exists(path);

	if (e == ERR_OK)
		e = store_connect(path, &s);
	if (e != ERR_OK)
		return e;
	e = store_number(s, &v, "PRAGMA user_version", NULL, 0);
	*version = (int)v;
	store_close(s);
	return e;
}

/* A statement without rows or arguments that says something about the transaction. */
static enum err
say(struct store *s, const char *sql)
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, sql, NULL, 0);

	return e == ERR_ABSENT ? ERR_OK : e;
}

/* One wait for both: this process's other writers, then those of other processes. */
static enum err
lock(struct store *s)
{
	int64_t start = base_clock_mono_ms();
	enum err e;

	if (!store_gate_enter(s->gate, start + STORE_BUSY_MS)) {
		s->busy_ms = STORE_BUSY_MS;
		return store_fault(s, SQLITE_BUSY);
	}
	s->busy_since = start;
	e = say(s, "BEGIN IMMEDIATE");
	s->busy_since = 0;
	if (e != ERR_OK)
		store_gate_leave(s->gate);
	return e;
}

/* Out of any transaction. A rollback that failed for want of memory left one open: it is tried again first. */
static enum err
settle(struct store *s)
{
	store_rollback(s);
	return sqlite3_get_autocommit(s->db) ? ERR_OK : ERR_NOMEM;
}

enum err
store_begin(struct store *s, enum store_durability d)
{
	enum err e;

	if (s->mode == STORE_WRITING)
		return base_log_err(ERR_BUG, "store: a transaction inside a transaction");
	e = settle(s);
	if (e == ERR_OK)
		e = lock(s);
	if (e != ERR_OK)
		return e;
	s->mode = STORE_WRITING;
	s->waits = d == STORE_DURABLE;
	s->log_pages = 0;
	return ERR_OK;
}

enum err
store_begin_read(struct store *s)
{
	enum err e;

	if (s->mode == STORE_READING)
		return ERR_OK;
	if (s->mode == STORE_WRITING)
		return base_log_err(ERR_BUG, "store: a transaction inside a transaction");
	e = settle(s);
	if (e == ERR_OK)
		e = say(s, "BEGIN");
	if (e == ERR_OK)
		s->mode = STORE_READING;
	return e;
}

enum err
store_commit(struct store *s)
{
	enum err e;

	if (s->mode != STORE_WRITING)
		return base_log_err(ERR_BUG, "store: commit without begin");
	e = say(s, "COMMIT");
	if (e != ERR_OK) {
		store_rollback(s);
		return e;
	}
	s->mode = STORE_IDLE;
	store_gate_leave(s->gate);
	if (s->waits)
		e = store_gate_sync(s->gate, s);
	if (s->waits && e == ERR_OK && store_moved(s) != ERR_OK)
		e = base_log_err(ERR_IO, "store: %s is not the file that was just written", s->path);
	store_gate_tidy(s->gate, s, s->log_pages);
	return e;
}

void
store_rollback(struct store *s)
{
	if (s->db == NULL || (s->mode == STORE_IDLE && sqlite3_get_autocommit(s->db)))
		return;
	/* After a full disk or an I/O error SQLite may have rolled back by itself. */
	if (!sqlite3_get_autocommit(s->db) && say(s, "ROLLBACK") != ERR_OK)
		base_log(LOG_LEVEL_ERROR, "store: %s: a rollback failed", s->path);
	if (s->mode == STORE_WRITING)
		store_gate_leave(s->gate);
	s->mode = STORE_IDLE;
}

int
store_changes(struct store *s)
{
	return sqlite3_changes(s->db);
}

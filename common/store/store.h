/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite file: opening, versions, transactions, rights. The only room that says sqlite3_ or holds SQL; entities
 * have files of their own (store/user.h, store/room.h …). schema.c has the tables: those of Bedrud's Go server, and
 * ours beside them.
 *
 * A connection belongs to one thread. WAL, foreign_keys ON, a busy handler that waits with jitter for up to
 * STORE_BUSY_MS, then ERR_BUSY. Statements are prepared once per connection and reused.
 *
 * Rights: each program declares the tables it may touch; an authorizer refuses everything else when a statement is
 * prepared, so a responder that is tricked can't read what it has no business with.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H
#include <stdint.h>
#include "base/arena.h"

#define STORE_VERSION 3		/* PRAGMA user_version of this build; a file of Bedrud's Go server has 0 */
#define STORE_BUSY_MS 5000

enum { STORE_READ = 1, STORE_WRITE = 2 /* insert, update, delete */ };

struct store_right {
	const char *table;	/* NULL ends the list */
	unsigned may;		/* STORE_READ | STORE_WRITE */
};

struct store;

/* All tables, read and write: for tests; a program names its own. */
extern const struct store_right store_all_rights[];

/*
 * Opens the file, which must exist. rights is borrowed for the connection's life. ERR_ABSENT: no such file (run
 * `bedrudctl db migrate`). ERR_CONFLICT: another user_version (the log says which and what to do). ERR_BUSY: it
 * was replaced beside the log of a file that this process has open, see store_moved(). ERR_IO, ERR_NOMEM. Log lines
 * say the path.
 */
enum err store_open(const char *path, const struct store_right *rights, struct store **out) BASE_MUST_CHECK;
void store_close(struct store *s);	/* NULL is fine */

/* Cheap liveness and version check (one read). ERR_CONFLICT when the file was migrated under us. */
enum err store_ping(struct store *s) BASE_MUST_CHECK;

/*
 * Whether the connection still stands on the file at its path; costs one system call.
 * ERR_GONE: another file is there now: close this connection and open that file. ERR_ABSENT: no file is there (not
 * logged). ERR_BUSY: another file is there, but beside it lies the log (-wal, -shm) of the old one, which SQLite would
 * apply to it. ERR_IO. After these three keep the connection, so that its log stays known, and ask again later.
 */
enum err store_moved(struct store *s) BASE_MUST_CHECK;

/*
 * For what lives long: opens *s when it is NULL, and anew when another file is at its path or the version has changed
 * (looked at every 5 s: *checked_at, ns, begins with 0). As store_open() and store_moved(); *s may be NULL after an
 * error.
 */
enum err store_ready(const char *path, const struct store_right *rights, int64_t now, struct store **s,
    int64_t *checked_at) BASE_MUST_CHECK;

enum store_durability {
	STORE_FAST,	/* survives a crash of ours; the last moments may be lost with the power */
	STORE_DURABLE,	/* on disk when commit returns, syncs are shared by the threads of a process: webhook inbox,
	    bans, sessions, accounts */
};

/*
 * BEGIN IMMEDIATE; a read transaction ends first. ERR_BUSY after STORE_BUSY_MS. Never wait for a network answer before
 * commit or rollback.
 */
enum err store_begin(struct store *s, enum store_durability d) BASE_MUST_CHECK;
/*
 * A deferred read transaction: several reads see one state and share one lock (each read alone costs two system calls).
 * Goes on in one that is open. Ends with store_rollback(), or with store_begin() or the first write.
 * Don't keep it open over something slow: the log can't be emptied meanwhile.
 */
enum err store_begin_read(struct store *s) BASE_MUST_CHECK;
/*
 * After an error nothing was changed; except that a STORE_DURABLE one whose sync fails (ERR_IO) is there for all to
 * see, and only its surviving a power cut isn't certain. ERR_IO also when the file was replaced meanwhile: what is
 * durable is in the file that the next one will open.
 */
enum err store_commit(struct store *s) BASE_MUST_CHECK;
/* Nothing to do outside a transaction. Never fails visibly. */
void store_rollback(struct store *s);
/* Rows changed by the last insert, update or delete. */
int store_changes(struct store *s);

/*
 * Creates or brings the file at path to STORE_VERSION: an empty file, a database of Bedrud's Go server (user_version
 * 0 with its tables), or an older one of ours. A newer one is ERR_CONFLICT. New files are 0660 in a folder with
 * setgid, else 0600. All in one transaction: it is done or nothing is. *from and *to get the versions (from = -1 for
 * a new file). Either may be NULL.
 */
enum err store_migrate(const char *path, int *from, int *to) BASE_MUST_CHECK;

/* user_version of a file without opening it for work. ERR_ABSENT, ERR_IO. */
enum err store_version(const char *path, int *version) BASE_MUST_CHECK;

#endif

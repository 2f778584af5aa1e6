/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the store room only: the connection, the way statements are bound, stepped and read, and the schema as data.
 *
 * SQL given to these functions is a string literal: its address is the key of the connection's statement cache.
 */
#ifndef STORE_STORE_IMPL_H
#define STORE_STORE_IMPL_H
#include <sqlite3.h>
#include <sys/stat.h>
#include "store/store.h"

#define STORE_SLOTS 128		/* statements kept per connection; a power of two */

enum store_mode { STORE_IDLE, STORE_READING, STORE_WRITING };

struct store_slot {
	const char *sql;
	sqlite3_stmt *st;
};

struct store_gate;

/* Which file it is, whatever its name. */
struct store_file {
	dev_t dev;
	ino_t ino;
};

struct store {
	sqlite3 *db;
	const struct store_right *rights;
	char *path;
	struct store_gate *gate;
	struct store_file file;		/* at the path when it was opened */
	enum store_mode mode;
	int waits;			/* the transaction is over when it is on disk */
	int log_pages;			/* in the log after the last commit */
	int64_t busy_since;		/* monotonic ms; 0 = from the first refusal on */
	int busy_ms;			/* waited so far in the present wait for a lock */
	uint64_t jitter;
	unsigned n_slots;
	struct store_slot slots[STORE_SLOTS];
};

/* A bound value. TIME is text in Bedrud's form; 0 is NULL. */
struct store_arg {
	enum { STORE_ARG_TEXT, STORE_ARG_INT, STORE_ARG_TIME } kind;
	const char *text;
	int64_t number;
};
#define ARG_TEXT(s) ((struct store_arg){ STORE_ARG_TEXT, (s), 0 })
#define ARG_INT(i) ((struct store_arg){ STORE_ARG_INT, NULL, (i) })
#define ARG_TIME(ns) ((struct store_arg){ STORE_ARG_TIME, NULL, (ns) })
/* The arguments of a statement, in order ?1, ?2 …, for the last two parameters of the functions below. */
#define ARGS(...) (const struct store_arg[]){ __VA_ARGS__ }, \
	sizeof((struct store_arg[]){ __VA_ARGS__ }) / sizeof(struct store_arg)

/*
 * First row of a reading statement: ERR_OK and *st stands on it, ERR_ABSENT when there is none. After ERR_OK the
 * caller steps on with store_next() until it isn't ERR_OK, or stops with store_finish().
 */
enum err store_select(struct store *s, sqlite3_stmt **st, const char *sql, const struct store_arg *arg, size_t n)
    BASE_MUST_CHECK;
enum err store_next(struct store *s, sqlite3_stmt *st) BASE_MUST_CHECK;
void store_finish(sqlite3_stmt *st);

/* One number of one row; *out is untouched on ERR_ABSENT. */
enum err store_number(struct store *s, int64_t *out, const char *sql, const struct store_arg *arg, size_t n)
    BASE_MUST_CHECK;

/* The first column of each row as text, `most` rows at the most; *out is an array in the arena. No row is ERR_OK. */
enum err store_texts(struct store *s, struct base_arena *a, const char *sql, const struct store_arg *arg, size_t n_arg,
    size_t most, const char ***out, size_t *n) BASE_MUST_CHECK;

/* A writing statement, in the open writing transaction or else in one of its own with durability d. */
enum err store_write(struct store *s, enum store_durability d, const char *sql, const struct store_arg *arg, size_t n)
    BASE_MUST_CHECK;

/*
 * For a function of several writes: begins a transaction unless one for writing is open (*own says which); the end
 * commits or rolls back only what it began, and passes e through.
 */
enum err store_enter(struct store *s, enum store_durability d, int *own) BASE_MUST_CHECK;
enum err store_leave(struct store *s, int own, enum err e) BASE_MUST_CHECK;

/*
 * Reads the columns of a row from left to right; err becomes ERR_NOMEM when the arena is full. NULL reads as "" and
 * 0.
 */
struct store_reader {
	sqlite3_stmt *st;
	struct base_arena *arena;
	int column;
	enum err err;
};
const char *store_read_text(struct store_reader *r);
int64_t store_read_number(struct store_reader *r);
int store_read_int(struct store_reader *r);
int store_read_bool(struct store_reader *r);
int64_t store_read_time(struct store_reader *r);	/* either text form; 0 for NULL and what is no time */

/*
 * moved.c. note: which file the connection will stand on, before it is opened; note_log: and its log, once that is
 * there. check: ERR_BUSY when the log beside the file at path is that of another file that this process has open.
 */
void store_moved_note(struct store *s);
void store_moved_note_log(struct store *s);
/* Whether both are the same file, and there is one. */
int store_moved_same(const struct store_file *a, const struct store_file *b);
enum err store_moved_check(const char *path) BASE_MUST_CHECK;

/* A plain connection for migrate.c: no rights are checked, pragmas are set. */
enum err store_connect(const char *path, struct store **out) BASE_MUST_CHECK;
/* Runs SQL that isn't a literal (pragmas, DDL of schema.c). */
enum err store_exec(struct store *s, const char *sql) BASE_MUST_CHECK;
/* Turns a result code into a kind, and logs what deserves a line. */
enum err store_fault(struct store *s, int rc) BASE_MUST_CHECK;

/*
 * gate.c, shared by the connections of a process to one file. open: NULL when there is no memory or no file. enter: 1,
 * or 0 when it is until_ms (monotonic). sync: returns when all that s committed is on disk. tidy: brings pages home
 * from a log that has become long. note_log: which files are its log; owns_log: 1 when one of these is that of a file
 * other than db.
 */
struct store_gate *store_gate_open(const char *path);
void store_gate_close(struct store_gate *g);
int store_gate_enter(struct store_gate *g, int64_t until_ms) BASE_MUST_CHECK;
void store_gate_leave(struct store_gate *g);
enum err store_gate_sync(struct store_gate *g, struct store *s) BASE_MUST_CHECK;
void store_gate_tidy(struct store_gate *g, struct store *s, int pages);
void store_gate_note_log(struct store_gate *g, const struct store_file *log, const struct store_file *shm);
int store_gate_owns_log(const struct store_file *db, const struct store_file *log, const struct store_file *shm);

/*
 * queue.c, between the processes that write a file. open: a descriptor of it, or -1, with which the others do nothing.
 * enter: 1, or 0 when it is until_ms; the gate goes on without it then. One thread of a process at a time.
 */
int store_queue_open(const char *path);
int store_queue_enter(int fd, int64_t until_ms) BASE_MUST_CHECK;
void store_queue_leave(int fd);

/* The schema as data: CREATE TABLE and ALTER TABLE ADD COLUMN are both made from it. */
struct store_column {
	const char *name;
	const char *decl;	/* type, NOT NULL, DEFAULT … */
};
struct store_table {
	const char *name;
	const struct store_column *columns;	/* name NULL ends */
	const char *tail;	/* ",PRIMARY KEY (…)" or "" */
	const char *options;	/* " WITHOUT ROWID" or "" */
};
struct store_index {
	const char *name, *table;
	const char *columns;	/* comma separated */
	const char *where;	/* NULL, or the condition of a partial index */
	int unique;
};
extern const struct store_table store_schema_tables[];	/* name NULL ends */
extern const struct store_index store_schema_indexes[];	/* name NULL ends */

#endif

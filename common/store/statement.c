/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "store/store_impl.h"

/* A line for what an operator must hear of; contention and broken rules are everyday and speak through the kind. */
enum err
store_fault(struct store *s, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return ERR_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return base_log_err(ERR_BUSY, "store: %s stayed busy for %d ms", s->path, s->busy_ms);
	case SQLITE_CONSTRAINT:
		return ERR_CONFLICT;
	case SQLITE_NOMEM:
		return base_log_err(ERR_NOMEM, "store: no memory for a statement");
	case SQLITE_AUTH:
		return base_log_err(ERR_BUG, "store: %s: this program has no right to that", sqlite3_errmsg(s->db));
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
		return base_log_err(ERR_CONFLICT, "store: %s does not have the tables of this program: %s", s->path,
		    sqlite3_errmsg(s->db));
	case SQLITE_TOOBIG:
		return ERR_TOO_BIG;
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
		return base_log_err(ERR_BUG, "store: %s", sqlite3_errmsg(s->db));
	default:	/* FULL, IOERR, CORRUPT, NOTADB, READONLY, CANTOPEN, PERM … */
		return base_log_err(ERR_IO, "store: %s: %s (%d)", s->path, sqlite3_errmsg(s->db), rc);
	}
}

/* The statement for a literal, prepared once. The literal's address is the key; its text is not looked at. */
static enum err
prepare(struct store *s, const char *sql, sqlite3_stmt **st)
{
	uintptr_t h = (uintptr_t)sql;
	unsigned i = (unsigned)((h ^ (h >> 7)) * 0x9e3779b1u) & (STORE_SLOTS - 1);
	int rc;

	while (s->slots[i].sql != NULL && s->slots[i].sql != sql)
		i = (i + 1) & (STORE_SLOTS - 1);
	*st = s->slots[i].st;
	if (s->slots[i].sql == sql)
		return ERR_OK;
	if (s->n_slots == STORE_SLOTS - 1)
		return base_log_err(ERR_BUG, "store: more than %d statements", STORE_SLOTS - 1);
	s->busy_ms = 0;
	rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL);
	if (rc != SQLITE_OK)
		return store_fault(s, rc);
	s->slots[i].sql = sql;
	s->slots[i].st = *st;
	s->n_slots++;
	return ERR_OK;
}

static int
bind(sqlite3_stmt *st, int i, const struct store_arg *a)
{
	char when[BASE_CLOCK_TEXT];

	switch (a->kind) {
	case STORE_ARG_INT:
		return sqlite3_bind_int64(st, i, a->number);
	case STORE_ARG_TIME:
		if (a->number == 0)
			return sqlite3_bind_null(st, i);
		base_clock_db(a->number, when);
		return sqlite3_bind_text(st, i, when, -1, SQLITE_TRANSIENT);
	case STORE_ARG_TEXT:
		break;
	}
	return sqlite3_bind_text(st, i, a->text, -1, SQLITE_STATIC);
}

void
store_finish(sqlite3_stmt *st)
{
	(void)sqlite3_reset(st);	/* its result is the last step's, which was looked at */
	(void)sqlite3_clear_bindings(st);
}

enum err
store_next(struct store *s, sqlite3_stmt *st)
{
	enum err e;
	int rc;

	s->busy_ms = 0;
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		return ERR_OK;
	e = rc == SQLITE_DONE ? ERR_ABSENT : store_fault(s, rc);
	store_finish(st);
	return e;
}

enum err
store_select(struct store *s, sqlite3_stmt **st, const char *sql, const struct store_arg *arg, size_t n)
{
	enum err e = prepare(s, sql, st);
	size_t i;
	int rc;

	if (e != ERR_OK)
		return e;
	for (i = 0; i < n; i++) {
		rc = bind(*st, (int)i + 1, &arg[i]);
		if (rc != SQLITE_OK) {
			e = store_fault(s, rc);
			store_finish(*st);
			return e;
		}
	}
	return store_next(s, *st);
}

enum err
store_number(struct store *s, int64_t *out, const char *sql, const struct store_arg *arg, size_t n)
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, sql, arg, n);

	if (e != ERR_OK)
		return e;
	*out = sqlite3_column_int64(st, 0);
	/* A writing statement with RETURNING takes effect when it is stepped to its end. */
	e = store_next(s, st);
	if (e == ERR_OK)
		store_finish(st);
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_texts(struct store *s, struct base_arena *a, const char *sql, const struct store_arg *arg, size_t n_arg,
    size_t most, const char ***out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*n = 0;
	if ((*out = base_arena_alloc(a, most * sizeof(**out))) == NULL)
		return ERR_NOMEM;
	for (e = store_select(s, &r.st, sql, arg, n_arg); e == ERR_OK && *n < most; e = store_next(s, r.st)) {
		r.column = 0;
		(*out)[(*n)++] = store_read_text(&r);
		if (r.err != ERR_OK)
			break;
	}
	if (e == ERR_OK)
		store_finish(r.st);
	return e == ERR_ABSENT || e == ERR_OK ? r.err : e;
}

enum err
store_write(struct store *s, enum store_durability d, const char *sql, const struct store_arg *arg, size_t n)
{
	sqlite3_stmt *st;
	int own;
	enum err e = store_enter(s, d, &own);

	if (e != ERR_OK)
		return e;
	e = store_select(s, &st, sql, arg, n);
	if (e == ERR_OK)
		store_finish(st);
	return store_leave(s, own, e == ERR_ABSENT ? ERR_OK : e);
}

enum err
store_enter(struct store *s, enum store_durability d, int *own)
{
	*own = s->mode != STORE_WRITING;
	return *own ? store_begin(s, d) : ERR_OK;	/* which ends a read transaction */
}

enum err
store_leave(struct store *s, int own, enum err e)
{
	if (own && e == ERR_OK)
		return store_commit(s);
	if (own)
		store_rollback(s);
	return e;
}

const char *
store_read_text(struct store_reader *r)
{
	const unsigned char *p = sqlite3_column_text(r->st, r->column);
	int n = sqlite3_column_bytes(r->st, r->column++);
	char *copy;

	if (p == NULL)
		return "";
	copy = base_arena_dup(r->arena, (const char *)p, (size_t)n);
	if (copy == NULL)
		r->err = ERR_NOMEM;
	return copy;
}

int64_t
store_read_number(struct store_reader *r)
{
	return sqlite3_column_int64(r->st, r->column++);
}

int
store_read_int(struct store_reader *r)
{
	return sqlite3_column_int(r->st, r->column++);
}

int
store_read_bool(struct store_reader *r)
{
	return sqlite3_column_int(r->st, r->column++) != 0;
}

int64_t
store_read_time(struct store_reader *r)
{
	const char *p = (const char *)sqlite3_column_text(r->st, r->column++);
	int64_t ns;

	if (p == NULL || base_clock_parse(p, &ns) != ERR_OK)
		return 0;
	return ns;
}

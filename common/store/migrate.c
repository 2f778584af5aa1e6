/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a file to STORE_VERSION in one transaction. The schema is compared with what is there, table by table and
 * column by column, so one way leads from nothing, from any age of Bedrud's Go server, and from a file that is half
 * of each.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/log.h"
#include "store/store_impl.h"

#define NUMBER(x) NUMBER_(x)
#define NUMBER_(x) #x
#define SQL_MAX (64u << 10)

/* The folder of path, "." when it has none. */
static enum err
folder_of(const char *path, struct base_buf *out)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		base_buf_str(out, ".");
	else
		base_buf_add(out, path, slash == path ? 1 : (size_t)(slash - path));
	return out->err;
}

/*
 * Mode and owner of a new file: shared with the folder's group where the folder says so; root makes it the folder's
 * owner's.
 */
static int
dress(int fd, const struct stat *folder)
{
	mode_t mode = (folder->st_mode & S_ISGID) != 0 ? 0660 : 0600;

	if (geteuid() == 0 && fchown(fd, folder->st_uid, folder->st_gid) != 0)
		return -1;
	return fchmod(fd, mode);
}

/* Makes an empty file unless there is one. SQLite gives -wal and -shm the same mode and owner. */
static enum err
create(const char *path)
{
	struct base_buf folder;
	struct stat st;
	enum err e = ERR_OK;
	int fd;

	base_buf_init(&folder, 4096);
	if (folder_of(path, &folder) != ERR_OK || stat(folder.p, &st) != 0) {
		e = base_log_err(ERR_IO, "store: the folder of %s: %s", path, strerror(errno));
		base_buf_free(&folder);
		return e;
	}
	base_buf_free(&folder);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? ERR_OK : base_log_err(ERR_IO, "store: unable to make %s: %s", path,
		    strerror(errno));
	if (dress(fd, &st) != 0)
		e = base_log_err(ERR_IO, "store: unable to set the mode of %s: %s", path, strerror(errno));
	(void)close(fd);
	return e;
}

static enum err
sync_folder(const char *path)
{
	struct base_buf folder;
	enum err e = ERR_OK;
	int fd;

	base_buf_init(&folder, 4096);
	fd = folder_of(path, &folder) == ERR_OK ? open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd < 0 || fsync(fd) != 0)
		e = base_log_err(ERR_IO, "store: the folder of %s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	base_buf_free(&folder);
	return e;
}

/* Copies the committed content of the file into the empty file at to. */
static enum err
copy_pages(const char *from, const char *to)
{
	struct store *src = NULL, *dst = NULL;
	sqlite3_backup *b = NULL;
	enum err e = store_connect(from, &src);

	if (e == ERR_OK)
		e = store_connect(to, &dst);
	if (e == ERR_OK)
		e = store_exec(dst, "PRAGMA synchronous=FULL");
	if (e == ERR_OK) {
		b = sqlite3_backup_init(dst->db, "main", src->db, "main");
		if (b == NULL) {
			e = store_fault(dst, sqlite3_errcode(dst->db));
		} else {
			(void)sqlite3_backup_step(b, -1);	/* its result comes again from finish */
			e = store_fault(dst, sqlite3_backup_finish(b));
		}
	}
	store_close(dst);
	store_close(src);
	return e;
}

/*
 * <path>.before-vN, N = the version it is brought to, as an administrator would have made it. Called with the write
 * lock held, so that what is copied
 * is the old state and nobody migrates meanwhile; a second connection reads it. Written beside and renamed: never
 * half.
 */
static enum err
keep_copy(struct store *s)
{
	struct base_buf final, temp;
	struct stat st;
	enum err e = ERR_OK;
	int fd = -1;

	base_buf_init(&final, 4096);
	base_buf_init(&temp, 4096);
	base_buf_printf(&final, "%s.before-v" NUMBER(STORE_VERSION), s->path);
	base_buf_printf(&temp, "%s.before-v" NUMBER(STORE_VERSION) ".XXXXXX", s->path);
	if (temp.err != ERR_OK || final.err != ERR_OK)
		e = temp.err != ERR_OK ? temp.err : final.err;
	else if ((fd = mkstemp(temp.p)) < 0 || stat(s->path, &st) != 0 || fchmod(fd, st.st_mode & 0777) != 0 ||
	    (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0))
		e = base_log_err(ERR_IO, "store: unable to make %s: %s", temp.p, strerror(errno));
	else
		e = copy_pages(s->path, temp.p);
	if (fd >= 0)
		(void)close(fd);
	if (e == ERR_OK && rename(temp.p, final.p) != 0)
		e = base_log_err(ERR_IO, "store: unable to rename %s to %s: %s", temp.p, final.p, strerror(errno));
	if (e == ERR_OK)
		e = sync_folder(s->path);
	if (e == ERR_OK)
		base_log(LOG_LEVEL_INFO, "store: %s as it was is kept as %s", s->path, final.p);
	else if (fd >= 0)
		(void)unlink(temp.p);
	base_buf_free(&temp);
	base_buf_free(&final);
	return e;
}

/* Runs what has been written to sql and empties it. */
static enum err
run(struct store *s, struct base_buf *sql)
{
	enum err e = sql->err != ERR_OK ? sql->err : store_exec(s, sql->p);

	base_buf_clear(sql);
	return e;
}

/* A column that is added to rows must bear them: NOT NULL stays only where there is a default. */
static enum err
add_column(struct store *s, struct base_buf *sql, const struct store_table *t, const struct store_column *c)
{
	const char *cut = strstr(c->decl, "DEFAULT") == NULL ? strstr(c->decl, " NOT NULL") : NULL;

	base_buf_printf(sql, "ALTER TABLE `%s` ADD COLUMN `%s` ", t->name, c->name);
	base_buf_add(sql, c->decl, cut == NULL ? strlen(c->decl) : (size_t)(cut - c->decl));
	return run(s, sql);
}

static enum err
has(struct store *s, const char *sql, const struct store_arg *arg, size_t n, int *yes)
{
	int64_t found = 0;
	enum err e = store_number(s, &found, sql, arg, n);

	*yes = found != 0;
	return e == ERR_ABSENT ? ERR_OK : e;
}

static enum err
make_table(struct store *s, struct base_buf *sql, const struct store_table *t)
{
	const struct store_column *c;

	base_buf_printf(sql, "CREATE TABLE `%s` (", t->name);
	for (c = t->columns; c->name != NULL; c++)
		base_buf_printf(sql, "%s`%s` %s", c == t->columns ? "" : ",", c->name, c->decl);
	base_buf_printf(sql, "%s)%s", t->tail, t->options);
	return run(s, sql);
}

/*
 * Fills what an older server left NULL in columns that have a default and may not be NULL: all of a table in one
 * pass.
 */
static enum err
fill_nulls(struct store *s, struct base_buf *sql, const struct store_table *t)
{
	const struct store_column *c;
	const char *value;
	int n = 0;

	base_buf_printf(sql, "UPDATE `%s` SET ", t->name);
	for (c = t->columns; c->name != NULL; c++)
		if (strstr(c->decl, "NOT NULL") != NULL && (value = strstr(c->decl, "DEFAULT ")) != NULL)
			base_buf_printf(sql, "%s`%s`=coalesce(`%s`,%s)", n++ > 0 ? "," : "", c->name, c->name,
			    value + 8);
	base_buf_str(sql, " WHERE 0");
	for (c = t->columns; c->name != NULL; c++)
		if (strstr(c->decl, "NOT NULL") != NULL && strstr(c->decl, "DEFAULT ") != NULL)
			base_buf_printf(sql, " OR `%s` IS NULL", c->name);
	if (n == 0) {
		base_buf_clear(sql);
		return ERR_OK;
	}
	return run(s, sql);
}

static enum err
bring_table(struct store *s, struct base_buf *sql, const struct store_table *t)
{
	const struct store_column *c;
	enum err e;
	int there;

	e = has(s, "SELECT 1 FROM sqlite_master WHERE type='table' AND name=?1", ARGS(ARG_TEXT(t->name)), &there);
	if (e != ERR_OK)
		return e;
	if (!there)
		return make_table(s, sql, t);
	for (c = t->columns; c->name != NULL; c++) {
		e = has(s, "SELECT 1 FROM pragma_table_info(?1) WHERE name=?2 COLLATE NOCASE",
		    ARGS(ARG_TEXT(t->name), ARG_TEXT(c->name)), &there);
		if (e == ERR_OK && !there)
			e = add_column(s, sql, t, c);
		if (e != ERR_OK)
			return e;
	}
	return fill_nulls(s, sql, t);
}

/* An index of the same columns does as well, whatever its name (a UNIQUE in the table's own text, say). */
static enum err
bring_index(struct store *s, struct base_buf *sql, const struct store_index *i)
{
	enum err e;
	int there;

	e = has(s, "SELECT 1 FROM pragma_index_list(?1) AS l WHERE l.name=?2 OR (l.\"unique\"=?3 AND l.partial=?4 "
	    "AND ?5=(SELECT group_concat(c.name,',') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY "
	    "seqno) AS c))",
	    ARGS(ARG_TEXT(i->table), ARG_TEXT(i->name), ARG_INT(i->unique), ARG_INT(i->where != NULL),
	    ARG_TEXT(i->columns)), &there);
	if (e != ERR_OK || there)
		return e;
	base_buf_printf(sql, "CREATE %sINDEX `%s` ON `%s`(%s)%s%s", i->unique ? "UNIQUE " : "", i->name, i->table,
	    i->columns, i->where == NULL ? "" : " WHERE ", i->where == NULL ? "" : i->where);
	e = run(s, sql);
	if (e == ERR_CONFLICT)
		return base_log_err(e, "store: %s: table %s has the same %s twice; nothing was changed: mend it and "
		    "try again",
		    s->path, i->table, i->columns);
	return e;
}

/* What a very old file may carry that its own server would have changed too. */
static enum err
mend(struct store *s)
{
	enum err e;
	int there;

	e = has(s, "SELECT \"unique\" FROM pragma_index_list('rooms') WHERE name='idx_rooms_name'", NULL, 0, &there);
	if (e == ERR_OK && there)
		e = store_exec(s, "DROP INDEX idx_rooms_name");
	if (e == ERR_OK)
		e = store_exec(s, "UPDATE rooms SET admin_id=created_by WHERE coalesce(admin_id,'')='';UPDATE OR "
		    "IGNORE users SET provider='local' WHERE provider IS NULL;CREATE INDEX IF NOT EXISTS "
		    "idx_rooms_name ON rooms(name);UPDATE rooms SET is_active=0 WHERE is_active=1 AND EXISTS(SELECT "
		    "1 FROM rooms AS n WHERE n.name=rooms.name AND n.is_active=1 AND "
		    "(coalesce(julianday(n.created_at),0),n.rowid)>"
		    "(coalesce(julianday(rooms.created_at),0),rooms.rowid))");
	if (e == ERR_OK && store_changes(s) > 0)
		base_log(LOG_LEVEL_WARN, "store: %s: %d active rooms had the name of a newer active one and were "
		    "ended", s->path,
		    store_changes(s));
	return e;
}

/*
 * Bedrud's server leaves people who have left active, and they would fill its rooms for good: here a seat is what
 * LiveKit reports, and nobody sits while the file is brought over. Whom an active row let into a private room stays
 * a member of it, as approved.
 */
static enum err
free_seats(struct store *s)
{
	return store_exec(s,
	    "UPDATE room_participants SET is_approved=1 WHERE is_active=1 AND is_banned=0 AND room_id IN "
	    "(SELECT id FROM rooms WHERE is_public=0);UPDATE room_participants SET is_active=0,left_at="
	    "coalesce(left_at,strftime('%Y-%m-%d %H:%M:%f','now')||'+00:00') WHERE is_active=1");
}

static enum err
bring_schema(struct store *s)
{
	const struct store_table *t;
	const struct store_index *i;
	struct base_buf sql;
	enum err e = ERR_OK;

	base_buf_init(&sql, SQL_MAX);
	for (t = store_schema_tables; e == ERR_OK && t->name != NULL; t++)
		e = bring_table(s, &sql, t);
	if (e == ERR_OK)
		e = mend(s);
	for (i = store_schema_indexes; e == ERR_OK && i->name != NULL; i++)
		e = bring_index(s, &sql, i);
	base_buf_free(&sql);
	if (e == ERR_OK)
		e = store_exec(s, "PRAGMA user_version=" NUMBER(STORE_VERSION));
	return e;
}

/* What the file is: *from = -1 empty, 0 Bedrud's, else its version. Anything else is refused. */
static enum err
recognize(struct store *s, int *from)
{
	int64_t version = 0, tables = 0, known = 0;
	enum err e;

	e = store_number(s, &version, "PRAGMA user_version", NULL, 0);
	if (e == ERR_OK)
		e = store_number(s, &tables, "SELECT count(*) FROM sqlite_master", NULL, 0);
	if (e == ERR_OK)
		e = store_number(s, &known, "SELECT count(*) FROM sqlite_master WHERE type='table' AND name IN "
		    "('users','rooms')",
		    NULL, 0);
	if (e != ERR_OK)
		return e;
	*from = version == 0 && tables == 0 ? -1 : (int)version;
	if (version > STORE_VERSION)
		return base_log_err(ERR_CONFLICT, "store: %s has version %d, made by a newer bedrud; this one knows "
		    "%d: install the newer version", s->path, (int)version, STORE_VERSION);
	if (version < 0 || (tables > 0 && known < 2))
		return base_log_err(ERR_CONFLICT, "store: %s is a database of something else; nothing was changed",
		    s->path);
	return ERR_OK;
}

/* Inside the write lock nobody else migrates: the version is read there, and again if need be. */
static enum err
migrate(struct store *s, int *from)
{
	enum err e = recognize(s, from);

	if (e != ERR_OK || *from == STORE_VERSION)
		return e;
	/* The file may have another journal than ours, so SQLite syncs by itself here. */
	e = store_exec(s, "PRAGMA synchronous=FULL");
	if (e == ERR_OK)
		e = store_begin(s, STORE_FAST);
	if (e != ERR_OK)
		return e;
	e = recognize(s, from);
	if (e == ERR_OK && *from >= 0 && *from != STORE_VERSION)
		e = keep_copy(s);
	if (e == ERR_OK && *from != STORE_VERSION)
		e = bring_schema(s);
	if (e == ERR_OK && *from == 0)
		e = free_seats(s);
	if (e == ERR_OK)
		return store_commit(s);
	store_rollback(s);
	return e;
}

enum err
store_migrate(const char *path, int *from, int *to)
{
	struct store *s;
	int was = -1;
	enum err e = create(path);

	if (e == ERR_OK)
		e = store_connect(path, &s);
	if (e != ERR_OK)
		return e;
	e = migrate(s, &was);
	if (e == ERR_OK)
		e = store_exec(s, "PRAGMA journal_mode=WAL");
	store_close(s);
	if (e != ERR_OK)
		return e;
	if (was < 0)
		base_log(LOG_LEVEL_INFO, "store: %s is new, version %d", path, STORE_VERSION);
	else if (was != STORE_VERSION)
		base_log(LOG_LEVEL_INFO, "store: %s is now version %d, it was %d", path, STORE_VERSION, was);
	if (from != NULL)
		*from = was;
	if (to != NULL)
		*to = STORE_VERSION;
	return ERR_OK;
}

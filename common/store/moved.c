/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database that is replaced under running programs (somebody brings a backup back): a connection goes on writing to
 * the file that it has opened, which has no name any more. SQLite doesn't tell ("How To Corrupt An SQLite Database
 * File", section 4), and applies a log that it finds beside a file whatever file it was written for.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/store_impl.h"

/* 0 or errno; all zero when there is none. */
static int
look(const char *path, struct store_file *f)
{
	struct stat st;
	int missing = stat(path, &st) != 0;

	f->dev = missing ? 0 : st.st_dev;
	f->ino = missing ? 0 : st.st_ino;
	return missing ? errno : 0;
}

/* SQLite's files lie where the symbolic links of the path lead to. */
static void
look_beside(const char *path, const char *suffix, struct store_file *f)
{
	char real[PATH_MAX], name[PATH_MAX + 8];

	memset(f, 0, sizeof(*f));
	if (realpath(path, real) == NULL)
		return;
	snprintf(name, sizeof(name), "%s%s", real, suffix);
	(void)look(name, f);
}

int
store_moved_same(const struct store_file *a, const struct store_file *b)
{
	return a->ino != 0 && a->ino == b->ino && a->dev == b->dev;
}

void
store_moved_note(struct store *s)
{
	(void)look(s->path, &s->file);
}

void
store_moved_note_log(struct store *s)
{
	struct store_file log, shm;

	look_beside(s->path, "-wal", &log);
	look_beside(s->path, "-shm", &shm);
	store_gate_note_log(s->gate, &log, &shm);
}

enum err
store_moved_check(const char *path)
{
	struct store_file db, log, shm;

	(void)look(path, &db);
	look_beside(path, "-wal", &log);
	look_beside(path, "-shm", &shm);
	if (!store_gate_owns_log(&db, &log, &shm))
		return ERR_OK;
	base_log(LOG_LEVEL_ERROR, "store: %s was replaced, but the -wal and -shm files beside it are the old one's and "
	    "would damage it: stop the programs, move those two away, start again", path);
	return ERR_BUSY;
}

enum err
store_moved(struct store *s)
{
	struct store_file file;
	int error = look(s->path, &file);
	enum err e;

	if (store_moved_same(&file, &s->file))
		return ERR_OK;
	if (error == ENOENT)
		return ERR_ABSENT;
	if (error != 0)
		return base_log_err(ERR_IO, "store: %s: %s", s->path, strerror(error));
	if ((e = store_moved_check(s->path)) != ERR_OK)
		return e;
	base_log(LOG_LEVEL_WARN, "store: %s was replaced by another file", s->path);
	return ERR_GONE;
}

#define VERSION_CHECK (5 * BASE_CLOCK_SECOND)

/* Does the open connection stand on the right file, in the right version? Closed when it must be opened anew. */
static enum err
look_again(struct store **s, int64_t *checked_at, int64_t now)
{
	enum err e = store_moved(*s);

	if (e != ERR_OK && e != ERR_GONE)
		return e;
	if (e == ERR_OK && now - *checked_at <= VERSION_CHECK)
		return ERR_OK;
	if (e == ERR_OK)
		e = store_ping(*s);
	*checked_at = now;
	if (e != ERR_OK) {
		store_close(*s);
		*s = NULL;
	}
	return ERR_OK;
}

enum err
store_ready(const char *path, const struct store_right *rights, int64_t now, struct store **s, int64_t *checked_at)
{
	enum err e = ERR_OK;

	if (*s != NULL)
		e = look_again(s, checked_at, now);
	if (*s == NULL) {
		e = store_open(path, rights, s);
		*checked_at = now;
	}
	if (e == ERR_CONFLICT || e == ERR_ABSENT)
		base_log(LOG_LEVEL_ERROR, "%s: %s; run bedrudctl db migrate", path,
		    e == ERR_ABSENT ? "there is no database" : "the database has another version than this program");
	return e;
}

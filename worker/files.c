/* SPDX-License-Identifier: Apache-2.0 */
/* Files that belong to no recording, and recordings whose file is missing, on disk and in the bucket. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "conf/recording.h"
#include "store/recording.h"
#include "store/room.h"
#include "store/setting.h"
#include "store/user.h"
#include "worker/bucket.h"
#include "worker/recording.h"

enum {
	/* Of a bucket that others fill as well, in one round: other duties wait. */
	PAGES = 50,
	/* Room for an answer's texts and its entries. */
	PAGE_ARENA = LIMIT_PEER_BODY + (1 << 20)
};

/* One round. */
struct files {
	struct worker *w;
	struct conf_recording conf;
	struct object_place place;
	struct object_bucket *bucket;	/* NULL: none is named, or it doesn't answer */
	struct base_arena row;		/* of one look-up: there may be many */
	int64_t before_s;		/* younger files may be on their way */
	int depth, orphans, missing;
	int is_partial;			/* the bucket wasn't looked through, or not to its end */
	int is_blind;			/* recordings are in a bucket that can't be looked into */
};

/* A refusal is logged, and the other objects would fare alike. */
static enum err
give_up(struct files *f, enum err e)
{
	object_bucket_free(f->bucket);
	f->bucket = NULL;
	f->is_partial = 1;
	return e == ERR_NOMEM ? e : ERR_OK;
}

static enum err
has_recording(struct files *f, const char *id, int *out)
{
	struct store_recording r;
	enum err e = store_recording_by_id(f->w->store, &f->row, id, &r);

	base_arena_reset(&f->row);
	*out = e == ERR_OK;
	return e == ERR_ABSENT ? ERR_OK : e;
}

static enum err
judge_file(struct files *f, const char *folder, const char *name)
{
	char id[37], path[4096];
	int has = 0;
	struct stat st;
	enum err e;

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path || stat(path, &st) != 0 ||
	    st.st_mtime > f->before_s)
		return ERR_OK;
	(void)snprintf(id, sizeof id, "%.36s", name);
	if ((e = has_recording(f, id, &has)) != ERR_OK || has)
		return e;
	f->orphans++;
	base_log(LOG_LEVEL_WARN, "%s belongs to no recording: delete it, or keep it elsewhere", path);
	return ERR_OK;
}

static enum err
walk_folder(struct files *f, const char *folder)
{
	char path[4096];
	enum err e = ERR_OK;
	struct dirent *entry;
	struct stat st;
	DIR *dir = opendir(folder);

	if (dir == NULL)
		return ERR_OK;
	while (e == ERR_OK && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path ||
		    lstat(path, &st) != 0)
			continue;
		if (S_ISREG(st.st_mode) && strlen(entry->d_name) >= 36)
			e = judge_file(f, folder, entry->d_name);
		else if (S_ISDIR(st.st_mode) && f->depth < 4) {
			f->depth++;
			e = walk_folder(f, path);
			f->depth--;
		}
	}
	(void)closedir(dir);
	return e;
}

/* Whether the walk over `folder` comes there. */
static int
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	while (n > 0 && folder[n - 1] == '/')
		n--;
	return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static enum err
walk_folders(struct files *f)
{
	char incoming[2048];
	enum err e = walk_folder(f, f->conf.dir);

	/* The incoming folder is mostly below that one. */
	if (e == ERR_OK && conf_recording_incoming(f->w->conf, incoming, sizeof incoming) == ERR_OK &&
	    !is_below(incoming, f->conf.dir))
		e = walk_folder(f, incoming);
	return e;
}

/* Whether the file of a completed one is there; *why: what was found instead. */
static enum err
look(struct files *f, const struct store_recording *r, const char **why)
{
	struct object_info info;
	char path[4096];
	enum err e;

	*why = NULL;
	if (strcmp(r->storage, "local") == 0 &&
	    snprintf(path, sizeof path, "%s/%s", f->conf.dir, r->object_key) < (int)sizeof path &&
	    access(path, F_OK) != 0)
		*why = strerror(errno);
	if (strcmp(r->storage, "s3") != 0)
		return ERR_OK;
	if (f->bucket == NULL) {
		f->is_blind = 1;
		return ERR_OK;
	}
	e = object_bucket_head(f->bucket, r->object_key, &info);
	if (e == ERR_ABSENT)
		*why = "it is not in the bucket";
	else if (e != ERR_OK) {
		f->is_blind = 1;
		e = give_up(f, e);
	}
	return e == ERR_NOMEM ? e : worker_keep(f->w);
}

/* Of those that are completed, page by page. */
static enum err
count_missing(struct files *f)
{
	struct store_recording_query q = { .room_id = "", .status = "completed", .limit = 200 };
	struct store_recording *rows;
	struct worker *w = f->w;
	const char *why;
	int64_t total;
	size_t n = 0;
	enum err e;

	do {
		e = store_recording_list(w->store, &w->arena, &q, &rows, &n, &total);
		for (size_t i = 0; i < n && e == ERR_OK; i++) {
			e = look(f, &rows[i], &why);
			if (why == NULL)
				continue;
			f->missing++;
			base_log(LOG_LEVEL_WARN, "the file of recording %s, %s, is missing: %s", rows[i].id,
			    rows[i].object_key, why);
		}
		q.offset += q.limit;
		if (e == ERR_OK)
			e = worker_keep(w);
	} while (e == ERR_OK && n == (size_t)q.limit && q.offset < 2000);
	return e;
}

/* Takes the key apart that cgi/recording/start.c makes: USER/ROOM/RECORDING.mp4, each a UUID. 0: it is another's. */
static int
split(const char *key, char ids[3][37])
{
	static const char *const after[] = { "/", "/", ".mp4" };

	for (int i = 0; i < 3; i++) {
		(void)snprintf(ids[i], sizeof ids[i], "%s", key);
		if (strlen(ids[i]) != 36)
			return 0;
		for (int k = 0; k < 36; k++)
			if (strchr(k == 8 || k == 13 || k == 18 || k == 23 ? "-" : "0123456789abcdef", ids[i][k]) ==
			    NULL)
				return 0;
		key += 36;
		if (strncmp(key, after[i], strlen(after[i])) != 0)
			return 0;
		key += strlen(after[i]);
	}
	return *key == '\0';
}

/*
 * Another Bedrud may keep its recordings in the same bucket, and whoever is told to delete one does so: only what bears
 * a user or a room of ours is ours.
 */
static enum err
is_orphan(struct files *f, char ids[3][37], int *out)
{
	struct store_room room;
	struct store_user user;
	int has = 0;
	enum err e = has_recording(f, ids[2], &has);

	*out = 0;
	if (e != ERR_OK || has)
		return e;
	if ((e = store_user_by_id(f->w->store, &f->row, ids[0], &user)) == ERR_ABSENT)
		e = store_room_by_id(f->w->store, &f->row, ids[1], &room);
	base_arena_reset(&f->row);
	*out = e == ERR_OK;
	return e == ERR_ABSENT ? ERR_OK : e;
}

static enum err
judge_object(struct files *f, const struct object_entry *o)
{
	struct object_info info;
	char ids[3][37];
	int is = 0;
	enum err e;

	if (o->modified_at == 0 || o->modified_at / BASE_CLOCK_SECOND > f->before_s || !split(o->key, ids))
		return ERR_OK;
	if ((e = is_orphan(f, ids, &is)) != ERR_OK || !is)
		return e;
	/* One that was deleted since the list was made went before its row. */
	if ((e = object_bucket_head(f->bucket, o->key, &info)) != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : give_up(f, e);
	f->orphans++;
	base_log(LOG_LEVEL_WARN, "the object %s in the bucket %s belongs to no recording: delete it, or keep it "
	    "elsewhere", o->key, f->conf.bucket);
	return worker_keep(f->w);
}

/* One page; `from` is where it begins, and then the next one does, "" when there is none. */
static enum err
judge_page(struct files *f, struct base_arena *a, char from[OBJECT_NEXT])
{
	struct object_page page;
	enum err e = object_bucket_list(f->bucket, a, "", *from == '\0' ? NULL : from, &page);

	*from = '\0';
	if (e != ERR_OK)
		return give_up(f, e);
	for (size_t i = 0; i < page.n && e == ERR_OK && f->bucket != NULL; i++)
		e = judge_object(f, &page.entries[i]);
	if (page.next != NULL && f->bucket != NULL)
		(void)snprintf(from, OBJECT_NEXT, "%s", page.next);
	return e != ERR_OK ? e : worker_keep(f->w);
}

static enum err
walk_bucket(struct files *f)
{
	char from[OBJECT_NEXT] = "";
	struct base_arena a;
	enum err e = ERR_OK;
	int n = 0;

	base_arena_init(&a, PAGE_ARENA);
	do {
		e = judge_page(f, &a, from);
		base_arena_reset(&a);
	} while (e == ERR_OK && *from != '\0' && ++n < PAGES);
	base_arena_free(&a);
	if (e != ERR_OK || *from == '\0')
		return e;
	f->is_partial = 1;
	base_log(LOG_LEVEL_WARN, "the bucket %s holds more than was looked through for files without a recording (%d "
	    "pages of its list): give recordings a bucket of their own", f->conf.bucket, n);
	return ERR_OK;
}

/* Whether recordings go into the bucket: one that is for uploads alone may forbid to list it. */
static enum err
is_listed(struct files *f, int *out)
{
	struct store_setting s;
	enum err e = store_setting_get(f->w->store, &f->w->arena, &s);

	*out = e == ERR_OK && f->bucket != NULL && f->conf.is_s3 && (f->conf.is_enabled || s.recordings_enabled);
	return e;
}

enum err
worker_recording_files(struct worker *w, struct base_buf *report)
{
	struct files f = { .w = w, .before_s = base_clock_seconds() - 3600 };
	int is = 0;
	enum err e;

	conf_recording(w->conf, &f.conf);
	base_arena_init(&f.row, LIMIT_ARENA);
	e = walk_folders(&f);
	if (e == ERR_OK && *f.conf.bucket != '\0')
		e = worker_bucket_open(w, &f.conf, &f.place, &f.bucket);
	if (e == ERR_OK)
		e = count_missing(&f);
	if (e == ERR_OK)
		e = is_listed(&f, &is);
	if (e == ERR_OK && is)
		e = walk_bucket(&f);
	object_bucket_free(f.bucket);
	base_arena_free(&f.row);
	base_json_put_int(report, "orphans", f.orphans);
	if (!f.is_blind)
		base_json_put_int(report, "missing", f.missing);
	base_json_put_bool(report, "partial", f.is_partial || f.is_blind);
	return e;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Job process_recording {recording_id, …}: the recorder is done. Its file is looked at and brought to where it stays;
 * then the recording is completed, or failed with its reason. Job recording_delete: file, then row. Both may be begun
 * twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/log.h"
#include "conf/recording.h"
#include "meeting/recording.h"
#include "object/mp4.h"
#include "worker/bucket.h"
#include "worker/jobs.h"

enum { PATH_SPACE = 4096, CHUNK = 64 << 20 };

struct home {
	struct conf_recording conf;
	struct store_recording rec;
	char from[PATH_SPACE], to[PATH_SPACE];	/* where the recorder wrote, where it stays */
	char part[PATH_SPACE + 8];		/* what is being fetched from S3, or from another file system */
	struct meeting_recording_news news;
};

static enum err
find(struct worker *w, json_object *payload, struct home *h)
{
	const char *id = "";
	char incoming[PATH_SPACE / 2];
	enum err e;

	if (base_json_str(payload, "recording_id", &id) != ERR_OK || *id == '\0')
		return worker_because(w, ERR_INPUT, "the payload has no recording_id");
	conf_recording(w->conf, &h->conf);
	if ((e = store_recording_by_id(w->store, &w->arena, id, &h->rec)) != ERR_OK)
		return e;
	if (conf_recording_incoming(w->conf, incoming, sizeof incoming) != ERR_OK ||
	    snprintf(h->from, sizeof h->from, "%s/%s.mp4", incoming, id) >= (int)sizeof h->from ||
	    snprintf(h->to, sizeof h->to, "%s/%s", h->conf.dir, h->rec.object_key) >= (int)sizeof h->to)
		return worker_because(w, ERR_CONFIG, "recording.storageDir is too long a name");
	(void)snprintf(h->part, sizeof h->part, "%s.part", h->to);
	return ERR_OK;
}

/* The folders above a file. */
static enum err
make_folders(struct worker *w, const char *path)
{
	char part[PATH_SPACE];
	char *slash;

	(void)snprintf(part, sizeof part, "%s", path);
	if ((slash = strrchr(part, '/')) != NULL)
		*slash = '\0';
	if (base_folder_make(part, 0750) != ERR_OK)
		return worker_because(w, ERR_IO, "the folder %s can't be made: %s", part, strerror(errno));
	return ERR_OK;
}

static enum err
sync_folder_of(const char *path)
{
	char part[PATH_SPACE];
	enum err e = ERR_OK;
	char *slash;
	int fd;

	(void)snprintf(part, sizeof part, "%s", path);
	if ((slash = strrchr(part, '/')) != NULL)
		*slash = '\0';
	fd = open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		e = ERR_IO;
	if (fd >= 0)
		(void)close(fd);
	return e;
}

/* Whether it can be watched, and how long it is; *flaw = NULL when it can. */
static enum err
look(struct worker *w, struct home *h, int fd, const char **flaw)
{
	enum object_mp4_flaw what;
	struct object_mp4 mp4;
	struct stat st;
	enum err e;

	if (fstat(fd, &st) != 0 || fsync(fd) != 0)
		return worker_because(w, ERR_IO, "%s: %s", h->from, strerror(errno));
	if ((e = object_mp4_file(fd, &mp4, &what)) != ERR_OK)
		return e;
	*flaw = what == OBJECT_MP4_GOOD ? NULL : object_mp4_text(what);
	h->news.file_size = st.st_size;
	h->news.duration_ms = mp4.duration_ms;
	return ERR_OK;
}

/* What is wrong for good: the recording has failed, the job is done. */
static enum err
give_up(struct worker *w, struct home *h, const char *why)
{
	h->news.error = *h->rec.error != '\0' ? base_arena_printf(&w->arena, "%s %s", h->rec.error, why) :
	    base_arena_strdup(&w->arena, why);
	return h->news.error != NULL ? ERR_OK : ERR_NOMEM;
}

/* What is whole at h->part takes its place, in one step, and stays there. */
static enum err
settle_part(struct worker *w, struct home *h)
{
	if (rename(h->part, h->to) != 0 || sync_folder_of(h->to) != ERR_OK)
		return worker_because(w, ERR_IO, "%s can't become %s: %s", h->part, h->to, strerror(errno));
	return ERR_OK;
}

/*
 * Each piece is on the disk before the lease is asked for: a sync of all of it at the end may outlast the lease, and
 * whoever had the job then would begin anew what this one puts into its place.
 */
static enum err
copy_bytes(struct worker *w, struct home *h, int from, int to)
{
	off_t at = 0;
	ssize_t n;
	enum err e;

	while ((n = sendfile(to, from, &at, CHUNK)) > 0 && fdatasync(to) == 0)
		if ((e = worker_keep(w)) != ERR_OK)
			return e;
	if (n == 0 && fsync(to) == 0)
		return ERR_OK;
	return worker_because(w, ERR_IO, "%s can't be copied to %s: %s", h->from, h->part, strerror(errno));
}

/*
 * From another file system, or another mount of this one. Whoever is killed meanwhile leaves the recorder's file, which
 * goes only when the copy is in its place; the next try begins anew.
 */
static enum err
copy_home(struct worker *w, struct home *h)
{
	int from = open(h->from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), to;
	enum err e;

	to = open(h->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (from < 0 || to < 0)
		e = worker_because(w, ERR_IO, "%s can't be copied to %s: %s", h->from, h->part, strerror(errno));
	else
		e = copy_bytes(w, h, from, to);
	if (from >= 0)
		(void)close(from);
	if (to >= 0 && close(to) != 0 && e == ERR_OK)
		e = worker_because(w, ERR_IO, "%s can't be written: %s", h->part, strerror(errno));
	if (e == ERR_IO)
		(void)unlink(h->part);		/* or a full disk would stay full */
	if (e != ERR_OK || (e = settle_part(w, h)) != ERR_OK)
		return e;
	if (unlink(h->from) != 0)
		base_log(LOG_LEVEL_WARN, "recording %s is in its place, but %s can't be deleted: %s", h->rec.id,
		    h->from, strerror(errno));
	return ERR_OK;
}

static enum err
move_home(struct worker *w, struct home *h)
{
	enum err e = make_folders(w, h->to);

	if (e != ERR_OK)
		return e;
	if (rename(h->from, h->to) == 0)
		return sync_folder_of(h->to) == ERR_OK ? ERR_OK :
		    worker_because(w, ERR_IO, "%s can't be synced", h->to);
	return errno == EXDEV ? copy_home(w, h) :
	    worker_because(w, ERR_IO, "%s can't become %s: %s", h->from, h->to, strerror(errno));
}

static enum err
give_up_flawed(struct worker *w, struct home *h, const char *flaw)
{
	const char *why = base_arena_printf(&w->arena, "It can't be watched: %s.", flaw);

	return why != NULL ? give_up(w, h, why) : ERR_NOMEM;
}

/* From where the recorder wrote into its place. The file that a first try has moved already is found there. */
static enum err
fetch_local(struct worker *w, const struct store_job *job, struct home *h)
{
	int fd = open(h->from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), is_there = 0;
	const char *flaw = NULL;
	enum err e;

	if (fd < 0 && errno == ENOENT) {
		fd = open(h->to, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		is_there = fd >= 0;
	}
	if (fd < 0 && errno == ENOENT && job->attempts < 3)
		return worker_because(w, ERR_IO, "the recorder's file %s isn't there yet", h->from);
	if (fd < 0 && errno == ENOENT)
		return give_up(w, h, MEETING_RECORDING_ELSEWHERE " The recorder must write to "
		    "recording.incomingDir, on a disk that both see; else use S3.");
	if (fd < 0)
		return worker_because(w, ERR_IO, "%s can't be read: %s", h->from, strerror(errno));
	e = look(w, h, fd, &flaw);
	(void)close(fd);
	if (e != ERR_OK)
		return e;
	if (flaw != NULL)
		return give_up_flawed(w, h, flaw);
	return is_there ? ERR_OK : move_home(w, h);
}

static enum err
keep(void *arg)
{
	return worker_keep(arg);
}

/* Into recording.storageDir, beside its place first; what an earlier try has fetched is gone on from. */
static enum err
fetch_object(struct worker *w, struct home *h, struct object_bucket *b, const struct object_info *info)
{
	const char *flaw = NULL;
	enum err e = make_folders(w, h->to);
	int fd;

	if (e != ERR_OK)
		return e;
	fd = open(h->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return worker_because(w, ERR_IO, "%s can't be made: %s", h->part, strerror(errno));
	object_bucket_keep(b, keep, w);
	e = object_bucket_get(b, h->rec.object_key, info, fd);
	if (e != ERR_OK)
		e = worker_because(w, e, "%s", object_bucket_problem(b));
	else
		e = look(w, h, fd, &flaw);
	(void)close(fd);
	if (e != ERR_OK)
		return e;
	if (flaw != NULL) {
		(void)unlink(h->part);		/* it is in the bucket, for whoever wants to mend it */
		return give_up_flawed(w, h, flaw);
	}
	if ((e = settle_part(w, h)) == ERR_OK)
		h->news.storage = "local";
	return e;
}

static enum err
fetch_s3(struct worker *w, const struct store_job *job, struct home *h)
{
	struct object_bucket *b = NULL;
	struct object_place place;
	struct object_info info;
	enum err e = worker_bucket_open(w, &h->conf, &place, &b);

	if (e != ERR_OK)
		return e;
	e = object_bucket_head(b, h->rec.object_key, &info);
	if (e == ERR_ABSENT)
		e = job->attempts < 3 ? worker_because(w, ERR_PEER, "the recording isn't in the bucket yet") :
		    give_up(w, h, "The file is not in the bucket, though the recorder has stored it.");
	else if (e != ERR_OK)
		e = worker_because(w, e, "%s", object_bucket_problem(b));
	else if (h->conf.is_fetched)
		e = fetch_object(w, h, b, &info);
	else
		h->news.file_size = info.size;
	object_bucket_free(b);
	return e;
}

static enum err
erase_object(struct worker *w, const struct home *h)
{
	struct object_bucket *b = NULL;
	struct object_place place;
	enum err e = worker_bucket_open(w, &h->conf, &place, &b);

	if (e != ERR_OK)
		return e;
	if ((e = object_bucket_delete(b, h->rec.object_key)) != ERR_OK)
		e = worker_because(w, e, "%s", object_bucket_problem(b));
	object_bucket_free(b);
	return e;
}

/*
 * After the books say that a fetched file is here: the bucket's copy goes, which nobody would delete later. If it was
 * deleted while it was being fetched, the file has come too late, and goes.
 */
static enum err
settle_fetched(struct worker *w, const struct home *h, enum err moved)
{
	if (h->news.storage == NULL)
		return moved;
	if (moved == ERR_ABSENT && unlink(h->to) != 0 && errno != ENOENT)
		return worker_because(w, ERR_IO, "%s can't be deleted: %s", h->to, strerror(errno));
	if (moved == ERR_OK && h->rec.state == STORE_RECORDING_COMPLETED && erase_object(w, h) != ERR_OK)
		base_log(LOG_LEVEL_WARN, "recording %s was fetched, but %s could not be deleted in the bucket: delete "
		    "it there", h->rec.id, h->rec.object_key);
	return moved == ERR_ABSENT ? ERR_OK : moved;
}

static enum err
move(struct worker *w, struct home *h, enum meeting_recording_event event)
{
	unsigned todo;
	enum err e = store_begin(w->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	e = meeting_recording_apply(w->store, &w->arena, h->rec.id, event, &h->news, base_clock_now(), &h->rec, &todo);
	if (e == ERR_OK)
		e = store_commit(w->store);
	store_rollback(w->store);
	return e;
}

enum err
worker_process_recording(struct worker *w, const struct store_job *job, json_object *payload)
{
	struct home h = { .news = { 0 } };
	enum err e = find(w, payload, &h);

	if (e == ERR_ABSENT)
		return ERR_OK;		/* deleted meanwhile */
	if (e != ERR_OK || h.rec.state != STORE_RECORDING_PROCESSING)
		return e;
	e = strcmp(h.rec.storage, "s3") == 0 ? fetch_s3(w, job, &h) : fetch_local(w, job, &h);
	if (e != ERR_OK)
		return e;
	if (h.news.error != NULL)
		base_log(LOG_LEVEL_ERROR, "recording %s of room %s has failed: %s", h.rec.id, h.rec.room_name,
		    h.news.error);
	else if ((h.news.file_url = base_arena_printf(&w->arena, "/api/rooms/%s/recordings/%s/download", h.rec.room_id,
	    h.rec.id)) == NULL)
		return ERR_NOMEM;
	e = move(w, &h, h.news.error == NULL ? MEETING_RECORDING_GOOD : MEETING_RECORDING_BAD);
	return settle_fetched(w, &h, e);
}

static enum err
erase(struct worker *w, struct home *h)
{
	if (unlink(h->from) != 0 && errno != ENOENT)
		return worker_because(w, ERR_IO, "%s can't be deleted: %s", h->from, strerror(errno));
	/* Rows of Bedrud's own name no file here. */
	if (*h->rec.object_key == '\0')
		return ERR_OK;
	if ((unlink(h->part) != 0 && errno != ENOENT && errno != ENOTDIR) ||
	    (unlink(h->to) != 0 && errno != ENOENT && errno != ENOTDIR))
		return worker_because(w, ERR_IO, "%s can't be deleted: %s", h->to, strerror(errno));
	return strcmp(h->rec.storage, "s3") == 0 ? erase_object(w, h) : ERR_OK;
}

enum err
worker_recording_delete(struct worker *w, const struct store_job *job, json_object *payload)
{
	struct home h = { .news = { 0 } };
	enum err e = find(w, payload, &h);

	(void)job;
	if (e == ERR_ABSENT)
		return ERR_OK;
	if (e != ERR_OK || h.rec.state != STORE_RECORDING_DELETING)
		return e;
	if ((e = erase(w, &h)) != ERR_OK)
		return e;
	return store_recording_remove(w->store, h.rec.id);
}

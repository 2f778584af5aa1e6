/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET …/recordings/:recordingId/download: the file, for whoever may see the recording. From the folder: by the web
 * server where it can (X-Sendfile, X-Accel-Redirect), else by us, in parts if the client asks for parts. From S3: by a
 * link that is good for a quarter of an hour, so that the bytes don't pass through here.
 */
#include "cgi/recording/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "object/bucket.h"
#include "web/file.h"

enum { LINK_LIFE_S = 900 };

/* Below the folder and through no link: the key is made of ids, but it has been in a database. */
static int
open_beneath(const char *folder, const char *key)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, why;

	if (dir < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, dir, key, &how, sizeof(how));
	why = errno;
	(void)close(dir);
	errno = why;
	return fd;
}

static const char *
type_of(const struct store_recording *r)
{
	return r->audio_only ? "audio/mp4" : "video/mp4";
}

static enum err
put_name(struct door *d, const struct store_recording *r)
{
	const char *how = web_request_query(d->req, "inline");

	return web_file_name(d->reply, how != NULL && strcmp(how, "1") == 0,
	    *r->file_name != '\0' ? r->file_name : "recording.mp4");
}

/* The web server sends it: only the header leaves us. It was opened first, so that what isn't there is said here. */
static enum err
hand_over(struct door *d, const struct conf_recording *c, const struct store_recording *r)
{
	int accel = c->download == CONF_DOWNLOAD_X_ACCEL;
	const char *where = base_arena_printf(d->arena, "%s/%s", accel ? c->accel_prefix : c->dir, r->object_key);

	if (where == NULL)
		return ERR_NOMEM;
	d->reply->content_type = type_of(r);
	d->reply->cache = "private, no-cache";
	return web_reply_header(d->reply, accel ? "X-Accel-Redirect" : "X-Sendfile", where);
}

static enum err
send_local(struct door *d, const struct conf_recording *c, const struct store_recording *r)
{
	const char *tag = base_arena_printf(d->arena, "\"%s-%lld\"", r->id, (long long)r->file_size);
	enum err e;
	int fd, why;

	if (tag == NULL)
		return ERR_NOMEM;
	fd = open_beneath(c->dir, r->object_key);
	if (fd < 0) {
		why = errno;
		base_log(LOG_LEVEL_ERROR, "the file of recording %s, %s/%s, can't be opened: %s", r->id, c->dir,
		    r->object_key, strerror(why));
		return door_fail(d, why == ENOENT ? ERR_GONE : ERR_IO, "The file of this recording is missing on the "
		    "server. Its operator finds more in the log.");
	}
	if ((e = put_name(d, r)) != ERR_OK || c->download != CONF_DOWNLOAD_OURS) {
		(void)close(fd);
		return e != ERR_OK ? e : hand_over(d, c, r);
	}
	return web_file_send(d->req, d->reply, fd, type_of(r), tag);
}

static enum err
send_link(struct door *d, const struct conf_recording *c, const struct store_recording *r)
{
	const struct object_place place = { .endpoint = c->endpoint, .region = c->region, .bucket = c->bucket,
		.access_key = c->access_key, .secret_key = c->secret_key, .is_path_style = c->is_path_style };
	struct base_buf link;
	enum err e;

	if (*c->bucket == '\0')
		return door_fail(d, ERR_CONFIG, "This recording is in S3, and the server no longer knows where: "
		    "recording.s3 is not set.");
	base_buf_init(&link, LIMIT_URI);
	object_bucket_link(&place, r->object_key, r->file_name, d->now / BASE_CLOCK_SECOND, LINK_LIFE_S, &link);
	e = link.err == ERR_OK ? web_reply_header(d->reply, "Location", link.p) : link.err;
	base_buf_free(&link);
	d->reply->status = 302;
	return e;
}

enum err
recording_download(struct door *d)
{
	struct conf_recording c;
	struct recording_place p;
	enum err e = recording_find(d, &p);

	if (e != ERR_OK)
		return e;
	if (p.rec.state == STORE_RECORDING_DELETING)
		return door_fail(d, ERR_GONE, "This recording is being deleted.");
	if (p.rec.state == STORE_RECORDING_FAILED)
		return door_fail(d, ERR_GONE, "This recording has no file: %s",
		    *p.rec.error != '\0' ? p.rec.error : "it failed.");
	if (p.rec.state != STORE_RECORDING_COMPLETED)
		return door_fail(d, ERR_CONFLICT, "This recording isn't finished yet. Try again in a minute.");
	conf_recording(d->conf, &c);
	return strcmp(p.rec.storage, "s3") == 0 ? send_link(d, &c, &p.rec) : send_local(d, &c, &p.rec);
}

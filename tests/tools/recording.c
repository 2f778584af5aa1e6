/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What recording is made of, for tests with the real peers. One JSON object on standard input says all; the answer is
 * one on standard output, whose "err" is the name of the kind.
 *
 *	recording start		url key secret timeoutMs; room path; layout preset template audioOnly s3{…}
 *	recording stop		likewise; id
 *	recording get		likewise; id
 *	recording list		likewise; room if wanted
 *	recording s3-head	s3{…}; objectKey
 *	recording s3-get	likewise; file (what it holds already is kept)
 *	recording s3-put	likewise; data
 *	recording s3-delete	likewise
 *	recording s3-list	s3{…}; prefix, from
 *	recording s3-link	s3{…}; objectKey, fileName, lifeS
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "livekit/api.h"
#include "livekit/egress.h"
#include "object/bucket.h"

struct tool {
	struct base_arena arena;
	struct base_buf in, out;
	json_object *o;
};

static const char *
text_of(json_object *o, const char *name)
{
	const char *s = "";

	return base_json_str(o, name, &s) == ERR_OK ? s : "";
}

static const char *
text(struct tool *t, const char *name)
{
	return text_of(t->o, name);
}

static int
yes(json_object *o, const char *name)
{
	int y = 0;

	return base_json_bool(o, name, &y) == ERR_OK && y;
}

static int64_t
number(struct tool *t, const char *name)
{
	int64_t n = 0;

	return base_json_int(t->o, name, &n) == ERR_OK ? n : 0;
}

/* NULL when it isn't given. */
static const char *
wish(struct tool *t, const char *name)
{
	const char *s = text(t, name);

	return *s != '\0' ? s : NULL;
}

/* --- LiveKit */

static void
put_egress(struct base_buf *b, const char *key, const struct livekit_egress *g)
{
	base_json_open(b, key, '{');
	base_json_put_str(b, "id", g->id);
	base_json_put_str(b, "room", g->room_name);
	base_json_put_int(b, "status", g->status);
	base_json_put_str(b, "error", g->error);
	base_json_put_str(b, "filename", g->filename);
	base_json_put_str(b, "location", g->location);
	base_json_put_int(b, "size", g->size);
	base_json_put_int(b, "durationNs", g->duration_ns);
	base_json_close(b, '}');
}

static enum err
start(struct tool *t, struct livekit_api *api, struct livekit_egress *got)
{
	struct livekit_egress_wish w = { .room = text(t, "room"), .layout = text(t, "layout"),
		.preset = text(t, "preset"), .template_url = text(t, "template"), .path = text(t, "path"),
		.is_audio_only = yes(t->o, "audioOnly") };
	struct livekit_egress_s3 target;
	json_object *o = base_json_get(t->o, "s3");

	if (o != NULL) {
		target = (struct livekit_egress_s3){ text_of(o, "endpoint"), text_of(o, "region"), text_of(o, "bucket"),
			text_of(o, "accessKey"), text_of(o, "secretKey"), yes(o, "forcePathStyle") };
		w.s3 = &target;
	}
	return livekit_egress_start(api, &t->arena, &w, got);
}

static enum err
ask(struct tool *t, const char *word, struct livekit_api *api)
{
	struct livekit_egress got, *all = &got;
	size_t n = 1;
	enum err e;

	livekit_egress_none(&got);
	if (strcmp(word, "start") == 0)
		e = start(t, api, &got);
	else if (strcmp(word, "stop") == 0)
		e = livekit_egress_stop(api, &t->arena, wish(t, "room"), text(t, "id"), &got);
	else if (strcmp(word, "get") == 0)
		e = livekit_egress_get(api, &t->arena, text(t, "id"), &got);
	else
		e = livekit_egress_list(api, &t->arena, wish(t, "room"), 1, &all, &n);
	base_json_put_str(&t->out, "problem", livekit_egress_problem(e, strcmp(word, "start") == 0));
	base_json_open(&t->out, "egress", '[');
	for (size_t i = 0; e == ERR_OK && i < n; i++)
		put_egress(&t->out, NULL, &all[i]);
	base_json_close(&t->out, ']');
	return e;
}

static enum err
livekit(struct tool *t, const char *word)
{
	struct livekit_api_conf c = { .base_url = text(t, "url"), .api_key = text(t, "key"),
		.timeout_ms = (int)number(t, "timeoutMs") };
	const char *secret = text(t, "secret");
	struct base_jwt_key *key = NULL;
	struct livekit_api *api = NULL;
	enum err e;

	if ((e = base_jwt_key_new(secret, strlen(secret), &key)) == ERR_OK) {
		c.key = key;
		if ((e = livekit_api_new(&c, &api)) == ERR_OK)
			e = ask(t, word, api);
	}
	livekit_api_free(api);
	base_jwt_key_free(key);
	return e;
}

/* --- S3 */

static enum err
fetch(struct tool *t, struct object_bucket *b, const struct object_info *info)
{
	int fd = open(text(t, "file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	enum err e = fd < 0 ? ERR_IO : object_bucket_get(b, text(t, "objectKey"), info, fd);

	if (fd >= 0)
		close(fd);
	return e;
}

static enum err
list_objects(struct tool *t, struct object_bucket *b)
{
	struct object_page page = { .n = 0 };
	enum err e = object_bucket_list(b, &t->arena, text(t, "prefix"), wish(t, "from"), &page);

	base_json_open(&t->out, "objects", '[');
	for (size_t i = 0; i < page.n; i++) {
		base_json_open(&t->out, NULL, '{');
		base_json_put_str(&t->out, "key", page.entries[i].key);
		base_json_put_int(&t->out, "size", page.entries[i].size);
		base_json_put_time(&t->out, "modifiedAt", page.entries[i].modified_at);
		base_json_close(&t->out, '}');
	}
	base_json_close(&t->out, ']');
	base_json_put_str(&t->out, "next", page.next);
	return e;
}

static enum err
link_to(struct tool *t, const struct object_place *p)
{
	struct base_buf url;

	base_buf_init(&url, LIMIT_TOKEN);
	object_bucket_link(
	    p, text(t, "objectKey"), wish(t, "fileName"), base_clock_seconds(), number(t, "lifeS"), &url);
	base_json_put_str(&t->out, "link", url.p);
	base_buf_free(&url);
	return url.err;
}

static enum err
ask_bucket(struct tool *t, const char *word, struct object_bucket *b)
{
	const char *key = text(t, "objectKey"), *data = text(t, "data");
	struct object_info info;
	enum err e;

	if (strcmp(word, "s3-put") == 0)
		return object_bucket_put(b, key, data, strlen(data), "text/plain");
	if (strcmp(word, "s3-delete") == 0)
		return object_bucket_delete(b, key);
	if (strcmp(word, "s3-list") == 0)
		return list_objects(t, b);
	if ((e = object_bucket_head(b, key, &info)) != ERR_OK)
		return e;
	base_json_put_int(&t->out, "size", info.size);
	base_json_put_str(&t->out, "etag", info.etag);
	return strcmp(word, "s3-get") == 0 ? fetch(t, b, &info) : ERR_OK;
}

static enum err
s3(struct tool *t, const char *word)
{
	json_object *o = base_json_get(t->o, "s3");
	const struct object_place p = { text_of(o, "endpoint"), text_of(o, "region"), text_of(o, "bucket"),
		text_of(o, "accessKey"), text_of(o, "secretKey"), yes(o, "forcePathStyle") };
	struct object_bucket *b;
	enum err e;

	if (strcmp(word, "s3-link") == 0)
		return link_to(t, &p);
	if ((e = object_bucket_new(&p, 5000, &b)) != ERR_OK)
		return e;
	e = ask_bucket(t, word, b);
	base_json_put_str(&t->out, "problem", object_bucket_problem(b));
	base_json_put_int(&t->out, "fault", object_bucket_fault(b));
	object_bucket_free(b);
	return e;
}

int
main(int argc, char **argv)
{
	struct tool t;
	enum err e;

	base_arena_init(&t.arena, LIMIT_ARENA);
	base_buf_init(&t.in, LIMIT_BODY_SMALL);
	base_buf_init(&t.out, LIMIT_REPLY);
	if (argc != 2 || base_buf_read_file(&t.in, "/dev/stdin") != ERR_OK ||
	    base_json_object(&t.arena, t.in.p, t.in.n, &t.o) != ERR_OK)
		return 64;
	base_json_open(&t.out, NULL, '{');
	e = strncmp(argv[1], "s3-", 3) == 0 ? s3(&t, argv[1]) : livekit(&t, argv[1]);
	base_json_put_str(&t.out, "err", base_err_name(e));
	base_json_close(&t.out, '}');
	puts(t.out.p);
	base_buf_free(&t.in);
	base_buf_free(&t.out);
	base_arena_free(&t.arena);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "object/bucket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	LIFE_S = 300,		/* of the addresses of our own calls */
	STALL_S = 30,
	TRIES = 4,
	KEEP_S = 5,
	PROBLEM = 600
};

struct object_bucket {
	const struct object_place *place;
	struct base_http *http;
	struct base_buf url;
	enum object_fault fault;
	char problem[PROBLEM];
	enum err (*keep)(void *arg);
	void *keep_arg;
	int64_t kept_at;	/* s */
};

/* One request. */
struct call {
	struct object_sign sign;
	struct base_http_request http;
};

enum err
object_bucket_new(const struct object_place *place, int timeout_ms, struct object_bucket **out)
{
	const struct base_http_conf c = { .timeout_ms = timeout_ms, .most = LIMIT_PEER_BODY };
	struct object_bucket *b = base_mem_alloc(1, sizeof(*b));
	enum err e;

	if (b == NULL)
		return ERR_NOMEM;
	b->place = place;
	base_buf_init(&b->url, LIMIT_TOKEN);
	if ((e = base_http_new(&c, &b->http)) != ERR_OK) {
		object_bucket_free(b);
		return e;
	}
	*out = b;
	return ERR_OK;
}

void
object_bucket_free(struct object_bucket *b)
{
	if (b == NULL)
		return;
	base_http_free(b->http);
	base_buf_free(&b->url);
	base_mem_free(b);
}

enum object_fault
object_bucket_fault(const struct object_bucket *b)
{
	return b->fault;
}

const char *
object_bucket_problem(const struct object_bucket *b)
{
	return b->problem;
}

/* Remembers and logs what is wrong, and gives its kind. detail: what the server or the network said. */
static enum err
conclude(struct object_bucket *b, enum object_fault f, const char *method, long status, const char *detail)
{
	enum err kind = object_fault_kind(f);

	b->fault = f;
	b->problem[0] = '\0';
	if (f == OBJECT_FINE)
		return ERR_OK;
	(void)snprintf(b->problem, sizeof b->problem, "S3 at %s, bucket %s: %s (%s: HTTP %ld %s)", b->place->endpoint,
	    b->place->bucket, object_fault_text(f), method, status, detail);
	if (kind == ERR_CONFIG || kind == ERR_PEER)
		return base_log_err(kind, "%s", b->problem);
	return kind;
}

static const struct base_buf nothing;

/* Signs and sends it. ERR_INPUT: it can't be signed, and that is concluded already. */
static enum err
send_call(struct object_bucket *b, struct call *c, struct base_http_answer *got)
{
	enum err e;

	*got = (struct base_http_answer){ .body = &nothing, .length = -1, .etag = "", .why = "" };
	c->sign.method = c->http.method;
	c->sign.now_s = base_clock_seconds();
	c->sign.life_s = LIFE_S;
	base_buf_clear(&b->url);
	object_sign_url(b->place, &c->sign, &b->url);
	if (b->url.err == ERR_NOMEM)
		return ERR_NOMEM;
	if (b->url.err != ERR_OK) {
		(void)conclude(b, OBJECT_NO_BUCKET, c->http.method, 0, "endpoint, bucket or secretKey is none");
		return ERR_INPUT;
	}
	c->http.url = b->url.p;
	e = base_http_send(b->http, &c->http, got);
	base_mem_wipe(b->url.p, b->url.n);
	return e;
}

/* As send_call, and judges the answer. */
static enum err
perform(struct object_bucket *b, struct call *c, struct base_http_answer *got)
{
	struct base_arena a;
	const char *code = NULL;
	enum err e = send_call(b, c, got);

	if (e == ERR_NOMEM || e == ERR_INPUT)
		return e == ERR_INPUT ? object_fault_kind(b->fault) : e;
	if (e != ERR_OK)
		return conclude(b, got->status == 0 ? OBJECT_UNREACHABLE : OBJECT_ODD, c->http.method, got->status,
		    got->why);
	base_arena_init(&a, LIMIT_ARENA);
	if (got->body->n > 0 && got->status / 100 != 2)
		code = object_xml_text(&a, got->body->p, got->body->n, "Code");
	if (code == NULL)
		code = "";
	e = conclude(b, object_fault_of(got->status, code), c->http.method, got->status, code);
	base_arena_free(&a);
	return e;
}

/* The answer to a HEAD has no body and so no code: a GET of one byte tells. */
static enum err
explain(struct object_bucket *b, const char *key)
{
	static const char *const one[] = { "Range: bytes=0-0", NULL };
	struct call c = { .sign.key = key, .http = { .method = "GET", .headers = one } };
	struct base_http_answer got;
	enum err e = perform(b, &c, &got);

	return e == ERR_OK ? conclude(b, OBJECT_ODD, "HEAD", got.status, "GET works, HEAD doesn't") : e;
}

enum err
object_bucket_head(struct object_bucket *b, const char *key, struct object_info *out)
{
	struct call c = { .sign.key = key, .http.method = "HEAD" };
	struct base_http_answer got;
	enum err e = send_call(b, &c, &got);

	*out = (struct object_info){ .size = 0 };
	if (e == ERR_NOMEM || e == ERR_INPUT)
		return e == ERR_INPUT ? object_fault_kind(b->fault) : e;
	if (e != ERR_OK)
		return conclude(b, OBJECT_UNREACHABLE, "HEAD", got.status, got.why);
	if (got.status != 200)
		return explain(b, key);
	if (got.length < 0)
		return conclude(b, OBJECT_ODD, "HEAD", got.status, "without Content-Length");
	out->size = got.length;
	if (strlen(got.etag) < sizeof out->etag)
		(void)snprintf(out->etag, sizeof out->etag, "%s", got.etag);
	return conclude(b, OBJECT_FINE, "HEAD", got.status, "");
}

/* Where what comes is written. */
struct sink {
	int fd;
	int64_t at, most;
	int has_begun;
	enum err err;		/* ERR_IO: the file couldn't be written; or what keep() said */
	struct object_bucket *bucket;
};

static enum err
write_all(int fd, const char *p, size_t n, int64_t at)
{
	ssize_t wrote;

	for (; n > 0; p += wrote, n -= (size_t)wrote, at += wrote)
		if ((wrote = pwrite(fd, p, n, at)) < 0 && errno == EINTR)
			wrote = 0;
		else if (wrote <= 0)
			return base_log_err(ERR_IO, "unable to write what S3 sends: %s", strerror(errno));
	return ERR_OK;
}

void
object_bucket_keep(struct object_bucket *b, enum err (*keep)(void *arg), void *arg)
{
	b->keep = keep;
	b->keep_arg = arg;
	b->kept_at = base_clock_seconds();
}

static enum err
keep(struct object_bucket *b)
{
	int64_t now = base_clock_seconds();

	if (b->keep == NULL || now - b->kept_at < KEEP_S)
		return ERR_OK;
	b->kept_at = now;
	return b->keep(b->keep_arg);
}

/* A whole object instead of the rest of it (200 to a Range) begins at its beginning. */
static enum err
take(void *arg, long status, const void *p, size_t n)
{
	struct sink *s = arg;

	if (!s->has_begun && status == 200)
		s->at = 0;
	s->has_begun = 1;
	if ((uint64_t)n > (uint64_t)(s->most - s->at))
		return ERR_TOO_BIG;
	if ((s->err = write_all(s->fd, p, n, s->at)) == ERR_OK) {
		s->at += (int64_t)n;
		s->err = keep(s->bucket);
	}
	return s->err;
}

/* One connection's worth of it. */
static enum err
fetch(struct object_bucket *b, const char *key, const struct object_info *info, struct sink *s)
{
	char range[64], match[96];
	const char *const headers[] = { range, *info->etag != '\0' ? match : NULL, NULL };
	struct call c = { .sign.key = key, .http = { .method = "GET", .headers = headers, .take = take, .take_arg = s,
		.stall_s = STALL_S } };
	struct base_http_answer got;

	(void)snprintf(range, sizeof range, "Range: bytes=%lld-", (long long)s->at);
	(void)snprintf(match, sizeof match, "If-Match: %s", info->etag);
	s->has_begun = 0;
	return perform(b, &c, &got);
}

enum err
object_bucket_get(struct object_bucket *b, const char *key, const struct object_info *info, int fd)
{
	struct sink s = { .fd = fd, .most = info->size, .bucket = b };
	struct stat st;
	enum err e = ERR_OK;

	if (fstat(fd, &st) != 0 || (st.st_size > info->size && ftruncate(fd, 0) != 0))
		return base_log_err(ERR_IO, "unable to look at the file for an object: %s", strerror(errno));
	s.at = st.st_size > info->size ? 0 : st.st_size;
	for (int i = 0; s.at < s.most && i < TRIES; i++) {
		e = fetch(b, key, info, &s);
		if (s.err != ERR_OK)
			return s.err;
		if (e != ERR_OK && e != ERR_PEER)
			return e;
	}
	if (s.at == s.most)
		return conclude(b, OBJECT_FINE, "GET", 200, "");
	return e != ERR_OK ? e : conclude(b, OBJECT_ODD, "GET", 200, "less came than there is");
}

enum err
object_bucket_put(struct object_bucket *b, const char *key, const void *data, size_t n, const char *content_type)
{
	char type[160];
	const char *const headers[] = { type, NULL };
	struct call c = { .sign.key = key, .http = { .method = "PUT", .headers = headers, .body = data, .body_n = n } };
	struct base_http_answer got;

	(void)snprintf(type, sizeof type, "Content-Type: %s", content_type);
	return perform(b, &c, &got);
}

enum err
object_bucket_delete(struct object_bucket *b, const char *key)
{
	struct call c = { .sign.key = key, .http.method = "DELETE" };
	struct base_http_answer got;
	enum err e = perform(b, &c, &got);

	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
object_bucket_list(struct object_bucket *b, struct base_arena *a, const char *prefix, const char *from,
    struct object_page *page)
{
	/* max-keys is S3's own default; other servers' may be more. Sorted by name. */
	const char *const query[][2] = { { "continuation-token", from }, { "list-type", "2" }, { "max-keys", "1000" },
		{ "prefix", prefix } };
	int skip = from == NULL;
	struct call c = { .sign = { .key = "", .query = query + skip, .n_query = 4 - (size_t)skip },
		.http.method = "GET" };
	struct base_http_answer got;
	enum err e = perform(b, &c, &got);

	*page = (struct object_page){ .n = 0 };
	if (e != ERR_OK)
		return e;
	e = object_xml_page(a, got.body->n > 0 ? got.body->p : "", got.body->n, page);
	return e == ERR_INPUT ? conclude(b, OBJECT_ODD, "GET", got.status, "no list of objects") : e;
}

/* RFC 6266: the plain name for old clients, the whole one in UTF-8. */
static void
put_disposition(struct base_buf *b, const char *name)
{
	base_buf_str(b, "attachment; filename=\"");
	for (const char *p = name; *p != '\0'; p++)
		base_buf_add(b, *p < ' ' || *p > '~' || *p == '"' || *p == '\\' ? "_" : p, 1);
	base_buf_str(b, "\"; filename*=UTF-8''");
	for (const char *p = name; *p != '\0'; p++)
		if (strchr("!#$&+-.^_`|~", *p) != NULL || (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z'))
			base_buf_add(b, p, 1);
		else
			base_buf_printf(b, "%%%02X", (unsigned char)*p);
}

void
object_bucket_link(const struct object_place *place, const char *key, const char *file_name, int64_t now_s,
    int64_t life_s, struct base_buf *out)
{
	struct base_buf disposition;
	const char *query[1][2] = { { "response-content-disposition", "" } };
	struct object_sign s = { .method = "GET", .key = key, .now_s = now_s, .life_s = life_s };

	base_buf_init(&disposition, LIMIT_URI);
	if (file_name != NULL) {
		put_disposition(&disposition, file_name);
		query[0][1] = disposition.p;
		s.query = (const char *const (*)[2])query;
		s.n_query = 1;
	}
	if (disposition.err == ERR_OK)
		object_sign_url(place, &s, out);
	else if (out->err == ERR_OK)
		out->err = disposition.err;
	base_buf_free(&disposition);
}

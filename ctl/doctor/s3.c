/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/s3.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "ctl/doctor/sigv4.h"
#include "ctl/doctor/visit.h"

#define KEY "chat.uploads.s3"
#define CONTENT "written by bedrudctl doctor\n"

/* One signed request for the object. ERR_PEER (n->why): no answer. */
static enum err
ask(const struct visit *v, const struct s3 *s, const char *method, const char *path, struct net *n,
    struct http_answer *a)
{
	int is_put = strcmp(method, "PUT") == 0;
	struct http_request r = {
	    .method = method, .path = path, .body = is_put ? CONTENT : NULL, .body_n = is_put ? strlen(CONTENT) : 0};
	struct sigv4 sign = {.method = method,
	    .host = v->url->authority,
	    .path = path,
	    .region = s->region,
	    .service = "s3",
	    .access_key = s->access_key,
	    .secret_key = s->secret_key,
	    .now_s = base_clock_seconds(),
	    .body = CONTENT,
	    .body_n = r.body_n};
	struct base_buf headers;
	enum err e;

	base_buf_init(&headers, LIMIT_TOKEN);
	base_buf_str(&headers, "Connection: close\r\n");
	sigv4_headers(&sign, &headers);
	r.headers = headers.p;
	e = headers.err != ERR_OK ? ERR_NOMEM : n->fd < 0 ? visit_again(v, n) : ERR_OK;
	if (e == ERR_OK)
		e = http_ask(n, v->url, &r, a);
	net_close(n);
	base_mem_wipe(headers.p, headers.n);
	base_buf_free(&headers);
	return e;
}

/* The code in S3's XML: <Code>NoSuchBucket</Code>. */
static const char *
code_of(struct doctor *d, const struct http_answer *a)
{
	const char *p = strstr(a->body, "<Code>");

	return p != NULL ? doctor_text(d, "%.*s", (int)strcspn(p + 6, "<"), p + 6) : "";
}

static void
say_refused(struct doctor *d, const struct s3 *s, const struct http_answer *a)
{
	const char *code = code_of(d, a), *fix = "see what the S3 server's log says";

	if (strcmp(code, "NoSuchBucket") == 0)
		fix = "make that bucket, or correct " KEY ".bucket and " KEY ".endpoint";
	else if (strcmp(code, "InvalidAccessKeyId") == 0 || strcmp(code, "XAdminUserNotFound") == 0) /* versitygw's */
		fix = "correct " KEY ".accessKey";
	else if (strcmp(code, "SignatureDoesNotMatch") == 0)
		fix = "correct " KEY ".secretKey, and " KEY ".region if the server minds it";
	else if (strcmp(code, "AccessDenied") == 0)
		fix = "let that key put and delete objects in the bucket (s3:PutObject, s3:DeleteObject)";
	else if (strcmp(code, "RequestTimeTooSkewed") == 0)
		fix = "set both clocks right: `timedatectl set-ntp true`";
	else if (strcmp(code, "AuthorizationHeaderMalformed") == 0)
		fix = "set " KEY ".region to the region of the bucket";
	else if (a->status / 100 == 3)
		fix = "set " KEY ".endpoint and " KEY ".region to where the bucket is";
	doctor_error(d, "s3.write", fix, "S3 at %s doesn't let us write into the bucket %s: HTTP %d %s",
	    s->url.authority, s->bucket, a->status, code);
}

void
s3_examine(struct doctor *d, const struct s3 *s)
{
	struct visit v = {.prefix = "s3",
	    .key = KEY ".endpoint",
	    .url = &s->url,
	    .start = "start the S3 server, or correct " KEY ".endpoint"};
	struct http_answer a;
	struct net n;
	char name[17];
	const char *path;

	base_random_hex(name, 8);
	path = doctor_text(d, "%s/%s/bedrud-doctor-%s", s->url.path, s->bucket, name);
	if (visit_open(d, &v, &n) != ERR_OK) {
		net_close(&n);
		return;
	}
	if (ask(&v, s, "PUT", path, &n, &a) != ERR_OK)
		doctor_error(d, "s3.write", v.start, "S3 has not answered: %s", n.why);
	else if (a.status != 200)
		say_refused(d, s, &a);
	else if (ask(&v, s, "DELETE", path, &n, &a) != ERR_OK || a.status / 100 != 2)
		doctor_warn(d, "s3.write",
		    doctor_text(d, "let that key delete objects (s3:DeleteObject), and delete %s", path),
		    "S3 at %s lets us write into the bucket %s, and not delete: HTTP %d %s", s->url.authority,
		    s->bucket, a.status, code_of(d, &a));
	else
		doctor_ok(d, "s3.write", "S3 at %s lets us write into and delete from the bucket %s", s->url.authority,
		    s->bucket);
}

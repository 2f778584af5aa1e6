/* SPDX-License-Identifier: Apache-2.0 */
#include "object/sign.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/jwt.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define SECRET 240
#define HOST 512

/* HMAC-SHA256, for a chain of keys: out may be key. */
static enum err
mac(const void *key, size_t key_n, const char *text, unsigned char out[32])
{
	struct base_jwt_key *k = NULL;
	enum err e = base_jwt_key_new(key, key_n, &k);

	if (e == ERR_OK)
		base_jwt_mac(k, text, strlen(text), out);
	base_jwt_key_free(k);
	return e;
}

/* The signature in hex of a string to sign. */
static enum err
sign(const struct object_place *p, const char *day, const char *text, char out[BASE_HEX_SIZE(32)])
{
	unsigned char key[32] = "";
	char first[SECRET + 8];
	int n = snprintf(first, sizeof first, "AWS4%s", p->secret_key);
	enum err e = n < 0 || (size_t)n >= sizeof first ? ERR_TOO_BIG : mac(first, (size_t)n, day, key);

	if (e == ERR_OK)
		e = mac(key, sizeof key, p->region, key);
	if (e == ERR_OK)
		e = mac(key, sizeof key, "s3", key);
	if (e == ERR_OK)
		e = mac(key, sizeof key, "aws4_request", key);
	if (e == ERR_OK)
		e = mac(key, sizeof key, text, key);
	base_text_hex(key, sizeof key, out);
	base_mem_wipe(first, sizeof first);
	base_mem_wipe(key, sizeof key);
	return e;
}

/* S3's own percent-encoding: all but letters, digits and -._~, and the slash of keys. */
static void
put_encoded(struct base_buf *b, const char *s, int keeps_slash)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t n;

	while (*s != '\0') {
		n = strspn(s, plain);
		base_buf_add(b, s, n);
		s += n;
		if (*s == '/' && keeps_slash)
			base_buf_add(b, s++, 1);
		else if (*s != '\0')
			base_buf_printf(b, "%%%02X", (unsigned char)*s++);
	}
}

/* scheme://authority/path of an endpoint, its default port left out as HTTP clients leave it out of Host. */
struct parts {
	int is_https;
	const char *path;	/* "" or /… without a slash at its end; path_n bytes */
	size_t path_n;
	char host[HOST];
};

static enum err
take_apart(const struct object_place *p, struct parts *out)
{
	const char *authority, *dot = p->is_path_style ? "" : ".", *bucket = p->is_path_style ? "" : p->bucket;
	size_t n;
	int wrote;

	out->is_https = strncasecmp(p->endpoint, "https://", 8) == 0;
	if (!out->is_https && strncasecmp(p->endpoint, "http://", 7) != 0)
		return ERR_INPUT;
	authority = p->endpoint + (out->is_https ? 8 : 7);
	n = strcspn(authority, "/");
	out->path = authority + n;
	out->path_n = strlen(out->path);
	while (out->path_n > 0 && out->path[out->path_n - 1] == '/')
		out->path_n--;
	if (n > 4 && out->is_https && strncmp(authority + n - 4, ":443", 4) == 0)
		n -= 4;
	else if (n > 3 && !out->is_https && strncmp(authority + n - 3, ":80", 3) == 0)
		n -= 3;
	if (n == 0 || strcspn(authority, "@?# ") < n || *p->bucket == '\0' ||
	    strcspn(p->bucket, "/@?#: ") < strlen(p->bucket))
		return ERR_INPUT;
	wrote = snprintf(out->host, sizeof out->host, "%s%s%.*s", bucket, dot, (int)n, authority);
	return wrote < 0 || (size_t)wrote >= sizeof out->host ? ERR_TOO_BIG : ERR_OK;
}

enum err
object_sign_host(const struct object_place *p, char *out, size_t n)
{
	struct parts parts;
	enum err e = take_apart(p, &parts);
	int wrote;

	if (e != ERR_OK)
		return e;
	wrote = snprintf(out, n, "%s", parts.host);
	return wrote < 0 || (size_t)wrote >= n ? ERR_TOO_BIG : ERR_OK;
}

static void
put_path(struct base_buf *b, const struct object_place *p, const struct parts *parts, const char *key)
{
	base_buf_add(b, parts->path, parts->path_n);
	if (p->is_path_style)
		base_buf_printf(b, "/%s", p->bucket);
	if (*key != '\0' || !p->is_path_style)
		base_buf_str(b, "/");
	put_encoded(b, key, 1);
}

/* All of the query but the signature. What we add sorts before names in lower case. */
static void
put_query(struct base_buf *b, const struct object_place *p, const struct object_sign *s, const char *when,
    const char *day)
{
	base_buf_str(b, "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=");
	put_encoded(b, p->access_key, 0);
	base_buf_printf(b, "%%2F%s%%2F", day);
	put_encoded(b, p->region, 0);
	base_buf_printf(b, "%%2Fs3%%2Faws4_request&X-Amz-Date=%s&X-Amz-Expires=%lld&X-Amz-SignedHeaders=host", when,
	    (long long)s->life_s);
	for (size_t i = 0; i < s->n_query; i++) {
		base_buf_printf(b, "&%s=", s->query[i][0]);
		put_encoded(b, s->query[i][1], 0);
	}
}

/* What is hashed and signed: method, path, query, headers, names of headers, and that the body isn't signed. */
static enum err
sign_request(const struct object_place *p, const struct object_sign *s, const struct parts *parts, const char *query,
    const char *when, const char *day, char signature[BASE_HEX_SIZE(32)])
{
	struct base_buf b;
	char hash[65];
	enum err e;

	base_buf_init(&b, LIMIT_TOKEN);
	base_buf_printf(&b, "%s\n", s->method);
	put_path(&b, p, parts, s->key);
	base_buf_printf(&b, "\n%s\nhost:%s\n\nhost\nUNSIGNED-PAYLOAD", query, parts->host);
	if (b.err == ERR_OK) {
		base_text_sha256_hex(b.p, b.n, hash);
		base_buf_clear(&b);
		base_buf_printf(&b, "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n%s", when, day, p->region, hash);
	}
	e = b.err == ERR_OK ? sign(p, day, b.p, signature) : b.err;
	base_buf_free(&b);
	return e;
}

void
object_sign_url(const struct object_place *p, const struct object_sign *s, struct base_buf *out)
{
	char signature[BASE_HEX_SIZE(32)], when[32] = "", day[16] = "";
	struct parts parts;
	struct base_buf query;
	struct tm tm;
	time_t now = (time_t)s->now_s;
	enum err e = take_apart(p, &parts);

	base_buf_init(&query, LIMIT_TOKEN);
	if (gmtime_r(&now, &tm) != NULL) {
		(void)strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm);
		(void)strftime(day, sizeof day, "%Y%m%d", &tm);
	}
	put_query(&query, p, s, when, day);
	if (e == ERR_OK && (e = query.err) == ERR_OK)
		e = sign_request(p, s, &parts, query.p, when, day, signature);
	if (e == ERR_OK) {
		base_buf_printf(out, "%s://%s", parts.is_https ? "https" : "http", parts.host);
		put_path(out, p, &parts, s->key);
		base_buf_printf(out, "?%s&X-Amz-Signature=%s", query.p, signature);
	} else if (out->err == ERR_OK) {
		out->err = e;
	}
	base_buf_free(&query);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/sigv4.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/jwt.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define SIGNED "host;x-amz-content-sha256;x-amz-date"
#define SECRET 256

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
sign(const struct sigv4 *s, const char *day, const char *text, char out[BASE_HEX_SIZE(32)])
{
	unsigned char key[32];
	char first[SECRET + 8];
	int n = snprintf(first, sizeof first, "AWS4%s", s->secret_key);
	enum err e = n < 0 || (size_t)n >= sizeof first ? ERR_TOO_BIG : mac(first, (size_t)n, day, key);

	if (e == ERR_OK)
		e = mac(key, sizeof key, s->region, key);
	if (e == ERR_OK)
		e = mac(key, sizeof key, s->service, key);
	if (e == ERR_OK)
		e = mac(key, sizeof key, "aws4_request", key);
	if (e == ERR_OK)
		e = mac(key, sizeof key, text, key);
	base_text_hex(key, sizeof key, out);
	base_mem_wipe(first, sizeof first);
	base_mem_wipe(key, sizeof key);
	return e;
}

void
sigv4_headers(const struct sigv4 *s, struct base_buf *out)
{
	char body[65], request[65], signature[BASE_HEX_SIZE(32)], when[32] = "", day[16] = "";
	struct base_buf b;
	struct tm tm;
	time_t now = (time_t)s->now_s;

	base_buf_init(&b, LIMIT_TOKEN);
	if (gmtime_r(&now, &tm) != NULL) {
		(void)strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm);
		(void)strftime(day, sizeof day, "%Y%m%d", &tm);
	}
	base_text_sha256_hex(s->body, s->body_n, body);
	base_buf_printf(&b, "%s\n%s\n\nhost:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n\n" SIGNED "\n%s", s->method,
	    s->path, s->host, body, when, body);
	if (b.err == ERR_OK) {
		base_text_sha256_hex(b.p, b.n, request);
		base_buf_clear(&b);
		base_buf_printf(
		    &b, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s", when, day, s->region, s->service, request);
	}
	if (b.err == ERR_OK)
		b.err = sign(s, day, b.p, signature);
	if (b.err == ERR_OK)
		base_buf_printf(out,
		    "x-amz-content-sha256: %s\r\nx-amz-date: %s\r\nAuthorization: AWS4-HMAC-SHA256 "
		    "Credential=%s/%s/%s/%s/aws4_request, SignedHeaders=" SIGNED ", Signature=%s\r\n",
		    body, when, s->access_key, day, s->region, s->service, signature);
	else if (out->err == ERR_OK)
		out->err = b.err;
	base_buf_free(&b);
}

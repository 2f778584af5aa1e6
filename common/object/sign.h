/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of objects in S3, signed in their query (AWS Signature Version 4): whoever has one may do that one thing
 * for as long as it says. Our own calls use them as well, so that one kind of signature is enough, and libcurl's (7.88
 * signs a query in the order in which it comes) isn't needed. The rules:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html. Pure.
 */
#ifndef OBJECT_SIGN_H
#define OBJECT_SIGN_H
#include <stdint.h>
#include "base/buf.h"

/* A bucket. All borrowed. */
struct object_place {
	const char *endpoint;		/* http(s)://HOST[:PORT][/PATH] */
	const char *region;		/* "us-east-1", "auto" … as the server wants it */
	const char *bucket;
	const char *access_key, *secret_key;
	int is_path_style;		/* ENDPOINT/BUCKET/KEY; else BUCKET.HOST/KEY */
};

struct object_sign {
	const char *method;
	const char *key;		/* "" = the bucket itself; any bytes but NUL */
	const char *const (*query)[2];	/* names and values, sorted by name; names in lower case */
	size_t n_query;
	int64_t now_s, life_s;		/* life_s: 1 to 604800 */
};

/*
 * Appends the address. Check out->err: ERR_TOO_BIG also for a secret beyond 240 bytes, ERR_INPUT for an endpoint or a
 * bucket that is none. It is a secret while it lasts: not for logs.
 */
void object_sign_url(const struct object_place *p, const struct object_sign *s, struct base_buf *out);

/* The host[:port] that the address leads to. ERR_INPUT when the endpoint is none, ERR_TOO_BIG beyond out[n]. */
enum err object_sign_host(const struct object_place *p, char *out, size_t n) BASE_MUST_CHECK;

#endif

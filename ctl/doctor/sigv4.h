/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4, as far as one request of ours to S3 needs it: no query, and three headers. Pure. */
#ifndef CTL_DOCTOR_SIGV4_H
#define CTL_DOCTOR_SIGV4_H
#include <stdint.h>
#include "base/buf.h"

struct sigv4 {
	const char *method, *host;	/* host as the Host header has it */
	const char *path;		/* already percent-encoded */
	const char *region, *service;
	const char *access_key, *secret_key;
	int64_t now_s;
	const void *body;
	size_t body_n;
};

/*
 * Appends the headers x-amz-content-sha256, x-amz-date and Authorization, each with its CRLF. The rules:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. Check out->err.
 */
void sigv4_headers(const struct sigv4 *s, struct base_buf *out);

#endif

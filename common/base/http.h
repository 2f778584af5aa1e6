/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP client: one request, one answer. http.c is the only file that says curl_: no proxy from the environment, no
 * redirects, http and https only, no signals, one time limit for the whole exchange, a ceiling for the answer. A handle
 * keeps its connections open and belongs to one thread.
 */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H
#include <stdint.h>
#include <sys/socket.h>
#include "base/buf.h"

struct base_http;

struct base_http_conf {
	int timeout_ms;		/* of a whole exchange; connecting may take 3 s of it */
	int skip_tls_verify;
	size_t most;		/* bytes of an answer's body */
	/*
	 * Asked of each address right before a connection to it is made, so that a name that is looked up a second
	 * time can't lead elsewhere; 0 refuses it. NULL: any address will do.
	 */
	int (*may_connect)(void *arg, const struct sockaddr *to);
	void *arg;
};

struct base_http_request {
	const char *method, *url;
	const char *const *headers;	/* "Name: value"; NULL ends it */
	const char *body;		/* NULL: none */
	size_t body_n;
	/*
	 * For bodies that are too large to keep: what comes with a status of 2xx is handed over instead, as it comes.
	 * Anything but ERR_OK breaks off (ERR_PEER). NULL: it is kept.
	 */
	enum err (*take)(void *arg, long status, const void *p, size_t n);
	void *take_arg;
	int stall_s;			/* with take: seconds that nothing may come, instead of timeout_ms; 0: none */
};

struct base_http_answer {
	long status;			/* 0: none came */
	const struct base_buf *body;	/* borrowed until the next call, as are etag and why */
	int64_t length;			/* Content-Length; -1: it wasn't said */
	const char *etag;		/* ETag with its quotes; "" without */
	const char *why;		/* a clause for people about what failed */
};

/* c is copied. ERR_CONFIG without libcurl (logged), ERR_NOMEM, ERR_BUG. */
enum err base_http_new(const struct base_http_conf *c, struct base_http **out) BASE_MUST_CHECK;
void base_http_free(struct base_http *h);	/* NULL is fine */

/*
 * ERR_OK: a whole answer, of whatever status. ERR_PEER: none (no address that may be connected to, no connection, no
 * answer in time …); ERR_TOO_BIG: one beyond the ceiling, status is known; ERR_NOMEM. Nothing is logged.
 */
enum err base_http_send(struct base_http *h, const struct base_http_request *r,
    struct base_http_answer *out) BASE_MUST_CHECK;

#endif

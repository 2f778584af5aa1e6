/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request over a connection of ctl/doctor/net.h, with the answer as it came: no redirect is followed, nothing
 * is decoded but chunks. The doctor looks at what others hide.
 */
#ifndef CTL_DOCTOR_HTTP_H
#define CTL_DOCTOR_HTTP_H
#include "ctl/doctor/net.h"
#include "ctl/doctor/url.h"

#define HTTP_HEAD 8192
#define HTTP_BODY 8192

struct http_answer {
	int status;			/* 0 = no answer */
	int64_t date_s;			/* Date header, seconds since 1970; 0 = none */
	char location[512];		/* "" = none; without its query, which may repeat a token of ours */
	char type[128];			/* Content-Type, lower case */
	char server[128];
	char head[HTTP_HEAD];		/* status line and headers */
	char body[HTTP_BODY];		/* the beginning of the body, NUL-terminated */
	size_t body_n;
};

struct http_request {
	const char *method, *path;	/* the path with its query; "" is "/" */
	const char *headers;		/* more of them, each with its CRLF; "" = none */
	const char *body;		/* NULL = none */
	size_t body_n;
};

/* Sends the request, reads the answer. ERR_PEER (n->why) when there is no complete one, or it isn't HTTP; ERR_NOMEM. */
enum err http_ask(struct net *n, const struct url *u, const struct http_request *r,
    struct http_answer *a) BASE_MUST_CHECK;

/* The two halves, for a connection that goes on with something else. http_read_head() reads nothing beyond the head. */
enum err http_send(struct net *n, const struct url *u, const struct http_request *r) BASE_MUST_CHECK;
enum err http_read_head(struct net *n, struct http_answer *a) BASE_MUST_CHECK;
enum err http_read_body(struct net *n, struct http_answer *a) BASE_MUST_CHECK;

/* Copies the first header of that name (a ":" not included), trimmed; 1, or 0 and "" when there is none. */
int http_header(const struct http_answer *a, const char *name, char *out, size_t size);

/* 1 if the answer is a page for people. */
int http_is_html(const struct http_answer *a);

#endif

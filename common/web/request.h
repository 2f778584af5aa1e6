/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request as a responder sees it, from FastCGI parameters or CGI variables. Read-only for handlers; all
 * strings live in the request's arena and are never NULL ("" = absent) unless said otherwise.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H
#include "base/arena.h"
#include "base/json.h"

#define WEB_MAX_PARAMS 4

struct web_request {
	struct base_arena *arena;
	const char *method;		/* "GET" …; HEAD is seen as GET with is_head */
	const char *path;		/* percent-decoded, query cut off, no trailing slash (but "/") */
	const char *query;		/* raw */
	const char *params[WEB_MAX_PARAMS];	/* :name parts of the route, in order; NULL past the end */
	const char *authorization, *cookie, *content_type, *origin, *referer, *host, *user_agent;
	const char *remote_addr;	/* the socket peer */
	const char *body;		/* content_length bytes and a NUL */
	size_t body_n;
	int is_head;
	int is_https;			/* HTTPS=on or REQUEST_SCHEME=https from the web server */
	const char *(*var)(const struct web_request *r, const char *name);	/* any CGI variable; NULL = absent */
	void *io;			/* web/ only */
};

/* A cookie's value; NULL when absent. The first one of a name counts. */
const char *web_request_cookie(const struct web_request *r, const char *name);

/* A query parameter, percent-decoded; NULL when absent. */
const char *web_request_query(const struct web_request *r, const char *name);

/*
 * The body as one JSON object. ERR_INPUT when the content type doesn't end in "json" (case-insensitive, parameters
 * cut) or the body isn't one. With optional != 0 an empty body, or one of another type, gives *out = an empty object.
 */
enum err web_request_json(struct web_request *r, int optional, json_object **out) BASE_MUST_CHECK;

#endif

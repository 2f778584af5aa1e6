/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross-origin requests: cors.allowedOrigins by exact match, or * when it is empty and credentials are
 * off.
 */
#include <string.h>

#include "base/log.h"
#include "door/door_impl.h"

static const char *
allowed_origin(const struct door *d)
{
	const char *origin;

	if (conf_list(d->conf, CONF_cors_allowedOrigins, 0) == NULL)
		return conf_bool(d->conf, CONF_cors_allowCredentials) ? NULL : "*";
	for (size_t i = 0; (origin = conf_list(d->conf, CONF_cors_allowedOrigins, i)) != NULL; i++)
		if (strcmp(origin, "*") == 0 || strcmp(origin, d->req->origin) == 0)
			return origin;
	return NULL;
}

static void
put(struct door *d, const char *name, const char *value)
{
	/* Values are ours or matched ours: a failure is lack of memory, which the reply notices itself. */
	if (web_reply_header(d->reply, name, value) != ERR_OK)
		base_log(LOG_LEVEL_WARN, "unable to write the header %s", name);
}

static void
put_headers_allowed(struct door *d)
{
	const char *name;
	struct base_buf list;

	base_buf_init(&list, 4096);
	for (size_t i = 0; (name = conf_list(d->conf, CONF_cors_allowedHeaders, i)) != NULL; i++) {
		base_buf_str(&list, i > 0 ? ", " : "");
		base_buf_str(&list, name);
	}
	put(d, "Access-Control-Allow-Headers", list.n > 0 ? list.p : "Content-Type, Authorization");
	base_buf_free(&list);
}

int
door_cors(struct door *d)
{
	const char *origin = d->req->origin[0] != '\0' ? allowed_origin(d) : NULL;
	int preflight = strcmp(d->req->method, "OPTIONS") == 0;

	if (d->req->origin[0] != '\0')
		put(d, "Vary",
		    preflight ? "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" : "Origin");
	if (origin != NULL) {
		put(d, "Access-Control-Allow-Origin", origin);
		if (conf_bool(d->conf, CONF_cors_allowCredentials))
			put(d, "Access-Control-Allow-Credentials", "true");
	}
	if (!preflight)
		return 0;
	if (origin != NULL) {
		put(d, "Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS");
		put_headers_allowed(d);
	}
	d->reply->status = 204;
	return 1;
}

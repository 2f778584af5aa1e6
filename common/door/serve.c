/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "door/door_impl.h"
#include "web/route.h"

/* The route, or NULL with the kind: ERR_ABSENT, ERR_METHOD (Allow is set), ERR_NOMEM. */
static const struct door_route *
find_route(struct door *d, enum err *e)
{
	char allow[64] = "";
	int oom;

	*e = ERR_ABSENT;
	for (const struct door_route *r = d->process->routes; r->method != NULL; r++) {
		size_t n = strlen(allow);

		if (!web_route_match(r->path, d->req, &oom)) {
			if (oom) {
				*e = ERR_NOMEM;
				return NULL;
			}
			continue;
		}
		if (strcmp(r->method, "*") == 0 || strcmp(r->method, d->req->method) == 0)
			return r;
		*e = ERR_METHOD;
		snprintf(allow + n, sizeof allow - n, "%s%s", n > 0 ? ", " : "", r->method);
	}
	if (*e == ERR_METHOD && web_reply_header(d->reply, "Allow", allow) != ERR_OK)
		*e = ERR_NOMEM;
	return NULL;
}

/* The thread's connection: opened when first needed and again after trouble; its version looked at now and then. */
static enum err
ensure_store(struct door *d)
{
	struct door_thread *t = d->thread;
	enum err e;

	if (d->process->rights == NULL)
		return ERR_OK;
	e = store_ready(conf_str(d->conf, CONF_database_path), d->process->rights, d->now, &t->store, &t->checked_at);
	d->store = t->store;
	if (e == ERR_CONFLICT)
		return door_fail(d, ERR_BUSY,
				 "The database has another version than this program. The administrator must run "
				 "bedrudctl db migrate, or update the programs.");
	if (e == ERR_ABSENT)
		return door_fail(d, ERR_BUSY,
				 "There is no database yet. The administrator must run bedrudctl db migrate.");
	return e;
}

static enum err
find_client(struct door *d)
{
	const char *name = conf_str(d->conf, CONF_server_proxyHeader), *proto;
	char var[80] = "HTTP_";
	size_t n = 5;

	for (; *name != '\0' && n + 1 < sizeof var; name++)
		var[n++] = *name == '-' ? '_' : (char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);
	var[n] = '\0';
	d->client_ip = door_proxy_client(d->conf, d->arena, d->req->remote_addr, d->req->var(d->req, var));
	proto = d->req->var(d->req, "HTTP_X_FORWARDED_PROTO");
	d->is_https = d->req->is_https || (proto != NULL && strncasecmp(proto, "https", 5) == 0 &&
	    door_proxy_trusted(d->conf, d->req->remote_addr));
	return d->client_ip == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err
pass(struct door *d)
{
	enum err e;
	const struct door_route *route;
	char bucket[128];

	if (door_cors(d))
		return ERR_OK;
	/* A reply that can't be sent whole must have no effect. */
	if (d->reply->headers.err != ERR_OK)
		return d->reply->headers.err;
	route = find_route(d, &e);
	if (route == NULL)
		return e;
	e = find_client(d);
	if (e == ERR_OK)
		e = ensure_store(d);
	if (e == ERR_OK && route->rate != DOOR_RATE_NONE) {
		snprintf(bucket, sizeof bucket, "%s %s", route->method, route->path);
		e = door_rate(d, route->rate, bucket);
	}
	if (e == ERR_OK)
		e = door_access_check(d, route->access);
	return e == ERR_OK ? route->handler(d) : e;
}

void
door_serve(void *thread, struct web_request *r, struct web_reply *reply)
{
	struct door_thread *t = thread;
	struct door d = {.process = t->process, .conf = t->process->conf, .arena = r->arena, .req = r, .reply = reply,
	    .client_ip = r->remote_addr, .now = base_clock_now(), .thread = t};
	enum err e;

	t->has_settings = 0;
	e = pass(&d);
	/* A handler that returned early leaves no transaction behind. */
	if (t->store != NULL)
		store_rollback(t->store);
	/* door_fail has written the reply already; a kind that came from below gets its own sentence. */
	if (e != ERR_OK && reply->status < 400)
		web_reply_error(reply, base_err_status(e), base_err_text(e));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cgi/health/health.h"
#include "config.h"

static enum err
put_status(struct door *d, const char *word)
{
	struct base_buf *b = door_json(d);

	base_json_open(b, NULL, '{');
	base_json_put_str(b, "status", word);
	base_json_put_int(b, "time", d->now / BASE_CLOCK_SECOND);
	base_json_put_str(b, "version", PACKAGE_VERSION);
	base_json_close(b, '}');
	return ERR_OK;
}

enum err
health_alive(struct door *d)
{
	return put_status(d, "healthy");
}

enum err
health_ready(struct door *d)
{
	static const struct store_right rights[] = {{"users", STORE_READ}, {NULL, 0}};
	struct store *s = NULL;
	struct base_buf *b;
	enum err e = store_open(conf_str(d->conf, CONF_database_path), rights, &s);

	if (e == ERR_OK)
		e = store_ping(s);
	store_close(s);
	if (e == ERR_OK)
		return put_status(d, "ready");
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "status", "not_ready");
	base_json_put_str(b, "error", e == ERR_CONFLICT || e == ERR_ABSENT ?
	    "The database is missing or has another version. Run bedrudctl db migrate." : base_err_text(e));
	base_json_close(b, '}');
	d->reply->status = 503;
	return ERR_OK;
}

enum err
health_redirect(struct door *d)
{
	const char *to = base_arena_printf(d->arena, "/api%s", d->req->path);
	struct base_buf *b = door_json(d);

	if (to == NULL)
		return ERR_NOMEM;
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "location", to);
	base_json_close(b, '}');
	d->reply->status = 302;
	return web_reply_header(d->reply, "Location", to);
}

enum err
health_webxdc(struct door *d)
{
	base_buf_str(door_json(d), "{\"webxdc\":{\"enabled\":false,\"experimental\":true}}");
	return ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers ask of the door while they work. */
#include "door/door.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/log.h"
#include "door/door_impl.h"

enum err
door_fail(struct door *d, enum err kind, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = base_arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
	web_reply_error(d->reply, base_err_status(kind), text != NULL ? text : base_err_text(kind));
	return kind;
}

struct base_buf *
door_json(struct door *d)
{
	base_buf_clear(&d->reply->body);
	return &d->reply->body;
}

enum err
door_settings(struct door *d, const struct store_setting **out)
{
	struct door_thread *t = d->thread;
	enum err e = t->has_settings ? ERR_OK : store_setting_get(d->store, d->arena, &t->settings);

	t->has_settings = e == ERR_OK;
	*out = &t->settings;
	return e;
}

/* Whether the page that asks came over https: its Origin, else its Referer, else the connection. */
static int
page_is_https(const struct door *d)
{
	const char *page = d->req->origin[0] != '\0' ? d->req->origin : d->req->referer;

	return strncasecmp(page, "https://", 8) == 0 || d->is_https;
}

/* What a browser may put into Host: letters, digits, dots, hyphens, a port, brackets of IPv6. */
static int
is_host(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < 300 &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]") == n;
}

const char *
door_livekit_host(struct door *d)
{
	const char *asked = d->req->host, *forwarded = d->req->var(d->req, "HTTP_X_FORWARDED_HOST");
	size_t room;
	char *out;

	if (forwarded != NULL && door_proxy_trusted(d->conf, d->req->remote_addr))
		asked = forwarded;
	if (!is_host(asked))
		asked = "localhost";
	room = strlen(conf_str(d->conf, CONF_livekit_host)) + strlen(asked) + 16;
	out = base_arena_alloc(d->arena, room);
	if (out == NULL || conf_livekit_client(d->conf, page_is_https(d), asked, out, room) != ERR_OK)
		return NULL;
	return out;
}

unsigned
door_cookie_flags(const struct door *d)
{
	int tls = conf_bool(d->conf, CONF_server_enableTLS) && !conf_bool(d->conf, CONF_server_disableTLS);

	return tls || conf_bool(d->conf, CONF_server_behindProxy) || d->is_https ? WEB_COOKIE_SECURE | WEB_COOKIE_NONE
										 : 0;
}

int64_t
door_access_life(const struct door *d)
{
	return conf_int(d->conf, CONF_auth_tokenDuration) * 3600;
}

enum err
door_auth_cookies(struct door *d, const struct ident_tokens *t)
{
	const char *domain = conf_str(d->conf, CONF_server_domain);
	unsigned flags = door_cookie_flags(d);
	enum err e;

	e = web_reply_cookie(d->reply, "access_token", t != NULL ? t->access : "",
			     t != NULL ? (long)door_access_life(d) : 0, domain, flags);
	if (e != ERR_OK)
		return e;
	return web_reply_cookie(d->reply, "refresh_token", t != NULL ? t->refresh : "",
				t != NULL ? (long)IDENT_REFRESH_LIFE : 0, domain, flags);
}

void
door_put_user(struct base_buf *b, const char *key, const struct store_user *u)
{
	base_json_open(b, key, '{');
	base_json_put_str(b, "id", u->id);
	base_json_put_str(b, "email", u->email);
	base_json_put_str(b, "name", u->name);
	base_json_put_str(b, "provider", u->provider);
	base_json_put_str(b, "avatarUrl", u->avatar_url);
	ident_session_put_accesses(b, "accesses", u->accesses, NULL);
	base_json_put_bool(b, "isAdmin",
			   store_user_has(u->accesses, "superadmin") || store_user_has(u->accesses, "admin"));
	base_json_put_bool(b, "isActive", u->is_active);
	base_json_put_time(b, "emailVerifiedAt", u->email_verified_at);
	base_json_put_time(b, "passwordChangedAt", u->password_changed_at);
	base_json_put_time(b, "createdAt", u->created_at);
	base_json_put_time(b, "updatedAt", u->updated_at);
	base_json_close(b, '}');
}

void
door_put_tokens(struct base_buf *b, const char *key, const struct ident_tokens *t)
{
	base_json_open(b, key, '{');
	base_json_put_str(b, "accessToken", t->access);
	base_json_put_str(b, "refreshToken", t->refresh);
	base_json_close(b, '}');
}

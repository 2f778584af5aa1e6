/* SPDX-License-Identifier: Apache-2.0 */
#include "web/reply.h"

#include <string.h>
#include <unistd.h>

#include "base/limits.h"

static void
drop_file(struct web_reply *r)
{
	if (r->file >= 0)
		(void)close(r->file);
	r->file = -1;
	r->file_at = r->file_n = 0;
}

void
web_reply_init(struct web_reply *r)
{
	base_buf_init(&r->headers, LIMIT_REPLY);
	base_buf_init(&r->body, LIMIT_REPLY);
	r->file = -1;
	web_reply_clear(r);
}

void
web_reply_clear(struct web_reply *r)
{
	r->status = 200;
	r->content_type = "application/json";
	r->cache = "no-store";
	base_buf_clear(&r->headers);
	base_buf_clear(&r->body);
	drop_file(r);
}

void
web_reply_free(struct web_reply *r)
{
	base_buf_free(&r->headers);
	base_buf_free(&r->body);
	drop_file(r);
}

enum err
web_reply_header(struct web_reply *r, const char *name, const char *value)
{
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			return ERR_INPUT;
	base_buf_printf(&r->headers, "%s: %s\r\n", name, value);
	return r->headers.err;
}

/* RFC 6265 cookie-octet, and no empty surprise: what would need quoting is refused. */
static int
is_cookie_text(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p <= 0x20 || *p >= 0x7f || strchr("\",;\\", *p) != NULL)
			return 0;
	return 1;
}

enum err
web_reply_cookie(struct web_reply *r, const char *name, const char *value, long max_age, const char *domain,
		 unsigned flags)
{
	if (!is_cookie_text(value) || !is_cookie_text(domain))
		return ERR_INPUT;
	base_buf_printf(&r->headers, "Set-Cookie: %s=%s; Path=/; Max-Age=%ld", name, value, max_age);
	if (domain[0] != '\0')
		base_buf_printf(&r->headers, "; Domain=%s", domain);
	base_buf_printf(&r->headers, "; HttpOnly%s; SameSite=%s\r\n", flags & WEB_COOKIE_SECURE ? "; Secure" : "",
	    flags & WEB_COOKIE_NONE ? "None" : "Lax");
	return r->headers.err;
}

void
web_reply_error(struct web_reply *r, int status, const char *text)
{
	r->status = status;
	r->content_type = "application/json";
	r->cache = "no-store";
	base_buf_clear(&r->body);
	drop_file(r);
	base_json_open(&r->body, NULL, '{');
	base_json_put_str(&r->body, "error", text);
	base_json_close(&r->body, '}');
}

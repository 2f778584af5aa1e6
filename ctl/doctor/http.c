/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

enum err
http_send(struct net *n, const struct url *u, const struct http_request *r)
{
	struct base_buf b;
	enum err e;

	base_buf_init(&b, LIMIT_TOKEN + LIMIT_BODY_SMALL);
	base_buf_printf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bedrudctl\r\nAccept: */*\r\n%s", r->method,
	    *r->path != '\0' ? r->path : "/", u->authority, r->headers);
	if (r->body != NULL)
		base_buf_printf(&b, "Content-Length: %zu\r\n", r->body_n);
	base_buf_str(&b, "\r\n");
	if (r->body != NULL)
		base_buf_add(&b, r->body, r->body_n);
	e = b.err != ERR_OK ? ERR_NOMEM : net_write(n, b.p, b.n);
	base_mem_wipe(b.p, b.n);	/* it holds a token */
	base_buf_free(&b);
	return e;
}

int
http_header(const struct http_answer *a, const char *name, char *out, size_t size)
{
	size_t length = strlen(name);
	const char *line = a->head, *end;

	out[0] = '\0';
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		end = strstr(line, "\r\n");
		if (end == NULL)
			return 0;
		(void)snprintf(out, size, "%.*s", (int)(end - line), line);
		return 1;
	}
	return 0;
}

static int64_t
parse_date(const char *text)
{
	struct tm tm = {.tm_isdst = 0};

	if (strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) == NULL)
		return 0;
	return timegm(&tm);
}

static enum err
no_http(struct net *n, const char *what)
{
	(void)snprintf(n->why, sizeof n->why, "%s doesn't answer as HTTP does: %s", n->address, what);
	return ERR_PEER;
}

enum err
http_read_head(struct net *n, struct http_answer *a)
{
	char date[64];
	size_t used = 0, got;
	enum err e;

	*a = (struct http_answer){.status = 0};
	while (used < 4 || memcmp(a->head + used - 4, "\r\n\r\n", 4) != 0) {
		if (used + 1 >= sizeof a->head)
			return no_http(n, "its headers have no end");
		if ((e = net_read(n, a->head + used, 1, &got)) != ERR_OK)
			return e;
		if (got == 0)
			return no_http(n, used == 0 ? "it hung up" : "it hung up in the middle of the headers");
		used++;
		if (used == 5 && memcmp(a->head, "HTTP/", 5) != 0)
			return no_http(n, "what it sends is something else");
	}
	a->head[used] = '\0';
	if (strlen(a->head) < 12 || a->head[8] != ' ' || (a->status = (int)strtol(a->head + 9, NULL, 10)) < 100)
		return no_http(n, "there is no status");
	if (http_header(a, "Date", date, sizeof date))
		a->date_s = parse_date(date);
	(void)http_header(a, "Location", a->location, sizeof a->location);
	a->location[strcspn(a->location, "?#")] = '\0';
	(void)http_header(a, "Server", a->server, sizeof a->server);
	(void)http_header(a, "Content-Type", a->type, sizeof a->type);
	base_text_lower(a->type);
	return ERR_OK;
}

/* Takes the sizes out of a chunked body, in place, as far as it was read. */
static void
join_chunks(struct http_answer *a)
{
	char *from = a->body, *to = a->body, *end = a->body + a->body_n, *data;
	size_t size;

	while (from < end) {
		size = strtoul(from, &data, 16);
		data = strstr(data, "\r\n");
		if (size == 0 || data == NULL)
			break;
		data += 2;
		if (size > (size_t)(end - data))
			size = (size_t)(end - data);
		memmove(to, data, size);
		to += size;
		from = data + size + 2;
	}
	*to = '\0';
	a->body_n = (size_t)(to - a->body);
}

enum err
http_read_body(struct net *n, struct http_answer *a)
{
	char text[32];
	size_t want = sizeof a->body - 1, got;
	long long length;
	int is_chunked = http_header(a, "Transfer-Encoding", text, sizeof text) && strcasecmp(text, "chunked") == 0;
	enum err e;

	if (http_header(a, "Content-Length", text, sizeof text) &&
	    base_text_int(text, 0, (long long)want, &length) == ERR_OK)
		want = (size_t)length;
	while (a->body_n < want) {
		if ((e = net_read(n, a->body + a->body_n, want - a->body_n, &got)) != ERR_OK)
			return e;
		if (got == 0)
			break;
		a->body_n += got;
		a->body[a->body_n] = '\0';
		if (is_chunked && a->body_n >= 5 && memcmp(a->body + a->body_n - 5, "0\r\n\r\n", 5) == 0)
			break;
	}
	if (is_chunked)
		join_chunks(a);
	return ERR_OK;
}

enum err
http_ask(struct net *n, const struct url *u, const struct http_request *r, struct http_answer *a)
{
	enum err e = http_send(n, u, r);

	*a = (struct http_answer){.status = 0};
	if (e != ERR_OK || (e = http_read_head(n, a)) != ERR_OK)
		return e;
	return a->status == 204 || a->status == 304 ? ERR_OK : http_read_body(n, a);
}

int
http_is_html(const struct http_answer *a)
{
	return strncmp(a->type, "text/html", 9) == 0;
}

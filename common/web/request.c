/* SPDX-License-Identifier: Apache-2.0 */
#include "web/request.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "web/request_impl.h"

static const char *
find_var(const struct web_request *r, const char *name)
{
	size_t n = strlen(name);

	for (char *const *v = r->io; v != NULL && *v != NULL; v++)
		if (**v == *name && strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	return NULL;
}

static const char *
var_or_empty(const struct web_request *r, const char *name)
{
	const char *v = find_var(r, name);

	return v == NULL ? "" : v;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes %XX of n bytes into the arena; plus != 0 also turns + into a space. ERR_INPUT for %00 and broken escapes. */
static enum err
decode(struct base_arena *a, const char *s, size_t n, int plus, const char **out)
{
	char *p = base_arena_alloc(a, n + 1), *o = p;

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%') {
			int hi = i + 2 < n ? hex_digit(s[i + 1]) : -1;
			int lo = i + 2 < n ? hex_digit(s[i + 2]) : -1;

			if (hi < 0 || lo < 0 || (hi | lo) == 0)
				return ERR_INPUT;
			*o++ = (char)(hi << 4 | lo);
			i += 2;
		} else {
			*o++ = plus && s[i] == '+' ? ' ' : s[i];
		}
	}
	*o = '\0';
	*out = p;
	return ERR_OK;
}

/* The path as it was asked for: the web server's REQUEST_URI, else what CGI promises. */
static enum err
find_path(struct web_request *r)
{
	const char *uri = var_or_empty(r, "REQUEST_URI");
	size_t n;

	if (uri[0] != '/')
		uri = base_arena_printf(r->arena, "%s%s", var_or_empty(r, "SCRIPT_NAME"), var_or_empty(r, "PATH_INFO"));
	if (uri == NULL)
		return ERR_NOMEM;
	n = strcspn(uri, "?#");
	if (n == 0 || n > LIMIT_URI || uri[0] != '/')
		return ERR_INPUT;
	while (n > 1 && uri[n - 1] == '/')
		n--;
	return decode(r->arena, uri, n, 0, &r->path);
}

enum err
web_request_from_vars(struct web_request *r, struct base_arena *a, char *const *vars)
{
	const char *https;

	*r = (struct web_request){.arena = a, .io = (void *)vars, .var = find_var, .path = "/", .body = ""};
	r->method = var_or_empty(r, "REQUEST_METHOD");
	if (strcmp(r->method, "HEAD") == 0) {
		r->is_head = 1;
		r->method = "GET";
	}
	r->query = var_or_empty(r, "QUERY_STRING");
	r->authorization = var_or_empty(r, "HTTP_AUTHORIZATION");
	r->cookie = var_or_empty(r, "HTTP_COOKIE");
	r->content_type = var_or_empty(r, "CONTENT_TYPE");
	r->origin = var_or_empty(r, "HTTP_ORIGIN");
	r->referer = var_or_empty(r, "HTTP_REFERER");
	r->host = var_or_empty(r, "HTTP_HOST");
	r->user_agent = var_or_empty(r, "HTTP_USER_AGENT");
	r->remote_addr = var_or_empty(r, "REMOTE_ADDR");
	https = var_or_empty(r, "HTTPS");
	r->is_https = (https[0] != '\0' && !base_text_equal_nocase(https, "off")) ||
	    base_text_equal_nocase(var_or_empty(r, "REQUEST_SCHEME"), "https");
	return find_path(r);
}

enum err
web_request_length(const struct web_request *r, size_t *n)
{
	const char *text = var_or_empty(r, "CONTENT_LENGTH");
	long long v = 0;

	/* Digits only, of which "-0" is not made. */
	if (text[0] != '\0' && (text[0] == '-' || base_text_int(text, 0, LLONG_MAX, &v) != ERR_OK))
		return ERR_INPUT;
	if (v > PTRDIFF_MAX)
		return ERR_TOO_BIG; /* where size_t has 32 bits */
	*n = (size_t)v;
	return ERR_OK;
}

/* name=value parts between separators; the value as a slice. NULL when there is none. */
static const char *
find_pair(const char *s, const char *separators, const char *name, size_t *n)
{
	size_t name_n = strlen(name);

	while (*s != '\0') {
		s += strspn(s, separators);
		*n = strcspn(s, separators);
		if (*n > name_n && strncmp(s, name, name_n) == 0 && s[name_n] == '=') {
			*n -= name_n + 1;
			return s + name_n + 1;
		}
		s += *n;
	}
	return NULL;
}

const char *
web_request_cookie(const struct web_request *r, const char *name)
{
	size_t n;
	const char *v = find_pair(r->cookie, "; \t", name, &n);

	if (v != NULL && n >= 2 && v[0] == '"' && v[n - 1] == '"') {
		v++;
		n -= 2;
	}
	return v == NULL ? NULL : base_arena_dup(r->arena, v, n);
}

const char *
web_request_query(const struct web_request *r, const char *name)
{
	size_t n;
	const char *v = find_pair(r->query, "&", name, &n), *out;

	return v == NULL || decode(r->arena, v, n, 1, &out) != ERR_OK ? NULL : out;
}

static int
is_json(const char *content_type)
{
	size_t n = strcspn(content_type, ";");

	while (n > 0 && (content_type[n - 1] == ' ' || content_type[n - 1] == '\t'))
		n--;
	return n >= 4 && strncasecmp(content_type + n - 4, "json", 4) == 0;
}

enum err
web_request_json(struct web_request *r, int optional, json_object **out)
{
	if (optional && (r->body_n == 0 || !is_json(r->content_type)))
		return base_json_object(r->arena, "{}", 2, out);
	if (!is_json(r->content_type))
		return ERR_INPUT;
	return base_json_object(r->arena, r->body, r->body_n, out);
}

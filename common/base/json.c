/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <limits.h>
#include <string.h>

#include <json-c/json_object_iterator.h>
#include <json-c/json_tokener.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

/*
 * Colons outside strings: one for each member that was written. json-c takes 'a' for a member's name even when strict,
 * so a single quote outside a string makes a count that no tree can have; likewise its NaN and Infinity, and a bare
 * control character inside a string.
 */
static size_t
members_written(const char *p, size_t n)
{
	size_t colons = 0;
	int in_string = 0;

	for (size_t i = 0; i < n; i++) {
		if (in_string && (unsigned char)p[i] < 0x20)
			return SIZE_MAX;
		if (in_string && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			in_string = !in_string;
		else if (!in_string && (p[i] == '\'' || p[i] == 'N' || p[i] == 'I'))
			return SIZE_MAX;
		else if (!in_string && p[i] == ':')
			colons++;
	}
	return colons;
}

/* Members in the tree. Recursion ends at LIMIT_JSON_DEPTH, which the parser has checked. */
static size_t
members_kept(json_object *o)
{
	size_t count = 0;

	if (json_object_is_type(o, json_type_array))
		for (size_t i = 0; i < json_object_array_length(o); i++)
			count += members_kept(json_object_array_get_idx(o, i));
	if (json_object_is_type(o, json_type_object)) {
		struct json_object_iterator it = json_object_iter_begin(o), end = json_object_iter_end(o);

		for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
			count += 1 + members_kept(json_object_iter_peek_value(&it));
	}
	return count;
}

static void
put_object(void *o)
{
	json_object_put(o);
}

static enum err
parse(struct base_arena *a, const char *p, size_t n, int lax, json_object **out)
{
	json_tokener *t;
	json_object *o = NULL;
	enum json_tokener_error why;

	/* json-c's own check of UTF-8 lets overlong forms pass. */
	if (n == 0 || n > INT_MAX || !base_text_utf8(p, n))
		return ERR_INPUT;
	t = json_tokener_new_ex(LIMIT_JSON_DEPTH);
	if (t == NULL)
		return ERR_NOMEM;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, p, (int)n);
	why = json_tokener_get_error(t);
	if (why == json_tokener_success && json_tokener_get_parse_end(t) < n)
		why = json_tokener_error_parse_unexpected;
	json_tokener_free(t);
	/* json-c keeps the last of two members of one name: then fewer are kept than were written. */
	if (why != json_tokener_success || !json_object_is_type(o, json_type_object) ||
	    (!lax && members_kept(o) != members_written(p, n))) {
		json_object_put(o);
		return ERR_INPUT;
	}
	*out = o;
	return base_arena_defer(a, put_object, o);
}

enum err
base_json_object(struct base_arena *a, const char *p, size_t n, json_object **out)
{
	return parse(a, p, n, 0, out);
}

enum err
base_json_object_lax(struct base_arena *a, const char *p, size_t n, json_object **out)
{
	return parse(a, p, n, 1, out);
}

json_object *
base_json_get(json_object *o, const char *name)
{
	json_object *v = NULL;
	struct json_object_iterator it, end;

	if (json_object_object_get_ex(o, name, &v))
		return v;
	it = json_object_iter_begin(o);
	end = json_object_iter_end(o);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		if (base_text_equal_nocase(json_object_iter_peek_name(&it), name))
			return json_object_iter_peek_value(&it);
	return NULL;
}

enum err
base_json_str(json_object *o, const char *name, const char **out)
{
	json_object *v = base_json_get(o, name);
	const char *s;

	if (v == NULL)
		return ERR_OK;
	if (!json_object_is_type(v, json_type_string))
		return ERR_INPUT;
	s = json_object_get_string(v);
	if (s == NULL)
		return ERR_NOMEM;
	if (strlen(s) != (size_t)json_object_get_string_len(v))
		return ERR_INPUT;
	*out = s;
	return ERR_OK;
}

enum err
base_json_bool(json_object *o, const char *name, int *out)
{
	json_object *v = base_json_get(o, name);

	if (v == NULL)
		return ERR_OK;
	if (!json_object_is_type(v, json_type_boolean))
		return ERR_INPUT;
	*out = json_object_get_boolean(v);
	return ERR_OK;
}

/* json-c clamps numbers beyond 64 bits to the ends; they don't pass for real ones. */
static enum err
integer(json_object *v, int64_t *out)
{
	int64_t i = json_object_get_int64(v);

	if (!json_object_is_type(v, json_type_int) || (i == INT64_MAX && json_object_get_uint64(v) != INT64_MAX) ||
	    i == INT64_MIN)
		return ERR_INPUT;
	*out = i;
	return ERR_OK;
}

enum err
base_json_int(json_object *o, const char *name, int64_t *out)
{
	json_object *v = base_json_get(o, name);

	return v == NULL ? ERR_OK : integer(v, out);
}

enum err
base_json_int_lax(json_object *o, const char *name, int64_t *out)
{
	json_object *v = base_json_get(o, name);
	long long i;

	if (v == NULL)
		return ERR_OK;
	if (!json_object_is_type(v, json_type_string))
		return integer(v, out);
	if (base_text_int(json_object_get_string(v), LLONG_MIN, LLONG_MAX, &i) != ERR_OK)
		return ERR_INPUT;
	*out = i;
	return ERR_OK;
}

enum err
base_json_sub(json_object *o, const char *name, json_object **out)
{
	json_object *v = base_json_get(o, name);

	if (v == NULL)
		return ERR_OK;
	if (!json_object_is_type(v, json_type_object))
		return ERR_INPUT;
	*out = v;
	return ERR_OK;
}

/* A comma, unless this is the first thing in its bracket, or follows a key. */
static void
separate(struct base_buf *b, const char *key)
{
	char last = b->n > 0 ? b->p[b->n - 1] : '\0';

	if (last != '\0' && last != '{' && last != '[' && last != ':')
		base_buf_add(b, ",", 1);
	if (key != NULL) {
		base_buf_add(b, "\"", 1);
		base_buf_str(b, key);
		base_buf_add(b, "\":", 2);
	}
}

void
base_json_open(struct base_buf *b, const char *key, char bracket)
{
	separate(b, key);
	base_buf_add(b, &bracket, 1);
}

void
base_json_close(struct base_buf *b, char bracket)
{
	base_buf_add(b, &bracket, 1);
}

/* Bytes of ASCII that stand for themselves inside a string; the others are escaped. */
#define BIT(c) (UINT64_C(1) << ((c) & 63))
static int
is_plain(unsigned char c)
{
	static const uint64_t plain[4] = { ~UINT64_C(0) << 32 & ~(BIT('"') | BIT('&') | BIT('<') | BIT('>')),
		~(BIT('\\') | BIT(0x7f)), 0, 0 };

	return (plain[c >> 6] & BIT(c)) != 0;
}

/* What a byte of ASCII that is not plain becomes inside a string. */
static const char *
escape(unsigned char c, char out[7])
{
	static const char digits[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		out[2] = '\0';
		return out;
	}
	memcpy(out, "\\u00", 4);
	out[4] = digits[c >> 4];
	out[5] = digits[c & 15];
	out[6] = '\0';
	return out;
}

/* Bytes of one valid sequence at s, or 0. */
static size_t
utf8_at(const char *s)
{
	size_t len = (unsigned char)*s < 0xe0 ? 2 : (unsigned char)*s < 0xf0 ? 3 : 4;

	return strnlen(s, len) == len && base_text_utf8(s, len) ? len : 0;
}

static void
put_text(struct base_buf *b, const char *s)
{
	const char *from = s;
	char seq[7];

	base_buf_add(b, "\"", 1);
	for (;;) {
		const char *instead = NULL;
		unsigned char c;
		size_t len;

		while (is_plain((unsigned char)*s))
			s++;
		c = (unsigned char)*s;
		if (c == '\0')
			break;
		if (c < 0x80)
			instead = escape(c, seq);
		len = c < 0x80 ? 1 : utf8_at(s);
		if (len == 0) {
			instead = "\xef\xbf\xbd";	/* U+FFFD */
			len = 1;
		}
		if (instead != NULL) {
			base_buf_add(b, from, (size_t)(s - from));
			base_buf_str(b, instead);
			from = s + len;
		}
		s += len;
	}
	base_buf_add(b, from, (size_t)(s - from));
	base_buf_add(b, "\"", 1);
}

void
base_json_put_str(struct base_buf *b, const char *key, const char *s)
{
	separate(b, key);
	if (s == NULL)
		base_buf_str(b, "null");
	else
		put_text(b, s);
}

void
base_json_put_int(struct base_buf *b, const char *key, int64_t v)
{
	char digits[20], *p = digits + sizeof digits;
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	/* Not printf: a join's reply and token have a dozen numbers, and it would cost 3 % of it. */
	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (v < 0)
		*--p = '-';
	separate(b, key);
	base_buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

void
base_json_put_bool(struct base_buf *b, const char *key, int v)
{
	base_json_put_raw(b, key, v ? "true" : "false");
}

void
base_json_put_null(struct base_buf *b, const char *key)
{
	base_json_put_raw(b, key, "null");
}

void
base_json_put_time(struct base_buf *b, const char *key, int64_t ns)
{
	char text[BASE_CLOCK_TEXT];

	if (ns == 0) {
		base_json_put_null(b, key);
		return;
	}
	base_clock_rfc3339(ns, text);
	base_json_put_str(b, key, text);
}

void
base_json_put_raw(struct base_buf *b, const char *key, const char *json)
{
	separate(b, key);
	base_buf_str(b, json);
}

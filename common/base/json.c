/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json_object_iterator.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

/*
 * The reader is our own, and json-c's tree what it makes: json-c's parser takes 'a', NaN and bare control characters
 * even when strict, ends the process when memory fails, and cost a join an eighth of its instructions.
 */
struct reader {
	const char *p, *end;
	struct base_arena *arena;
	int lax;	/* of two members with one name the last counts */
};

static enum err read_value(struct reader *r, int depth, json_object **out);

static void
skip_space(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
		r->p++;
}

/* Whether c comes next; it is taken then. */
static int
take(struct reader *r, char c)
{
	int is = r->p < r->end && *r->p == c;

	r->p += is;
	return is;
}

/* Four hexadecimal digits at s, or -1. */
static int
hex4(const char *s, const char *end)
{
	int v = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int lower = s[i] | 0x20;

		if (s[i] >= '0' && s[i] <= '9')
			v = v << 4 | (s[i] - '0');
		else if (lower >= 'a' && lower <= 'f')
			v = v << 4 | (lower - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static char *
put_code(char *o, int c)
{
	if (c < 0x80) {
		*o++ = (char)c;
		return o;
	}
	if (c < 0x800) {
		*o++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*o++ = (char)(0xe0 | c >> 12);
		} else {
			*o++ = (char)(0xf0 | c >> 18);
			*o++ = (char)(0x80 | (c >> 12 & 63));
		}
		*o++ = (char)(0x80 | (c >> 6 & 63));
	}
	*o++ = (char)(0x80 | (c & 63));
	return o;
}

/* What follows a backslash at *s, written to *o; half of a surrogate pair becomes U+FFFD. 0 for no escape. */
static int
unescape(const char **s, const char *end, char **o)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *which = strchr(from, **s);
	int c, low;

	if (which != NULL && *which != '\0') {
		*(*o)++ = to[which - from];
		(*s)++;
		return 1;
	}
	if (**s != 'u' || (c = hex4(*s + 1, end)) < 0)
		return 0;
	*s += 5;
	if (c >= 0xd800 && c < 0xdc00 && end - *s >= 6 && (*s)[0] == '\\' && (*s)[1] == 'u' &&
	    (low = hex4(*s + 2, end)) >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		*s += 6;
	}
	*o = put_code(*o, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return 1;
}

/* A string whose quote has been taken: bytes of the text, or of the arena when something was escaped. */
static enum err
read_text(struct reader *r, const char **text, size_t *n)
{
	const char *from = r->p, *s, *end;
	int escaped = 0;
	char *o;

	for (s = from; s < r->end && *s != '"'; s++) {
		if ((unsigned char)*s < 0x20)
			return ERR_INPUT;
		if (*s == '\\') {
			escaped = 1;
			s++;
		}
	}
	if (s >= r->end)
		return ERR_INPUT;
	end = s;
	r->p = s + 1;
	*text = from;
	*n = (size_t)(end - from);
	if (!escaped)
		return ERR_OK;
	/* An escape is never shorter than what it stands for. */
	*text = o = base_arena_alloc(r->arena, *n + 1);
	if (o == NULL)
		return ERR_NOMEM;
	for (s = from; s < end;) {
		if (*s != '\\')
			*o++ = *s++;
		else if (s++, !unescape(&s, end, &o))
			return ERR_INPUT;
	}
	*n = (size_t)(o - *text);
	return ERR_OK;
}

static enum err
made(json_object *o, json_object **out)
{
	*out = o;
	return o != NULL ? ERR_OK : ERR_NOMEM;
}

/* Beyond 64 bits an integer stays at the end, which is no number that anybody means (see integer()). */
static enum err
read_integer(const char *s, const char *end, json_object **out)
{
	int negative = *s == '-';
	uint64_t v = 0;

	for (s += negative; s < end; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
	}
	if (!negative && v > INT64_MAX)
		return made(json_object_new_uint64(v), out);
	if (negative)
		return made(json_object_new_int64(v > INT64_MAX ? INT64_MIN : -(int64_t)v), out);
	return made(json_object_new_int64((int64_t)v), out);
}

/* At least one digit. */
static int
skip_digits(struct reader *r)
{
	const char *from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > from;
}

static enum err
read_number(struct reader *r, json_object **out)
{
	const char *from = r->p, *digits, *text;
	int whole = 1;

	(void)take(r, '-');
	digits = r->p;
	if (!skip_digits(r) || (*digits == '0' && r->p > digits + 1))
		return ERR_INPUT;
	if (take(r, '.')) {
		whole = 0;
		if (!skip_digits(r))
			return ERR_INPUT;
	}
	if (take(r, 'e') || take(r, 'E')) {
		whole = 0;
		if (!take(r, '+'))
			(void)take(r, '-');
		if (!skip_digits(r))
			return ERR_INPUT;
	}
	if (whole)
		return read_integer(from, r->p, out);
	text = base_arena_dup(r->arena, from, (size_t)(r->p - from));
	return text == NULL ? ERR_NOMEM : made(json_object_new_double_s(strtod(text, NULL), text), out);
}

/* NULL is a value of json-c's: null. */
static enum err
read_word(struct reader *r, json_object **out)
{
	static const struct {
		const char *word;
		size_t n;
		int value;
	} words[] = {{"true", 4, 1}, {"false", 5, 0}, {"null", 4, -1}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if ((size_t)(r->end - r->p) < words[i].n || memcmp(r->p, words[i].word, words[i].n) != 0)
			continue;
		r->p += words[i].n;
		*out = NULL;
		return words[i].value < 0 ? ERR_OK : made(json_object_new_boolean(words[i].value), out);
	}
	return ERR_INPUT;
}

/* One member, its value made and added. A name ends at a NUL. */
static enum err
read_member(struct reader *r, int depth, json_object *o)
{
	int before = json_object_object_length(o);
	const char *name;
	json_object *v;
	enum err e;
	size_t n;

	skip_space(r);
	if (!take(r, '"'))
		return ERR_INPUT;
	if ((e = read_text(r, &name, &n)) != ERR_OK)
		return e;
	/* json-c borrows it: it lives in the arena, as the tree does. */
	if ((name = base_arena_dup(r->arena, name, n)) == NULL)
		return ERR_NOMEM;
	skip_space(r);
	if (!take(r, ':'))
		return ERR_INPUT;
	if ((e = read_value(r, depth + 1, &v)) != ERR_OK)
		return e;
	if (json_object_object_add_ex(o, name, v, JSON_C_OBJECT_ADD_CONSTANT_KEY) != 0) {
		json_object_put(v);
		return ERR_NOMEM;
	}
	return r->lax || json_object_object_length(o) > before ? ERR_OK : ERR_INPUT;
}

static enum err
read_element(struct reader *r, int depth, json_object *array)
{
	json_object *v;
	enum err e = read_value(r, depth + 1, &v);

	if (e == ERR_OK && json_object_array_add(array, v) != 0) {
		json_object_put(v);
		return ERR_NOMEM;
	}
	return e;
}

/* An object or an array whose bracket has been taken. */
static enum err
read_inside(struct reader *r, int depth, char close, json_object *o)
{
	enum err e;

	skip_space(r);
	if (take(r, close))
		return ERR_OK;
	do {
		e = close == '}' ? read_member(r, depth, o) : read_element(r, depth, o);
		skip_space(r);
	} while (e == ERR_OK && take(r, ','));
	return e != ERR_OK ? e : take(r, close) ? ERR_OK : ERR_INPUT;
}

static enum err
read_value(struct reader *r, int depth, json_object **out)
{
	const char *text;
	enum err e;
	size_t n;

	skip_space(r);
	if (depth >= LIMIT_JSON_DEPTH || r->p == r->end)
		return ERR_INPUT;
	if (take(r, '"')) {
		e = read_text(r, &text, &n);
		return e != ERR_OK ? e : made(json_object_new_string_len(text, (int)n), out);
	}
	if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
		return read_number(r, out);
	if (*r->p != '{' && *r->p != '[')
		return read_word(r, out);
	e = made(*r->p == '{' ? json_object_new_object() : json_object_new_array(), out);
	if (e != ERR_OK)
		return e;
	e = read_inside(r, depth, *r->p++ == '{' ? '}' : ']', *out);
	if (e != ERR_OK)
		json_object_put(*out);
	return e;
}

static void
put_object(void *o)
{
	json_object_put(o);
}

static enum err
parse(struct base_arena *a, const char *p, size_t n, int lax, json_object **out)
{
	struct reader r = {p, p + n, a, lax};
	json_object *o;
	enum err e;

	if (n > INT_MAX || !base_text_utf8(p, n))
		return ERR_INPUT;
	skip_space(&r);
	if (r.p == r.end || *r.p != '{')
		return ERR_INPUT;
	if ((e = read_value(&r, 0, &o)) != ERR_OK)
		return e;
	skip_space(&r);
	if (r.p < r.end) {
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
	char last = b->n > 0 ? b->p[b->n - 1] : '\0', *o;
	int comma = last != '\0' && last != '{' && last != '[' && last != ':';
	size_t n = key == NULL ? 0 : strlen(key);

	if ((o = base_buf_room(b, (size_t)comma + (key == NULL ? 0 : n + 3))) == NULL)
		return;
	if (comma)
		*o++ = ',';
	if (key != NULL) {
		*o++ = '"';
		memcpy(o, key, n);
		memcpy(o + n, "\":", 2);
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
#define ALL 1, 1, 1, 1, 1, 1, 1, 1
static const unsigned char plain[256] = {
	[' '] = 1, 1, 0 /* " */, 1, 1, 1, 0 /* & */, 1, ALL,
	['0'] = ALL, 1, 1, 1, 1, 0 /* < */, 1, 0 /* > */, 1,
	['@'] = ALL, ALL, ALL, 1, 1, 1, 1, 0 /* \ */, 1, 1, 1,
	['`'] = ALL, ALL, ALL, 1, 1, 1, 1, 1, 1, 1, 0 /* DEL */
};

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
put_escaped(struct base_buf *b, const char *s)
{
	const char *from = s;
	char seq[7];

	base_buf_add(b, "\"", 1);
	for (;;) {
		const char *instead = NULL;
		unsigned char c;
		size_t len;

		while (plain[(unsigned char)*s])
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

/* Nearly every text stands for itself; four at a time, for a token is a thousand. */
static void
put_text(struct base_buf *b, const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = 0;
	char *o;

	while (plain[u[n]] && plain[u[n + 1]] && plain[u[n + 2]] && plain[u[n + 3]])
		n += 4;
	while (plain[u[n]])
		n++;
	if (s[n] != '\0') {
		put_escaped(b, s);
	} else if ((o = base_buf_room(b, n + 2)) != NULL) {
		*o = '"';
		memcpy(o + 1, s, n);
		o[n + 1] = '"';
	}
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
	separate(b, key);
	base_buf_int(b, v);
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

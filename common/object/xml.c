/* SPDX-License-Identifier: Apache-2.0 */
#include "object/xml.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

struct slice {
	const char *p;
	size_t n;
};

static const char *
find(const char *p, size_t n, const char *what)
{
	return memmem(p, n, what, strlen(what));
}

/* What stands between <name> (S3's elements have no attributes but the outermost) and </name>. */
static int
element(const char *xml, size_t n, const char *name, struct slice *inside)
{
	char tag[64];
	const char *from, *to, *end = xml + n;
	int wrote = snprintf(tag, sizeof tag, "<%s>", name);

	if (wrote < 0 || (size_t)wrote >= sizeof tag - 1 || (from = find(xml, n, tag)) == NULL)
		return 0;
	from += wrote;
	(void)snprintf(tag, sizeof tag, "</%s>", name);
	to = find(from, (size_t)(end - from), tag);
	*inside = (struct slice){ from, to == NULL ? 0 : (size_t)(to - from) };
	return to != NULL;
}

/* A character by its number as UTF-8; the number of bytes, 0 for what isn't a character. */
static size_t
put_utf8(char *out, unsigned long c)
{
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* &#65; or &#x41;, `name` being what stands between & and ; (at most 9 bytes). */
static size_t
put_number(char *out, const char *name)
{
	unsigned long c = 0;
	char extra;
	int got = name[1] == 'x' ? sscanf(name + 2, "%7lx%c", &c, &extra) : sscanf(name + 1, "%7lu%c", &c, &extra);

	return got == 1 ? put_utf8(out, c) : 0;
}

/* An entity becomes what it stands for, which is never longer; an unknown one stays. Returns what was read of it. */
static size_t
put_entity(const char *p, size_t n, char *out, size_t *wrote)
{
	static const char *const known[][2] = { { "amp", "&" }, { "lt", "<" }, { "gt", ">" }, { "quot", "\"" },
		{ "apos", "'" } };
	const char *semicolon = memchr(p, ';', n < 11 ? n : 11);
	char name[12] = "";

	*wrote = 0;
	if (semicolon != NULL) {
		memcpy(name, p + 1, (size_t)(semicolon - p - 1));
		if (name[0] == '#')
			*wrote = put_number(out, name);
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcmp(name, known[i][0]) == 0)
				out[(*wrote)++] = known[i][1][0];
		if (*wrote > 0)
			return (size_t)(semicolon - p + 1);
	}
	out[(*wrote)++] = '&';
	return 1;
}

static const char *
unescape(struct base_arena *a, struct slice s)
{
	char *out = base_arena_alloc(a, s.n + 1);
	size_t n = 0, wrote;

	if (out == NULL || memchr(s.p, '\0', s.n) != NULL)
		return NULL;
	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '&') {
			i += put_entity(s.p + i, s.n - i, out + n, &wrote);
			n += wrote;
		} else {
			out[n++] = s.p[i++];
		}
	}
	return out;
}

const char *
object_xml_text(struct base_arena *a, const char *xml, size_t n, const char *name)
{
	struct slice s;

	return element(xml, n, name, &s) ? unescape(a, s) : NULL;
}

static enum err
read_entry(struct base_arena *a, struct slice s, struct object_entry *out)
{
	const char *text;
	long long size = 0;

	if ((out->key = object_xml_text(a, s.p, s.n, "Key")) == NULL)
		return ERR_INPUT;
	if ((text = object_xml_text(a, s.p, s.n, "Size")) != NULL && base_text_int(text, 0, INT64_MAX, &size) == ERR_OK)
		out->size = size;
	if ((text = object_xml_text(a, s.p, s.n, "LastModified")) != NULL &&
	    base_clock_parse(text, &out->modified_at) != ERR_OK)
		out->modified_at = 0;
	return ERR_OK;
}

enum err
object_xml_page(struct base_arena *a, const char *xml, size_t n, struct object_page *out)
{
	static const char open[] = "<Contents>";
	const char *p, *end = xml + n, *more;
	struct slice s;
	size_t most = 0;
	enum err e;

	*out = (struct object_page){ .n = 0 };
	if (n == 0 || find(xml, n, "<ListBucketResult") == NULL || find(xml, n, "</ListBucketResult>") == NULL)
		return ERR_INPUT;
	for (p = xml; (p = find(p, (size_t)(end - p), open)) != NULL; p += sizeof open - 1)
		most++;
	if (most > OBJECT_PAGE)
		return ERR_INPUT;
	if ((out->entries = base_arena_alloc(a, (most + 1) * sizeof(*out->entries))) == NULL)
		return ERR_NOMEM;
	for (p = xml; out->n < most && element(p, (size_t)(end - p), "Contents", &s); p = s.p + s.n)
		if ((e = read_entry(a, s, &out->entries[out->n++])) != ERR_OK)
			return e;
	more = object_xml_text(a, xml, n, "IsTruncated");
	if (more == NULL || strcmp(more, "true") != 0)
		return ERR_OK;
	out->next = object_xml_text(a, xml, n, "NextContinuationToken");
	return out->next != NULL && *out->next != '\0' && strlen(out->next) < OBJECT_NEXT ? ERR_OK : ERR_INPUT;
}

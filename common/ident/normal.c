/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <idn2.h>
#include <unicase.h>
#include <uninorm.h>
#include <unictype.h>
#include <unistr.h>
#include "base/limits.h"
#include "base/text.h"
#include "ident/normal.h"

enum { NFKC_GROWTH = 18 };	/* a code point becomes at most 18 (U+FDFA); of UTF-8, 11 times the bytes */

/* Space for the answer of libunistring: with a buffer that is large enough it allocates nothing of its own. */
static enum err
nfkc(struct base_arena *a, const char *in, size_t n, char **out)
{
	size_t cap = n * NFKC_GROWTH + 1, got = cap - 1;
	uint8_t *p = base_arena_alloc(a, cap);

	if (!p)
		return ERR_NOMEM;
	if (n && u8_normalize(UNINORM_NFKC, (const uint8_t *)in, n, p, &got) != p)
		return ERR_NOMEM;	/* in is valid UTF-8: nothing else can go wrong */
	p[n ? got : 0] = '\0';
	*out = (char *)p;
	return ERR_OK;
}

/* Copies s without the code points that drop() names; each kept one through map(). out has room. */
static void
filter(const char *s, char *out, size_t room, int (*drop)(ucs4_t), ucs4_t (*map)(ucs4_t))
{
	const uint8_t *p = (const uint8_t *)s;
	size_t left = strlen(s), n = 0;

	while (left) {
		ucs4_t c;
		int used = u8_mbtouc(&c, p, left), put;

		p += used;
		left -= (size_t)used;
		if (drop(c))
			continue;
		put = u8_uctomb((uint8_t *)out + n, map(c), (ptrdiff_t)(room - 1 - n));
		n += put > 0 ? (size_t)put : 0;
	}
	out[n] = '\0';
}

static ucs4_t
same(ucs4_t c)
{
	return c;
}

static int
is_bom(ucs4_t c)
{
	return c == 0xfeff;
}

static int
is_markup_or_control(ucs4_t c)
{
	return uc_is_general_category(c, UC_CONTROL) || (c < 0x80 && strchr("<>&\"'", (int)c) != NULL);
}

static char *
trim_unicode(char *s)
{
	size_t n;
	ucs4_t c;

	while (*s && uc_is_property_white_space((u8_strmbtouc(&c, (uint8_t *)s), c)))
		s += u8_strmblen((uint8_t *)s);
	for (n = strlen(s); n; ) {
		const uint8_t *last = u8_prev(&c, (uint8_t *)s + n, (uint8_t *)s);

		if (!last || !uc_is_property_white_space(c))
			break;
		n = (size_t)((const char *)last - s);
	}
	s[n] = '\0';
	return s;
}

static int
is_atext(unsigned char c)
{
	return c >= 0x80 || (c > ' ' && c < 0x7f && !strchr("()<>[]:;@\\,.\"", c));
}

/* dot-atom, of RFC 5322 section 3.2.3 */
static int
is_dot_atom(const char *s)
{
	if (!*s || *s == '.')
		return 0;
	for (; *s; s++)
		if (!is_atext((unsigned char)*s) && (*s != '.' || s[1] == '.' || !s[1]))
			return 0;
	return 1;
}

/* quoted-string without folding white space, of section 3.2.4 */
static int
is_quoted(const char *s)
{
	if (*s++ != '"')
		return 0;
	for (; *s && *s != '"'; s++) {
		if (*s == '\\')
			s++;
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return 0;
	}
	return s[0] == '"' && !s[1];
}

/* Name of a host in ASCII, in lower case. */
static enum err
ascii_domain(struct base_arena *a, const char *domain, const char **out)
{
	char *ascii = NULL;
	int rc = idn2_to_ascii_8z(domain, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	char *copy;

	if (rc == IDN2_MALLOC)
		return ERR_NOMEM;
	if (rc != IDN2_OK)
		return ERR_INPUT;
	copy = base_arena_strdup(a, ascii);
	idn2_free(ascii);
	if (!copy)
		return ERR_NOMEM;
	base_text_lower(copy);
	*out = copy;
	return ERR_OK;
}

enum err
ident_normal_email(struct base_arena *a, const char *in, const char **out)
{
	char *text, *plain, *at, *local;
	const char *domain;
	size_t n = strlen(in), room;
	enum err e;

	if (n > (size_t)4 * LIMIT_EMAIL || !base_text_utf8(in, n))
		return ERR_INPUT;
	if ((e = nfkc(a, in, n, &text)) != ERR_OK)
		return e;
	room = 2 * strlen(text) + 1;	/* lower case may be longer: U+023A has two bytes, its lower case three */
	plain = base_arena_alloc(a, room);
	local = base_arena_alloc(a, room);
	if (!plain || !local)
		return ERR_NOMEM;
	filter(text, plain, room, is_bom, same);
	plain = trim_unicode(plain);
	at = strrchr(plain, '@');
	if (!at)
		return ERR_INPUT;
	*at = '\0';
	filter(plain, local, room, is_bom, uc_tolower);
	/* A small letter may join the mark behind it where its capital could not: U+0130 U+0301. */
	if ((e = nfkc(a, local, strlen(local), &local)) != ERR_OK)
		return e;
	if ((!is_dot_atom(local) && !is_quoted(local)) || !is_dot_atom(at + 1))
		return ERR_INPUT;
	if ((e = ascii_domain(a, at + 1, &domain)) != ERR_OK)
		return e;
	if (!is_dot_atom(domain) || strlen(local) + 1 + strlen(domain) > LIMIT_EMAIL)
		return ERR_INPUT;
	*out = base_arena_printf(a, "%s@%s", local, domain);
	return *out ? ERR_OK : ERR_NOMEM;
}

enum err
ident_normal_email_unicode(struct base_arena *a, const char *email, const char **out)
{
	const char *at = strrchr(email, '@');
	char *domain = NULL;

	*out = email;
	if (!at || idn2_to_unicode_8z8z(at + 1, &domain, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return ERR_OK;
	*out = base_arena_printf(a, "%.*s@%s", (int)(at - email), email, domain);
	idn2_free(domain);
	return *out ? ERR_OK : ERR_NOMEM;
}

enum err
ident_normal_name(struct base_arena *a, const char *in, size_t min, size_t max, const char **out)
{
	size_t n = strlen(in);
	char *name;

	if (!base_text_utf8(in, n))
		return ERR_INPUT;
	name = base_arena_alloc(a, n + 1);
	if (!name)
		return ERR_NOMEM;
	filter(in, name, n + 1, is_markup_or_control, same);
	name = trim_unicode(name);
	n = strlen(name);
	*out = name;
	return n >= min && n <= max ? ERR_OK : ERR_INPUT;
}

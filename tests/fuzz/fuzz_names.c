/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normal forms of what people type, room names, and header values: done twice they don't change, and nothing
 * splits a reply.
 */
#include "tests/fuzz/fuzz.h"

#include "base/limits.h"
#include "base/text.h"
#include "ident/normal.h"
#include "web/reply.h"

static void
email(struct base_arena *a, const char *s)
{
	const char *once, *twice, *unicode;

	if (ident_normal_email(a, s, &once) != ERR_OK)
		return;
	FUZZ_MUST(strlen(once) <= LIMIT_EMAIL && base_text_utf8(once, strlen(once)) && strchr(once, '@') != NULL);
	FUZZ_MUST(ident_normal_email(a, once, &twice) == ERR_OK && strcmp(once, twice) == 0);
	FUZZ_MUST(ident_normal_email_unicode(a, once, &unicode) == ERR_OK);
	for (const char *p = once; *p != '\0'; p++)
		FUZZ_MUST((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void
name(struct base_arena *a, const char *s)
{
	const char *once, *twice;

	if (ident_normal_name(a, s, 1, 100, &once) != ERR_OK)
		return;
	FUZZ_MUST(strlen(once) >= 1 && strlen(once) <= 100 && base_text_utf8(once, strlen(once)));
	FUZZ_MUST(strpbrk(once, "<>&\"'\r\n\t") == NULL);
	FUZZ_MUST(ident_normal_name(a, once, 1, 100, &twice) == ERR_OK && strcmp(once, twice) == 0);
}

static void
header(const char *s)
{
	struct web_reply r;
	size_t lines = 0;

	web_reply_init(&r);
	if (web_reply_header(&r, "X-Value", s) == ERR_OK &&
	    web_reply_cookie(&r, "c", s, 60, "", WEB_COOKIE_SECURE) == ERR_OK) {
		for (size_t i = 0; i < r.headers.n; i++) {
			FUZZ_MUST(
			    (unsigned char)r.headers.p[i] >= 0x20 || r.headers.p[i] == '\r' || r.headers.p[i] == '\n');
			lines += r.headers.p[i] == '\n';
		}
		FUZZ_MUST(lines == 2);
	}
	web_reply_free(&r);
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	struct base_arena a;
	char *s;

	base_arena_init(&a, 64 << 20);
	s = base_arena_dup(&a, (const char *)p, n);
	email(&a, s);
	name(&a, s);
	header(s);
	base_arena_free(&a);
	return 0;
}

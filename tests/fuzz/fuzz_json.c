/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader under its limits, and the writer: what it writes is read back the same. */
#include "tests/fuzz/fuzz.h"

#include "base/limits.h"
#include "base/json.h"
#include "base/text.h"

/* Members that handlers ask for, of every type. */
static void
ask(json_object *o)
{
	static const char *const names[] = {"a", "roomName", "is_active", "exp", "settings"};
	int64_t number = 0;
	json_object *sub = NULL;
	const char *s = "";
	int is = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (base_json_str(o, names[i], &s) == ERR_OK)
			FUZZ_MUST(base_text_utf8(s, strlen(s)));
		(void)!base_json_bool(o, names[i], &is);
		FUZZ_MUST(is == 0 || is == 1);
		(void)!base_json_int(o, names[i], &number);
		(void)!base_json_int_lax(o, names[i], &number);
		(void)!base_json_sub(o, names[i], &sub);
	}
}

/* The bytes as a string, written and read. */
static void
write_and_read(struct base_arena *a, const char *text, size_t n)
{
	struct base_buf b;
	json_object *o;
	const char *back = NULL;

	base_buf_init(&b, 16 << 20);
	base_json_open(&b, NULL, '{');
	base_json_put_str(&b, "s", text);
	base_json_put_int(&b, "n", (int64_t)n);
	base_json_close(&b, '}');
	FUZZ_MUST(b.err == ERR_OK && base_text_utf8(b.p, b.n));
	FUZZ_MUST(memchr(b.p, '<', b.n) == NULL && memchr(b.p, '>', b.n) == NULL && memchr(b.p, '&', b.n) == NULL);
	FUZZ_MUST(
	    base_json_object(a, b.p, b.n, &o) == ERR_OK && base_json_str(o, "s", &back) == ERR_OK && back != NULL);
	FUZZ_MUST(!base_text_utf8(text, strlen(text)) || strcmp(back, text) == 0);
	base_buf_free(&b);
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	struct base_arena a;
	json_object *strict, *lax;
	const char *text;

	base_arena_init(&a, 64 << 20);
	if (base_json_object(&a, (const char *)p, n, &strict) == ERR_OK) {
		FUZZ_MUST(base_text_utf8((const char *)p, n));
		/* What the strict reader takes, the lax one takes alike. */
		FUZZ_MUST(
		    base_json_object_lax(&a, (const char *)p, n, &lax) == ERR_OK && json_object_equal(strict, lax));
		ask(strict);
	} else if (base_json_object_lax(&a, (const char *)p, n, &lax) == ERR_OK) {
		ask(lax);
	}
	text = base_arena_dup(&a, (const char *)p, n);
	write_and_read(&a, text, n);
	base_arena_free(&a);
	return 0;
}

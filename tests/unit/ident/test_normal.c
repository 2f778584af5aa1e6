/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/limits.h"
#include "ident/normal.h"

static struct base_arena arena;

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&arena, LIMIT_ARENA);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	base_arena_free(&arena);
	return 0;
}

static const struct {
	const char *typed, *normal;	/* NULL = ERR_INPUT */
} addresses[] = {
	{"ada@example.org", "ada@example.org"},
	{"  Ada.Lovelace@Example.ORG\t\r\n", "ada.lovelace@example.org"},
	{"a+b!#$%&'*/=?^_`{|}~-@x.y", "a+b!#$%&'*/=?^_`{|}~-@x.y"},
	{"root@localhost", "root@localhost"},
	{"\xef\xbc\xa1\xef\xbd\x84\xef\xbd\x81@example.org", "ada@example.org"},		/* full width Ada */
	{"ada\xef\xbc\xa0" "example.org", "ada@example.org"},				/* full width @ */
	/* U+FEFF */
	{"\xef\xbb\xbf" "a\xef\xbb\xbf" "da@exa\xef\xbb\xbfmple.org\xef\xbb\xbf", "ada@example.org"},
	/* U+00A0, U+3000 around */
	{"\xc2\xa0" "ada@example.org\xe3\x80\x80", "ada@example.org"},
	{"ada@m\xc3\xbcnchen.example", "ada@xn--mnchen-3ya.example"},
	{"ada@mu\xcc\x88nchen.example", "ada@xn--mnchen-3ya.example"},			/* decomposed */
	{"ada@M\xc3\x9cNCHEN.example", "ada@xn--mnchen-3ya.example"},
	{"ada@XN--MNCHEN-3YA.example", "ada@xn--mnchen-3ya.example"},
	/* sharp s stays, not "ss" */
	{"ada@fa\xc3\x9f.example", "ada@xn--fa-hia.example"},
	{"ada@\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "ada@xn--r8jz45g.xn--zckzah"},
	/* upper-case umlaut */
	{"\xc3\x84" "DA@example.org", "\xc3\xa4" "da@example.org"},
	/* no final sigma: by code point */
	{"\xce\xa3\xce\xa3@example.org", "\xcf\x83\xcf\x83@example.org"},
	{"\xc8\xba@example.org", "\xe2\xb1\xa5@example.org"},				/* lower case is longer */
	/* U+0130 U+0301: their lower case composes */
	{"\xc4\xb0\xcc\x81@example.org", "\xc3\xad@example.org"},
	{"\"Ada Lovelace\"@example.org", "\"ada lovelace\"@example.org"},
	{"\"a@b\"@example.org", "\"a@b\"@example.org"},
	{"\"a\\\"b\"@example.org", "\"a\\\"b\"@example.org"},
	{"", NULL}, {" ", NULL}, {"@", NULL},
	{"ada", NULL}, {"ada@", NULL}, {"@example.org", NULL}, {"ada@@example.org", NULL},
	{"ada@ example.org", NULL}, {"ada lovelace@example.org", NULL},
	{"Ada <ada@example.org>", NULL}, {"<ada@example.org>", NULL},
	{".ada@example.org", NULL}, {"ada.@example.org", NULL}, {"a..da@example.org", NULL}, {"ada@.example.org", NULL},
	{"ada@example..org", NULL}, {"ada@example.org.", NULL}, {"ada@[127.0.0.1]", NULL}, {"a,b@example.org", NULL},
	{"a@b@example.org", NULL}, {"ada@example.org, eve@example.org", NULL},
	{"ada@exa\nmple.org", NULL}, {"a\x01" "b@example.org", NULL},
	{"\"ada@example.org", NULL}, {"\"\"ada\"@example.org", NULL},
	{"\"a\\\"@example.org", NULL}, {"\"a\nb\"@example.org", NULL},
	{"ada@example.org\xff", NULL}, {"\xc3@example.org", NULL}, {"\xed\xa0\x80@example.org", NULL},
	{"ada@-.example", NULL}, {"ada@xn--a.example", NULL},
};

static void
email_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		const char *out = "";
		enum err e = ident_normal_email(&arena, addresses[i].typed, &out);

		if (addresses[i].normal && (e != ERR_OK || strcmp(out, addresses[i].normal) != 0))
			fail_msg("%s: %s, %s", addresses[i].typed, base_err_name(e), out);
		if (!addresses[i].normal && e != ERR_INPUT)
			fail_msg("%s: %s, %s", addresses[i].typed, base_err_name(e), out);
	}
}

/* What is normal stays as it is. */
static void
email_is_idempotent(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		const char *out = "";

		if (!addresses[i].normal)
			continue;
		assert_ok(ident_normal_email(&arena, addresses[i].normal, &out));
		assert_string_equal(out, addresses[i].normal);
	}
}

static void
email_length(void **state)
{
	char text[3000];
	const char *out;

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text + LIMIT_EMAIL - 12, "@example.org", 13);
	assert_ok(ident_normal_email(&arena, text, &out));
	assert_int_equal(strlen(out), LIMIT_EMAIL);
	memset(text, 'a', sizeof text);
	memcpy(text + LIMIT_EMAIL - 11, "@example.org", 13);
	assert_err(ERR_INPUT, ident_normal_email(&arena, text, &out));
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '\0';
	assert_err(ERR_INPUT, ident_normal_email(&arena, text, &out));
}

static void
email_unicode_form(void **state)
{
	const char *out;

	(void)state;
	assert_ok(ident_normal_email_unicode(&arena, "ada@xn--mnchen-3ya.example", &out));
	assert_string_equal(out, "ada@m\xc3\xbcnchen.example");
	assert_ok(ident_normal_email_unicode(&arena, "ada@example.org", &out));
	assert_string_equal(out, "ada@example.org");
	assert_ok(ident_normal_email_unicode(&arena, "no address", &out));
	assert_string_equal(out, "no address");
}

static const struct {
	const char *typed, *normal;
} names[] = {
	{"Ada", "Ada"},
	{"  Ada  Lovelace \n", "Ada  Lovelace"},
	{"<b>Ada</b> & \"Co\"'s", "bAda/b  Cos"},
	{"A\x01\x1f\x7f" "da\xc2\x85\xc2\x9f", "Ada"},			/* C0, DEL, C1 */
	{"\xe3\x80\x80" "Ada\xc2\xa0", "Ada"},
	{"\xe5\xb1\xb1\xe7\x94\xb0", "\xe5\xb1\xb1\xe7\x94\xb0"},
	/* joined emoji stay joined */
	{"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"},
	{"ab", "ab"}, {"12345678", "12345678"},
	{"", NULL}, {"a", NULL}, {" a ", NULL}, {"<>&\"'", NULL}, {"<a>", NULL}, {"\x01\x02\x03", NULL},
	{"\xc3\xa4", "\xc3\xa4"},				/* bytes are counted */
	{"Ada\xff", NULL}, {"\xc3", NULL},
};

static void
name_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *out = "";
		enum err e = ident_normal_name(&arena, names[i].typed, 2, 50, &out);

		if (names[i].normal ? e != ERR_OK || strcmp(out, names[i].normal) != 0 : e != ERR_INPUT)
			fail_msg("%s: %s, %s", names[i].typed, base_err_name(e), out);
	}
}

static void
name_length(void **state)
{
	const char *out;

	(void)state;
	assert_ok(ident_normal_name(&arena, "12345", 2, 5, &out));
	assert_ok(ident_normal_name(&arena, "<12345>", 2, 5, &out));
	assert_err(ERR_INPUT, ident_normal_name(&arena, "123456", 2, 5, &out));
	assert_ok(ident_normal_name(&arena, "1", 1, 5, &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(email_table), cmocka_unit_test(email_is_idempotent), cmocka_unit_test(email_length),
		cmocka_unit_test(email_unicode_form), cmocka_unit_test(name_table), cmocka_unit_test(name_length),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/random.h"
#include "base/text.h"

static void
base64_has_the_vectors_of_rfc_4648(void **state)
{
	static const struct { const char *plain, *std, *url;
	} v[] = {{"", "", ""},
		 {"f", "Zg==", "Zg"},
		 {"fo", "Zm8=", "Zm8"},
		 {"foo", "Zm9v", "Zm9v"},
		 {"foob", "Zm9vYg==", "Zm9vYg"},
		 {"fooba", "Zm9vYmE=", "Zm9vYmE"},
		 {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
		 {"\xff\xfe\xfd", "//79", "__79"}};
	char out[32], back[32];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		size_t len = strlen(v[i].plain);

		assert_int_equal(base_text_base64(v[i].plain, len, out), strlen(v[i].std));
		assert_string_equal(out, v[i].std);
		base_text_base64url(v[i].plain, len, out);
		assert_string_equal(out, v[i].url);
		assert_ok(base_text_base64url_decode(out, strlen(out), back, &n));
		assert_int_equal(n, len);
		assert_memory_equal(back, v[i].plain, len);
	}
}

static void
base64url_refuses_padding_stray_bits_and_other_bytes(void **state)
{
	static const char *const bad[] = {"Zg==", "A", "Zh", "Zm9=", "Zm 9", "Zm+v", "Zm/v", "Zm9v\n"};
	char out[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_err(ERR_INPUT, base_text_base64url_decode(bad[i], strlen(bad[i]), out, &n));
}

static void
constant_time_compare_looks_at_both_lengths(void **state)
{
	(void)state;
	assert_true(base_text_equal_ct("abc", 3, "abc", 3));
	assert_false(base_text_equal_ct("abc", 3, "abcd", 4));
	assert_false(base_text_equal_ct("abcd", 4, "abc", 3));
	assert_false(base_text_equal_ct("abc", 3, "abd", 3));
	assert_false(base_text_equal_ct("", 0, "a", 1));
	assert_true(base_text_equal_ct("", 0, "", 0));
}

static void
utf8_follows_rfc_3629(void **state)
{
	static const char *const good[] = {
	    "", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xe0\x80\x80",
					  "\xed\xa0\x80",
					  "\xf0\x80\x80\x80",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xc3",
					  "\xe2\x82",
					  "\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(base_text_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(base_text_utf8(bad[i], strlen(bad[i])));
	assert_false(base_text_utf8("a\0b", 3));
}

static void
integers_are_whole_and_in_range(void **state)
{
	static const char *const bad[] = {"",	 " 1", "1 ", "+1", "0x1", "1.0", "11", "-1", "99999999999999999999",
					  "--1", "-"};
	long long v = 7;

	(void)state;
	assert_ok(base_text_int("10", 0, 10, &v));
	assert_int_equal(v, 10);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_err(ERR_INPUT, base_text_int(bad[i], 0, 10, &v));
	assert_int_equal(v, 10);
}

static void
trim_lower_and_nocase_are_ascii(void **state)
{
	char s[] = " \t Ab\xc3\x89 \n";

	(void)state;
	base_text_lower(s);
	assert_string_equal(base_text_trim(s), "ab\xc3\x89");
	assert_true(base_text_equal_nocase("clientDataJSON", "clientdataJson"));
	assert_false(base_text_equal_nocase("a", "ab"));
	assert_false(base_text_equal_nocase("@", "`"));
}

static void
random_ids_have_their_shape(void **state)
{
	char uuid[37], other[37], pick[9], hex[9];

	(void)state;
	base_random_uuid(uuid);
	base_random_uuid(other);
	assert_int_equal(strlen(uuid), 36);
	assert_int_equal(uuid[14], '4');
	assert_non_null(strchr("89ab", uuid[19]));
	assert_int_equal(strspn(uuid, "0123456789abcdef-"), 36);
	assert_string_not_equal(uuid, other);
	base_random_pick(pick, 8, "abc");
	assert_int_equal(strspn(pick, "abc"), 8);
	base_random_hex(hex, 4);
	assert_int_equal(strspn(hex, "0123456789abcdef"), 8);
}

static void
sha256_has_the_vector_of_fips_180(void **state)
{
	char out[65];

	(void)state;
	base_text_sha256_hex("abc", 3, out);
	assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base64_has_the_vectors_of_rfc_4648),
	    cmocka_unit_test(base64url_refuses_padding_stray_bits_and_other_bytes),
	    cmocka_unit_test(constant_time_compare_looks_at_both_lengths),
	    cmocka_unit_test(utf8_follows_rfc_3629),
	    cmocka_unit_test(integers_are_whole_and_in_range),
	    cmocka_unit_test(trim_lower_and_nocase_are_ascii),
	    cmocka_unit_test(random_ids_have_their_shape),
	    cmocka_unit_test(sha256_has_the_vector_of_fips_180),
	};

	return RUN(tests);
}

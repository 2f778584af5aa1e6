/* SPDX-License-Identifier: Apache-2.0 */
/* The expected texts were made with github.com/jxskiss/base62 v1.1.0, the module that livekit-server uses. */
#include "tests/unit/unit.h"

#include "livekit/turn.h"

static void
base62(void **unused)
{
	static const struct {
		size_t n;
		unsigned char p[8];
		const char *want;
	} cases[] = {
	    {0, {0}, ""},
	    {1, {0x00}, "AA"},
	    {1, {0x01}, "BA"},
	    {1, {0x1e}, "eA"},
	    {1, {0x1f}, "fA"},
	    {1, {0x3e}, "eB"},
	    {1, {0x3f}, "fB"},
	    {1, {0x7f}, "fD"},
	    {1, {0xff}, "fH"},
	    {2, {0xff, 0xff}, "fffB"},
	    {2, {0xff, 0xfe}, "effB"},
	    {2, {0x1f, 0xff}, "ffH"},
	    {3, {0x3f, 0xff, 0xff}, "ffffD"},
	    {8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "ffffffffffffP"},
	    {2, {0xf8, 0x1f}, "fAf"},
	    {3, {0x07, 0xe0, 0xff}, "fH8DA"},
	    {4, {0xde, 0xde, 0xde, 0xde}, "e2bv9G"},
	    {4, {0x9e, 0xbf, 0xdf, 0xf7}, "3f7f6J"},
	};
	struct base_buf b;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		base_buf_init(&b, 64);
		livekit_turn_base62(cases[i].p, cases[i].n, &b);
		assert_ok(b.err);
		assert_string_equal(b.p == NULL ? "" : b.p, cases[i].want);
		base_buf_free(&b);
	}
}

static void
credentials(void **unused)
{
	struct base_buf b;

	(void)unused;
	base_buf_init(&b, 256);
	livekit_turn_username("devkey", "bedrud", 1795414475, &b);
	assert_string_equal(b.p, "1cDN0EDN1kzNxwHZ1JHZlJGfyrs1srMyA");
	base_buf_clear(&b);
	livekit_turn_credential("secretsecretsecretsecretsecretsecret", "bedrud", 1795414475, &b);
	assert_string_equal(b.p, "P5UAOMMoglxy64nydwIXNL82jXBoeKiRLD99bk03Awa");
	assert_ok(b.err);
	base_buf_free(&b);
	base_buf_init(&b, 8);
	livekit_turn_username("devkey", "bedrud", 1795414475, &b);
	assert_err(ERR_TOO_BIG, b.err);
	base_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(base62), cmocka_unit_test(credentials)};

	return RUN(tests);
}

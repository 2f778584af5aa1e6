/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/jwt.h"
#include "base/text.h"

#define NOW 1000000

static struct base_arena a;
static struct base_jwt_key *key, *other;
static struct base_buf token;

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&a, 1 << 20);
	base_buf_init(&token, 100000);
	return base_jwt_key_new("secret", 6, &key) != ERR_OK || base_jwt_key_new("secreT", 6, &other) != ERR_OK;
}

static int
teardown(void **state)
{
	(void)state;
	base_arena_free(&a);
	base_buf_free(&token);
	base_jwt_key_free(key);
	base_jwt_key_free(other);
	return 0;
}

/* A token with this header and payload, properly signed. */
static void
make(const char *head, const char *payload)
{
	unsigned char mac[32];
	char part[1000];

	base_buf_clear(&token);
	base_text_base64url(head, strlen(head), part);
	base_buf_printf(&token, "%s.", part);
	base_text_base64url(payload, strlen(payload), part);
	base_buf_str(&token, part);
	base_jwt_mac(key, token.p, token.n, mac);
	base_text_base64url(mac, 32, part);
	base_buf_printf(&token, ".%s", part);
}

static enum err
verify(int64_t leeway)
{
	json_object *claims;

	return base_jwt_verify(key, &a, token.p, token.n, NOW, leeway, &claims);
}

static void
mac_has_the_vectors_of_rfc_4231(void **state)
{
	unsigned char mac[32], longkey[131];
	struct base_jwt_key *k;
	char hex[65];

	(void)state;
	assert_ok(base_jwt_key_new("Jefe", 4, &k));
	base_jwt_mac(k, "what do ya want for nothing?", 28, mac);
	base_text_hex(mac, 32, hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	base_jwt_key_free(k);
	memset(longkey, 0xaa, sizeof longkey);
	assert_ok(base_jwt_key_new(longkey, sizeof longkey, &k));
	base_jwt_mac(k, "Test Using Larger Than Block-Size Key - Hash Key First", 54, mac);
	base_text_hex(mac, 32, hex);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	base_jwt_key_free(k);
	assert_err(ERR_BUG, base_jwt_key_new("", 0, &k));
}

static void
what_is_signed_verifies(void **state)
{
	/* 47…49 bytes: around the piece that sign encodes at a time. */
	static const char *const payloads[] = {"{\"exp\":1000060}",
					       "{\"exp\":1000060,\"a\":\"0123456789012345678901234\"}",
					       "{\"exp\":1000060,\"a\":\"01234567890123456789012345\"}",
					       "{\"exp\":1000060,\"a\":\"012345678901234567890123456\"}"};
	json_object *claims;
	int64_t exp = 0;

	(void)state;
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		base_buf_clear(&token);
		base_jwt_sign(key, payloads[i], strlen(payloads[i]), &token);
		assert_ok(base_jwt_verify(key, &a, token.p, token.n, NOW, 0, &claims));
		assert_ok(base_json_int(claims, "exp", &exp));
		assert_int_equal(exp, 1000060);
		assert_err(ERR_AUTH, base_jwt_verify(other, &a, token.p, token.n, NOW, 0, &claims));
	}
}

static void
any_changed_byte_is_a_forgery(void **state)
{
	(void)state;
	make("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "{\"exp\":1000060}");
	assert_ok(verify(0));
	for (size_t i = 0; i < token.n; i++) {
		token.p[i] ^= 1;
		assert_err(ERR_AUTH, verify(0));
		token.p[i] ^= 1;
	}
	while (token.n-- > 0)
		assert_err(ERR_AUTH, verify(0));
	token.n = 0;
}

static void
headers_other_than_hs256_are_forgeries(void **state)
{
	static const char *const bad[] = {"{\"alg\":\"none\"}",
					  "{\"alg\":\"RS256\"}",
					  "{\"alg\":\"HS512\"}",
					  "{}",
					  "[]",
					  "{\"alg\":null}",
					  "{\"alg\":\"HS256\",\"typ\":\"JWE\"}",
					  "{\"alg\":\"HS256\",\"crit\":[\"b64\"]}",
					  "{\"alg\":\"HS256\",\"alg\":\"none\"}",
					  "{\"alg\":1}"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		make(bad[i], "{\"exp\":1000060}");
		if (verify(0) != ERR_AUTH)
			fail_msg("accepted: %s", bad[i]);
	}
	make("{\"alg\":\"HS256\"}", "{\"exp\":1000060}");
	assert_ok(verify(0));
}

static void
times_are_judged_with_leeway(void **state)
{
	static const struct { const char *payload; int64_t leeway; enum err expect;
	} v[] = {{"{\"exp\":1000001}", 0, ERR_OK},
		 {"{\"exp\":1000000}", 0, ERR_AUTH},
		 {"{\"exp\":1000000}", 60, ERR_OK},
		 {"{\"exp\":999941}", 60, ERR_OK},
		 {"{\"exp\":999940}", 60, ERR_AUTH},
		 {"{}", 60, ERR_AUTH},
		 {"{\"exp\":1e309}", 0, ERR_AUTH},
		 {"{\"exp\":\"1000060\"}", 0, ERR_AUTH},
		 {"{\"exp\":1000060.5}", 0, ERR_AUTH},
		 {"{\"exp\":-1}", 0, ERR_AUTH},
		 {"{\"exp\":1000060,\"nbf\":1000000}", 0, ERR_OK},
		 {"{\"exp\":1000060,\"nbf\":1000001}", 0, ERR_AUTH},
		 {"{\"exp\":1000060,\"nbf\":1000060}", 60, ERR_OK},
		 {"{\"exp\":1000060,\"nbf\":\"x\"}", 60, ERR_AUTH},
		 {"{\"exp\":99999999999999999999}", 0, ERR_AUTH},
		 {"{\"exp\":1000060,\"exp\":1000060}", 0, ERR_AUTH},
		 {"[]", 0, ERR_AUTH}};

	(void)state;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		make("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", v[i].payload);
		if (verify(v[i].leeway) != v[i].expect)
			fail_msg("wrong verdict for %s", v[i].payload);
	}
}

static void
shapes_that_are_no_token_are_refused(void **state)
{
	static const char *const bad[] = {"", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d"};
	json_object *claims;
	static char big[20000];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_err(ERR_AUTH, base_jwt_verify(key, &a, bad[i], strlen(bad[i]), NOW, 0, &claims));
	memset(big, 'a', sizeof big);
	assert_err(ERR_AUTH, base_jwt_verify(key, &a, big, sizeof big, NOW, 0, &claims));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mac_has_the_vectors_of_rfc_4231),
	    cmocka_unit_test(what_is_signed_verifies),
	    cmocka_unit_test(any_changed_byte_is_a_forgery),
	    cmocka_unit_test(headers_other_than_hs256_are_forgeries),
	    cmocka_unit_test(times_are_judged_with_leeway),
	    cmocka_unit_test(shapes_that_are_no_token_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

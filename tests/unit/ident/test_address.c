/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "ident/address.h"

static struct base_jwt_key *key, *other;

static int
setup(void **state)
{
	(void)state;
	if (base_jwt_key_new("session-secret-session-secret-se", 32, &key) != ERR_OK)
		return -1;
	return base_jwt_key_new("Session-secret-session-secret-se", 32, &other) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	base_jwt_key_free(key);
	base_jwt_key_free(other);
	return 0;
}

static void
one_network_one_hash(void **state)
{
	static const struct {
		const char *a, *b;
		int same;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", 1 }, { "192.0.2.1", "192.0.2.2", 0 },
		{ "192.0.2.1", "::ffff:192.0.2.1", 1 }, { "::ffff:192.0.2.1", "::ffff:192.0.2.2", 0 },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", 1 },
		{ "2001:db8:1:2::1", "2001:DB8:1:2::9", 1 }, { "2001:db8:1:2::1", "2001:db8:1:3::1", 0 },
		{ "::1", "::2", 1 }, { "::1", "127.0.0.1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char a[IDENT_ADDRESS], b[IDENT_ADDRESS], c[IDENT_ADDRESS];

		ident_address_hash(key, rows[i].a, a);
		ident_address_hash(key, rows[i].b, b);
		ident_address_hash(other, rows[i].a, c);
		assert_int_equal(strlen(a), 32);
		assert_int_equal(strspn(a, "0123456789abcdef"), 32);
		if ((strcmp(a, b) == 0) != rows[i].same)
			fail_msg("%s and %s: %s, %s", rows[i].a, rows[i].b, a, b);
		assert_string_not_equal(a, c);
	}
}

static void
no_address_no_hash(void **state)
{
	static const char *const rows[] = { "", "localhost", "192.0.2", "192.0.2.1:80", "[::1]", "fe80::1%eth0",
		"192.0.2.1 " };
	unsigned char bytes[16];
	char out[IDENT_ADDRESS];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		memset(out, 'x', sizeof out);
		ident_address_hash(key, rows[i], out);
		assert_string_equal(out, "");
		assert_int_equal(ident_address_parse(rows[i], bytes), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_network_one_hash), cmocka_unit_test(no_address_no_hash),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

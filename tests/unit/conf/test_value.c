/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/fixture.h"

#include "conf/value_impl.h"

static struct conf *
fresh(void)
{
	return fixture_good("");
}

static void
booleans_are_words(void **state)
{
	static const char *const yes[] = {"true", "TRUE", "yes", "On", "y"}, *const no[] = {"false", "No", "off", "n"};
	struct conf *c = fresh();
	const char *expected = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		assert_ok(conf_value_set(c, CONF_server_enableTLS, yes[i], 0, &expected));
		assert_int_equal(conf_bool(c, CONF_server_enableTLS), 1);
	}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		assert_ok(conf_value_set(c, CONF_server_enableTLS, no[i], 0, &expected));
		assert_int_equal(conf_bool(c, CONF_server_enableTLS), 0);
	}
	assert_err(ERR_INPUT, conf_value_set(c, CONF_server_enableTLS, "1", 0, &expected));
	assert_string_equal(expected, "true or false");
	assert_ok(conf_value_set(c, CONF_server_enableTLS, "1", 1, &expected));
	assert_int_equal(conf_bool(c, CONF_server_enableTLS), 1);
	conf_free(c);
}

static void
a_refused_value_leaves_the_old_one(void **state)
{
	struct conf *c = fresh();
	const char *expected = NULL;

	(void)state;
	assert_ok(conf_value_set(c, CONF_livekit_port, " 7000 ", 0, &expected));
	assert_err(ERR_INPUT, conf_value_set(c, CONF_livekit_port, "65536", 0, &expected));
	assert_int_equal(conf_int(c, CONF_livekit_port), 7000);
	assert_string_equal(conf_str(c, CONF_livekit_port), "7000");
	conf_free(c);
}

static void
secrets_are_taken_to_the_byte(void **state)
{
	struct conf *c = fresh();
	const char *expected = NULL;

	(void)state;
	assert_ok(conf_value_set(c, CONF_auth_jwtSecret, " a ", 0, &expected));
	assert_string_equal(conf_str(c, CONF_auth_jwtSecret), " a ");
	assert_ok(conf_value_set(c, CONF_server_domain, " a ", 0, &expected));
	assert_string_equal(conf_str(c, CONF_server_domain), "a");
	conf_free(c);
}

static void
lists_grow(void **state)
{
	struct conf *c = fresh();
	char item[16];

	(void)state;
	conf_value_clear(c, CONF_cors_allowedOrigins);
	for (int i = 0; i < 1000; i++) {
		snprintf(item, sizeof item, "o%d", i);
		assert_ok(conf_value_add(c, CONF_cors_allowedOrigins, item));
	}
	assert_string_equal(conf_list(c, CONF_cors_allowedOrigins, 0), "o0");
	assert_string_equal(conf_list(c, CONF_cors_allowedOrigins, 999), "o999");
	assert_null(conf_list(c, CONF_cors_allowedOrigins, 1000));
	conf_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(booleans_are_words),
	    FIXTURE_TEST(a_refused_value_leaves_the_old_one),
	    FIXTURE_TEST(secrets_are_taken_to_the_byte),
	    FIXTURE_TEST(lists_grow),
	};

	return RUN(tests);
}

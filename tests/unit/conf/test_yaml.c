/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/fixture.h"

struct wrong {
	const char *more; /* after the 7 lines of GOOD */
	const char *said; /* all complaints */
};

static void
refuse(const struct wrong *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[4096];
		struct conf *c;

		snprintf(text, sizeof text, "%s%s", GOOD, w[i].more);
		assert_err(ERR_CONFIG, fixture_load_flags(text, CONF_QUIET, &c));
		assert_null(c);
		assert_string_equal(fixture_said(), w[i].said);
	}
}

static void
complaints_say_file_line_key_and_what_was_expected(void **state)
{
	static const struct wrong w[] = {
	    {"server:\n  prot: 1\n", "config.yaml:9: server.prot: unknown key, expected perhaps server.port\n"},
	    {"server:\n  &a not-to-be-repeated-0123456789abcdef: 1\n",
		"config.yaml:9: server: has a key of 35 bytes, expected one of `bedrudctl config keys`\n"},
	    {"tokenTTL: 5\n", "config.yaml:8: tokenTTL: unknown key, expected perhaps livekit.tokenTTL\n"},
	    {"xyzzy: {a: [1, {b: c}]}\n",
		"config.yaml:8: xyzzy: unknown key, expected one of `bedrudctl config keys`\n"},
	    {"server: 5\n", "config.yaml:8: server: has a value, expected a section with keys below it\n"},
	    {"server: [1]\n", "config.yaml:8: server: is a list, expected a section with keys below it\n"},
	    {"server.port: 80\n",
		"config.yaml:8: server.port: has a dot in its name, expected a section and the key below it\n"},
	    {"server:\n  port: [80]\n", "config.yaml:9: server.port: is a list, expected text\n"},
	    {"server:\n  port: {a: 80}\n", "config.yaml:9: server.port: is a section, expected text\n"},
	    {"server: {port: 80a}\n",
		"config.yaml:8: server.port: \"80a\" is wrong, expected a port from 1 to 65535\n"},
	    {"server: {port: 0}\n", "config.yaml:8: server.port: \"0\" is wrong, expected a port from 1 to 65535\n"},
	    {"server: {maxRoomsPerUser: many}\n", "config.yaml:8: server.maxRoomsPerUser: \"many\" is wrong, expected "
						  "a whole number from 0 to 1000000\n"},
	    {"server: {maxRoomsPerUser: 1.5}\n",
		"config.yaml:8: server.maxRoomsPerUser: \"1.5\" is wrong, expected a whole number from 0 to 1000000\n"},
	    {"chat: {maxMessageCount: -1}\n",
		"config.yaml:8: chat.maxMessageCount: \"-1\" is wrong, expected a whole number not below 0\n"},
	    {"chat: {maxMessageCount: 99999999999999999999}\n",
		"config.yaml:8: chat.maxMessageCount: \"99999999999999999999\" is wrong, expected a whole number not "
		"below 0\n"},
	    {"server: {enableTLS: maybe}\n",
		"config.yaml:8: server.enableTLS: \"maybe\" is wrong, expected true or false\n"},
	    {"server: {enableTLS: 1}\n", "config.yaml:8: server.enableTLS: \"1\" is wrong, expected true or false\n"},
	    {"server: {enableTLS: {a: b}}\n",
		"config.yaml:8: server.enableTLS: is a section, expected true or false\n"},
	    {"cors: {allowedOrigins: {a: b}}\n",
		"config.yaml:8: cors.allowedOrigins: is a section, expected a list, or text with commas\n"},
	    {"cors: {allowedOrigins: [[a]]}\n",
		"config.yaml:8: cors.allowedOrigins: has a list as an element, expected text\n"},
	    {"email: {templates: {subjectLines: hi}}\n",
		"config.yaml:8: email.templates.subjectLines: \"hi\" is wrong, expected a section\n"},
	    {"server: {port: \"8\\0\"}\n", "config.yaml:8: server.port: has a NUL byte, expected text without one\n"},
	    {"server: {\"a\\x07b\": 1}\n",
		"config.yaml:8: server.a\\x07b: unknown key, expected one of `bedrudctl config keys`\n"},
	    {"auth: {tokenDuration: 1}\n", "config.yaml:8: auth: is given twice, expected once (first in line 4)\n"},
	    {"server:\n  port: 1\n  port: 2\n",
		"config.yaml:10: server.port: is given twice, expected once (first in line 9)\n"},
	};

	(void)state;
	refuse(w, sizeof w / sizeof *w);
}

static void
yaml_of_other_kinds_is_refused(void **state)
{
	static const struct wrong w[] = {
	    {"server: &a {port: 80}\n",
		"config.yaml:8: server: anchors and aliases (& and *) are not supported, expected the "
		"value itself; a text that begins so needs quotes\n"},
	    {"server: {domain: *a}\n",
		"config.yaml:8: server.domain: anchors and aliases (& and *) are not supported, expected "
		"the value itself; a text that begins so needs quotes\n"},
	    {"server: {domain: !secret a}\n",
		"config.yaml:8: server.domain: tags (!) are not supported, expected the value "
		"itself; a text that begins so needs quotes\n"},
	    {"server: {<<: {port: 1}}\n",
		"config.yaml:8: server.<<: merging is not supported, expected the keys themselves\n"},
	    {"? [a]\n: b\n", "config.yaml:8: has a list as a name, expected text\n"},
	    {"---\na: b\n", "config.yaml:8: a second document begins here, expected one\n"},
	    {"server: {port: 80\n",
		"config.yaml:9: not YAML at column 1: did not find expected ',' or '}' while parsing a flow "
		"mapping\n"},
	    {"server:\n\tport: 80\n",
		"config.yaml:9: not YAML at column 1: found character that cannot start any token while "
		"scanning for the next token\n"},
	    {"server: \"open\n",
		"config.yaml:9: not YAML at column 1: found unexpected end of stream while scanning a quoted "
		"scalar\n"},
	};

	(void)state;
	refuse(w, sizeof w / sizeof *w);
}

static void
several_complaints_come_at_once(void **state)
{
	static const struct wrong w[] = {
	    {"server:\n  prot: 1\n  behindProxy: true\n  enableTLS: maybe\nrateLimit: {authMaxRequests: x}\n",
		"config.yaml:9: server.prot: unknown key, expected perhaps server.port\n"
		"config.yaml:11: server.enableTLS: \"maybe\" is wrong, expected true or false\n"
		"config.yaml:12: rateLimit.authMaxRequests: \"x\" is wrong, expected a whole number from 0 to 1000000\n"
		"config.yaml:10: server.behindProxy: is true while server.trustedProxies is empty, expected the "
		"proxy's address "
		"there\n"},
	};

	(void)state;
	refuse(w, sizeof w / sizeof *w);
}

static void
a_file_that_is_no_mapping_is_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} w[] = {
	    {"hello\n", "config.yaml:1: is text, expected a YAML mapping (sections with keys below them)\n"},
	    {"- a\n- b\n", "config.yaml:1: is a list, expected a YAML mapping (sections with keys below them)\n"},
	    {"a: \xff\n", "config.yaml: not YAML at byte 3: invalid leading UTF-8 octet, expected UTF-8 text\n"},
	};
	struct conf *c;

	(void)state;
	for (size_t i = 0; i < sizeof w / sizeof *w; i++) {
		assert_err(ERR_CONFIG, fixture_load_flags(w[i].text, CONF_QUIET, &c));
		assert_memory_equal(fixture_said(), w[i].said, strlen(w[i].said));
	}
}

static void
every_way_to_write_a_value_is_read(void **state)
{
	struct conf *c = fixture_good("server:\n"
				      "  port: 8090\n"
				      "  maxRoomsPerUser: \"12\"\n"
				      "  enableTLS: \"yes\"\n"
				      "  disableTLS: Off\n"
				      "  trustedProxies:\n"
				      "    - 127.0.0.1\n"
				      "    - \n"
				      "    - '::1'\n"
				      "cors:\n"
				      "  allowedOrigins: \" https://a.example , https://b.example,\"\n"
				      "logger:\n"
				      "chat: ~\n"
				      "email: {templates: {subjectLines: {welcome: \"Hi: you\"}}}\n");

	(void)state;
	assert_string_equal(conf_str(c, CONF_server_port), "8090");
	assert_int_equal(conf_int(c, CONF_server_maxRoomsPerUser), 12);
	assert_int_equal(conf_bool(c, CONF_server_enableTLS), 1);
	assert_int_equal(conf_bool(c, CONF_server_disableTLS), 0);
	assert_string_equal(conf_list(c, CONF_server_trustedProxies, 0), "127.0.0.1");
	assert_string_equal(conf_list(c, CONF_server_trustedProxies, 1), "::1");
	assert_null(conf_list(c, CONF_server_trustedProxies, 2));
	assert_string_equal(conf_list(c, CONF_cors_allowedOrigins, 0), "https://a.example");
	assert_string_equal(conf_list(c, CONF_cors_allowedOrigins, 1), "https://b.example");
	assert_null(conf_list(c, CONF_cors_allowedOrigins, 2));
	assert_string_equal(conf_list(c, CONF_email_templates_subjectLines, 0), "welcome=Hi: you");
	assert_string_equal(conf_origin(c, CONF_server_trustedProxies), "config.yaml:13");
	conf_free(c);
}

static void
empty_values_are_defaults(void **state)
{
	struct conf *c = fixture_good("server: {port: '', proxyHeader: , maxParticipantsLimit: null, enableTLS: ''}\n");

	(void)state;
	assert_string_equal(conf_str(c, CONF_server_port), "8080");
	assert_string_equal(conf_str(c, CONF_server_proxyHeader), "X-Forwarded-For");
	assert_int_equal(conf_int(c, CONF_server_maxParticipantsLimit), 1000);
	assert_int_equal(conf_bool(c, CONF_server_enableTLS), 0);
	assert_string_equal(conf_origin(c, CONF_server_port), "default");
	conf_free(c);
}

/* Nesting costs heap in libyaml and nothing of ours: a deep file ends in a complaint, not in the stack. */
static void
deep_nesting_is_survived(void **state)
{
	size_t n = 200000;
	char *text = test_malloc(n + 8);
	struct conf *c;

	(void)state;
	(void)snprintf(text, n, "xyzzy: ");
	memset(text + 7, '[', n);
	fixture_write(text, n + 7);
	test_free(text);
	assert_err(ERR_CONFIG, conf_load("config.yaml", CONF_QUIET, &fixture_problems, &c));
	assert_non_null(strstr(fixture_said(), "config.yaml:1: nested too deeply, expected at most 64 levels\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(complaints_say_file_line_key_and_what_was_expected),
	    FIXTURE_TEST(yaml_of_other_kinds_is_refused),
	    FIXTURE_TEST(several_complaints_come_at_once),
	    FIXTURE_TEST(a_file_that_is_no_mapping_is_refused),
	    FIXTURE_TEST(every_way_to_write_a_value_is_read),
	    FIXTURE_TEST(empty_values_are_defaults),
	    FIXTURE_TEST(deep_nesting_is_survived),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/fixture.h"

#include <fcntl.h>

#include "conf/env_impl.h"

/* What goes to standard error while f runs, into out. */
static void
capture(struct conf **c, const char *more, unsigned flags, char *out, size_t n)
{
	char text[4096];
	int saved = dup(2), ends[2];
	ssize_t got;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], 2), 2);
	snprintf(text, sizeof text, "%s%s", GOOD, more);
	assert_ok(fixture_load_flags(text, flags, c));
	assert_int_equal(dup2(saved, 2), 2);
	close(saved);
	close(ends[1]);
	got = read(ends[0], out, n - 1);
	assert_true(got >= 0);
	out[got] = '\0';
	close(ends[0]);
}

static void
overrides_win_over_the_file(void **state)
{
	struct conf *c;

	(void)state;
	setenv("SERVER_PORT", "9000", 1);
	setenv("RATELIMIT_GUEST_MAX", "7", 1);
	setenv("SERVER_ENABLE_TLS", "1", 1);
	setenv("SERVER_TRUSTED_PROXIES", "10.0.0.1, 10.1.0.0/16", 1);
	setenv("DB_PATH", "other.db", 1);
	setenv("CF_API_TOKEN", "second", 1);
	c = fixture_good("server:\n  port: 8000\nrateLimit: {guestMaxRequests: 6}\n");
	assert_string_equal(conf_str(c, CONF_server_port), "9000");
	assert_string_equal(conf_origin(c, CONF_server_port), "environment SERVER_PORT");
	assert_int_equal(conf_int(c, CONF_rateLimit_guestMaxRequests), 7);
	assert_int_equal(conf_bool(c, CONF_server_enableTLS), 1);
	assert_string_equal(conf_list(c, CONF_server_trustedProxies, 1), "10.1.0.0/16");
	assert_null(conf_list(c, CONF_server_trustedProxies, 2));
	assert_string_equal(conf_str(c, CONF_server_acme_cloudflareAPIToken), "second");
	assert_memory_equal(conf_str(c, CONF_database_path), fixture_folder, strlen(fixture_folder));
	assert_string_equal(conf_str(c, CONF_database_path) + strlen(fixture_folder), "/other.db");
	conf_free(c);
}

static void
every_variable_of_the_table_is_read(void **state)
{
	(void)state;
	for (int i = 0; i < CONF__MAX; i++) {
		enum conf_id id = (enum conf_id)i;
		const struct conf_key *k = conf_key(id);
		const char *value = k->type == CONF_INT ? "61" : k->type == CONF_BOOL ? "true" : "6061";
		char name[64];
		struct conf *c;

		/* Two have rules of their own: a kind of database, and addresses. */
		if (*k->env == '\0' || id == CONF_database_type)
			continue;
		if (id == CONF_server_trustedProxies)
			value = "6061::";
		if (id == CONF_livekit_host || id == CONF_livekit_internalHost)
			value = "ws://6061";
		if (id == CONF_livekit_apiSecret)
			value = "6061606160616061606160616061606160616061";
		if (id == CONF_cors_allowCredentials)
			setenv("CORS_ALLOWED_ORIGINS", "https://a.example", 1);
		if (id == CONF_livekit_external)
			setenv("LIVEKIT_HOST", "wss://lk.example", 1);
		snprintf(name, sizeof name, "%.*s", (int)strcspn(k->env, ","), k->env);
		setenv(name, value, 1);
		c = fixture_good("");
		assert_non_null(strstr(conf_origin(c, id), name));
		if (k->type != CONF_LIST && (k->flags & CONF_PATH) == 0)
			assert_string_equal(conf_str(c, id), value);
		conf_free(c);
		fixture_clear_environment();
	}
}

static void
empty_overrides_are_none(void **state)
{
	struct conf *c;

	(void)state;
	setenv("SERVER_PORT", "", 1);
	setenv("LIVEKIT_API_KEY", "", 1);
	c = fixture_good("server: {port: 8000}\n");
	assert_string_equal(conf_str(c, CONF_server_port), "8000");
	assert_string_equal(conf_str(c, CONF_livekit_apiKey), "key");
	conf_free(c);
}

static void
overrides_that_make_no_sense_are_ignored_with_a_warning(void **state)
{
	struct conf *c;
	char said[2048];

	(void)state;
	setenv("RATELIMIT_API_MAX", "hunter2", 1);
	setenv("SERVER_ENABLE_TLS", "perhaps", 1);
	setenv("SERVER_PORT", "tcp://10.0.0.1:80", 1);
	capture(&c, "rateLimit: {apiMaxRequests: 8}\n", CONF_QUIET, said, sizeof said);
	assert_int_equal(conf_int(c, CONF_rateLimit_apiMaxRequests), 8);
	assert_string_equal(conf_origin(c, CONF_rateLimit_apiMaxRequests), "config.yaml:8");
	assert_int_equal(conf_bool(c, CONF_server_enableTLS), 0);
	assert_string_equal(conf_str(c, CONF_server_port), "8080");
	assert_string_equal(said,
	    "bedrud: warning: environment SERVER_PORT: its value is ignored, expected a port from 1 to 65535 (for "
	    "server.port)\n"
	    "bedrud: warning: environment SERVER_ENABLE_TLS: its value is ignored, expected true or false (for "
	    "server.enableTLS)\n"
	    "bedrud: warning: environment RATELIMIT_API_MAX: its value is ignored, expected a whole number from 0 to "
	    "1000000 "
	    "(for rateLimit.apiMaxRequests)\n");
	conf_free(c);
}

static void
a_responder_ignores_what_its_web_server_sets(void **state)
{
	struct conf *c;

	(void)state;
	setenv("SERVER_PORT", "443", 1);
	setenv("SERVER_HTTP_PORT", "81", 1);
	assert_ok(fixture_load_flags(GOOD, CONF_QUIET | CONF_AS_RESPONDER, &c));
	assert_string_equal(conf_str(c, CONF_server_port), "8080");
	assert_string_equal(conf_str(c, CONF_server_httpPort), "81");
	conf_free(c);
}

static void
names_of_cgi_are_known(void **state)
{
	(void)state;
	assert_true(conf_env_is_cgi("SERVER_PORT"));
	assert_true(conf_env_is_cgi("SERVER_NAME"));
	assert_true(conf_env_is_cgi("HTTP_PROXY"));
	assert_true(conf_env_is_cgi("REDIRECT_STATUS"));
	assert_false(conf_env_is_cgi("SERVER_HTTP_PORT"));
	assert_false(conf_env_is_cgi("SERVER_DOMAIN"));
	assert_false(conf_env_is_cgi("LIVEKIT_HOST"));
}

static void
a_complaint_about_an_override_names_the_variable(void **state)
{
	struct conf *c;

	(void)state;
	setenv("DB_TYPE", "mysql", 1);
	assert_err(ERR_CONFIG, fixture_load_flags(GOOD, CONF_QUIET, &c));
	assert_string_equal(
	    fixture_said(), "environment DB_TYPE: database.type: \"mysql\" is wrong, expected sqlite\n");
}

static void
keys_without_meaning_are_reported_once(void **state)
{
	struct conf *c;
	char said[2048];

	(void)state;
	capture(&c, "server: {writeTimeout: 9, readTimeout: 5}\nwebxdc: {enabled: true}\n", 0, said, sizeof said);
	conf_free(c);
	assert_string_equal(said,
	    "bedrud: info: config.yaml: keys that this version accepts and doesn't use: "
	    "server.readTimeout, server.writeTimeout, webxdc.enabled\n");
	capture(&c, "server: {writeTimeout: 9, readTimeout: 5}\n", CONF_QUIET, said, sizeof said);
	conf_free(c);
	assert_string_equal(said, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(overrides_win_over_the_file),
	    FIXTURE_TEST(every_variable_of_the_table_is_read),
	    FIXTURE_TEST(empty_overrides_are_none),
	    FIXTURE_TEST(overrides_that_make_no_sense_are_ignored_with_a_warning),
	    FIXTURE_TEST(a_responder_ignores_what_its_web_server_sets),
	    FIXTURE_TEST(names_of_cgi_are_known),
	    FIXTURE_TEST(a_complaint_about_an_override_names_the_variable),
	    FIXTURE_TEST(keys_without_meaning_are_reported_once),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/fixture.h"

#include "conf/livekit_impl.h"

#define SECRET "0123456789abcdef0123456789abcdef"

static struct conf *
with(const char *livekit)
{
	char text[1024];
	struct conf *c;
	enum err e;

	snprintf(text, sizeof text,
	    "database: {path: a.db}\nauth: {jwtSecret: " SECRET ", sessionSecret: " SECRET "}\n"
	    "livekit: {apiKey: k, apiSecret: " SECRET "%s}\n",
	    livekit);
	e = fixture_load_flags(text, CONF_QUIET, &c);
	if (e != ERR_OK)
		fprintf(stderr, "%s", fixture_said());
	assert_ok(e);
	return c;
}

static void
browsers_are_sent_where_their_page_may_go(void **state)
{
	static const struct {
		const char *more, *plain, *tls;
	} t[] = {
	    {"", "ws://meet.example.org:81/livekit", "wss://meet.example.org:81/livekit"},
	    {", host: 'ws://a.example:7880'", "ws://a.example:7880", "wss://a.example:7880"},
	    {", host: 'http://a.example/x'", "http://a.example/x", "https://a.example/x"},
	    {", host: 'wss://a.example'", "wss://a.example", "wss://a.example"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct conf *c = with(t[i].more);
		char out[64];

		assert_ok(conf_livekit_client(c, 0, "meet.example.org:81", out, sizeof out));
		assert_string_equal(out, t[i].plain);
		assert_ok(conf_livekit_client(c, 1, "meet.example.org:81", out, sizeof out));
		assert_string_equal(out, t[i].tls);
		assert_err(ERR_CONFIG, conf_livekit_client(c, 1, "meet.example.org:81", out, strlen(t[i].tls)));
		conf_free(c);
	}
}

static void
embedded_unless_somebody_says_otherwise(void **state)
{
	static const struct {
		const char *more;
		int embedded;
		const char *api;
	} t[] = {
	    {"", 1, "http://127.0.0.1:7880"},
	    {", port: 7000", 1, "http://127.0.0.1:7000"},
	    {", host: 'wss://meet.example.org/livekit'", 1, "http://127.0.0.1:7880"},
	    {", host: 'wss://x.livekit.cloud'", 0, "https://x.livekit.cloud"},
	    {", host: 'ws://a.example:7880', external: true", 0, "http://a.example:7880"},
	    {", host: 'ws://a.example:7880', embedded: false", 0, "http://a.example:7880"},
	    {", internalHost: 'ws://localhost:7881/'", 1, "http://localhost:7881"},
	    {", internalHost: 'http://127.0.0.9:7881//'", 1, "http://127.0.0.9:7881"},
	    {", internalHost: 'wss://[::1]:7881'", 1, "https://[::1]:7881"},
	    {", internalHost: 'http://0.0.0.0:1'", 1, "http://0.0.0.0:1"},
	    {", internalHost: 'http://127.0.0.1:1', external: true", 0, "http://127.0.0.1:1"},
	    {", internalHost: 'https://lk.example.org/base/'", 0, "https://lk.example.org/base"},
	    {", internalHost: 'http://192.0.2.7:7880', host: 'wss://b'", 0, "http://192.0.2.7:7880"},
	    {", internalHost: 'http://localhost.example.org'", 0, "http://localhost.example.org"},
	    {", internalHost: 'http://localhost@example.org:80'", 0, "http://localhost@example.org:80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct conf *c = with(t[i].more);
		char api[128];

		assert_int_equal(conf_livekit_embedded(c), t[i].embedded);
		assert_int_equal(*conf_livekit_decider(c) == '\0', t[i].embedded);
		assert_ok(conf_livekit_api(c, api, sizeof api));
		assert_string_equal(api, t[i].api);
		assert_err(ERR_CONFIG, conf_livekit_api(c, api, strlen(t[i].api)));
		conf_free(c);
	}
}

static void
what_decided_is_named(void **state)
{
	static const char *const t[][2] = {
	    {", external: true, host: 'ws://a'", "livekit.external is true (config.yaml:3)"},
	    {", embedded: no, host: 'ws://a'", "livekit.embedded is false (config.yaml:3)"},
	    {", internalHost: 'http://192.0.2.7'", "livekit.internalHost isn't this machine (config.yaml:3)"},
	    {", host: 'wss://x.livekit.cloud'", "livekit.host is LiveKit's own cloud (config.yaml:3)"},
	};
	struct conf *c;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		c = with(t[i][0]);
		assert_string_equal(conf_livekit_decider(c), t[i][1]);
		conf_free(c);
	}
	setenv("LIVEKIT_MANAGED", "true", 1);
	c = with("");
	assert_string_equal(conf_livekit_decider(c), "LIVEKIT_MANAGED is true in the environment");
	conf_free(c);
	unsetenv("LIVEKIT_MANAGED");
	setenv("LIVEKIT_EXTERNAL", "true", 1);
	c = with(", host: 'ws://a'");
	assert_string_equal(conf_livekit_decider(c), "livekit.external is true (environment LIVEKIT_EXTERNAL)");
	conf_free(c);
	unsetenv("LIVEKIT_EXTERNAL");
}

static void
the_environment_may_say_so(void **state)
{
	static const struct {
		const char *name, *value;
		int embedded;
	} t[] = {{"LIVEKIT_MANAGED", "true", 0}, {"LIVEKIT_MANAGED", "1", 0}, {"LIVEKIT_MANAGED", "false", 1},
	    {"LIVEKIT_EXTERNAL", "true", 0}, {"LIVEKIT_EXTERNAL", "0", 1}, {"LIVEKIT_EXTERNAL", "", 1}};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct conf *c;

		setenv(t[i].name, t[i].value, 1);
		c = with(", host: 'ws://a.example'");
		assert_int_equal(conf_livekit_embedded(c), t[i].embedded);
		conf_free(c);
		unsetenv(t[i].name);
	}
}

static void
a_livekit_that_somebody_else_runs_here_is_found(void **state)
{
	struct conf *c;
	char api[128];

	(void)state;
	setenv("LIVEKIT_MANAGED", "true", 1);
	c = with(", port: 7900");
	assert_int_equal(conf_livekit_embedded(c), 0);
	assert_ok(conf_livekit_api(c, api, sizeof api));
	assert_string_equal(api, "http://127.0.0.1:7900");
	conf_free(c);
}

static void
this_machine_has_its_name_and_addresses(void **state)
{
	char name[200], url[256];

	(void)state;
	assert_int_equal(gethostname(name, sizeof name), 0);
	snprintf(url, sizeof url, "ws://%s:7880/x", name);
	assert_true(conf_livekit_is_here(url));
	assert_true(conf_livekit_is_here("http://LOCALHOST./"));
	assert_true(conf_livekit_is_here("http://lk.localhost:80"));
	assert_false(conf_livekit_is_here("http://notlocalhost"));
	assert_false(conf_livekit_is_here("http://[2001:db8::7]:80"));
	assert_false(conf_livekit_is_here("http://"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(browsers_are_sent_where_their_page_may_go),
	    FIXTURE_TEST(embedded_unless_somebody_says_otherwise),
	    FIXTURE_TEST(what_decided_is_named),
	    FIXTURE_TEST(the_environment_may_say_so),
	    FIXTURE_TEST(a_livekit_that_somebody_else_runs_here_is_found),
	    FIXTURE_TEST(this_machine_has_its_name_and_addresses),
	};

	return RUN(tests);
}

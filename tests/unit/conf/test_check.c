/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/fixture.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define AUTH "auth: {jwtSecret: " SECRET ", sessionSecret: " SECRET "}\n"
#define LIVEKIT "livekit: {apiKey: k, apiSecret: " SECRET "}\n"
#define DATABASE "database: {path: a.db}\n"

struct wrong {
	const char *text, *said;
};

static void
refuse(const struct wrong *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct conf *c;

		assert_err(ERR_CONFIG, fixture_load_flags(w[i].text, CONF_QUIET, &c));
		assert_string_equal(fixture_said(), w[i].said);
	}
}

static void
what_is_required_is_required(void **state)
{
	static const struct wrong w[] = {
	    {AUTH LIVEKIT "database:\n  type: sqlite\n", "config.yaml:3: database.path: is missing, expected: the "
							 "SQLite file (here, or in the environment as DB_PATH)\n"},
	    {DATABASE LIVEKIT "auth: {jwtSecret: " SECRET "}\n",
		"config.yaml:3: auth.sessionSecret: is missing, expected: secret that signs the guest cookie\n"},
	    {DATABASE LIVEKIT "auth:\n  jwtSecret: ''\n  sessionSecret: " SECRET "\n",
		"config.yaml:4: auth.jwtSecret: is missing, expected: secret that signs sessions; at least 32 bytes "
		"are recommended "
		"(here, or in the environment as JWT_SECRET)\n"},
	    {DATABASE AUTH, "config.yaml: livekit.apiKey: is missing, expected: name of LiveKit's API key (here, or in "
			    "the environment as "
			    "LIVEKIT_API_KEY)\n"
			    "config.yaml: livekit.apiSecret: is missing, expected: secret of LiveKit's API key; at "
			    "least 32 bytes when embedded "
			    "(here, or in the environment as LIVEKIT_API_SECRET)\n"},
	};

	(void)state;
	refuse(w, sizeof w / sizeof *w);
}

static void
what_does_not_go_together_is_refused(void **state)
{
	static const struct wrong w[] = {
	    {AUTH LIVEKIT "database: {path: a, type: postgres}\n",
		"config.yaml:3: database.type: PostgreSQL is not supported, expected sqlite; copy the data into an "
		"SQLite file with "
		"Bedrud's tables and give it as database.path\n"},
	    {AUTH LIVEKIT "database: {path: a, type: mysql}\n",
		"config.yaml:3: database.type: \"mysql\" is wrong, expected sqlite\n"},
	    {AUTH DATABASE "livekit: {apiKey: k, apiSecret: 0123456789abcdef0123456789abcde}\n",
		"config.yaml:3: livekit.apiSecret: is too short (31 bytes), expected at least 32\n"},
	    {AUTH DATABASE "livekit: {apiKey: k, apiSecret: s, external: true}\n",
		"config.yaml:3: livekit.host: is missing, expected the address of the external LiveKit\n"},
	    {AUTH DATABASE "livekit: {apiKey: k, apiSecret: s, external: true, host: 'lk:7880'}\n",
		"config.yaml:3: livekit.host: \"lk:7880\" is wrong, expected an address that begins with ws:// or "
		"wss://\n"},
	    {AUTH DATABASE "livekit: {apiKey: k, apiSecret: " SECRET ", udpPortStart: 100, udpPortEnd: 99}\n",
		"config.yaml:3: livekit.udpPortStart: 100 is above livekit.udpPortEnd, expected at most 99\n"},
	    {AUTH DATABASE "livekit: {apiKey: k, apiSecret: " SECRET ", port: 7000, tcpPort: 7000}\n",
		"config.yaml:3: livekit.tcpPort: is the same as livekit.port, expected another, or 0 for livekit.port "
		"+ 1\n"},
	    {AUTH DATABASE "livekit: {apiKey: k, apiSecret: " SECRET ", webhookURL: 'ftp://x'}\n",
		"config.yaml:3: livekit.webhookURL: \"ftp://x\" is wrong, expected an address that begins with http:// "
		"or "
		"https://\n"},
	    {AUTH DATABASE LIVEKIT "server: {behindProxy: true}\n",
		"config.yaml:4: server.behindProxy: is true while server.trustedProxies is empty, expected the proxy's "
		"address "
		"there\n"},
	    {AUTH DATABASE LIVEKIT "server: {behindProxy: true, trustedProxies: [proxy.example, 10.0.0.0/33]}\n",
		"config.yaml:4: server.trustedProxies: \"proxy.example\" is wrong, expected an address or a network "
		"such as "
		"127.0.0.1 or 10.0.0.0/8\n"
		"config.yaml:4: server.trustedProxies: \"10.0.0.0/33\" is wrong, expected an address or a network such "
		"as 127.0.0.1 "
		"or 10.0.0.0/8\n"},
	    {AUTH DATABASE LIVEKIT "cors: {allowCredentials: true}\n",
		"config.yaml:4: cors.allowCredentials: is true while cors.allowedOrigins is empty, expected the "
		"origins there\n"},
	    {AUTH DATABASE LIVEKIT "cors: {allowCredentials: true, allowedOrigins: 'https://a,*'}\n",
		"config.yaml:4: cors.allowCredentials: is true while cors.allowedOrigins has *, expected the origins "
		"by name\n"},
	    {AUTH DATABASE LIVEKIT "logger: {level: loud}\n",
		"config.yaml:4: logger.level: \"loud\" is wrong, expected trace, debug, info, warn or error\n"},
	};

	(void)state;
	refuse(w, sizeof w / sizeof *w);
}

static void
what_does_go_together_is_taken(void **state)
{
	static const char *const good[] = {
	    "server: {behindProxy: true, trustedProxies: [127.0.0.1, '10.0.0.0/8', '::1', '2001:db8::/32']}\n",
	    "cors: {allowCredentials: true, allowedOrigins: 'https://a'}\n",
	    "cors: {allowedOrigins: '*'}\n",
	    "logger: {level: debug}\n",
	    "logger: {level: ''}\n",
	};
	static const char *const whole[] = {
	    AUTH DATABASE "livekit: {apiKey: k, apiSecret: short, external: true, host: 'wss://lk.example'}\n",
	    AUTH DATABASE "livekit: {apiKey: k, apiSecret: short, internalHost: 'http://lk.example:7880'}\n",
	    DATABASE LIVEKIT "auth: {jwtSecret: short, sessionSecret: s}\n",
	    AUTH LIVEKIT "database: {path: a, type: ''}\n",
	};
	struct conf *c;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		conf_free(fixture_good(good[i]));
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
		assert_ok(fixture_load_flags(whole[i], CONF_QUIET, &c));
		conf_free(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(what_is_required_is_required),
	    FIXTURE_TEST(what_does_not_go_together_is_refused),
	    FIXTURE_TEST(what_does_go_together_is_taken),
	};

	return RUN(tests);
}

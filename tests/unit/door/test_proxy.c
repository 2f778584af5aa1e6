/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "door/proxy.h"

static struct conf *
config(const char *proxies)
{
	char name[] = "/tmp/bedrud-test-XXXXXX";
	FILE *f = fdopen(mkstemp(name), "w");
	struct base_buf problems;
	struct conf *c = NULL;

	fprintf(f,
		"server:\n  trustedProxies: [%s]\ndatabase:\n  path: x.db\nlivekit:\n  apiKey: k\n"
		"  apiSecret: secretsecretsecretsecretsecretsecret\nauth:\n  jwtSecret: "
		"secretsecretsecretsecretsecretsecret\n"
		"  sessionSecret: secretsecretsecretsecretsecretsecret\n",
		proxies);
	fclose(f);
	base_buf_init(&problems, 10000);
	if (conf_load(name, CONF_QUIET, &problems, &c) != ERR_OK)
		fail_msg("%s", problems.p);
	base_buf_free(&problems);
	unlink(name);
	return c;
}

static void
only_trusted_proxies_are_believed(void **state)
{
	static const struct { const char *peer, *header, *client;
	} v[] = {{"203.0.113.9", NULL, "203.0.113.9"},
		 {"203.0.113.9", "198.51.100.1", "203.0.113.9"},
		 {"10.1.2.3", NULL, "10.1.2.3"},
		 {"10.1.2.3", "198.51.100.1", "198.51.100.1"},
		 {"10.1.2.3", "6.6.6.6, 198.51.100.1", "198.51.100.1"},
		 {"10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1"},
		 {"10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"},
		 {"10.1.2.3", "nonsense", "10.1.2.3"},
		 {"10.1.2.3", "6.6.6.6, nonsense, 10.0.0.7", "10.0.0.7"},
		 {"2001:db8::1", "198.51.100.7", "198.51.100.7"},
		 {"2001:db9::1", "198.51.100.7", "2001:db9::1"},
		 {"::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"},
		 {"", "198.51.100.1", ""},
		 {"10.1.2.3", "", "10.1.2.3"}};
	struct conf *c = config("10.0.0.0/8, \"2001:db8::/32\", 192.0.2.1");
	struct base_arena a;

	(void)state;
	base_arena_init(&a, 100000);
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		assert_string_equal(door_proxy_client(c, &a, v[i].peer, v[i].header), v[i].client);
	assert_true(door_proxy_trusted(c, "192.0.2.1"));
	assert_false(door_proxy_trusted(c, "192.0.2.2"));
	assert_false(door_proxy_trusted(c, "11.0.0.1"));
	base_arena_free(&a);
	conf_free(c);
}

static void
without_proxies_the_peer_is_the_client(void **state)
{
	struct conf *c = config("");
	struct base_arena a;

	(void)state;
	base_arena_init(&a, 100000);
	assert_string_equal(door_proxy_client(c, &a, "10.1.2.3", "1.2.3.4"), "10.1.2.3");
	base_arena_free(&a);
	conf_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_trusted_proxies_are_believed),
	    cmocka_unit_test(without_proxies_the_peer_is_the_client),
	};

	return RUN(tests);
}

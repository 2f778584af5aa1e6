/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/log.h"
#include "livekit-launcher/nodeip.h"

static void
kinds(void **unused)
{
	static const char *const want[][2] = {
	    {"127.0.0.1", "loopback"},
	    {"127.255.0.3", "loopback"},
	    {"::1", "loopback"},
	    {"169.254.1.1", "link-local"},
	    {"fe80::1", "link-local"},
	    {"10.1.2.3", "private"},
	    {"172.16.0.1", "private"},
	    {"172.31.255.255", "private"},
	    {"192.168.0.1", "private"},
	    {"fd00::2", "private"},
	    {"100.64.0.1", "carrier-grade NAT"},
	    {"100.127.255.255", "carrier-grade NAT"},
	    {"100.63.0.1", "public"},
	    {"100.128.0.1", "public"},
	    {"172.15.0.1", "public"},
	    {"172.32.0.1", "public"},
	    {"8.8.8.8", "public"},
	    {"2001:db8::1", "public"},
	};
	static const char *const none[] = {"", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1",
	    "::ffff:1.2.3.4", "1.2.3", "1.2.3.4.5", "host", "1.2.3.4:80", "[::1]", "fe80::1%eth0", " 1.2.3.4"};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_non_null(launcher_nodeip_kind(want[i][0]));
		assert_string_equal(launcher_nodeip_kind(want[i][0]), want[i][1]);
	}
	for (i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_null(launcher_nodeip_kind(none[i]));
}

static void
the_key_comes_first(void **unused)
{
	struct launcher_nodeip n;

	(void)unused;
	assert_ok(launcher_nodeip_decide("203.0.113.7", "198.51.100.1", &n));
	assert_string_equal(n.text, "203.0.113.7");
	assert_string_equal(n.rule, "livekit.nodeIP");
	assert_false(n.is_loopback || n.is_v6);
	assert_ok(launcher_nodeip_decide("::1", "", &n));
	assert_true(n.is_loopback && n.is_v6);
}

static void
a_bad_key_is_refused(void **unused)
{
	struct launcher_nodeip n;

	(void)unused;
	assert_err(ERR_CONFIG, launcher_nodeip_decide("meet.example.org", "", &n));
	assert_err(ERR_CONFIG, launcher_nodeip_decide("0.0.0.0", "198.51.100.1", &n));
	assert_err(ERR_CONFIG, launcher_nodeip_decide("1.2.3.4, 5.6.7.8", "", &n));
}

static void
then_the_host(void **unused)
{
	struct launcher_nodeip n;

	(void)unused;
	assert_ok(launcher_nodeip_decide("", "198.51.100.1", &n));
	assert_string_equal(n.text, "198.51.100.1");
	assert_string_equal(n.rule, "server.host");
	assert_ok(launcher_nodeip_decide("", "localhost", &n));
	assert_string_equal(n.rule, "server.host, looked up");
	assert_true(n.is_loopback);
}

/* "All addresses" says nothing about which one clients reach: the route decides, else the loopback. */
static void
then_the_route(void **unused)
{
	static const char *const hosts[] = {"", "0.0.0.0", "::"};
	struct launcher_nodeip n;
	size_t i;

	(void)unused;
	for (i = 0; i < 3; i++) {
		assert_ok(launcher_nodeip_decide("", hosts[i], &n));
		assert_non_null(launcher_nodeip_kind(n.text));
		if (strcmp(n.rule, "address of the outbound route") == 0)
			assert_false(n.is_loopback);
		else
			assert_string_equal(n.text, "127.0.0.1");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds),
	    cmocka_unit_test(the_key_comes_first),
	    cmocka_unit_test(a_bad_key_is_refused),
	    cmocka_unit_test(then_the_host),
	    cmocka_unit_test(then_the_route),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

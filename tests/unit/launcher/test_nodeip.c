/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/log.h"
#include "livekit-launcher/nodeip.h"
#include "livekit/address.h"

static void
the_key_comes_first(void **unused)
{
	struct launcher_nodeip n;

	(void)unused;
	assert_ok(launcher_nodeip_decide("203.0.113.7", "198.51.100.1", NULL, &n));
	assert_string_equal(n.text, "203.0.113.7");
	assert_string_equal(n.rule, "livekit.nodeIP");
	assert_false(n.is_loopback || n.is_v6);
	assert_ok(launcher_nodeip_decide("::1", "", NULL, &n));
	assert_true(n.is_loopback && n.is_v6);
}

static void
a_bad_key_is_refused(void **unused)
{
	struct launcher_nodeip n;

	(void)unused;
	assert_err(ERR_CONFIG, launcher_nodeip_decide("meet.example.org", "", NULL, &n));
	assert_err(ERR_CONFIG, launcher_nodeip_decide("0.0.0.0", "198.51.100.1", NULL, &n));
	assert_err(ERR_CONFIG, launcher_nodeip_decide("1.2.3.4, 5.6.7.8", "", NULL, &n));
}

static void
then_the_host(void **unused)
{
	struct launcher_nodeip n;

	(void)unused;
	assert_ok(launcher_nodeip_decide("", "198.51.100.1", NULL, &n));
	assert_string_equal(n.text, "198.51.100.1");
	assert_string_equal(n.rule, "server.host");
	assert_ok(launcher_nodeip_decide("", "localhost", NULL, &n));
	assert_string_equal(n.rule, "server.host, looked up");
	assert_true(n.is_loopback);
}

/* "All addresses" says nothing about which one clients reach: the route decides, else the loopback. */
static void
then_the_route(void **unused)
{
	static const char *const hosts[] = {"", "0.0.0.0", "::", "0", "::0", "name.invalid"};
	struct launcher_nodeip n;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		assert_ok(launcher_nodeip_decide("", hosts[i], NULL, &n));
		assert_non_null(livekit_address_kind(n.text));
		if (strcmp(n.rule, "address of the outbound route") == 0)
			assert_false(n.is_loopback);
		else
			assert_string_equal(n.text, "127.0.0.1");
	}
}

/* A router's address is never one of ours; then the outbound route's is where media arrives, if there is one. */
static void
where_it_arrives(void **unused)
{
	struct launcher_nodeip n, route;

	(void)unused;
	assert_ok(launcher_nodeip_decide("127.0.0.1", "", NULL, &n));
	assert_string_equal(n.bound, "127.0.0.1");
	assert_ok(launcher_nodeip_decide("", "", NULL, &route));
	assert_string_equal(route.bound, route.text);
	assert_ok(launcher_nodeip_decide("203.0.113.7", "", NULL, &n));
	assert_string_equal(n.bound, route.is_loopback || route.is_v6 ? "" : route.text);
}

/* A name that can't be looked up any more, for a while. */
static void
what_it_was_before(void **unused)
{
	struct launcher_nodeip before = {.text = "127.0.0.2", .rule = "server.host, looked up", .name = "name.invalid"};
	struct launcher_nodeip n;

	(void)unused;
	before.is_loopback = 1;
	assert_ok(launcher_nodeip_decide("", "name.invalid", &before, &n));
	assert_string_equal(n.text, "127.0.0.2");
	assert_string_equal(n.rule, before.rule);
	assert_string_equal(n.name, "name.invalid");
	assert_true(n.is_loopback);
	assert_ok(launcher_nodeip_decide("", "other.invalid", &before, &n)); /* not for another name */
	assert_string_not_equal(n.text, "127.0.0.2");
	assert_null(n.name);
	before.name = NULL; /* nor when it was no name that gave it */
	assert_ok(launcher_nodeip_decide("", "name.invalid", &before, &n));
	assert_string_not_equal(n.text, "127.0.0.2");
	assert_ok(launcher_nodeip_decide("", "localhost", &before, &n));
	assert_string_equal(n.name, "localhost");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_key_comes_first),
	    cmocka_unit_test(a_bad_key_is_refused),
	    cmocka_unit_test(then_the_host),
	    cmocka_unit_test(then_the_route),
	    cmocka_unit_test(where_it_arrives),
	    cmocka_unit_test(what_it_was_before),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

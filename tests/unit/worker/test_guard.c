/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "worker/guard.h"

static const char *
kind(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return worker_guard_kind((const void *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return worker_guard_kind((const void *)&v6);
}

/* Both ends of each network, and the neighbours beyond. */
static void
what_only_we_reach_is_refused(void **state)
{
	static const char *const refused[] = { "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0",
		"100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0",
		"172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255",
		"198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
		"240.0.0.0", "255.255.255.255", "::", "::1", "::2", "::127.0.0.1", "::ffff:127.0.0.1",
		"::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1",
		"100::1", "2001::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1",
		"3fff:fff::1", "4000::1", "5f00::1", "fc00::1", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1",
		"ff02::1", "fe00::1" };
	static const char *const reached[] = { "1.0.0.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
		"100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255",
		"203.0.114.0", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::808:808", "2001:200::1",
		"2001:4860:4860::8888", "2001:db7::1", "2001:db9::1", "2003::1", "2606:4700::1", "3ffe::1",
		"2a00:1450::1" };

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (kind(refused[i]) == NULL)
			fail_msg("%s is let through", refused[i]);
	for (size_t i = 0; i < sizeof reached / sizeof *reached; i++)
		if (kind(reached[i]) != NULL)
			fail_msg("%s is refused: %s", reached[i], kind(reached[i]));
}

static void
it_says_what_it_is(void **state)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };

	(void)state;
	assert_string_equal(kind("127.0.0.1"), "loopback");
	assert_string_equal(kind("::1"), "loopback");
	assert_string_equal(kind("::ffff:192.168.1.1"), "private");
	assert_string_equal(kind("169.254.169.254"), "link-local");
	assert_string_equal(kind("100.100.100.200"), "carrier-grade NAT");
	assert_string_equal(kind("fd00::1"), "private");
	assert_string_equal(kind("ff02::1"), "multicast");
	assert_non_null(worker_guard_kind((const void *)&local));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_only_we_reach_is_refused),
	    cmocka_unit_test(it_says_what_it_is),
	};

	return RUN(tests);
}

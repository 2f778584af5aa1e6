/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "livekit/address.h"

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
	    {"172.17.0.1", "Docker bridge"},
	    {"172.17.255.255", "Docker bridge"},
	    {"172.18.0.0", "private"},
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
		assert_non_null(livekit_address_kind(want[i][0]));
		assert_string_equal(livekit_address_kind(want[i][0]), want[i][1]);
	}
	for (i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_null(livekit_address_kind(none[i]));
}

static void
domains(void **unused)
{
	static const char *const good[] = {"meet.example.org", "a.b", "MEET-1.Example.ORG", "xn--bcher-kva.example"};
	static const char *const bad[] = {"", "localhost", "meet.example.org.", ".example.org", "meet..org",
	    "meet_1.org",
	    "meet.example.org:443", "\xc3\xbc.example", "192.0.2.1", "::1", "a b.org", "*.example.org"};
	char longest[260];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(livekit_address_is_domain(good[i]));
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(livekit_address_is_domain(bad[i]));
	memset(longest, 'a', sizeof longest);
	longest[100] = '.';
	longest[254] = '\0';
	assert_false(livekit_address_is_domain(longest));
	longest[253] = '\0';
	assert_true(livekit_address_is_domain(longest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(domains)};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/lookup.h"

#define LONG_MS 10000

static void
an_address_is_its_own(void **unused)
{
	struct addrinfo *all;
	const char *why;

	(void)unused;
	assert_ok(base_lookup("127.0.0.9", 7, SOCK_DGRAM, LONG_MS, &all, &why));
	assert_null(all->ai_next);
	assert_int_equal(all->ai_family, AF_INET);
	assert_int_equal(all->ai_socktype, SOCK_DGRAM);
	assert_int_equal(ntohs(((struct sockaddr_in *)(void *)all->ai_addr)->sin_port), 7);
	assert_int_equal(ntohl(((struct sockaddr_in *)(void *)all->ai_addr)->sin_addr.s_addr), 0x7f000009);
	freeaddrinfo(all);
	assert_ok(base_lookup("::1", 0, SOCK_STREAM, LONG_MS, &all, &why));
	assert_int_equal(all->ai_family, AF_INET6);
	freeaddrinfo(all);
}

static void
a_name_has_addresses_or_none(void **unused)
{
	struct addrinfo *all;
	const char *why = "";

	(void)unused;
	assert_ok(base_lookup("localhost", 1, SOCK_STREAM, LONG_MS, &all, &why));
	assert_non_null(all);
	freeaddrinfo(all);
	assert_err(ERR_ABSENT, base_lookup("a name with spaces", 1, SOCK_STREAM, LONG_MS, &all, &why));
	assert_null(all);
	assert_true(*why != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_address_is_its_own),
	    cmocka_unit_test(a_name_has_addresses_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

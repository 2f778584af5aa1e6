/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "conf/nearest_impl.h"

static void
slips_of_the_finger_are_found(void **state)
{
	static const struct {
		const char *wrote, *meant;
	} t[] = {
	    {"server.prot", "server.port"},
	    {"livekit.tokenttl", "livekit.tokenTTL"},
	    {"auth.jwt_secret", "auth.jwtSecret"},
	    {"liveKit.apikey", "livekit.apiKey"},
	    {"database.pth", "database.path"},
	    {"jwtSecret", "auth.jwtSecret"},
	    {"server.tokenDuration", "auth.tokenDuration"},
	    {"liveKit", "livekit"},
	    {"livekit.trun", "livekit.turn"},
	    {"databse", "database"},
	};
	const char *found;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		found = conf_nearest_find(t[i].wrote, &n);
		assert_non_null(found);
		assert_int_equal(n, strlen(t[i].meant));
		assert_memory_equal(found, t[i].meant, n);
	}
}

static void
nothing_near_is_nothing(void **state)
{
	char longer[200];
	size_t n;

	(void)state;
	assert_null(conf_nearest_find("xyzzy", &n));
	assert_null(conf_nearest_find("logs", &n));
	assert_null(conf_nearest_find("turn.enabledd.x", &n));
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	assert_null(conf_nearest_find(longer, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slips_of_the_finger_are_found),
	    cmocka_unit_test(nothing_near_is_nothing),
	};

	return RUN(tests);
}

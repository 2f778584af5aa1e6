/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/limits.h"
#include "ident/guest.h"

static struct base_arena arena;
static struct base_jwt_key *key, *other;

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&arena, LIMIT_ARENA);
	if (base_jwt_key_new("session-secret-session-secret-se", 32, &key) != ERR_OK)
		return -1;
	return base_jwt_key_new("Session-secret-session-secret-se", 32, &other) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	base_jwt_key_free(key);
	base_jwt_key_free(other);
	base_arena_free(&arena);
	return 0;
}

static void
round_trip(void **state)
{
	char id[IDENT_GUEST_ID], again[IDENT_GUEST_ID], back[IDENT_GUEST_ID];
	const char *cookie;

	(void)state;
	ident_guest_new(id);
	ident_guest_new(again);
	assert_string_not_equal(id, again);
	assert_int_equal(strlen(id), 14);
	assert_memory_equal(id, "guest-", 6);
	assert_int_equal(strspn(id + 6, "abcdefghijklmnopqrstuvwxyz0123456789"), 8);
	cookie = ident_guest_cookie(key, &arena, id);
	assert_non_null(cookie);
	assert_int_equal(strlen(cookie), 14 + 1 + 64);
	assert_ok(ident_guest_read(key, cookie, back));
	assert_string_equal(back, id);
	assert_err(ERR_AUTH, ident_guest_read(other, cookie, back));
}

/* printf guest-abcd1234 | openssl dgst -sha256 -hmac session-secret-session-secret-se */
static void
same_as_openssl(void **state)
{
	(void)state;
	assert_string_equal(ident_guest_cookie(key, &arena, "guest-abcd1234"), "guest-abcd1234."
	    "9828da6ef2451059c01a3d2c387afaf4204294c4dced0cb044b156215e5e2951");
}

/* A valid MAC over the id, whatever the id is. */
static const char *
signed_id(const char *id)
{
	const char *c = ident_guest_cookie(key, &arena, id);

	assert_non_null(c);
	return c;
}

static void
refused(void **state)
{
	char id[IDENT_GUEST_ID] = "untouched", long_id[80] = "guest-";
	char *flipped = base_arena_strdup(&arena, signed_id("guest-abcd1234"));
	const char *good = signed_id("guest-abcd1234");
	size_t n = strlen(good);
	const char *bad[] = {
		NULL, "", ".", "guest-abcd1234", "guest-abcd1234.", "guest-.",
		"user-abcd1234.00", signed_id("guest-"), signed_id(""),
		signed_id("admin-abcd1234"), signed_id("Guest-abcd1234"), flipped, base_arena_dup(&arena, good, n - 1),
		base_arena_printf(&arena, "%s0", good), base_arena_printf(&arena, "%s.%s", good, good + 15),
		base_arena_printf(&arena, " %s", good),
	};

	(void)state;
	flipped[n - 1] = flipped[n - 1] == '0' ? '1' : '0';
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_err(ERR_AUTH, ident_guest_read(key, bad[i], id));
	assert_string_equal(id, "untouched");
	memset(long_id + 6, 'a', 58);	/* 64 bytes are the most */
	assert_ok(ident_guest_read(key, signed_id(long_id), id));
	assert_string_equal(id, long_id);
	long_id[64] = 'a';
	assert_err(ERR_AUTH, ident_guest_read(key, signed_id(long_id), id));
}

/* The id may have dots: the last one counts. */
static void
last_dot(void **state)
{
	char id[IDENT_GUEST_ID];

	(void)state;
	assert_ok(ident_guest_read(key, signed_id("guest-a.b.c"), id));
	assert_string_equal(id, "guest-a.b.c");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(same_as_openssl), cmocka_unit_test(refused),
		cmocka_unit_test(last_dot),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

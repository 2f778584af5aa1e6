/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "meeting/lobby.h"

#define T0 INT64_C(1790000000123456789)
#define S BASE_CLOCK_SECOND

static void
rows(void **state)
{
	static const struct {
		enum store_knock_state state;
		int64_t seen, decided;	/* s ago */
		int refusals;
		enum meeting_lobby_answer answer;
		int64_t wait;		/* s from now; -1 = for ever */
	} table[] = {
		{ STORE_KNOCK_NONE, 0, 0, 0, MEETING_LOBBY_ASK, 0 },
		{ STORE_KNOCK_WAITING, 0, 0, 0, MEETING_LOBBY_WAIT, 0 },
		{ STORE_KNOCK_WAITING, 4, 0, 0, MEETING_LOBBY_WAIT, 0 },
		{ STORE_KNOCK_WAITING, 5, 0, 0, MEETING_LOBBY_SEEN, 0 },
		{ STORE_KNOCK_WAITING, 29, 0, 2, MEETING_LOBBY_SEEN, 0 },
		{ STORE_KNOCK_WAITING, 30, 0, 0, MEETING_LOBBY_ASK, 0 },
		{ STORE_KNOCK_WAITING, 9999, 0, 2, MEETING_LOBBY_ASK, 0 },
		{ STORE_KNOCK_ADMITTED, 9999, 9999, 0, MEETING_LOBBY_ASK, 0 },
		{ STORE_KNOCK_REFUSED, 0, 0, 1, MEETING_LOBBY_REFUSED, 60 },
		{ STORE_KNOCK_REFUSED, 0, 59, 1, MEETING_LOBBY_REFUSED, 1 },
		{ STORE_KNOCK_REFUSED, 0, 60, 1, MEETING_LOBBY_ASK, 0 },
		{ STORE_KNOCK_REFUSED, 0, 60, 2, MEETING_LOBBY_REFUSED, 240 },
		{ STORE_KNOCK_REFUSED, 0, 299, 2, MEETING_LOBBY_REFUSED, 1 },
		{ STORE_KNOCK_REFUSED, 0, 300, 2, MEETING_LOBBY_ASK, 0 },
		{ STORE_KNOCK_REFUSED, 0, 300, 3, MEETING_LOBBY_REFUSED, -1 },
		{ STORE_KNOCK_REFUSED, 0, 9999999, 4, MEETING_LOBBY_REFUSED, -1 },
		{ STORE_KNOCK_REFUSED, 0, 9999999, 2000000000, MEETING_LOBBY_REFUSED, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct store_knock k = { .user_id = "u", .name = "U", .address = "", .state = table[i].state,
			.seen_at = T0 - table[i].seen * S, .decided_at = T0 - table[i].decided * S,
			.refusals = table[i].refusals };
		int64_t again;

		if (meeting_lobby_knock(&k, T0, &again) != table[i].answer)
			fail_msg("row %zu", i);
		if (table[i].answer == MEETING_LOBBY_REFUSED)
			assert_int_equal(again, table[i].wait < 0 ? INT64_MAX : T0 + table[i].wait * S);
	}
}

/* Clearing the cookie doesn't shed a refusal, and doesn't make somebody who waits one who was refused. */
static void
guests_of_one_address(void **state)
{
	struct store_knock k = { .user_id = "u", .name = "", .address = "a" };
	int64_t again;

	(void)state;
	meeting_lobby_share(&k, 0, 0);
	assert_int_equal(meeting_lobby_knock(&k, T0, &again), MEETING_LOBBY_ASK);
	meeting_lobby_share(&k, 1, T0 - 10 * S);
	assert_int_equal(meeting_lobby_knock(&k, T0, &again), MEETING_LOBBY_REFUSED);
	assert_int_equal(again, T0 + 50 * S);
	assert_int_equal(meeting_lobby_knock(&k, again, &again), MEETING_LOBBY_ASK);
	k.refusals = 2;
	k.decided_at = T0;
	meeting_lobby_share(&k, 1, T0 - 10 * S);
	assert_int_equal(meeting_lobby_knock(&k, T0, &again), MEETING_LOBBY_REFUSED);
	assert_int_equal(again, T0 + 300 * S);
	k = (struct store_knock){ .user_id = "u", .state = STORE_KNOCK_WAITING, .seen_at = T0 };
	meeting_lobby_share(&k, 3, T0);
	assert_int_equal(meeting_lobby_knock(&k, T0, &again), MEETING_LOBBY_WAIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows), cmocka_unit_test(guests_of_one_address) };

	return RUN(tests);
}

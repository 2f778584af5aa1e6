/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "meeting/arrival.h"

static void
rows(void **state)
{
	static const struct {
		const char *what;
		struct meeting_arrival a;	/* known open recorder banned kicked inactive has good strict */
		int stays;
	} table[] = {
		{ "admitted", { 1, 1, 0, 0, 0, 0, 1, 1, 0 }, 1 },
		{ "admitted, strict", { 1, 1, 0, 0, 0, 0, 1, 1, 1 }, 1 },
		{ "void or another's admission", { 1, 1, 0, 0, 0, 0, 1, 0, 0 }, 0 },
		{ "another holder of the key", { 1, 1, 0, 0, 0, 0, 0, 0, 0 }, 1 },
		{ "another holder of the key, strict", { 1, 1, 0, 0, 0, 0, 0, 0, 1 }, 0 },
		{ "banned with a good admission", { 1, 1, 0, 1, 0, 0, 1, 1, 0 }, 0 },
		{ "banned without one", { 1, 1, 0, 1, 0, 0, 0, 0, 0 }, 0 },
		{ "sent away, with a good admission", { 1, 1, 0, 0, 1, 0, 1, 1, 0 }, 0 },
		{ "sent away, without one", { 1, 1, 0, 0, 1, 0, 0, 0, 0 }, 0 },
		{ "deactivated with a good admission", { 1, 1, 0, 0, 0, 1, 1, 1, 0 }, 0 },
		{ "deactivated without one", { 1, 1, 0, 0, 0, 1, 0, 0, 0 }, 0 },
		{ "room over", { 1, 0, 0, 0, 0, 0, 1, 1, 0 }, 0 },
		{ "room over, no admission", { 1, 0, 0, 0, 0, 0, 0, 0, 0 }, 0 },
		{ "room of somebody else", { 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 1 },
		{ "room of somebody else, with an admission", { 0, 0, 0, 0, 0, 0, 1, 0, 0 }, 1 },
		{ "room of somebody else, strict", { 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 0 },
		{ "recorder", { 1, 1, 1, 0, 0, 0, 0, 0, 1 }, 1 },
		{ "recorder, room over", { 1, 0, 1, 1, 0, 0, 0, 0, 1 }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if ((meeting_arrival_objection(&table[i].a) == NULL) != table[i].stays)
			fail_msg("row %zu: %s", i, table[i].what);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows) };

	return RUN(tests);
}

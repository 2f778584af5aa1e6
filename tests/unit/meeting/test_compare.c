/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "meeting/compare.h"

#define SETTLED 100
#define N 4

static void
rows(void **state)
{
	static const struct {
		const char *what;
		struct store_truth_seat held[N];	/* identity sid admission joined left active */
		struct { const char *identity, *sid; int64_t joined_at; } present[N];
		const char *repairs;			/* "-i" a seat is freed, "+i" one is taken */
	} table[] = {
		{ "nothing", { { 0 } }, { { 0 } }, "" },
		{ "both agree", { { "a", "1", "", 10, 0, 1 } }, { { "a", "1", 10 } }, "" },
		{ "the leave was lost", { { "a", "1", "", 10, 0, 1 } }, { { 0 } }, "-0" },
		{ "the join was lost", { { 0 } }, { { "a", "1", 10 } }, "+0" },
		{ "just come in", { { 0 } }, { { "a", "1", 100 } }, "" },
		{ "come in since the list", { { "a", "1", "", 100, 0, 1 } }, { { 0 } }, "" },
		{ "left since the list", { { "a", "1", "", 10, 100, 0 } }, { { "a", "1", 10 } }, "" },
		{ "recorded as gone, and still there", { { "a", "1", "", 10, 99, 0 } }, { { "a", "1", 10 } }, "+0" },
		{ "a row of Bedrud's alone", { { "a", "", "", 10, 0, 1 } }, { { 0 } }, "-0" },
		{ "a row of Bedrud's, just made", { { "a", "", "", 100, 0, 1 } }, { { 0 } }, "" },
		{ "a row of Bedrud's becomes a seat", { { "a", "", "", 10, 0, 1 } }, { { "a", "1", 10 } }, "-0+0" },
		{ "Bedrud's row lags behind", { { "a", "1", "", 10, 0, 0 } }, { { "a", "1", 10 } }, "+0" },
		{ "came in anew", { { "a", "1", "", 10, 0, 1 } }, { { "a", "2", 20 } }, "-0+0" },
		{ "comes in anew", { { "a", "1", "", 10, 0, 1 } }, { { "a", "2", 100 } }, "-0" },
		{ "came in anew since the list", { { "a", "1", "", 10, 100, 0 }, { "a", "2", "", 100, 0, 1 } },
			{ { "a", "1", 10 } }, "" },
		{ "came in anew since the list, and the leave was lost", { { "a", "1", "", 10, 0, 1 },
			{ "a", "2", "", 100, 0, 1 } }, { { "a", "1", 10 } }, "" },
		{ "an older and a newer", { { "a", "1", "", 10, 0, 1 }, { "a", "2", "", 20, 0, 1 } },
			{ { "a", "2", 20 } }, "-0" },
		{ "others before, between and after", { { "b", "1", "", 10, 0, 1 }, { "d", "1", "", 10, 0, 1 } },
			{ { "a", "1", 10 }, { "c", "1", 10 }, { "e", "1", 10 } }, "+0-0+1-1+2" },
		{ "some of many", { { "a", "1", "", 10, 0, 1 }, { "b", "1", "", 10, 0, 1 }, { "c", "1", "", 10, 0, 1 },
			{ "d", "1", "", 10, 0, 1 } }, { { "a", "1", 10 }, { "c", "1", 10 } }, "-1-3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct livekit_participant who[N];
		const struct livekit_participant *all[N];
		struct meeting_repair out[2 * N];
		size_t held = 0, present = 0, n;
		char got[8 * N] = "";

		while (held < N && table[i].held[held].identity != NULL)
			held++;
		for (; present < N && table[i].present[present].identity != NULL; present++) {
			livekit_participant_none(&who[present]);
			who[present].identity = table[i].present[present].identity;
			who[present].sid = table[i].present[present].sid;
			who[present].joined_at = table[i].present[present].joined_at;
			all[present] = &who[present];
		}
		n = meeting_compare(table[i].held, held, all, present, SETTLED, out);
		for (size_t k = 0; k < n; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%c%zu", out[k].what == MEETING_FREE ?
			    '-' : '+', out[k].i);
		if (strcmp(got, table[i].repairs) != 0)
			fail_msg("%s: %s instead of %s", table[i].what, got, table[i].repairs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows) };

	return RUN(tests);
}

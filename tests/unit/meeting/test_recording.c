/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/random.h"
#include "meeting/recording.h"

#define EVENT(e) MEETING_RECORDING_##e
#define STATE(s) STORE_RECORDING_##s

static int
runs(enum store_recording_state s)
{
	return s <= STATE(STOPPING);
}

/* A recording goes forward: the one way back is a file that turns up after all. */
static void
every_cell(void **state)
{
	(void)state;
	for (int s = 0; s < STORE_RECORDING__MAX; s++)
		for (int e = 0; e < MEETING_RECORDING__MAX; e++) {
			struct meeting_recording_move m = meeting_recording_step((enum store_recording_state)s,
			    (enum meeting_recording_event)e);
			int back = s == STATE(FAILED) && m.to != STATE(FAILED) && m.to != STATE(DELETING);

			if ((int)m.to < s && !(back && (e == EVENT(FILE) || e == EVENT(GOOD))))
				fail_msg("%d x %d goes back to %d", s, e, m.to);
			/* A refusal changes nothing, and only a delete is refused, while it runs. */
			assert_int_equal((m.todo & MEETING_RECORDING_REFUSE) != 0,
			    e == EVENT(DELETE) && runs((enum store_recording_state)s));
			if (m.todo & MEETING_RECORDING_REFUSE)
				assert_int_equal(m.to, s);
			/* The file is fetched exactly while it is processed, erased exactly while it is deleted. */
			if (m.todo & MEETING_RECORDING_DO_FETCH)
				assert_int_equal(m.to, STATE(PROCESSING));
			if (m.todo & MEETING_RECORDING_DO_ERASE)
				assert_int_equal(m.to, STATE(DELETING));
			if ((int)m.to != s && m.to == STATE(PROCESSING))
				assert_true(m.todo & MEETING_RECORDING_DO_FETCH);
			assert_int_equal((m.todo & MEETING_RECORDING_DO_REPORT) != 0,
			    m.to == STATE(COMPLETED) && s != STATE(COMPLETED));
			/* Whoever saw that it runs sees that it doesn't any more. */
			if ((s == STATE(ACTIVE)) && !(m.to == STATE(ACTIVE)))
				assert_true(m.todo & MEETING_RECORDING_DO_TELL);
		}
}

/* What is over for us and still runs for LiveKit is stopped: nobody is recorded without seeing it. */
static void
nothing_runs_unseen(void **state)
{
	static const enum store_recording_state over[] = { STATE(FAILED), STATE(DELETING) };

	(void)state;
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		for (int e = EVENT(ACCEPTED); e <= EVENT(ACTIVE); e++)
			if (e != EVENT(REFUSED))
				assert_true(meeting_recording_step(over[i], (enum meeting_recording_event)e).todo &
				    MEETING_RECORDING_DO_STOP);
	/* Asked to stop before LiveKit had answered: the answer brings the stop. */
	assert_int_equal(meeting_recording_step(STATE(PENDING), EVENT(STOP)).to, STATE(STOPPING));
	assert_true(meeting_recording_step(STATE(STOPPING), EVENT(ACCEPTED)).todo & MEETING_RECORDING_DO_STOP);
}

/*
 * Reports in any order, some lost, some twice, and then the truth (the end that ListEgress knows, the look at the
 * file): always the same state.
 */
static void
reports_in_any_order(void **state)
{
	static const enum meeting_recording_event reports[] = { EVENT(ACCEPTED), EVENT(STARTING), EVENT(ACTIVE),
		EVENT(STOP), EVENT(ENDING), EVENT(FILE), EVENT(NO_FILE), EVENT(LOST), EVENT(REFUSED) };
	enum { N = sizeof(reports) / sizeof(reports[0]) };

	(void)state;
	for (int round = 0; round < 100000; round++) {
		enum store_recording_state s = STATE(PENDING);
		unsigned char dice[16];

		base_random_fill(dice, sizeof(dice));
		for (size_t i = 0; i < dice[15] % 15u; i++)
			s = meeting_recording_step(s, reports[dice[i] % N]).to;
		assert_true(s != STATE(COMPLETED) && s != STATE(DELETING));
		s = meeting_recording_step(s, EVENT(FILE)).to;
		assert_int_equal(s, STATE(PROCESSING));
		assert_int_equal(meeting_recording_step(s, EVENT(BAD)).to, STATE(FAILED));
		s = meeting_recording_step(s, EVENT(GOOD)).to;
		assert_int_equal(s, STATE(COMPLETED));
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(meeting_recording_step(s, reports[dice[i] % N]).to, STATE(COMPLETED));
		s = meeting_recording_step(s, EVENT(DELETE)).to;
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(meeting_recording_step(s, reports[dice[i] % N]).to, STATE(DELETING));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell), cmocka_unit_test(nothing_runs_unseen),
		cmocka_unit_test(reports_in_any_order),
	};

	return RUN(tests);
}

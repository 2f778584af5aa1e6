/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "livekit-launcher/supervise.h"

/* Every cell once more, by hand: "state:event next action". What is not listed stays where it is and does nothing. */
struct cell {
	enum launcher_state state;
	enum launcher_event event;
	enum launcher_state next;
	enum launcher_action action;
};

static const struct cell cells[] = {
    {STATE_STARTING, EVENT_ANSWERED, STATE_READY, DO_ANNOUNCE},
    {STATE_STARTING, EVENT_SILENT, STATE_STARTING, DO_KILL},
    {STATE_STARTING, EVENT_DIED, STATE_BACKING_OFF, DO_BACK_OFF},
    {STATE_STARTING, EVENT_FAULT, STATE_FAILED, DO_GIVE_UP},
    {STATE_STARTING, EVENT_STOP, STATE_DRAINING, DO_KILL},
    {STATE_STARTING, EVENT_STOP_NOW, STATE_DRAINING, DO_KILL},
    {STATE_STARTING, EVENT_GRACE_OVER, STATE_STARTING, DO_KILL},
    {STATE_STARTING, EVENT_REPLACED, STATE_STARTING, DO_START},
    {STATE_STARTING, EVENT_RELOAD, STATE_STARTING, DO_REPLACE},
    {STATE_READY, EVENT_SILENT, STATE_READY, DO_KILL},
    {STATE_READY, EVENT_DIED, STATE_BACKING_OFF, DO_BACK_OFF},
    {STATE_READY, EVENT_FAULT, STATE_BACKING_OFF, DO_BACK_OFF},
    {STATE_READY, EVENT_STABLE, STATE_READY, DO_FORGET},
    {STATE_READY, EVENT_STOP, STATE_DRAINING, DO_DRAIN},
    {STATE_READY, EVENT_STOP_NOW, STATE_DRAINING, DO_KILL},
    {STATE_READY, EVENT_REPLACED, STATE_STARTING, DO_START},
    {STATE_READY, EVENT_RELOAD, STATE_STARTING, DO_REPLACE},
    {STATE_READY, EVENT_RENEWAL, STATE_READY, DO_AWAIT},
    {STATE_READY, EVENT_IDLE, STATE_STARTING, DO_REPLACE},
    {STATE_READY, EVENT_DUE, STATE_STARTING, DO_REPLACE},
    {STATE_BACKING_OFF, EVENT_DELAY_OVER, STATE_STARTING, DO_START},
    {STATE_BACKING_OFF, EVENT_RELOAD, STATE_STARTING, DO_START},
    {STATE_BACKING_OFF, EVENT_STOP, STATE_STOPPED, DO_FINISH},
    {STATE_BACKING_OFF, EVENT_STOP_NOW, STATE_STOPPED, DO_FINISH},
    {STATE_DRAINING, EVENT_DIED, STATE_STOPPED, DO_FINISH},
    {STATE_DRAINING, EVENT_FAULT, STATE_STOPPED, DO_FINISH},
    {STATE_DRAINING, EVENT_REPLACED, STATE_STOPPED, DO_FINISH},
    {STATE_DRAINING, EVENT_STOP, STATE_DRAINING, DO_KILL},
    {STATE_DRAINING, EVENT_STOP_NOW, STATE_DRAINING, DO_KILL},
    {STATE_DRAINING, EVENT_GRACE_OVER, STATE_DRAINING, DO_HURRY},
};

static struct cell
expected(int state, int event)
{
	struct cell rest = {
	    (enum launcher_state)state, (enum launcher_event)event, (enum launcher_state)state, DO_NOTHING};
	size_t i;

	for (i = 0; i < sizeof cells / sizeof cells[0]; i++)
		if ((int)cells[i].state == state && (int)cells[i].event == event)
			return cells[i];
	if (state == STATE_STOPPED)
		rest.action = DO_FINISH;
	if (state == STATE_FAILED)
		rest.action = DO_GIVE_UP;
	return rest;
}

static void
every_cell(void **unused)
{
	struct launcher_step step;
	struct cell want;
	int s, e;

	(void)unused;
	for (s = 0; s < STATE__MAX; s++) {
		for (e = 0; e < EVENT__MAX; e++) {
			want = expected(s, e);
			step = launcher_supervise_step((enum launcher_state)s, (enum launcher_event)e);
			if (step.next != want.next || step.action != want.action)
				fail_msg("%s, event %d: %s, action %d",
				    launcher_supervise_state_name((enum launcher_state)s), e,
				    launcher_supervise_state_name(step.next), (int)step.action);
		}
	}
}

/* From everywhere two requests to stop and a death end it: nothing can keep the launcher alive. */
static void
stops_from_everywhere(void **unused)
{
	static const enum launcher_event way[] = {EVENT_STOP, EVENT_STOP_NOW, EVENT_DIED};
	enum launcher_state state;
	size_t i;
	int s;

	(void)unused;
	for (s = 0; s < STATE__MAX; s++) {
		state = (enum launcher_state)s;
		for (i = 0; i < sizeof way / sizeof way[0]; i++)
			state = launcher_supervise_step(state, way[i]).next;
		assert_int_equal(state, s == STATE_FAILED ? STATE_FAILED : STATE_STOPPED);
	}
}

static void
deaths(void **unused)
{
	(void)unused;
	assert_int_equal(launcher_supervise_death(0, 0, 0), EVENT_DIED);
	assert_int_equal(launcher_supervise_death(0, 0, 1), EVENT_DIED);
	assert_int_equal(launcher_supervise_death(0, 1, 0), EVENT_FAULT);
	assert_int_equal(launcher_supervise_death(0, 1, 1), EVENT_DIED);
	for (int i = 0; i < 4; i++)
		assert_int_equal(launcher_supervise_death(1, i & 1, i >> 1), EVENT_REPLACED);
}

static void
delays(void **unused)
{
	static const int want[] = {250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
	int last = 0;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof want / sizeof want[0]; i++) {
		last = launcher_supervise_delay(last);
		assert_int_equal(last, want[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_cell),
	    cmocka_unit_test(stops_from_everywhere),
	    cmocka_unit_test(deaths),
	    cmocka_unit_test(delays),
	};

	return RUN(tests);
}

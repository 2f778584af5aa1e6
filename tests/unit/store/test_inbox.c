/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/inbox.h"

static void
an_event_is_fresh_once(void **state)
{
	struct scratch *x = *state;
	int fresh;

	assert_ok(store_begin(x->s, STORE_DURABLE));
	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));
	assert_int_equal(fresh, 1);
	store_rollback(x->s);	/* its effect failed: it may come again */
	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));
	assert_int_equal(fresh, 1);
	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));
	assert_int_equal(fresh, 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_inbox WHERE state='done'"), 1);
}

static void
a_dead_event_stays_dead(void **state)
{
	struct scratch *x = *state;
	int fresh;

	assert_ok(store_inbox_bury(x->s, "EV_1", "room_started", "why", T0, &fresh));
	assert_int_equal(fresh, 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_inbox WHERE state='dead' AND "
	    "detail='why'"), 1);
	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));
	assert_int_equal(fresh, 0);
	assert_ok(store_inbox_add(x->s, "EV_2", "room_started", T0, &fresh));
	assert_ok(store_inbox_bury(x->s, "EV_2", "room_started", "why", T0, &fresh));
	assert_int_equal(fresh, 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_inbox WHERE state='dead'"), 1);
}

static void
the_dead_of_a_time(void **state)
{
	struct scratch *x = *state;
	char event[10], why[10];
	int64_t n;
	int fresh;

	assert_ok(store_inbox_dead(x->s, 0, &n, event, why, sizeof why));
	assert_int_equal(n, 0);
	assert_string_equal(why, "");
	assert_ok(store_inbox_add(x->s, "EV_0", "room_started", T0 + 9, &fresh));
	assert_ok(store_inbox_bury(x->s, "EV_1", "room_started", "one", T0, &fresh));
	assert_ok(store_inbox_bury(x->s, "EV_2", "room_finished", "two", T0 + 2, &fresh));
	assert_ok(store_inbox_dead(x->s, T0, &n, event, why, sizeof why));
	assert_int_equal(n, 2);
	assert_string_equal(event, "room_fini");
	assert_string_equal(why, "two");
	assert_ok(store_inbox_dead(x->s, T0 + 1, &n, event, why, sizeof why));
	assert_int_equal(n, 1);
	assert_ok(store_inbox_dead(x->s, T0 + 3, &n, event, why, sizeof why));
	assert_int_equal(n, 0);
}

static void
old_events_go(void **state)
{
	struct scratch *x = *state;
	int fresh;

	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));
	assert_ok(store_inbox_add(x->s, "EV_2", "room_started", T0 + MINUTE * 29 * 1440, &fresh));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_inbox"), 2);
	assert_ok(store_inbox_add(x->s, "EV_3", "room_started", T0 + MINUTE * 31 * 1440, &fresh));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_inbox"), 2);
}

static void
the_last_event(void **state)
{
	struct scratch *x = *state;
	char event[8];
	int64_t at;
	int fresh;

	assert_ok(store_inbox_last(x->s, event, sizeof event, &at));
	assert_int_equal(at, 0);
	assert_string_equal(event, "");
	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0 + MINUTE, &fresh));
	assert_ok(store_inbox_add(x->s, "EV_2", "room_finished", T0, &fresh));
	assert_ok(store_inbox_last(x->s, event, sizeof event, &at));
	assert_int_equal(at, T0 + MINUTE);
	assert_string_equal(event, "room_st");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(an_event_is_fresh_once), NEW(a_dead_event_stays_dead),
		NEW(the_dead_of_a_time), NEW(old_events_go), NEW(the_last_event),
	};

	return RUN(tests);
}

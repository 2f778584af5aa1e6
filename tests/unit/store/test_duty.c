/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/duty.h"

static int
take(struct scratch *x, const char *holder, int64_t now)
{
	int taken = -1;

	assert_ok(store_duty_take(x->s, "tidy", holder, 10 * MINUTE, MINUTE, now, &taken));
	return taken;
}

static void
one_at_a_time_and_when_due(void **state)
{
	struct scratch *x = *state;
	struct store_duty d;

	assert_err(ERR_ABSENT, store_duty_get(x->s, &x->a, "tidy", &d));
	assert_int_equal(take(x, "w1", T0), 1);
	assert_int_equal(take(x, "w2", T0), 0);
	assert_ok(store_duty_keep(x->s, "tidy", "w1", MINUTE, T0 + MINUTE / 2));
	assert_int_equal(take(x, "w2", T0 + MINUTE), 0);
	assert_err(ERR_CONFLICT, store_duty_keep(x->s, "tidy", "w2", MINUTE, T0));
	assert_ok(store_duty_done(x->s, "tidy", "w1", "{\"n\":1}", T0 + MINUTE));
	assert_err(ERR_CONFLICT, store_duty_done(x->s, "tidy", "w1", "{}", T0));
	assert_ok(store_duty_get(x->s, &x->a, "tidy", &d));
	assert_int_equal(d.last_run_at, T0 + MINUTE);
	assert_int_equal(d.lease_until, 0);
	assert_string_equal(d.report, "{\"n\":1}");
	assert_int_equal(take(x, "w2", T0 + 11 * MINUTE - 1), 0);
	assert_int_equal(take(x, "w2", T0 + 11 * MINUTE), 1);
}

/* A holder that is gone, one that failed, and a clock that was put back by a day. */
static void
nothing_stops_it_for_good(void **state)
{
	struct scratch *x = *state;
	struct store_duty d;

	assert_int_equal(take(x, "w1", T0), 1);
	assert_int_equal(take(x, "w2", T0 + MINUTE - 1), 0);
	assert_int_equal(take(x, "w2", T0 + MINUTE), 1);
	assert_err(ERR_CONFLICT, store_duty_done(x->s, "tidy", "w1", "{}", T0 + MINUTE));
	assert_ok(store_duty_failed(x->s, "tidy", "w2", T0 + 2 * MINUTE));
	assert_ok(store_duty_get(x->s, &x->a, "tidy", &d));
	assert_int_equal(d.last_run_at, 0);
	assert_int_equal(take(x, "w1", T0 + 2 * MINUTE - 1), 0);
	assert_int_equal(take(x, "w1", T0 + 2 * MINUTE), 1);
	assert_ok(store_duty_done(x->s, "tidy", "w1", "{}", T0 + 2 * MINUTE));
	assert_int_equal(take(x, "w1", T0 - 1440 * MINUTE), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(one_at_a_time_and_when_due), NEW(nothing_stops_it_for_good) };

	return RUN(tests);
}

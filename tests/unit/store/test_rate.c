/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/rate.h"

static void
hit(struct scratch *x, const char *bucket, int64_t now, int count, int reset)
{
	int c = -1, r = -1;

	assert_ok(store_rate_hit(x->s, bucket, now, 60, &c, &r));
	assert_int_equal(c, count);
	assert_int_equal(r, reset);
}

static void
a_window_starts_with_its_first_request(void **state)
{
	struct scratch *x = *state;

	hit(x, "a", 1000, 1, 60);
	hit(x, "a", 1000, 2, 60);
	hit(x, "b", 1010, 1, 60);
	hit(x, "a", 1059, 3, 1);
	hit(x, "a", 1060, 1, 60);
	hit(x, "a", 1119, 2, 1);
	hit(x, "a", 5000, 1, 60);
	hit(x, "a", 10, 1, 60);	/* the clock was set back */
	hit(x, "a", 11, 2, 59);
	/* Old ones go when a window starts. */
	hit(x, "c", 200000, 1, 60);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rate_limits"), 1);
}

static void
a_hit_within_a_transaction_is_refused(void **state)
{
	struct scratch *x = *state;
	int c, r;

	assert_ok(store_begin(x->s, STORE_FAST));
	assert_err(ERR_BUG, store_rate_hit(x->s, "a", 1000, 60, &c, &r));
	store_rollback(x->s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(a_window_starts_with_its_first_request), NEW(a_hit_within_a_transaction_is_refused),
	};

	return RUN(tests);
}

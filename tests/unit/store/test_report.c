/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/report.h"

static void
the_last_one_is_kept(void **state)
{
	struct scratch *x = *state;
	struct store_report r;

	assert_err(ERR_ABSENT, store_report_get(x->s, &x->a, &r));
	assert_int_equal(r.at, 0);
	assert_string_equal(r.json, "");
	assert_ok(store_report_put(x->s, &(struct store_report){ T0, "{\"verdict\":\"ok\"}" }));
	assert_ok(store_report_put(x->s, &(struct store_report){ T0 + MINUTE, "{\"verdict\":\"error\"}" }));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM doctor_reports"), 1);
	assert_ok(store_report_get(x->s, &x->a, &r));
	assert_true(r.at == T0 + MINUTE);
	assert_string_equal(r.json, "{\"verdict\":\"error\"}");
}

static void
one_that_is_too_long_isnt(void **state)
{
	struct scratch *x = *state;
	char *json = calloc(1, STORE_REPORT_MOST + 2);
	struct store_report r = { T0, json };
	struct base_arena a;

	assert_non_null(json);
	memset(json, ' ', STORE_REPORT_MOST + 1);
	assert_err(ERR_TOO_BIG, store_report_put(x->s, &r));
	json[STORE_REPORT_MOST] = '\0';
	assert_ok(store_report_put(x->s, &r));
	free(json);
	base_arena_init(&a, (size_t)2 * STORE_REPORT_MOST);
	assert_ok(store_report_get(x->s, &a, &r));
	assert_int_equal(strlen(r.json), STORE_REPORT_MOST);
	base_arena_free(&a);
}

/* A responder that shows it needs no right to write. */
static void
whoever_reads_it_cant_write(void **state)
{
	static const struct store_right rights[] = { { "doctor_reports", STORE_READ }, { 0 } };
	struct scratch *x = *state;
	struct store_report r = { T0, "{}" };
	struct store *s;

	assert_ok(store_report_put(x->s, &r));
	assert_ok(store_open(x->path, rights, &s));
	assert_ok(store_report_get(s, &x->a, &r));
	assert_err(ERR_BUG, store_report_put(s, &r));
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(the_last_one_is_kept), NEW(one_that_is_too_long_isnt),
		NEW(whoever_reads_it_cant_write),
	};

	return RUN(tests);
}

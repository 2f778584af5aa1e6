/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <time.h>

#include "base/clock.h"

#define T INT64_C(1795414330448150522)	/* 2026-11-23T06:12:10.448150522Z */

static void
both_text_forms_are_written(void **state)
{
	char out[BASE_CLOCK_TEXT];

	(void)state;
	base_clock_rfc3339(T, out);
	assert_string_equal(out, "2026-11-23T06:12:10.448150522Z");
	base_clock_db(T, out);
	assert_string_equal(out, "2026-11-23 06:12:10.448150522+00:00");
	base_clock_db(T / BASE_CLOCK_SECOND * BASE_CLOCK_SECOND + 500000000, out);
	assert_string_equal(out, "2026-11-23 06:12:10.5+00:00");
	base_clock_rfc3339(T / BASE_CLOCK_SECOND * BASE_CLOCK_SECOND, out);
	assert_string_equal(out, "2026-11-23T06:12:10Z");
}

static void
every_form_bedrud_has_written_is_read(void **state)
{
	static const struct { const char *text; int64_t ns;
	} v[] = {{"2026-11-23T06:12:10.448150522Z", T},
		 {"2026-11-23 06:12:10.448150522+00:00", T},
		 {"2026-11-23 08:12:10.448150522+02:00", T},
		 {"2026-11-23T01:42:10.448150522-04:30", T},
		 {"2026-11-23 06:12:10Z", T / BASE_CLOCK_SECOND * BASE_CLOCK_SECOND},
		 {"1970-01-01 00:00:00.5+00:00", 500000000},
		 {"1969-12-31 23:59:59.5+00:00", -500000000},
		 {"2024-02-29 00:00:00Z", INT64_C(1709164800) * BASE_CLOCK_SECOND}};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		assert_ok(base_clock_parse(v[i].text, &ns));
		assert_int_equal(ns, v[i].ns);
	}
}

/* Every day that 64 bits of nanoseconds hold, as the C library counts them, and back. */
static void
every_day_is_the_calendars(void **state)
{
	const int64_t first = INT64_MIN / BASE_CLOCK_SECOND / 86400, last = INT64_MAX / BASE_CLOCK_SECOND / 86400;
	char expected[BASE_CLOCK_TEXT], out[BASE_CLOCK_TEXT];
	int64_t back;

	(void)state;
	for (int64_t day = first; day < last; day++) {
		time_t s = (time_t)(day * 86400 + (day - first) % 86400);
		int64_t ns = (int64_t)s * BASE_CLOCK_SECOND;
		struct tm tm;

		assert_non_null(gmtime_r(&s, &tm));
		strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &tm);
		base_clock_rfc3339(ns, out);
		assert_string_equal(expected, out);
		if (tm.tm_year + 1900 < 1678 || tm.tm_year + 1900 > 2261)
			continue;
		assert_ok(base_clock_parse(out, &back));
		assert_true(back == ns);
	}
	/* A day that a month doesn't have is one of the next. */
	assert_ok(base_clock_parse("2026-02-30T00:00:00Z", &back));
	base_clock_rfc3339(back, out);
	assert_string_equal("2026-03-02T00:00:00Z", out);
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "now",
					  "2026-11-23",
					  "2026-11-23T06:12:10",
					  "2026-13-23T06:12:10Z",
					  "2026-11-23T24:12:10Z",
					  "2026-11-23T06:12:10.Z",
					  "2026-11-23T06:12:10.1234567890Z",
					  "2026-11-23T06:12:10Zx",
					  "2026-11-23_06:12:10Z",
					  "0001-01-01T00:00:00Z",
					  "2026-11-23T06:12:10+0200",
					  "9999-01-01T00:00:00Z"};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (base_clock_parse(bad[i], &ns) != ERR_INPUT)
			fail_msg("accepted: %s", bad[i]);
}

static void
clocks_move_forward(void **state)
{
	int64_t mono = base_clock_mono_ms();

	(void)state;
	assert_true(base_clock_now() > INT64_C(1700000000) * BASE_CLOCK_SECOND);
	assert_true(base_clock_mono_ms() >= mono);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_text_forms_are_written),
	    cmocka_unit_test(every_form_bedrud_has_written_is_read),
	    cmocka_unit_test(every_day_is_the_calendars),
	    cmocka_unit_test(what_is_no_time_is_refused),
	    cmocka_unit_test(clocks_move_forward),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that reads a clock. Wall time (nanoseconds since 1970, UTC) for what is stored or signed; monotonic
 * milliseconds for timers. Text forms: RFC 3339 for JSON, and the database's form (a space instead of T,
 * numeric offset).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include <stdint.h>
#include "base/err.h"

#define BASE_CLOCK_TEXT 40	/* room for either text form */
#define BASE_CLOCK_SECOND INT64_C(1000000000)

int64_t base_clock_now(void);		/* ns, wall */
int64_t base_clock_seconds(void);	/* s, wall */
int64_t base_clock_mono_ms(void);	/* ms, monotonic */

/* "2026-11-23T06:12:10.448150522Z"; the fraction is left out when zero. out[BASE_CLOCK_TEXT]. */
void base_clock_rfc3339(int64_t ns, char *out);

/* "2026-11-23 06:12:10.448150522+00:00" with trailing zeros of the fraction cut, as Bedrud's Go server writes. */
void base_clock_db(int64_t ns, char *out);

/* Reads either form, T or space, Z or ±hh:mm, 0 to 9 fraction digits. ERR_INPUT. */
enum err base_clock_parse(const char *s, int64_t *ns) BASE_MUST_CHECK;

#endif

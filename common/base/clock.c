/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <string.h>
#include <time.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * BASE_CLOCK_SECOND + t.tv_nsec;
}

int64_t
base_clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
base_clock_seconds(void)
{
	return base_clock_now() / BASE_CLOCK_SECOND;
}

int64_t
base_clock_mono_ms(void)
{
	return read_clock(CLOCK_MONOTONIC) / 1000000;
}

/*
 * Days since 1970-01-01 of a day in the Gregorian calendar, and back; years begin in March, so that the odd day is the
 * last, and 400 of them are 146097 days. Not timegm() and printf: a join writes and reads eight times, and they took
 * 6 % of it.
 */
static int64_t
days_of(int year, int month, int day)
{
	int y = year - (month <= 2);
	int era = y / 400, of_era = y - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;

	return (int64_t)era * 146097 + INT64_C(365) * of_era + of_era / 4 - of_era / 100 + of_year + day - 1 - 719468;
}

static void
date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t from = days + 719468;	/* since 0000-03-01; never negative: our years are 1677 to 2262 */
	int era = (int)(from / 146097), d = (int)(from % 146097);
	int y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
	int of_year = d - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

/* n digits of v, which has no more, and what follows them. */
static char *
put_digits(char *out, int v, int n, char after)
{
	out[n] = after;
	for (int i = n - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	return out + n + 1;
}

/* Date, separator and time of day; then the fraction without trailing zeros. Returns the length. */
static size_t
write_text(int64_t ns, char sep, char *out)
{
	int64_t s = ns / BASE_CLOCK_SECOND, frac = ns % BASE_CLOCK_SECOND, days;
	int year, month, day, of_day;
	char *o = out;

	if (frac < 0) {
		frac += BASE_CLOCK_SECOND;
		s--;
	}
	days = s / 86400 - (s % 86400 < 0);
	of_day = (int)(s - days * 86400);
	date_of(days, &year, &month, &day);
	o = put_digits(o, year, 4, '-');
	o = put_digits(o, month, 2, '-');
	o = put_digits(o, day, 2, sep);
	o = put_digits(o, of_day / 3600, 2, ':');
	o = put_digits(o, of_day / 60 % 60, 2, ':');
	o = put_digits(o, of_day % 60, 2, '.') - 1;
	if (frac > 0) {
		o = put_digits(o + 1, (int)frac, 9, '\0') - 1;
		while (o[-1] == '0')
			o--;
	}
	return (size_t)(o - out);
}

void
base_clock_rfc3339(int64_t ns, char *out)
{
	memcpy(out + write_text(ns, 'T', out), "Z", 2);
}

void
base_clock_db(int64_t ns, char *out)
{
	memcpy(out + write_text(ns, ' ', out), "+00:00", 7);
}

/* n decimal digits at *s into *v; moves on. */
static int
digits(const char **s, int n, int min, int max, int *v)
{
	*v = 0;
	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return 0;
		*v = *v * 10 + (**s - '0');
	}
	return *v >= min && *v <= max;
}

static int
one_of(const char **s, const char *set)
{
	for (; *set != '\0'; set++)
		if (**s == *set) {
			(*s)++;
			return 1;
		}
	return 0;
}

/* ".123" as nanoseconds; nothing is 0. */
static int
fraction(const char **s, int64_t *ns)
{
	int n = 0;

	*ns = 0;
	if (**s != '.')
		return 1;
	for ((*s)++; **s >= '0' && **s <= '9'; (*s)++) {
		if (++n > 9)
			return 0;
		*ns = *ns * 10 + (**s - '0');
	}
	for (int i = n; i < 9; i++)
		*ns *= 10;
	return n > 0;
}

static int
zone(const char **s, int *minutes)
{
	int h, m, sign = **s == '-' ? -1 : 1;

	*minutes = 0;
	if (one_of(s, "Zz"))
		return 1;
	if (!one_of(s, "+-") || !digits(s, 2, 0, 23, &h) || !one_of(s, ":") || !digits(s, 2, 0, 59, &m))
		return 0;
	*minutes = sign * (h * 60 + m);
	return 1;
}

enum err
base_clock_parse(const char *s, int64_t *ns)
{
	int year, month, day, hour, minute, second, minutes;
	int64_t frac;

	/* 1678…2262 is what 64 bits of nanoseconds hold. */
	if (!digits(&s, 4, 1678, 2261, &year) || !one_of(&s, "-") || !digits(&s, 2, 1, 12, &month) ||
	    !one_of(&s, "-") || !digits(&s, 2, 1, 31, &day) || !one_of(&s, "T t") ||
	    !digits(&s, 2, 0, 23, &hour) || !one_of(&s, ":") || !digits(&s, 2, 0, 59, &minute) ||
	    !one_of(&s, ":") || !digits(&s, 2, 0, 60, &second) || !fraction(&s, &frac) || !zone(&s, &minutes) ||
	    *s != '\0')
		return ERR_INPUT;
	minute += hour * 60 - minutes;
	*ns = (days_of(year, month, day) * 86400 + INT64_C(60) * minute + second) * BASE_CLOCK_SECOND + frac;
	return ERR_OK;
}

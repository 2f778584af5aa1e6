/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
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

/* Date, separator and time of day; then the fraction without trailing zeros. Returns the length. */
static size_t
write_text(int64_t ns, char sep, char *out)
{
	int64_t s = ns / BASE_CLOCK_SECOND, frac = ns % BASE_CLOCK_SECOND;
	time_t t;
	struct tm tm;
	int n;

	if (frac < 0) {
		frac += BASE_CLOCK_SECOND;
		s--;
	}
	t = (time_t)s;
	gmtime_r(&t, &tm);
	n = snprintf(out, BASE_CLOCK_TEXT, "%04d-%02d-%02d%c%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
		     tm.tm_mday, sep, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (frac > 0) {
		n += snprintf(out + n, BASE_CLOCK_TEXT - (size_t)n, ".%09lld", (long long)frac);
		while (out[n - 1] == '0')
			n--;
	}
	return (size_t)n;
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
	if (**s == '\0' || strchr(set, **s) == NULL)
		return 0;
	(*s)++;
	return 1;
}

/* ".123" as nanoseconds; nothing is 0. */
static int
fraction(const char **s, int64_t *ns)
{
	int64_t unit = BASE_CLOCK_SECOND / 10;

	*ns = 0;
	if (**s != '.')
		return 1;
	for ((*s)++; **s >= '0' && **s <= '9'; (*s)++, unit /= 10) {
		if (unit == 0)
			return 0;
		*ns += unit * (**s - '0');
	}
	return (*s)[-1] != '.';
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
	struct tm tm = {0};
	int64_t frac;
	int minutes;

	/* 1678…2262 is what 64 bits of nanoseconds hold. */
	if (!digits(&s, 4, 1678, 2261, &tm.tm_year) || !one_of(&s, "-") || !digits(&s, 2, 1, 12, &tm.tm_mon) ||
	    !one_of(&s, "-") || !digits(&s, 2, 1, 31, &tm.tm_mday) || !one_of(&s, "T t") ||
	    !digits(&s, 2, 0, 23, &tm.tm_hour) || !one_of(&s, ":") || !digits(&s, 2, 0, 59, &tm.tm_min) ||
	    !one_of(&s, ":") || !digits(&s, 2, 0, 60, &tm.tm_sec) || !fraction(&s, &frac) || !zone(&s, &minutes) ||
	    *s != '\0')
		return ERR_INPUT;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*ns = ((int64_t)timegm(&tm) - INT64_C(60) * minutes) * BASE_CLOCK_SECOND + frac;
	return ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/nearest_impl.h"

#include <string.h>

#include "base/text.h"

#define LONGEST 64

static char
lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch;
}

/* Levenshtein's distance of two names that are not longer than LONGEST, ignoring case. */
static unsigned
distance(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned row[LONGEST + 1];

	for (size_t j = 0; j <= bn; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= bn; j++) {
			unsigned swap = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
			unsigned less = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = swap < less ? swap : less;
		}
	}
	return row[bn];
}

static const char *
last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot == NULL ? name : dot + 1;
}

const char *
conf_nearest_find(const char *name)
{
	size_t n = strlen(name), most = n / 5 > 2 ? n / 5 : 2;
	const char *best = NULL;
	unsigned least = (unsigned)most + 1;

	if (n > LONGEST)
		return NULL;
	for (int id = 0; id < CONF__MAX; id++) {
		const char *known = conf_key((enum conf_id)id)->name;
		unsigned d = distance(name, n, known, strlen(known));

		if (d < least) {
			least = d;
			best = known;
		}
	}
	for (int id = 0; best == NULL && id < CONF__MAX; id++)
		if (base_text_equal_nocase(last_part(name), last_part(conf_key((enum conf_id)id)->name)))
			best = conf_key((enum conf_id)id)->name;
	return best;
}

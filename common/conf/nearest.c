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

/* The nearest name, nearer than `least`: of a key, or of a section, which is shorter and must be nearer. */
static const char *
nearest(const char *name, size_t n, int is_section, unsigned least, size_t *best_n)
{
	const char *best = NULL;

	for (int id = 0; id < CONF__MAX; id++) {
		const char *known = conf_key((enum conf_id)id)->name;

		for (size_t k = 1; k <= strlen(known); k++) {
			if (known[k] != (is_section ? '.' : '\0'))
				continue;
			/* The keys of a section stand together: it was looked at with the one before. */
			if (is_section && id > 0 && strncmp(conf_key((enum conf_id)(id - 1))->name, known, k + 1) == 0)
				continue;
			unsigned d = distance(name, n, known, k);

			if (d < least) {
				least = d;
				best = known;
				*best_n = k;
			}
		}
	}
	return best;
}

const char *
conf_nearest_find(const char *name, size_t *n)
{
	size_t length = strlen(name);
	const char *best;

	if (length > LONGEST)
		return NULL;
	best = nearest(name, length, 0, length / 5 > 2 ? (unsigned)length / 5 + 1 : 3, n);
	if (best == NULL)
		best = nearest(name, length, 1, (unsigned)length / 4 + 1, n);
	for (int id = 0; best == NULL && id < CONF__MAX; id++)
		if (base_text_equal_nocase(last_part(name), last_part(conf_key((enum conf_id)id)->name))) {
			best = conf_key((enum conf_id)id)->name;
			*n = strlen(best);
		}
	return best;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `bedrudctl doctor --store` found last: one row, replaced each time. The doctor has rights (root's) that no
 * responder has; this is where those read it.
 */
#ifndef STORE_REPORT_H
#define STORE_REPORT_H
#include "store/store.h"

#define STORE_REPORT_MOST (1 << 20)	/* bytes of a report */

struct store_report {
	int64_t at;		/* when it was made: ns since 1970, wall clock */
	const char *json;	/* {"verdict":"ok"|"warning"|"error","checks":[…]}, as the doctor prints it */
};

/* Takes the place of the former one. ERR_TOO_BIG beyond STORE_REPORT_MOST; else as of store_begin(). */
enum err store_report_put(struct store *s, const struct store_report *r) BASE_MUST_CHECK;

/* The last one; its text lives as long as the arena. ERR_ABSENT: there is none yet. ERR_NOMEM. */
enum err store_report_get(struct store *s, struct base_arena *a, struct store_report *out) BASE_MUST_CHECK;

#endif

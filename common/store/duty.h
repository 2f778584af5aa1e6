/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What workers do again and again (table duties): one of them at a time, by a lease, and not before its period has
 * passed since the last time that it went well. Times in ns.
 */
#ifndef STORE_DUTY_H
#define STORE_DUTY_H
#include "store/store.h"

/* *taken = 1: the duty is due and is holder's for `lease`. */
enum err store_duty_take(struct store *s, const char *name, const char *holder, int64_t period, int64_t lease,
    int64_t now, int *taken) BASE_MUST_CHECK;
/* Each: ERR_CONFLICT when it isn't holder's any more; then nothing has changed. */
enum err store_duty_keep(struct store *s, const char *name, const char *holder, int64_t lease,
    int64_t now) BASE_MUST_CHECK;
/* It went well; report is a JSON object. */
enum err store_duty_done(struct store *s, const char *name, const char *holder, const char *report,
    int64_t now) BASE_MUST_CHECK;
/* It didn't: somebody tries again at again_at. The last report stays. */
enum err store_duty_failed(struct store *s, const char *name, const char *holder, int64_t again_at) BASE_MUST_CHECK;

struct store_duty {
	int64_t last_run_at;	/* 0: never */
	int64_t lease_until;
	const char *report;	/* JSON object or "" */
};
/* ERR_ABSENT: nobody has ever done it. */
enum err store_duty_get(struct store *s, struct base_arena *a, const char *name,
    struct store_duty *out) BASE_MUST_CHECK;

#endif

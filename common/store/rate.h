/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed-window counters shared by all processes (table rate_limits).
 */
#ifndef STORE_RATE_H
#define STORE_RATE_H
#include "store/store.h"

/*
 * Counts one request in the bucket's window of window_s seconds starting at its first request. *count = requests in
 * the window with this one; *reset_s = seconds until it ends (>= 1). Opens and commits its own transaction. Old
 * buckets are dropped now and then.
 */
enum err store_rate_hit(struct store *s, const char *bucket, int64_t now_s, int window_s, int *count,
    int *reset_s) BASE_MUST_CHECK;

#endif

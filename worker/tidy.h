/* SPDX-License-Identifier: Apache-2.0 */
/* Duties that only touch the books. See struct worker_duty. */
#ifndef WORKER_TIDY_H
#define WORKER_TIDY_H
#include "worker/worker.h"

/* Jobs whose worker is gone wait again. Report: recovered. */
enum err worker_tidy_jobs(struct worker *w, struct base_buf *report) BASE_MUST_CHECK;
/* Rooms whose time is up and in which nobody is end, as any room ends. Report: ended. */
enum err worker_tidy_rooms(struct worker *w, struct base_buf *report) BASE_MUST_CHECK;
/* store/prune.h. Report: a number for each kind of which something went, and unverified. */
enum err worker_tidy_prune(struct worker *w, struct base_buf *report) BASE_MUST_CHECK;

#endif

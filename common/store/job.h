/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job queue: table jobs, as Bedrud's Go server has it; job_leases says which worker holds one (bedrud-worker).
 * A job is queued in the transaction of what it follows from.
 */
#ifndef STORE_JOB_H
#define STORE_JOB_H
#include "store/store.h"

#define STORE_JOB_MOST 10000	/* waiting and in hand */

/* Lower goes first. */
enum store_job_priority { STORE_JOB_FIRST = 0, STORE_JOB_SOON = 1, STORE_JOB_LATER = 2 };

/*
 * Queues one: type is the contract's word (room_delete, dispatch_webhook …), payload JSON, run_at ns. Its id, a UUID,
 * goes to id. ERR_LIMIT when STORE_JOB_MOST are queued. Durability is the transaction's; alone, durable.
 */
enum err store_job_add(struct store *s, const char *type, const char *payload, enum store_job_priority priority,
    int64_t run_at, int64_t now, char id[37]) BASE_MUST_CHECK;

/* Takes a job back that nobody has begun; one that is begun, or done, stays. */
enum err store_job_cancel(struct store *s, const char *id) BASE_MUST_CHECK;

#endif

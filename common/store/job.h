/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job queue: table jobs, as Bedrud's Go server has it; job_leases says which worker holds one (bedrud-worker).
 * A job is queued in the transaction of what it follows from.
 */
#ifndef STORE_JOB_H
#define STORE_JOB_H
#include "store/store.h"

#define STORE_JOB_MOST 10000	/* of one type, waiting and in hand */

/* Lower goes first. */
enum store_job_priority { STORE_JOB_FIRST = 0, STORE_JOB_SOON = 1, STORE_JOB_LATER = 2 };

/*
 * Queues one: type is the contract's word (room_delete, dispatch_webhook …), payload JSON, run_at ns. Its id, a UUID,
 * goes to id. ERR_LIMIT when STORE_JOB_MOST of that type are queued: what nobody fetches (webhooks of a receiver that
 * is away, mail) keeps no room from being deleted. Durability is the transaction's; alone, durable.
 */
enum err store_job_add(struct store *s, const char *type, const char *payload, enum store_job_priority priority,
    int64_t run_at, int64_t now, char id[37]) BASE_MUST_CHECK;

/* Takes a job back that nobody has begun; one that is begun, or done, stays. */
enum err store_job_cancel(struct store *s, const char *id) BASE_MUST_CHECK;

/*
 * What a worker does with the queue. A lane is the types that it takes: those in `types` (",one,two,", with commas at
 * both ends), or, with all_but, all others.
 */
struct store_job_lane {
	const char *types;
	int all_but;
};
struct store_job {
	const char *id, *type, *payload;	/* never NULL */
	int attempts, max_attempts;		/* attempts: with this one */
	int64_t created_at;			/* ns */
};

/*
 * The job that is due next becomes `holder`'s for lease ns: active, its attempt counted. Of the deliveries to one
 * webhook (payload member webhook_id, else url) one at a time is in hand. ERR_ABSENT: nothing is due.
 */
enum err store_job_claim(struct store *s, struct base_arena *a, const struct store_job_lane *lane, const char *holder,
    int64_t lease, int64_t now, struct store_job *out) BASE_MUST_CHECK;
/* Sets a member of its payload to true, in the transaction of what it stands for: what the next attempt must know. */
enum err store_job_note(struct store *s, const char *id, const char *member) BASE_MUST_CHECK;
/* Each: ERR_CONFLICT when the job isn't holder's any more; then nothing has changed. */
enum err store_job_keep(struct store *s, const char *id, const char *holder, int64_t lease,
    int64_t now) BASE_MUST_CHECK;
enum err store_job_done(struct store *s, const char *id, const char *holder, int64_t now) BASE_MUST_CHECK;
/* again_at (ns): waits until then; 0 = it has failed for good. */
enum err store_job_failed(struct store *s, const char *id, const char *holder, const char *error, int64_t again_at,
    int64_t now) BASE_MUST_CHECK;
/*
 * A webhook that can't be reached: its other deliveries that are due count an attempt as well and wait until again_at,
 * or fail for good at `most` attempts. id: the job that found out.
 */
enum err store_job_defer_alike(struct store *s, const char *id, const char *error, int most, int64_t again_at,
    int64_t now) BASE_MUST_CHECK;

/*
 * Jobs whose worker is gone (lease over, or none and untouched since `stale` ns, as Bedrud's Go server leaves
 * them) wait again, or fail for good when they have used up `most` attempts and their own. *n = how many.
 */
enum err store_job_recover(struct store *s, int most, int64_t stale, int64_t now, int *n) BASE_MUST_CHECK;

/* How many there are by status, and when the oldest that is due became so (ns, 0 = none is). */
struct store_job_count { int pending, active, failed, done; int64_t due_since; };
enum err store_job_count(struct store *s, int64_t now, struct store_job_count *out) BASE_MUST_CHECK;

/* Those not done, newest first: for an administrator. At most 200. */
struct store_job_row { const char *id, *type, *status, *error; int attempts; int64_t run_at, updated_at; };
enum err store_job_list(struct store *s, struct base_arena *a, struct store_job_row **out, size_t *n) BASE_MUST_CHECK;
/* A job that has failed for good gets all its attempts anew, at once. ERR_ABSENT when there is no such failed job. */
enum err store_job_retry(struct store *s, const char *id, int64_t now) BASE_MUST_CHECK;

#endif

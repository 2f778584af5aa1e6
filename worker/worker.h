/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bedrud-worker: what isn't anybody's request. Jobs (store/job.h) are taken by lanes, so that a webhook whose server is
 * silent holds up no room; duties (store/duty.h) are done again and again. Leases decide who of several workers does a
 * thing, and let another do it when its worker is gone; so everything here may be begun twice, and is right then, too.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H
#include "base/clock.h"
#include "base/json.h"
#include "conf/conf.h"
#include "livekit/api.h"
#include "store/job.h"
#include "store/store.h"

#define WORKER_LEASE (60 * BASE_CLOCK_SECOND)	/* longer than whatever stands between two worker_keep() */

/* The whole process; what all threads read. */
struct worker_process {
	const struct conf *conf;
	char livekit_url[512];			/* "": LiveKit isn't configured */
	struct base_jwt_key *livekit_key;	/* NULL likewise */
	char holder[64];			/* who we are in a lease: host, process, a random number */
	int once;				/* end when nothing is due */
	int stop_fd;				/* readable: end what is in hand and nothing more */
	int ended_fd;				/* an eventfd: a thread has ended */
};

/* What LiveKit was told to stop and may call running all the same, in ns: worker/recording.c. */
#define WORKER_UNSEEN 32
struct worker_unseen {
	char egress_id[40];
	int64_t since, tried_at;
};

/* One thread with all that belongs to it. */
struct worker {
	const struct worker_process *process;
	const struct conf *conf;
	struct store *store;		/* open in a duty and in a job */
	int64_t checked_at;
	struct base_arena arena;	/* emptied after each */
	struct livekit_api *livekit;
	struct base_http *http;		/* worker/deliver.h: to webhooks */
	char refused[160];		/* the address that it was kept from last, "" */
	int is_unreachable;		/* the webhook of the job in hand: its other deliveries wait as well */
	char why[512];			/* why the job in hand fails; "" = the kind's own text */
	struct worker_unseen unseen[WORKER_UNSEEN];
	const char *duty, *job;		/* name and id of what is in hand, or NULL */
	enum err worst;			/* with `once`: what the exit code comes from */
};

/*
 * A duty: run() does one round and appends members to the report (base_json_put_…), which is kept in the duties table
 * and read by the doctor. An error (logged where it was met) means that the round is tried again after a while.
 * In a round of many steps call worker_keep() between them. Table: worker/duty.c.
 */
struct worker_duty {
	const char *name;
	int64_t period;		/* ns */
	enum err (*run)(struct worker *w, struct base_buf *report);
};

/*
 * A job: payload is its JSON object. ERR_OK: done. ERR_INPUT, ERR_ABSENT, ERR_GONE: failed for good; anything else:
 * again later, as often as it has attempts. worker_because() says why. Table: worker/job.c.
 */
struct worker_job {
	const char *type;
	enum err (*run)(struct worker *w, const struct store_job *job, json_object *payload);
	int attempts;		/* at least so many, whatever the row says */
};

/* The thread's LiveKit handle. ERR_CONFIG when it isn't configured (logged), ERR_NOMEM. */
enum err worker_livekit(struct worker *w, struct livekit_api **out) BASE_MUST_CHECK;

/*
 * Between steps: the lease of the duty or job in hand is ours for another WORKER_LEASE. ERR_CONFLICT when somebody
 * else has it: stop at once. Not inside a transaction.
 */
enum err worker_keep(struct worker *w) BASE_MUST_CHECK;
/* Whether we are to end soon: a long round may stop between two steps. */
int worker_stopping(const struct worker *w);
/* Waits, at most ms; sooner when we are to end. */
void worker_wait(const struct worker *w, int ms);

/* Notes why the job in hand fails; is the kind. */
enum err worker_because(struct worker *w, enum err kind, const char *fmt, ...) BASE_PRINTF(3, 4);

/*
 * duty.c, job.c: does what is due; *busy = 1 when something was. Errors are of the store; what a duty or a job meets
 * goes to its row and to w->worst.
 */
enum err worker_duty_round(struct worker *w, int *busy) BASE_MUST_CHECK;
enum worker_lane { WORKER_ROOMS, WORKER_WEBHOOKS, WORKER_FILES };
enum err worker_job_next(struct worker *w, enum worker_lane lane, int *busy) BASE_MUST_CHECK;
/* How often a job of any type is tried at the most. */
int worker_job_most(const struct worker *w);

/* run.c: starts the threads, and returns the exit code after a signal, or with `once` when nothing is due. */
int worker_run(struct worker_process *p);

#endif

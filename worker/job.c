/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs, and how one is taken, done and ended. */
#include "worker/worker.h"

#include <string.h>

#include "base/log.h"
#include "worker/jobs.h"

#define HOUR (3600 * BASE_CLOCK_SECOND)

static const struct worker_job jobs[] = {
    {"dispatch_webhook", worker_dispatch, 8},	/* half an hour: a receiver may be restarted meanwhile */
    {"room_delete", worker_room_delete, 0},
    {"room_suspend", worker_room_suspend, 0},
    {"user_delete", worker_user_delete, 0},
    {"process_recording", worker_process_recording, 6},
    {"recording_delete", worker_recording_delete, 6},
};

/* send_email is for a later version: it waits for it. A file that comes from far holds up no room. */
static const struct store_job_lane lanes[] = {
    [WORKER_ROOMS] = {",dispatch_webhook,send_email,process_recording,recording_delete,", 1},
    [WORKER_FILES] = {",process_recording,recording_delete,", 0},
    [WORKER_WEBHOOKS] = {",dispatch_webhook,", 0},
};

static const struct worker_job *
find(const char *type)
{
	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		if (strcmp(jobs[i].type, type) == 0)
			return &jobs[i];
	return NULL;
}

/* min(2^attempts * 5 s, 1 h) from now. */
static int64_t
again_at(int attempts)
{
	int64_t pause = attempts < 10 ? (INT64_C(5) << attempts) * BASE_CLOCK_SECOND : HOUR;

	return base_clock_now() + (pause < HOUR ? pause : HOUR);
}

static int
is_final(enum err e)
{
	return e == ERR_INPUT || e == ERR_ABSENT || e == ERR_GONE;
}

static int
most_attempts(const struct worker *w, const struct worker_job *kind, const struct store_job *job)
{
	int most = (int)conf_int(w->conf, CONF_queue_maxAttempts);

	if (most == 0)
		most = job->max_attempts;
	return kind != NULL && most < kind->attempts ? kind->attempts : most;
}

int
worker_job_most(const struct worker *w)
{
	int most = (int)conf_int(w->conf, CONF_queue_maxAttempts);

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		most = jobs[i].attempts > most ? jobs[i].attempts : most;
	return most;
}

static enum err
settle(struct worker *w, const struct worker_job *kind, const struct store_job *job, enum err e)
{
	const char *holder = w->process->holder, *why = w->why[0] != '\0' ? w->why : base_err_text(e);
	int64_t again = 0, now = base_clock_now();
	int most = most_attempts(w, kind, job);

	if (e == ERR_OK)
		return store_job_done(w->store, job->id, holder, now);
	if (w->worst == ERR_OK)
		w->worst = e;
	if (!is_final(e) && job->attempts < most)
		again = again_at(job->attempts);
	base_log(again != 0 ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "job %s (%s), attempt %d, %s: %s", job->id, job->type,
	    job->attempts, again != 0 ? "waits to be tried again" : "has failed for good", why);
	e = store_job_failed(w->store, job->id, holder, why, again, now);
	if (e == ERR_OK && w->is_unreachable)
		e = store_job_defer_alike(w->store, job->id, why, most, again != 0 ? again : again_at(1), now);
	return e;
}

static enum err
perform(struct worker *w, const struct worker_job *kind, const struct store_job *job)
{
	json_object *payload;
	enum err e;

	w->why[0] = '\0';
	w->is_unreachable = 0;
	if (kind == NULL)
		return worker_because(w, ERR_INPUT, "this version has no job of that type");
	if ((e = base_json_object_lax(&w->arena, job->payload, strlen(job->payload), &payload)) != ERR_OK)
		return worker_because(w, e, "its payload is no JSON object");
	e = kind->run(w, job, payload);
	store_rollback(w->store);
	return e;
}

enum err
worker_job_next(struct worker *w, enum worker_lane lane, int *busy)
{
	const struct worker_job *kind;
	struct store_job job;
	enum err e = store_job_claim(w->store, &w->arena, &lanes[lane], w->process->holder, WORKER_LEASE,
	    base_clock_now(), &job);

	*busy = e == ERR_OK;
	if (e == ERR_OK) {
		kind = find(job.type);
		w->job = job.id;
		e = settle(w, kind, &job, perform(w, kind, &job));
		w->job = NULL;
		if (e == ERR_CONFLICT)
			base_log(LOG_LEVEL_WARN, "job %s (%s): another worker has taken it over", job.id, job.type);
	}
	base_arena_reset(&w->arena);
	return e == ERR_ABSENT || e == ERR_CONFLICT ? ERR_OK : e;
}

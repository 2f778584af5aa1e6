/* SPDX-License-Identifier: Apache-2.0 */
/* The duties, and a round of what is due of them. */
#include "worker/worker.h"

#include "base/limits.h"
#include "base/log.h"
#include "store/duty.h"
#include "worker/reconcile.h"
#include "worker/recording.h"
#include "worker/tidy.h"

#define MINUTE (60 * BASE_CLOCK_SECOND)
#define REPORT (64u << 10)

/* In the order in which they are done when several are due. */
static const struct worker_duty duties[] = {
    {"jobs", 10 * BASE_CLOCK_SECOND, worker_tidy_jobs},
    {"reconcile", WORKER_RECONCILE_PERIOD, worker_reconcile},
    {"rooms", MINUTE, worker_tidy_rooms},
    {"recordings", WORKER_RECORDING_PERIOD, worker_recording_watch},
    {"prune", 60 * MINUTE, worker_tidy_prune},
    {"recording-files", 360 * MINUTE, worker_recording_files},
};

/* One that failed is tried again after its period, or after a minute if that is longer. */
static enum err
settle(struct worker *w, const struct worker_duty *d, enum err e, const struct base_buf *report)
{
	int64_t now = base_clock_now(), pause = d->period < MINUTE ? d->period : MINUTE;

	if (e == ERR_OK && report->err != ERR_OK)
		e = report->err;
	if (e == ERR_OK)
		e = store_duty_done(w->store, d->name, w->process->holder, report->p, now);
	if (e == ERR_OK)
		return ERR_OK;
	if (w->worst == ERR_OK)
		w->worst = e;
	base_log(e == ERR_CONFLICT ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "duty %s: %s", d->name,
	    e == ERR_CONFLICT ? "another worker has taken it over" : base_err_name(e));
	e = store_duty_failed(w->store, d->name, w->process->holder, now + pause);
	return e == ERR_CONFLICT ? ERR_OK : e;
}

static enum err
perform(struct worker *w, const struct worker_duty *d, int *busy)
{
	struct base_buf report;
	int taken;
	enum err e = store_duty_take(w->store, d->name, w->process->holder, d->period, WORKER_LEASE, base_clock_now(),
	    &taken);

	if (e != ERR_OK || !taken)
		return e;
	*busy = 1;
	base_buf_init(&report, REPORT);
	base_json_open(&report, NULL, '{');
	w->duty = d->name;
	e = d->run(w, &report);
	w->duty = NULL;
	store_rollback(w->store);
	base_json_close(&report, '}');
	e = settle(w, d, e, &report);
	base_buf_free(&report);
	base_arena_reset(&w->arena);
	return e;
}

enum err
worker_duty_round(struct worker *w, int *busy)
{
	enum err e = ERR_OK;

	*busy = 0;
	for (size_t i = 0; i < sizeof duties / sizeof *duties && e == ERR_OK && !worker_stopping(w); i++)
		e = perform(w, &duties[i], busy);
	return e;
}

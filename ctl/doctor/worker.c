/* SPDX-License-Identifier: Apache-2.0 */
/* bedrud-worker, by what it keeps in the database. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "ctl/doctor/doctor.h"
#include "store/duty.h"
#include "store/job.h"

#define WEEK (7 * INT64_C(86400) * BASE_CLOCK_SECOND)
#define LATE (300 * BASE_CLOCK_SECOND) /* from cron it may run each minute */

#define FIX \
	"let bedrud-worker run all the time (systemctl enable --now bedrud-worker), or each minute from cron: " \
	"bedrud-worker --once; its log says what it met"

static void
say_done(struct doctor *d, const struct store_duty *duty, int64_t age)
{
	json_object *o;
	int64_t rooms = 0, people = 0;

	if (base_json_object(&d->arena, duty->report, strlen(duty->report), &o) != ERR_OK ||
	    base_json_int(o, "rooms", &rooms) != ERR_OK || base_json_int(o, "people", &people) != ERR_OK)
		rooms = people = 0;
	doctor_ok(d, "worker.reconcile", "the database was compared with LiveKit %lld s ago: %lld rooms, %lld people",
	    (long long)(age / BASE_CLOCK_SECOND), (long long)rooms, (long long)people);
}

/* Failed ones count for a week: they are kept for 30 days, and somebody may have seen to it long ago. */
static void
look_at_jobs(struct doctor *d, struct store *s)
{
	struct store_job_count c;
	struct store_job_row *rows;
	int64_t now = base_clock_now();
	size_t n, i = 0;
	enum err e = store_job_count(s, now, &c);

	if (e == ERR_OK)
		e = store_job_list(s, &d->arena, &rows, &n);
	if (e != ERR_OK) {
		doctor_warn(d, "worker.jobs", "see the check database.file", "the queue can't be read: %s",
		    doctor_heard(d, base_err_text(e)));
		return;
	}
	while (i < n && (strcmp(rows[i].status, "failed") != 0 || now - rows[i].updated_at > WEEK))
		i++;
	if (c.due_since != 0 && now - c.due_since > LATE)
		doctor_warn(d, "worker.jobs", FIX, "%d jobs wait, one of them for %lld minutes", c.pending,
		    (long long)((now - c.due_since) / (60 * BASE_CLOCK_SECOND)));
	else if (i < n)
		doctor_warn(d, "worker.jobs", "`bedrudctl jobs` shows each with its reason; when that is mended, "
		    "bedrudctl jobs retry --id JOB", "a job has failed for good: %s: %s", doctor_heard(d, rows[i].type),
		    doctor_heard(d, rows[i].error));
	else
		doctor_ok(d, "worker.jobs", "%d jobs wait, and none is late", c.pending);
}

static void
look_at_reconciling(struct doctor *d, struct store *s)
{
	struct store_duty duty;
	int64_t age;
	enum err e;

	e = store_duty_get(s, &d->arena, "reconcile", &duty);
	age = base_clock_now() - (e == ERR_OK ? duty.last_run_at : 0);
	if (e != ERR_OK && e != ERR_ABSENT)
		doctor_warn(d, "worker.reconcile", "see the check database.file",
		    "the worker's duties can't be read: %s", doctor_heard(d, base_err_text(e)));
	else if (e == ERR_ABSENT || duty.last_run_at == 0)
		doctor_warn(d, "worker.reconcile", FIX,
		    "bedrud-worker has never compared the database with LiveKit: when a webhook is lost, people who "
		    "have left keep their places, and jobs wait");
	else if (age > LATE)
		doctor_warn(d, "worker.reconcile", FIX,
		    "bedrud-worker compared the database with LiveKit for the last time %lld minutes ago: it doesn't "
		    "run, or LiveKit doesn't answer it",
		    (long long)(age / (60 * BASE_CLOCK_SECOND)));
	else
		say_done(d, &duty, age);
}

void
doctor_worker(struct doctor *d)
{
	struct store *s = doctor_store(d);

	if (s == NULL)
		return;
	look_at_reconciling(d, s);
	look_at_jobs(d, s);
}

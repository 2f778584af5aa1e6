/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/tidy.h"

#include "base/log.h"
#include "meeting/ending.h"
#include "meeting/room.h"
#include "store/prune.h"
#include "store/purge.h"

/* Jobs that Bedrud's Go server has left active have no lease: those this old are nobody's. */
#define STALE (600 * BASE_CLOCK_SECOND)

enum err
worker_tidy_jobs(struct worker *w, struct base_buf *report)
{
	int64_t now = base_clock_now();
	int n = 0;
	enum err e = store_job_recover(w->store, worker_job_most(w), now - STALE, now, &n);

	if (n > 0)
		base_log(LOG_LEVEL_WARN, "%d jobs whose worker had ended in the middle of them wait again", n);
	base_json_put_int(report, "recovered", n);
	return e;
}

/* Looked at once more inside the lock: somebody may have come in. */
static enum err
end_room(struct worker *w, const char *id, int *ended)
{
	int64_t now = base_clock_now();
	struct store_room room;
	enum err e = store_begin(w->store, STORE_DURABLE);

	*ended = 0;
	if (e == ERR_OK)
		e = store_room_by_id(w->store, &w->arena, id, &room);
	if (e == ERR_OK && room.is_active) {
		e = meeting_room_judge(w->store, &w->arena, &room, now);
		*ended = e == ERR_OK && !room.is_active;
	}
	if (e == ERR_OK && *ended)
		e = meeting_ending_apply(w->store, &w->arena, &room, MEETING_ENDED_EXPIRED, NULL, NULL, now);
	if (e == ERR_OK && *ended)
		e = store_commit(w->store);
	store_rollback(w->store);
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
worker_tidy_rooms(struct worker *w, struct base_buf *report)
{
	const char **ids;
	int ended, n_ended = 0;
	size_t n;
	enum err e = store_prune_expired_rooms(w->store, &w->arena, base_clock_now(), &ids, &n);

	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		e = end_room(w, ids[i], &ended);
		if (e == ERR_OK) {
			n_ended += ended;
			e = worker_keep(w);
		}
	}
	if (n_ended > 0)
		base_log(LOG_LEVEL_INFO, "%d rooms whose time was up have ended", n_ended);
	base_json_put_int(report, "ended", n_ended);
	return e;
}

/* Only where an unverified account is of no use: auth.requireEmailVerification, and a time set for it. */
static enum err
prune_unverified(struct worker *w, struct base_buf *report)
{
	int64_t hours = conf_int(w->conf, CONF_auth_unverifiedAccountTTLHours), now = base_clock_now();
	const char **ids;
	size_t n = 0;
	enum err e = ERR_OK;

	if (!conf_bool(w->conf, CONF_auth_requireEmailVerification) || hours <= 0)
		return ERR_OK;
	e = store_prune_unverified(w->store, &w->arena, now - hours * 3600 * BASE_CLOCK_SECOND, &ids, &n);
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = store_purge_user(w->store, ids[i], now);
	if (e == ERR_OK && n > 0)
		base_json_put_int(report, "unverified", (int64_t)n);
	return e;
}

enum err
worker_tidy_prune(struct worker *w, struct base_buf *report)
{
	const char *name = "";
	int n, sum;
	enum err e = ERR_OK;

	for (size_t kind = 0; e == ERR_OK && !worker_stopping(w); kind++) {
		sum = 0;
		do {
			e = store_prune(w->store, kind, base_clock_now(), &name, &n);
			sum += n;
			if (e == ERR_OK)
				e = worker_keep(w);
		} while (e == ERR_OK && n == STORE_PRUNE_BATCH && !worker_stopping(w));
		if (sum > 0)
			base_json_put_int(report, name, sum);
	}
	return e == ERR_ABSENT || e == ERR_OK ? prune_unverified(w, report) : e;
}

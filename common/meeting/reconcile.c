/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/reconcile.h"

#include <stdlib.h>
#include <string.h>

#include "meeting/ending.h"
#include "meeting/room.h"

static struct meeting_sighting
sighting(const struct meeting_reconcile_room *r, const struct livekit_participant *who, int64_t now)
{
	return (struct meeting_sighting){ .room = r->row, .room_sid = r->sid, .who = who, .at = now,
		.is_strict = r->is_strict };
}

/* Who takes a seat, and about whom LiveKit must be told. */
static enum err
judge_one(struct store *s, struct base_arena *a, const struct meeting_reconcile_room *r,
    const struct livekit_participant *who, int64_t now, struct meeting_reconcile_plan *out)
{
	struct meeting_sighting t = sighting(r, who, now);
	struct meeting_errand *errand = &out->errands[out->n_errands];
	enum err e = meeting_presence_judge(s, a, &t, now, &errand->must);

	if (e != ERR_OK)
		return e;
	errand->who = who;
	errand->full = NULL;
	if ((errand->must.objection != NULL || errand->must.must_mend) && who->joined_at < r->settled &&
	    r->row->is_active)
		out->n_errands++;
	/* Who isn't connected yet may never be; a state that we don't know is somebody. */
	if (errand->must.objection == NULL && who->is_person && *who->identity != '\0' &&
	    who->state != LIVEKIT_JOINING && who->state != LIVEKIT_JOINED)
		out->present[out->n_present++] = who;
	return ERR_OK;
}

static int
by_identity(const void *a, const void *b)
{
	const struct livekit_participant *const *p = a, *const *q = b;

	return strcmp((*p)->identity, (*q)->identity);
}

static enum err
judge_people(struct store *s, struct base_arena *a, const struct meeting_reconcile_room *r, int64_t now,
    struct meeting_reconcile_plan *out)
{
	enum err e = ERR_OK;

	out->present = base_arena_alloc(a, (r->n + 1) * sizeof(void *));
	out->errands = base_arena_alloc(a, (2 * r->n + 1) * sizeof(*out->errands));
	if (out->present == NULL || out->errands == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; e == ERR_OK && i < r->n; i++)
		if (r->people[i].state != LIVEKIT_DISCONNECTED)
			e = judge_one(s, a, r, &r->people[i], now, out);
	qsort(out->present, out->n_present, sizeof(void *), by_identity);
	return e;
}

static enum err
judge_end(struct store *s, const struct meeting_reconcile_room *r, int64_t now, int *is_over)
{
	int64_t at;
	enum err e;

	if (!r->row->is_active || r->row->is_persistent || r->sid != NULL)
		return ERR_OK;
	e = store_truth_over(s, r->row->id, &at);
	if (e != ERR_OK || at == 0 || at > now - MEETING_RECONCILE_PATIENCE ||
	    meeting_room_opened_at(r->row) > at)
		return e;
	*is_over = 1;
	return ERR_OK;
}

enum err
meeting_reconcile_look(struct store *s, struct base_arena *a, const struct meeting_reconcile_room *r, int64_t now,
    struct meeting_reconcile_plan *out)
{
	/* One that LiveKit has just made is left to room_started; one that stands for no active row is closed. */
	int judges_live = r->sid == NULL || (r->row->is_active && r->created_at < r->settled);
	enum err e;

	memset(out, 0, sizeof(*out));
	if ((e = judge_people(s, a, r, now, out)) != ERR_OK ||
	    (e = store_truth_seats(s, a, r->row->id, r->settled, &out->held, &out->n_held)) != ERR_OK)
		return e;
	out->repairs = base_arena_alloc(a, (out->n_held + out->n_present + 1) * sizeof(*out->repairs));
	if (out->repairs == NULL)
		return ERR_NOMEM;
	out->n_repairs = meeting_compare(out->held, out->n_held, out->present, out->n_present, r->settled,
	    out->repairs);
	if (judges_live)
		e = store_truth_live_differs(s, r->row->id, r->sid, r->settled, &out->live_differs);
	if (e == ERR_OK)
		e = judge_end(s, r, now, &out->is_over);
	/* What ended it may still be busy telling its people. */
	out->must_close = r->sid != NULL && !r->row->is_active && r->created_at < r->settled &&
	    r->row->updated_at < r->settled;
	out->must_mend = out->n_repairs > 0 || out->live_differs || out->is_over;
	return e;
}

/* Who finds no place in a full room must leave, as on arrival. */
static enum err
take(struct store *s, struct base_arena *a, const struct meeting_reconcile_room *r,
    const struct livekit_participant *who, int64_t now, struct meeting_reconcile_plan *plan,
    struct meeting_reconcile_count *count)
{
	struct meeting_sighting t = sighting(r, who, now);
	struct meeting_presence p;
	enum err e = store_truth_revive(s, r->row->id, who->identity, who->sid);

	if (e != ERR_OK || (e = meeting_presence_arrive(s, a, &t, now, &p)) != ERR_OK)
		return e;
	if (p.objection != NULL)
		plan->errands[plan->n_errands++] = (struct meeting_errand){ .who = who, .must = p,
			.full = p.objection };
	count->seats_taken += p.objection == NULL;
	return ERR_OK;
}

static enum err
give_back(struct store *s, struct base_arena *a, const struct meeting_reconcile_room *r,
    const struct store_truth_seat *seat, int64_t now, struct meeting_reconcile_count *count)
{
	enum err e = *seat->sid == '\0' ? store_truth_free(s, r->row->id, seat->identity, now) :
	    meeting_presence_leave(s, a, r->row, seat->identity, seat->sid, now, now);

	count->seats_freed += e == ERR_OK;
	return e;
}

enum err
meeting_reconcile_mend(struct store *s, struct base_arena *a, const struct meeting_reconcile_room *r,
    struct meeting_reconcile_plan *plan, int64_t now, struct meeting_reconcile_count *count)
{
	int changed = 0;
	enum err e = ERR_OK;

	/* The LiveKit room first: nobody takes a seat in one that counts as over. */
	if (plan->live_differs)
		e = store_truth_live(s, r->row->id, r->sid, r->created_at, r->settled, now, &changed);
	count->rooms_noticed += changed > 0;
	for (size_t i = 0; e == ERR_OK && i < plan->n_repairs; i++) {
		const struct meeting_repair *m = &plan->repairs[i];

		e = m->what == MEETING_FREE ? give_back(s, a, r, &plan->held[m->i], now, count) :
		    take(s, a, r, plan->present[m->i], now, plan, count);
	}
	if (e == ERR_OK && plan->is_over) {
		e = meeting_ending_apply(s, a, r->row, MEETING_ENDED_EMPTY, NULL, NULL, now);
		count->rooms_ended += e == ERR_OK;
	}
	return e;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "meeting/reconcile.h"

#define GIVE_UP 3		/* so many rooms in a row of which LiveKit didn't tell */
#define MEND_TRIES 3		/* somebody's rights may change while LiveKit is told about the last ones */
#define LISTS (32u << 20)	/* memory for the lists of all rooms, or of one room's people */

struct round {
	struct worker *w;
	struct livekit_api *api;
	struct base_arena lists, room;	/* of the whole round, of the room in hand */
	int64_t settled;
	int is_strict;
	struct livekit_room *rooms;	/* by name */
	const char **rows;		/* for each, the id of the row it stands for, or NULL */
	size_t n;
	int people, removed, mended, closed, skipped, in_a_row;
	struct meeting_reconcile_count count;
};

/* The row that a name means now; *row is untouched and *known 0 when there is none. */
static enum err
find_row(struct round *r, const char *name, struct store_room *row, int *known)
{
	enum err e = store_room_by_name(r->w->store, &r->room, name, row);

	*known = e == ERR_OK;
	return e == ERR_ABSENT ? ERR_OK : e;
}

/* What LiveKit didn't do is left to the next round, unless it does nothing at all any more. */
static enum err
weigh(struct round *r, enum err e)
{
	if (e != ERR_PEER) {
		r->in_a_row = 0;
		return e == ERR_ABSENT ? ERR_OK : e;
	}
	return ++r->in_a_row < GIVE_UP ? ERR_OK : e;
}

/* Sends away, or gives the rights that the store says now. full: why, of who found no place. */
static enum err
tell_livekit(struct round *r, const char *room_name, struct livekit_participant *who, const char *full)
{
	struct meeting_presence p = { .objection = "" };
	struct store_room row;
	int known;
	enum err e = ERR_OK;

	for (int i = 0; e == ERR_OK && i < MEND_TRIES; i++) {
		if ((e = find_row(r, room_name, &row, &known)) != ERR_OK)
			return e;
		struct meeting_sighting t = { .room = known ? &row : NULL, .room_sid = "", .who = who,
			.is_strict = r->is_strict };
		if ((e = meeting_presence_judge(r->w->store, &r->room, &t, base_clock_now(), &p)) != ERR_OK)
			return e;
		if (p.objection == NULL)
			p.objection = full;
		if (p.objection != NULL) {
			base_log(LOG_LEVEL_INFO, "reconcile: removing %s from room %s: %s", who->identity, room_name,
			    p.objection);
			e = livekit_api_remove_participant(r->api, room_name, who->identity);
			r->removed += e == ERR_OK;
			break;
		}
		if (!p.must_mend)
			break;
		e = livekit_api_update_participant(r->api, room_name, who->identity, &p.grant, NULL);
		r->mended += e == ERR_OK && i == 0;
		who->permission = p.grant;
	}
	return weigh(r, e);
}

/* The books of one row, in a short transaction when they are off. row is read anew then. */
static enum err
mend_row(struct round *r, struct store_room *row, struct meeting_reconcile_room *t, struct meeting_reconcile_plan *plan)
{
	struct meeting_reconcile_count count = r->count;
	struct store *s = r->w->store;
	int64_t now = base_clock_now();
	enum err e = store_begin_read(s);

	t->row = row;
	t->settled = r->settled;
	t->is_strict = r->is_strict;
	if (e == ERR_OK)
		e = meeting_reconcile_look(s, &r->room, t, now, plan);
	store_rollback(s);
	if (e != ERR_OK || !plan->must_mend)
		return e;
	/* What has come since is young, so the list still holds; the row may have another state. */
	if ((e = store_begin(s, STORE_DURABLE)) == ERR_OK &&
	    (e = store_room_by_id(s, &r->room, row->id, row)) == ERR_OK &&
	    (e = meeting_reconcile_look(s, &r->room, t, now, plan)) == ERR_OK &&
	    (e = meeting_reconcile_mend(s, &r->room, t, plan, now, &count)) == ERR_OK &&
	    (e = store_commit(s)) == ERR_OK)
		r->count = count;
	store_rollback(s);
	return e == ERR_ABSENT ? ERR_OK : e;
}

/* LiveKit's room goes on though the row is over; unless the name has just been given to a new one. */
static enum err
close_room(struct round *r, const char *name)
{
	struct store_room row;
	int known;
	enum err e = find_row(r, name, &row, &known);

	if (e != ERR_OK || !known || row.is_active)
		return e;
	base_log(LOG_LEVEL_INFO, "reconcile: closing room %s in LiveKit: it is not active", name);
	e = livekit_api_delete_room(r->api, name);
	r->closed += e == ERR_OK;
	return weigh(r, e);
}

static int
count_people(const struct livekit_participant *p, size_t n)
{
	int people = 0;

	for (size_t i = 0; i < n; i++)
		people += p[i].is_person && p[i].state != LIVEKIT_DISCONNECTED;
	return people;
}

/* A room that LiveKit has: the books, then what LiveKit must do. */
static enum err
settle_room(struct round *r, size_t i)
{
	struct meeting_reconcile_room t = { .sid = r->rooms[i].sid, .created_at = r->rooms[i].created_at };
	const char *name = r->rooms[i].name;
	struct meeting_reconcile_plan plan = { .n_errands = 0 };
	struct livekit_participant *people;
	struct store_room row;
	int known;
	enum err e = find_row(r, name, &row, &known);

	if (e == ERR_OK && known && (r->rows[i] = base_arena_strdup(&r->lists, row.id)) == NULL)
		e = ERR_NOMEM;
	/* Rooms of others who share LiveKit are none of ours. */
	if (e != ERR_OK || (!known && !r->is_strict))
		return e;
	if ((e = livekit_api_list_participants(r->api, &r->room, name, &people, &t.n)) != ERR_OK) {
		r->skipped++;
		return weigh(r, e);
	}
	t.people = people;
	r->people += count_people(people, t.n);
	if (known)
		e = mend_row(r, &row, &t, &plan);
	for (size_t k = 0; e == ERR_OK && k < plan.n_errands; k++)
		e = tell_livekit(r, name, &people[plan.errands[k].who - people], plan.errands[k].full);
	for (size_t k = 0; e == ERR_OK && !known && k < t.n; k++)
		if (people[k].joined_at < r->settled)
			e = tell_livekit(r, name, &people[k], NULL);
	return e == ERR_OK && plan.must_close ? close_room(r, name) : e;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct livekit_room *)a)->name, ((const struct livekit_room *)b)->name);
}

/* A row that the books take to be in use: whether LiveKit has its room, which settle_room() has dealt with. */
static int
is_there(const struct round *r, const struct store_truth_room *row)
{
	const struct livekit_room key = { .name = row->name },
	    *found = r->n == 0 ? NULL : bsearch(&key, r->rooms, r->n, sizeof(*r->rooms), by_name);

	return found != NULL && r->rows[found - r->rooms] != NULL && strcmp(r->rows[found - r->rooms], row->id) == 0;
}

static enum err
settle_absent(struct round *r, const struct store_truth_room *truth)
{
	struct meeting_reconcile_room t = { .sid = NULL };
	struct meeting_reconcile_plan plan;
	struct store_room row;
	enum err e = store_room_by_id(r->w->store, &r->room, truth->id, &row);

	return e == ERR_OK ? mend_row(r, &row, &t, &plan) : e == ERR_ABSENT ? ERR_OK : e;
}

static enum err
next(struct round *r, enum err e)
{
	base_arena_reset(&r->room);
	if (e == ERR_OK)
		e = worker_keep(r->w);
	return e == ERR_OK && worker_stopping(r->w) ? ERR_BUSY : e;
}

static enum err
run(struct round *r)
{
	struct store_truth_room *rows;
	size_t n;
	int freed = 0;
	enum err e = ERR_OK;

	/* A server that is still being set up has no meetings. */
	if (r->w->process->livekit_key == NULL || r->w->process->livekit_url[0] == '\0')
		return ERR_OK;
	if ((e = worker_livekit(r->w, &r->api)) != ERR_OK ||
	    (e = livekit_api_list_rooms(r->api, &r->lists, &r->rooms, &r->n)) != ERR_OK)
		return e;
	if ((r->rows = base_arena_alloc(&r->lists, (r->n + 1) * sizeof(*r->rows))) == NULL)
		return ERR_NOMEM;
	if (r->n > 0)
		qsort(r->rooms, r->n, sizeof(*r->rooms), by_name);
	/* Before the rooms are asked about one by one: later, rows would come in whose rooms the list doesn't have. */
	if ((e = store_truth_rooms(r->w->store, &r->lists, &rows, &n)) != ERR_OK)
		return e;
	for (size_t i = 0; e == ERR_OK && i < r->n; i++)
		e = next(r, settle_room(r, i));
	for (size_t i = 0; e == ERR_OK && i < n; i++)
		if (!is_there(r, &rows[i]))
			e = next(r, settle_absent(r, &rows[i]));
	if (e == ERR_OK)
		e = store_truth_orphans(r->w->store, base_clock_now(), &freed);
	r->count.seats_freed += freed;
	return e;
}

static void
tell(const struct round *r, int64_t ms, struct base_buf *report)
{
	const struct {
		const char *key;
		int n, is_repair;
	} rows[] = {
		{ "rooms", (int)r->n, 0 }, { "people", r->people, 0 }, { "seatsFreed", r->count.seats_freed, 1 },
		{ "seatsTaken", r->count.seats_taken, 1 }, { "roomsNoticed", r->count.rooms_noticed, 1 },
		{ "roomsEnded", r->count.rooms_ended, 1 }, { "removed", r->removed, 1 },
		{ "rightsMended", r->mended, 1 }, { "roomsClosed", r->closed, 1 }, { "skipped", r->skipped, 1 },
		{ "tookMs", (int)ms, 0 },
	};
	char line[256] = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		base_json_put_int(report, rows[i].key, rows[i].n);
		if (rows[i].is_repair && rows[i].n != 0)
			snprintf(line + strlen(line), sizeof(line) - strlen(line), " %s %d", rows[i].key, rows[i].n);
	}
	if (*line != '\0')
		base_log(LOG_LEVEL_INFO, "reconcile: the books and LiveKit were apart:%s", line);
}

enum err
worker_reconcile(struct worker *w, struct base_buf *report)
{
	int64_t began = base_clock_now();
	struct round r = { .w = w, .settled = began - WORKER_RECONCILE_YOUNG,
		.is_strict = conf_bool(w->conf, CONF_livekit_strictAdmission) };
	enum err e;

	base_arena_init(&r.lists, LISTS);
	base_arena_init(&r.room, LISTS);
	e = run(&r);
	tell(&r, (base_clock_now() - began) / 1000000, report);
	base_arena_free(&r.room);
	base_arena_free(&r.lists);
	return e;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs room_delete {room_id, system_event, system_message, deleted_identity?, purge} and room_suspend {room_id, by?,
 * reason?}. The books first, in one transaction: if LiveKit can't be told as often as the job is tried, reconciling
 * sends home who is still in.
 */
#include "worker/end.h"

#include <string.h>

#include "meeting/ending.h"
#include "store/purge.h"
#include "worker/jobs.h"

#define STORED "stored"

static enum err
write_books(struct worker *w, const struct store_room *room, const struct worker_end *end)
{
	int64_t now = base_clock_now();
	int is_done = end->why == MEETING_ENDED_SUSPENDED ? room->is_suspended : room->deleted_at != 0;
	enum err e = store_begin(w->store, STORE_DURABLE);

	if (e == ERR_OK && end->why == MEETING_ENDED_SUSPENDED)
		e = store_job_note(w->store, w->job, STORED);
	/* The second time there is nothing more to tell anybody. */
	if (e == ERR_OK && !is_done)
		e = meeting_ending_apply(w->store, &w->arena, room, end->why, end->by, end->reason, now);
	if (e == ERR_OK && end->purge)
		e = store_purge_room(w->store, room->id, now);
	if (e == ERR_OK)
		e = store_commit(w->store);
	store_rollback(w->store);
	return e;
}

enum err
worker_end(struct worker *w, const char *room_id, const struct worker_end *end)
{
	struct livekit_api *api;
	struct store_room room;
	enum err e = store_room_by_id(w->store, &w->arena, room_id, &room);

	/* Opened again since: it isn't suspended a second time, and who is in stays. */
	if (e == ERR_OK && end->is_stored && !room.is_suspended)
		return ERR_OK;
	if (e == ERR_OK)
		e = write_books(w, &room, end);
	if (e == ERR_OK)
		e = worker_keep(w);
	if (e == ERR_OK)
		e = worker_livekit(w, &api);
	if (e == ERR_OK)
		e = meeting_closing_tell(w->store, &w->arena, api, &room, &end->closing);
	return e;
}

enum err
worker_room_delete(struct worker *w, const struct store_job *job, json_object *payload)
{
	struct worker_end end = {.why = MEETING_ENDED_ARCHIVED,
	    .closing = {.event = "room_archived", .message = "", .deleted_identity = ""}};
	const char *id = "";
	enum err e;

	(void)job;
	if (base_json_str(payload, "room_id", &id) != ERR_OK || *id == '\0' ||
	    base_json_str(payload, "system_event", &end.closing.event) != ERR_OK ||
	    base_json_str(payload, "system_message", &end.closing.message) != ERR_OK ||
	    base_json_str(payload, "deleted_identity", &end.closing.deleted_identity) != ERR_OK ||
	    base_json_bool(payload, "purge", &end.purge) != ERR_OK)
		return worker_because(w, ERR_INPUT, "its payload needs room_id, and a member has the wrong type");
	e = worker_end(w, id, &end);
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
worker_room_suspend(struct worker *w, const struct store_job *job, json_object *payload)
{
	struct worker_end end = {.why = MEETING_ENDED_SUSPENDED, .by = "", .reason = "",
	    .closing = {.event = "room_suspended", .message = "This room was suspended by the administrator."}};
	const char *id = "";
	enum err e;

	(void)job;
	if (base_json_str(payload, "room_id", &id) != ERR_OK || *id == '\0' ||
	    base_json_str(payload, "by", &end.by) != ERR_OK ||
	    base_json_str(payload, "reason", &end.reason) != ERR_OK ||
	    base_json_bool(payload, STORED, &end.is_stored) != ERR_OK)
		return worker_because(w, ERR_INPUT, "its payload needs room_id, and a member has the wrong type");
	if (*end.by == '\0')
		end.by = NULL;
	e = worker_end(w, id, &end);
	return e == ERR_ABSENT ? worker_because(w, e, "there is no room %s", id) : e;
}

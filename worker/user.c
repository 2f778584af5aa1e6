/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Job user_delete {user_id, email, room_ids?}: first nobody can act as that user any more, then go the rooms that the
 * user made, then the user leaves other people's, and last goes the account. A LiveKit that isn't reached stops
 * nothing: the account is inactive and its rooms are over, so reconciling sends home who is still in.
 */
#include "worker/jobs.h"

#include "base/log.h"
#include "store/purge.h"
#include "worker/end.h"

static enum err
end_rooms(struct worker *w, const char *user_id)
{
	const struct worker_end end = {.why = MEETING_ENDED_ARCHIVED, .by = user_id, .purge = 1,
	    .closing = {"room_deleted", "The account that this room belonged to was deleted.", user_id}};
	const char **rooms;
	size_t n = 1;
	enum err e = ERR_OK;

	while (e == ERR_OK && n > 0) {
		e = store_purge_rooms_of(w->store, &w->arena, user_id, &rooms, &n);
		for (size_t i = 0; i < n && e == ERR_OK; i++) {
			e = worker_end(w, rooms[i], &end);
			if (e == ERR_PEER || e == ERR_CONFIG)
				e = ERR_OK;
			if (e == ERR_OK)
				e = worker_keep(w);
		}
	}
	return e;
}

static enum err
leave_rooms(struct worker *w, const char *user_id)
{
	struct livekit_api *api;
	const char **names;
	size_t n;
	enum err e = store_purge_seats_of(w->store, &w->arena, user_id, &names, &n), told;

	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		if ((told = worker_livekit(w, &api)) == ERR_OK)
			told = livekit_api_remove_participant(api, names[i], user_id);
		if (told != ERR_OK && told != ERR_ABSENT)
			base_log(LOG_LEVEL_WARN, "user %s is deleted, but LiveKit was not told in room %s: %s",
			    user_id, names[i], base_err_name(told));
		e = worker_keep(w);
	}
	return e;
}

enum err
worker_user_delete(struct worker *w, const struct store_job *job, json_object *payload)
{
	const char *id = "";
	enum err e;

	(void)job;
	if (base_json_str(payload, "user_id", &id) != ERR_OK || *id == '\0')
		return worker_because(w, ERR_INPUT, "its payload needs user_id");
	e = store_purge_shut_out(w->store, id, base_clock_now());
	if (e == ERR_OK)
		e = end_rooms(w, id);
	if (e == ERR_OK)
		e = leave_rooms(w, id);
	return e != ERR_OK ? e : store_purge_user(w->store, id, base_clock_now());
}

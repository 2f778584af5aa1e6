/* SPDX-License-Identifier: Apache-2.0 */
#include "cgi/recording/recording.h"

#include "base/log.h"

enum err
recording_move(struct door *d, struct livekit_api *api, const char *id, enum meeting_recording_event event,
    const struct meeting_recording_news *news, struct store_recording *out)
{
	unsigned todo;
	enum err e = store_begin(d->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	e = meeting_recording_apply(d->store, d->arena, id, event, news, d->now, out, &todo);
	if (e == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK) {
		store_rollback(d->store);
		return e;
	}
	if (todo == 0 || (api == NULL && door_livekit(d, &api) != ERR_OK))
		return ERR_OK;
	e = meeting_recorder_follow(api, d->arena, out, todo);
	if (e != ERR_OK)
		base_log(LOG_LEVEL_WARN, "recording %s of room %s: LiveKit was not told to stop it (%s); bedrud-worker "
		    "tries again", out->id, out->room_name, base_err_name(e));
	return ERR_OK;
}

enum err
recording_give_up(struct door *d, const char *id)
{
	static const struct meeting_recording_news none = { 0 };
	struct store_recording out;
	unsigned todo;

	return meeting_recording_apply(d->store, d->arena, id, MEETING_RECORDING_DELETE, &none, d->now, &out, &todo);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/rooms/:roomId/recording/stop: the recording that runs in the room ends, and its file is brought home. */
#include "cgi/recording/recording.h"

enum err
recording_stop(struct door *d)
{
	static const struct meeting_recording_news news = { .stop_reason = "a moderator stopped it" };
	struct recording_place p;
	struct base_buf *b;
	enum err e;

	if ((e = recording_find_room(d, &p)) != ERR_OK ||
	    (e = recording_may_control(d, &p, "stop a recording")) != ERR_OK)
		return e;
	e = store_recording_running(d->store, d->arena, p.room.id, &p.rec);
	if (e == ERR_ABSENT)
		return door_fail(d, ERR_CONFLICT, "This meeting is not being recorded.");
	if (e != ERR_OK || (e = recording_move(d, NULL, p.rec.id, MEETING_RECORDING_STOP, &news, &p.rec)) != ERR_OK)
		return e;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "id", p.rec.id);
	base_json_put_str(b, "status", "processing");
	base_json_put_str(b, "state", store_recording_state_name(p.rec.state));
	base_json_close(b, '}');
	return b->err;
}

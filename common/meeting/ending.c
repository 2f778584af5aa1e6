/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/ending.h"

#include "meeting/outbound.h"
#include "meeting/recording.h"
#include "store/seat.h"

/*
 * LiveKit ends the egress of a room that is over by itself, and one that hasn't begun is stopped when it does; what is
 * neither, bedrud-worker asks LiveKit about.
 */
static enum err
end_recording(struct store *s, struct base_arena *a, const char *room_id, int64_t now)
{
	static const struct meeting_recording_news news = { .stop_reason = "the meeting ended" };
	struct store_recording r;
	unsigned todo;
	enum err e = store_recording_running(s, a, room_id, &r);

	if (e == ERR_OK)
		e = meeting_recording_apply(s, a, r.id, MEETING_RECORDING_STOP, &news, now, &r, &todo);
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
meeting_ending_apply(struct store *s, struct base_arena *a, const struct store_room *room, enum meeting_ending why,
    const char *by, const char *reason, int64_t now)
{
	int ended;
	enum err e = store_room_end(s, room->id, now, &ended);

	if (e == ERR_OK && why == MEETING_ENDED_ARCHIVED)
		e = store_room_archive(s, room->id, now);
	if (e == ERR_OK && why == MEETING_ENDED_SUSPENDED)
		e = store_room_suspend(s, room->id, by == NULL ? "" : by, reason == NULL ? "" : reason, now);
	if (e == ERR_OK)
		e = store_seat_clear(s, room->id, NULL, now);
	if (e == ERR_OK)
		e = store_seat_void(s, room->id, NULL, now);
	if (e == ERR_OK)
		e = end_recording(s, a, room->id, now);
	if (e == ERR_OK && ended)
		e = meeting_outbound_tell(s, a, "room.ended", room->id, room->name, by, now);
	if (e == ERR_OK && why == MEETING_ENDED_SUSPENDED)
		e = meeting_outbound_tell(s, a, "room.suspended", room->id, room->name, by, now);
	return e;
}

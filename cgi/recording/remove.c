/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DELETE …/recordings/:recordingId, and all of a room. The row says "deleting" at once; bedrud-worker removes the file
 * and then the row, so that no file stays without one.
 */
#include "cgi/recording/recording.h"

static const struct meeting_recording_news none = { 0 };

static enum err
find_for_removal(struct door *d, struct recording_place *p, enum err (*find)(struct door *d, struct recording_place *p))
{
	enum err e = find(d, p);

	if (e != ERR_OK || p->role >= MEETING_OWNER)
		return e;
	return door_fail(d, ERR_DENIED, "Only the owner of the room can delete its recordings.");
}

static enum err
answer(struct door *d)
{
	struct base_buf *b = door_json(d);

	base_json_open(b, NULL, '{');
	base_json_put_str(b, "message", "The recording is being deleted.");
	base_json_close(b, '}');
	return b->err;
}

enum err
recording_remove(struct door *d)
{
	struct recording_place p;
	enum err e = find_for_removal(d, &p, recording_find);

	if (e != ERR_OK)
		return e;
	e = recording_move(d, NULL, p.rec.id, MEETING_RECORDING_DELETE, &none, &p.rec);
	if (e == ERR_CONFLICT)
		return door_fail(d, e, "This recording is still running. Stop it first.");
	return e == ERR_OK ? answer(d) : e;
}

static enum err
give_up_all(struct door *d, struct base_buf *b, const struct store_recording *rows, size_t n, size_t *failed)
{
	enum err e = store_begin(d->store, STORE_DURABLE);

	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		e = recording_give_up(d, rows[i].id);
		if (e == ERR_CONFLICT) {
			base_json_put_str(b, NULL, rows[i].id);
			++*failed;
		}
		if (e == ERR_CONFLICT || e == ERR_ABSENT)
			e = b->err;
	}
	if (e == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK)
		store_rollback(d->store);
	return e;
}

/* The newest 1000, so that others needn't wait long for the database; those that run stay, and are named. */
enum err
recording_remove_all(struct door *d)
{
	struct store_recording_query q = { .status = "", .limit = 1000 };
	struct base_buf *b = door_json(d);
	struct store_recording *rows;
	struct recording_place p;
	int64_t total;
	size_t n, failed = 0;
	int is_rest;
	enum err e = find_for_removal(d, &p, recording_find_room);

	if (e != ERR_OK)
		return e;
	q.room_id = p.room.id;
	if ((e = store_recording_list(d->store, d->arena, &q, &rows, &n, &total)) != ERR_OK)
		return e;
	is_rest = total > (int64_t)n;
	base_json_open(b, NULL, '{');
	base_json_open(b, "failedRecIDs", '[');
	if ((e = give_up_all(d, b, rows, n, &failed)) != ERR_OK)
		return e;
	base_json_close(b, ']');
	base_json_put_str(b, "message", failed > 0 ? "Recordings that are still running were left alone." :
	    is_rest ? "The newest recordings are being deleted. Ask again for the others." :
	    "The recordings are being deleted.");
	base_json_close(b, '}');
	if (failed > 0 || is_rest)
		d->reply->status = 207;
	return b->err;
}

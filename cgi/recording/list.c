/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET …/recordings, …/recordings/:recordingId and …/:recordingId/wait. The last one is a long poll in Bedrud's plans:
 * here it answers at once, because a waiting request would hold a thread, or with plain CGI a process; a client that
 * got "timeout" asks again after Retry-After.
 */
#include "cgi/recording/recording.h"

#include <stdlib.h>

int
recording_number(const struct door *d, const char *name, int least, int most, int otherwise)
{
	const char *text = web_request_query(d->req, name);
	char *end;
	long n;

	if (text == NULL || *text == '\0')
		return otherwise;
	n = strtol(text, &end, 10);
	if (*end != '\0' || n < least)
		return otherwise;
	return n > most ? most : (int)n;
}

enum err
recording_page(struct door *d, struct store_recording_query *q, int page, const char *limit_name)
{
	struct base_buf *b = door_json(d);
	struct store_recording *rows;
	int64_t total;
	size_t n;
	enum err e;

	q->offset = (page - 1) * q->limit;
	if ((e = store_recording_list(d->store, d->arena, q, &rows, &n, &total)) != ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	base_json_open(b, "recordings", '[');
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = recording_put(d, b, NULL, &rows[i]);
	base_json_close(b, ']');
	base_json_put_int(b, "total", total);
	base_json_put_int(b, "page", page);
	base_json_put_int(b, limit_name, q->limit);
	base_json_close(b, '}');
	return e != ERR_OK ? e : b->err;
}

enum err
recording_list(struct door *d)
{
	struct store_recording_query q = { .status = "", .limit = recording_number(d, "limit", 1, 100, 20) };
	struct recording_place p;
	enum err e = recording_find_room(d, &p);

	if (e != ERR_OK)
		return e;
	q.room_id = p.room.id;
	return recording_page(d, &q, recording_number(d, "page", 1, 1000, 1), "limit");
}

enum err
recording_one(struct door *d)
{
	struct recording_place p;
	enum err e = recording_find(d, &p);

	return e != ERR_OK ? e : recording_put(d, door_json(d), NULL, &p.rec);
}

static enum err
answer_state(struct door *d, const char *status, const char *key, const char *value)
{
	struct base_buf *b = door_json(d);

	base_json_open(b, NULL, '{');
	base_json_put_str(b, "status", status);
	base_json_put_str(b, key, value);
	base_json_close(b, '}');
	return b->err;
}

enum err
recording_wait(struct door *d)
{
	struct recording_place p;
	enum err e = recording_find(d, &p);

	if (e != ERR_OK)
		return e;
	if (p.rec.state == STORE_RECORDING_FAILED)
		return answer_state(d, "failed", "error", p.rec.error);
	if (p.rec.state >= STORE_RECORDING_ACTIVE)
		return answer_state(d, "active", "id", p.rec.id);
	d->reply->status = 408;
	if ((e = web_reply_header(d->reply, "Retry-After", "2")) != ERR_OK)
		return e;
	return answer_state(d, "timeout", "error", "The recording has not begun yet. Ask again in two seconds.");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/room/archived: the rooms that the caller made and deleted, page by page. */
#include "cgi/room/room.h"

#include "base/text.h"

enum { MOST_PAGES = 1000000 };

/* A number of the query within [1, most]; *out stays as it is when there is none. */
static enum err
read_number(struct door *d, const char *name, int most, int *out)
{
	const char *text = web_request_query(d->req, name);
	long long v = *out;

	if (text != NULL && base_text_int(text, 1, most, &v) != ERR_OK)
		return door_fail(d, ERR_INPUT, "Give %s as a number from 1 to %d.", name, most);
	*out = (int)v;
	return ERR_OK;
}

enum err
room_archived(struct door *d)
{
	struct base_buf *b = door_json(d);
	struct store_archived *rooms;
	int page = 1, limit = 20;
	int64_t total;
	size_t n;
	enum err e;

	if ((e = read_number(d, "page", MOST_PAGES, &page)) != ERR_OK ||
	    (e = read_number(d, "limit", 100, &limit)) != ERR_OK ||
	    (e = store_room_archived(d->store, d->arena, d->caller->user.id, page, limit, &rooms, &n, &total)) !=
	    ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	base_json_open(b, "rooms", '[');
	for (size_t i = 0; i < n; i++) {
		base_json_open(b, NULL, '{');
		base_json_put_str(b, "id", rooms[i].id);
		base_json_put_str(b, "name", rooms[i].name);
		base_json_put_time(b, "createdAt", rooms[i].created_at);
		base_json_put_time(b, "deletedAt", rooms[i].deleted_at);
		base_json_put_int(b, "recordingCount", rooms[i].recordings);
		base_json_close(b, '}');
	}
	base_json_close(b, ']');
	base_json_put_int(b, "total", total);
	base_json_put_int(b, "page", page);
	base_json_put_int(b, "limit", limit);
	base_json_close(b, '}');
	return b->err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the server's administrator sees and deletes: the recordings of all rooms. */
#include "cgi/recording/recording.h"

#include <string.h>

enum { BULK_MOST = 500 };

/* An RFC 3339 time of the query in ns; 0 when there is none. */
static enum err
time_of(struct door *d, const char *name, int64_t *out)
{
	const char *text = web_request_query(d->req, name);

	*out = 0;
	if (text == NULL || *text == '\0' || base_clock_parse(text, out) == ERR_OK)
		return ERR_OK;
	return door_fail(d, ERR_INPUT, "Give %s as a time like 2026-11-25T10:00:00Z.", name);
}

static const char *
text_of(const struct door *d, const char *name)
{
	const char *text = web_request_query(d->req, name);

	return text == NULL ? "" : text;
}

enum err
recording_admin_list(struct door *d)
{
	struct store_recording_query q = { .room_id = text_of(d, "roomId"), .status = text_of(d, "status"),
		.limit = recording_number(d, "perPage", 1, 1000, 50) };
	enum err e = time_of(d, "createdAfter", &q.created_after);

	if (e != ERR_OK || (e = time_of(d, "createdBefore", &q.created_before)) != ERR_OK)
		return e;
	return recording_page(d, &q, recording_number(d, "page", 1, 100000, 1), "perPage");
}

/* An id becomes a key of the answer, and so must need no escapes. */
static int
is_id(json_object *id)
{
	const char *s = json_object_is_type(id, json_type_string) ? json_object_get_string(id) : "";
	size_t n = strspn(s, "0123456789-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n > 0 && n <= 64 && n == (size_t)json_object_get_string_len(id);
}

static enum err
read_ids(struct door *d, json_object **ids, size_t *n)
{
	json_object *body;
	enum err e = web_request_json(d->req, 0, &body);

	*ids = e == ERR_OK ? base_json_get(body, "ids") : NULL;
	*n = *ids != NULL && json_object_is_type(*ids, json_type_array) ? json_object_array_length(*ids) : 0;
	for (size_t i = 0; i < *n && e == ERR_OK; i++)
		e = is_id(json_object_array_get_idx(*ids, i)) ? ERR_OK : ERR_INPUT;
	if ((e == ERR_OK && (*n < 1 || *n > BULK_MOST)) || e == ERR_INPUT)
		return door_fail(d, ERR_INPUT, "Give ids, a list of the ids of 1 to %d recordings.", BULK_MOST);
	return e;
}

/* The i-th id; NULL when it was given before: a key stands once in the answer. */
static const char *
id_of(json_object *ids, size_t i)
{
	const char *id = json_object_get_string(json_object_array_get_idx(ids, i));

	for (size_t j = 0; j < i; j++)
		if (strcmp(id, json_object_get_string(json_object_array_get_idx(ids, j))) == 0)
			return NULL;
	return id;
}

/* One of them, as a member of results. */
static enum err
remove_one(struct door *d, struct base_buf *b, const char *id, int *failed)
{
	enum err e = recording_give_up(d, id);

	if (e != ERR_OK && e != ERR_ABSENT && e != ERR_CONFLICT)
		return e;
	base_json_open(b, id, '{');
	base_json_put_bool(b, "success", e == ERR_OK);
	if (e == ERR_ABSENT)
		base_json_put_str(b, "error", "There is no such recording.");
	if (e == ERR_CONFLICT)
		base_json_put_str(b, "error", "It is still running: stop it first.");
	base_json_close(b, '}');
	*failed += e != ERR_OK;
	return ERR_OK;
}

enum err
recording_admin_remove(struct door *d)
{
	struct base_buf *b = door_json(d);
	json_object *ids;
	int failed = 0, processed = 0;
	const char *id;
	size_t n;
	enum err e = read_ids(d, &ids, &n);

	if (e != ERR_OK)
		return e;
	d->reply->status = 202;
	if ((e = store_begin(d->store, STORE_DURABLE)) != ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	base_json_open(b, "results", '{');
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		if ((id = id_of(ids, i)) != NULL) {
			e = remove_one(d, b, id, &failed);
			processed++;
		}
	base_json_close(b, '}');
	base_json_put_int(b, "totalProcessed", processed);
	base_json_put_int(b, "totalFailed", failed);
	base_json_close(b, '}');
	if (e == ERR_OK && (e = b->err) == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK)
		store_rollback(d->store);
	return e;
}

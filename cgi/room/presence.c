/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/room/:id/presence: who is in a room right now, from LiveKit. When LiveKit can't be asked, nobody: a page
 * polls this.
 */
#include "cgi/room/room.h"

#include <string.h>

/* People only: recorders and agents are not company. */
static size_t
ask(struct door *d, const struct store_room *r, struct livekit_participant **people)
{
	struct livekit_api *api;
	size_t n, kept = 0;

	/* No state of the store is held on to while LiveKit is asked, or its log could not be emptied meanwhile. */
	store_rollback(d->store);
	if (!r->is_active || door_livekit(d, &api) != ERR_OK ||
	    livekit_api_list_participants(api, d->arena, r->name, people, &n) != ERR_OK)
		return 0;
	for (size_t i = 0; i < n; i++)
		if ((*people)[i].is_person)
			(*people)[kept++] = (*people)[i];
	return kept;
}

static enum err
answer_count(struct door *d, const struct store_room *r)
{
	struct livekit_participant *people;
	struct base_buf *b = door_json(d);
	size_t n = ask(d, r, &people);

	base_json_open(b, NULL, '{');
	base_json_put_int(b, "count", (int64_t)n);
	base_json_close(b, '}');
	return b->err;
}

/* The picture is the users row's: what participants say of themselves in their metadata could be anybody's. */
static enum err
put_person(struct door *d, struct base_buf *b, const struct livekit_participant *p)
{
	struct store_user u = { .avatar_url = "" };
	enum err e = store_user_by_id(d->store, d->arena, p->identity, &u);

	if (e != ERR_OK && e != ERR_ABSENT)
		return e;
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "identity", p->identity);
	base_json_put_str(b, "name", p->name);
	base_json_put_str(b, "avatarUrl", e == ERR_OK ? u.avatar_url : "");
	base_json_close(b, '}');
	return b->err;
}

/* The list of a private room is for its owner and moderators. */
static enum err
judge(struct door *d, const struct store_room *r, int *may_see)
{
	struct room_scene s = { .role = MEETING_PARTICIPANT };
	enum err e = r->is_public ? ERR_OK : room_scene_read(d, &s);

	*may_see = r->is_public || s.role >= MEETING_MODERATOR;
	return e;
}

static enum err
answer_list(struct door *d, const struct store_room *r)
{
	struct livekit_participant *people = NULL;
	struct base_buf *b = door_json(d);
	int may_see;
	size_t n;
	enum err e = judge(d, r, &may_see);

	if (e != ERR_OK)
		return e;
	n = may_see ? ask(d, r, &people) : 0;
	base_json_open(b, NULL, '{');
	base_json_open(b, "participants", '[');
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = put_person(d, b, &people[i]);
	base_json_close(b, ']');
	base_json_close(b, '}');
	return e != ERR_OK ? e : b->err;
}

enum err
room_presence(struct door *d)
{
	const char *q = web_request_query(d->req, "countOnly");
	int count_only = q != NULL && (strcmp(q, "1") == 0 || strcmp(q, "true") == 0);
	struct store_room r;
	enum err e;

	if (!count_only && d->caller == NULL)
		return door_fail(d, ERR_AUTH, "Sign in to see who is in a room.");
	e = store_room_by_id(d->store, d->arena, d->req->params[0], &r);
	if (e == ERR_ABSENT || (e == ERR_OK && (r.deleted_at != 0 || (count_only && !r.is_public))))
		return door_fail(d, ERR_ABSENT, "There is no such room.");
	if (e != ERR_OK)
		return e;
	return count_only ? answer_count(d, &r) : answer_list(d, &r);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/room/join: an account, or a guest who has logged in, enters a room. */
#include "cgi/join/join.h"

#include "meeting/room.h"

/* The own room, ended: the web app makes it anew under the same name. */
static enum err
answer_archived(struct door *d, const struct join_visit *v)
{
	struct base_buf *b = door_json(d);

	base_json_open(b, NULL, '{');
	base_json_put_str(b, "status", "archived_owned");
	base_json_put_str(b, "name", v->at.room.name);
	base_json_put_str(b, "mode", v->at.room.mode);
	meeting_room_put_settings(b, "settings", &v->at.room);
	/* Beyond what Bedrud's Go server answers: made anew, the room should admit whom it admitted before. */
	base_json_put_bool(b, "isPublic", v->at.room.is_public);
	base_json_put_int(b, "maxParticipants", v->at.room.max_participants);
	base_json_close(b, '}');
	return b->err;
}

enum err
join_account(struct door *d)
{
	struct join_visit v = { .at.judge = meeting_join_account };
	struct base_buf *b;
	json_object *body;
	enum err e;

	if ((e = join_visit_read(d, &v, &body)) != ERR_OK || (e = join_visit_caller(d, &v)) != ERR_OK ||
	    (e = join_visit_enter(d, &v)) != ERR_OK)
		return e;
	if (v.at.verdict == MEETING_ARCHIVED_OWNED)
		return answer_archived(d, &v);
	b = door_json(d);
	base_json_open(b, NULL, '{');
	if ((e = join_visit_put(d, &v, b)) != ERR_OK)
		return e;
	base_json_close(b, '}');
	return b->err;
}

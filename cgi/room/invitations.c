/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invitations to a room, made by its moderators: GET and POST /api/room/:roomId/invitations, DELETE
 * …/invitations/:id. One lets one person in, past what keeps strangers out.
 */
#include "cgi/room/room.h"

#include "base/random.h"
#include "ident/normal.h"
#include "store/invitation.h"

enum { TOKEN_BYTES = 16, HOURS = 168, HOURS_MOST = 720 };

static void
put_members(struct base_buf *b, const struct store_invitation *i)
{
	base_json_put_str(b, "id", i->id);
	base_json_put_str(b, "email", i->email);
	base_json_put_str(b, "createdBy", i->created_by);
	base_json_put_time(b, "createdAt", i->created_at);
	base_json_put_time(b, "expiresAt", i->expires_at);
	base_json_put_time(b, "usedAt", i->used_at);
	base_json_put_str(b, "usedBy", i->used_by);
}

enum err
room_invitations(struct door *d)
{
	struct base_buf *b = door_json(d);
	struct store_invitation *list;
	struct room_scene s;
	size_t n;
	enum err e = room_scene_moderated(d, &s);

	if (e != ERR_OK || (e = store_invitation_list(d->store, d->arena, s.room.id, d->now, &list, &n)) != ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	base_json_open(b, "invitations", '[');
	for (size_t i = 0; i < n; i++) {
		base_json_open(b, NULL, '{');
		put_members(b, &list[i]);
		base_json_close(b, '}');
	}
	base_json_close(b, ']');
	base_json_close(b, '}');
	return b->err;
}

static enum err
read_wishes(struct door *d, struct store_invitation *i)
{
	const char *email = "";
	int64_t hours = HOURS;
	json_object *body;
	enum err e = web_request_json(d->req, 1, &body);

	if (e == ERR_OK && (e = base_json_str(body, "email", &email)) == ERR_OK &&
	    (e = base_json_int(body, "hours", &hours)) == ERR_OK)
		e = hours >= 1 && hours <= HOURS_MOST ? ERR_OK : ERR_INPUT;
	if (e == ERR_INPUT)
		return door_fail(d, e, "Give email as text, and hours as a whole number from 1 to %d.", HOURS_MOST);
	if (e != ERR_OK)
		return e;
	i->expires_at = d->now + hours * 3600 * BASE_CLOCK_SECOND;
	i->email = email;
	if (*email != '\0' && (e = ident_normal_email(d->arena, email, &i->email)) == ERR_INPUT)
		return door_fail(d, e, "This is no e-mail address. Leave it out to invite whoever has the link.");
	return e;
}

enum err
room_invite(struct door *d)
{
	struct base_buf *b = door_json(d);
	char id[37], token[2 * TOKEN_BYTES + 1];
	struct store_invitation i = { .id = id, .used_by = "", .created_by = d->caller->user.id, .created_at = d->now };
	struct room_scene s;
	enum err e;

	if ((e = room_scene_moderated(d, &s)) != ERR_OK || (e = read_wishes(d, &i)) != ERR_OK)
		return e;
	if (!s.room.is_active)
		return door_fail(d, ERR_GONE, "This meeting has ended.");
	base_random_uuid(id);
	base_random_hex(token, TOKEN_BYTES);
	e = store_invitation_insert(d->store, s.room.id, token, &i);
	if (e == ERR_LIMIT)
		return door_fail(d, e, "This room has %d open invitations. Take some back first.",
		    STORE_INVITATION_MOST);
	if (e != ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	put_members(b, &i);
	base_json_put_str(b, "token", token);
	base_json_close(b, '}');
	return b->err;
}

enum err
room_uninvite(struct door *d)
{
	struct base_buf *b = door_json(d);
	struct room_scene s;
	enum err e = room_scene_moderated(d, &s);

	if (e != ERR_OK)
		return e;
	e = store_invitation_revoke(d->store, s.room.id, d->req->params[1], d->now);
	if (e == ERR_ABSENT)
		return door_fail(d, e, "This room has no such invitation.");
	if (e != ERR_OK)
		return e;
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "status", "success");
	base_json_close(b, '}');
	return b->err;
}

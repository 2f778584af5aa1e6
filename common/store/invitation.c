/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "store/invitation.h"
#include "store/store_impl.h"

#define COLUMNS "id,email,created_by,created_at,expires_at,revoked_at,used_at,used_by"
#define OPEN "room_id=?1 AND revoked_at=0 AND expires_at>?2"

static enum err
read_row(struct store_reader *r, struct store_invitation *out)
{
	r->column = 0;
	out->id = store_read_text(r);
	out->email = store_read_text(r);
	out->created_by = store_read_text(r);
	out->created_at = store_read_number(r);
	out->expires_at = store_read_number(r);
	out->revoked_at = store_read_number(r);
	out->used_at = store_read_number(r);
	out->used_by = store_read_text(r);
	return r->err;
}

enum err
store_invitation_insert(struct store *s, const char *room_id, const char *token, const struct store_invitation *i)
{
	int64_t open = 0;
	char hash[65];
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	base_text_sha256_hex(token, strlen(token), hash);
	e = store_number(s, &open, "SELECT count(*) FROM room_invitations WHERE " OPEN, ARGS(ARG_TEXT(room_id),
	    ARG_INT(i->created_at)));
	if (e == ERR_OK && open >= STORE_INVITATION_MOST)
		e = ERR_LIMIT;
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "INSERT INTO room_invitations(id,room_id,token_hash,email,created_by,"
		    "created_at,expires_at) VALUES(?1,?2,?3,?4,?5,?6,?7)", ARGS(ARG_TEXT(i->id), ARG_TEXT(room_id),
		    ARG_TEXT(hash), ARG_TEXT(i->email), ARG_TEXT(i->created_by), ARG_INT(i->created_at),
		    ARG_INT(i->expires_at)));
	return store_leave(s, own, e);
}

enum err
store_invitation_find(struct store *s, struct base_arena *a, const char *room_id, const char *token,
    struct store_invitation *out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	char hash[65];
	enum err e;

	base_text_sha256_hex(token, strlen(token), hash);
	e = store_select(s, &r.st, "SELECT " COLUMNS " FROM room_invitations WHERE token_hash=?2 AND room_id=?1",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(hash)));
	if (e != ERR_OK)
		return e;
	e = read_row(&r, out);
	store_finish(r.st);
	return e;
}

enum err
store_invitation_use(struct store *s, const char *id, const char *user_id, int64_t now)
{
	return store_write(s, STORE_DURABLE, "UPDATE room_invitations SET used_at=?3,used_by=?2 WHERE id=?1 AND "
	    "used_at=0", ARGS(ARG_TEXT(id), ARG_TEXT(user_id), ARG_INT(now)));
}

enum err
store_invitation_list(struct store *s, struct base_arena *a, const char *room_id, int64_t now,
    struct store_invitation **out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*n = 0;
	*out = base_arena_alloc(a, STORE_INVITATION_MOST * sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	for (e = store_select(s, &r.st, "SELECT " COLUMNS " FROM room_invitations WHERE " OPEN " ORDER BY created_at "
	    "DESC,id LIMIT 1000", ARGS(ARG_TEXT(room_id), ARG_INT(now))); e == ERR_OK; e = store_next(s, r.st))
		if ((e = read_row(&r, &(*out)[(*n)++])) != ERR_OK) {
			store_finish(r.st);
			return e;
		}
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_invitation_revoke(struct store *s, const char *room_id, const char *id, int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE room_invitations SET revoked_at=CASE WHEN revoked_at=0 THEN ?3 ELSE "
	    "revoked_at END WHERE id=?2 AND room_id=?1", ARGS(ARG_TEXT(room_id), ARG_TEXT(id), ARG_INT(now)));
	if (e == ERR_OK && store_changes(s) == 0)
		e = ERR_ABSENT;
	return store_leave(s, own, e);
}

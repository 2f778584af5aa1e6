/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "store/session.h"
#include "store/store_impl.h"

#define COLUMNS "id,user_id,refresh_hash,user_agent,created_at,last_used_at,expires_at,revoked_at"

enum err
store_session_insert(struct store *s, const struct store_session *row)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "INSERT INTO sessions(" COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
	    ARGS(ARG_TEXT(row->id), ARG_TEXT(row->user_id), ARG_TEXT(row->refresh_hash), ARG_TEXT(row->user_agent),
	    ARG_INT(row->created_at), ARG_INT(row->last_used_at), ARG_INT(row->expires_at), ARG_INT(row->revoked_at)));
	/* Each login takes away a few that nobody can use any more, so that the table stays as large as its use. */
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE "
		    "expires_at<?1 ORDER BY expires_at LIMIT 4)",
		    ARGS(ARG_INT(row->created_at)));
	return store_leave(s, own, e);
}

static enum err
read_one(struct base_arena *a, sqlite3_stmt *st, struct store_session *out)
{
	struct store_reader r = { st, a, 0, ERR_OK };

	out->id = store_read_text(&r);
	out->user_id = store_read_text(&r);
	out->refresh_hash = store_read_text(&r);
	out->user_agent = store_read_text(&r);
	out->created_at = store_read_number(&r);
	out->last_used_at = store_read_number(&r);
	out->expires_at = store_read_number(&r);
	out->revoked_at = store_read_number(&r);
	store_finish(r.st);
	return r.err;
}

enum err
store_session_by_id(struct store *s, struct base_arena *a, const char *id, struct store_session *out)
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, "SELECT " COLUMNS " FROM sessions WHERE id=?1", ARGS(ARG_TEXT(id)));

	return e == ERR_OK ? read_one(a, st, out) : e;
}

enum err
store_session_newest(struct store *s, struct base_arena *a, const char *user_id, struct store_session *out)
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, "SELECT " COLUMNS " FROM sessions WHERE user_id=?1 ORDER BY created_at DESC "
	    "LIMIT 1", ARGS(ARG_TEXT(user_id)));

	return e == ERR_OK ? read_one(a, st, out) : e;
}

enum err
store_session_alive(struct store *s, const char *id, const char *user_id, int64_t now, int *alive)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT 1 FROM sessions WHERE id=?1 AND user_id=?2 AND revoked_at=0 AND "
	    "expires_at>?3",
	    ARGS(ARG_TEXT(id), ARG_TEXT(user_id), ARG_INT(now)));

	*alive = n != 0;
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_session_rotate(struct store *s, const char *id, const char *old_hash, const char *new_hash, int64_t now,
    int64_t expires_at)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE sessions SET refresh_hash=?3,last_used_at=?4,expires_at=?5 WHERE "
	    "id=?1 AND refresh_hash=?2 AND revoked_at=0",
	    ARGS(ARG_TEXT(id), ARG_TEXT(old_hash), ARG_TEXT(new_hash), ARG_INT(now), ARG_INT(expires_at)));
	if (e == ERR_OK && store_changes(s) == 0)
		e = ERR_CONFLICT;
	return store_leave(s, own, e);
}

enum err
store_session_revoke(struct store *s, const char *id, int64_t now)
{
	return store_write(s, STORE_DURABLE, "UPDATE sessions SET revoked_at=?2 WHERE id=?1 AND revoked_at=0",
	    ARGS(ARG_TEXT(id), ARG_INT(now)));
}

enum err
store_session_block_refresh(struct store *s, const char *hash, const char *user_id, int64_t expires_at, int64_t now)
{
	char id[37];

	base_random_uuid(id);
	return store_write(s, STORE_DURABLE, "INSERT INTO blocked_refresh_tokens(id,token,user_id,expires_at,"
	    "created_at) VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING",
	    ARGS(ARG_TEXT(id), ARG_TEXT(hash), ARG_TEXT(user_id), ARG_TIME(expires_at), ARG_TIME(now)));
}

enum err
store_session_block_access(struct store *s, const char *hash, int64_t expires_at, int64_t now)
{
	char id[37];

	base_random_uuid(id);
	return store_write(s, STORE_DURABLE, "INSERT INTO blocked_access_tokens(id,token,expires_at,created_at) "
	    "VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING",
	    ARGS(ARG_TEXT(id), ARG_TEXT(hash), ARG_TIME(expires_at), ARG_TIME(now)));
}

enum err
store_session_refresh_blocked(struct store *s, const char *hash, int *yes)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM blocked_refresh_tokens WHERE token=?1)",
	    ARGS(ARG_TEXT(hash)));

	*yes = n != 0;
	return e;
}

enum err
store_session_access_blocked(struct store *s, const char *hash, int *yes)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM blocked_access_tokens WHERE token=?1)",
	    ARGS(ARG_TEXT(hash)));

	*yes = n != 0;
	return e;
}

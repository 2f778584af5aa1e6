/* SPDX-License-Identifier: Apache-2.0 */
#include "store/purge.h"
#include "store/store_impl.h"

/* Each statement of the list has ?1 = id; in one durable transaction. */
static enum err
run_all(struct store *s, const char *const *sql, size_t n, const char *id)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = store_write(s, STORE_DURABLE, sql[i], ARGS(ARG_TEXT(id)));
	return store_leave(s, own, e);
}

enum err
store_purge_room(struct store *s, const char *id, int64_t now)
{
	static const char *const sql[] = {
	    "DELETE FROM room_participants WHERE room_id=?1",
	    "DELETE FROM room_permissions WHERE room_id=?1",
	    "DELETE FROM room_standing WHERE room_id=?1",
	    "DELETE FROM room_invitations WHERE room_id=?1",
	    "DELETE FROM shut_addresses WHERE room_id=?1",
	    "DELETE FROM suspensions WHERE room_id=?1",
	    "DELETE FROM knocks WHERE room_id=?1",
	    "DELETE FROM bans WHERE room_id=?1",
	    "DELETE FROM seats WHERE room_id=?1",
	    "DELETE FROM live_rooms WHERE room_id=?1",
	};
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE rooms SET is_active=0,created_by='',admin_id='',"
	    "deleted_at=coalesce(deleted_at,?2),updated_at=?2 WHERE id=?1", ARGS(ARG_TEXT(id), ARG_TIME(now)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE admissions SET voided_at=CASE voided_at WHEN 0 THEN ?2 ELSE "
		    "voided_at END,address='' WHERE room_id=?1", ARGS(ARG_TEXT(id), ARG_INT(now)));
	if (e == ERR_OK)
		e = run_all(s, sql, sizeof sql / sizeof *sql, id);
	return store_leave(s, own, e);
}

enum err
store_purge_shut_out(struct store *s, const char *user_id, int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE users SET is_active=0,refresh_token='',updated_at=?2 WHERE id=?1",
	    ARGS(ARG_TEXT(user_id), ARG_TIME(now)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "DELETE FROM sessions WHERE user_id=?1", ARGS(ARG_TEXT(user_id)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE admissions SET voided_at=?2 WHERE identity=?1 AND "
		    "voided_at=0", ARGS(ARG_TEXT(user_id), ARG_INT(now)));
	return store_leave(s, own, e);
}

enum { MOST = 1000 };	/* the caller asks again until there are none */

enum err
store_purge_rooms_of(struct store *s, struct base_arena *a, const char *user_id, const char ***out, size_t *n)
{
	return store_texts(s, a, "SELECT id FROM rooms WHERE created_by=?1 LIMIT 1000",
	    ARGS(ARG_TEXT(user_id)), MOST, out, n);
}

enum err
store_purge_seats_of(struct store *s, struct base_arena *a, const char *user_id, const char ***out, size_t *n)
{
	return store_texts(s, a, "SELECT DISTINCT name FROM room_participants AS p JOIN rooms ON rooms.id=p.room_id "
	    "WHERE p.user_id=?1 AND p.is_active<>0 LIMIT 1000",
	    ARGS(ARG_TEXT(user_id)), MOST, out, n);
}

enum err
store_purge_user(struct store *s, const char *user_id, int64_t now)
{
	static const char *const sql[] = {
	    "UPDATE rooms SET admin_id=created_by WHERE admin_id=?1",
	    "DELETE FROM passkeys WHERE user_id=?1",
	    "DELETE FROM user_preferences WHERE user_id=?1",
	    "DELETE FROM room_participants WHERE user_id=?1",
	    "DELETE FROM room_permissions WHERE user_id=?1",
	    "DELETE FROM room_standing WHERE user_id=?1",
	    "DELETE FROM shut_addresses WHERE user_id=?1",
	    "DELETE FROM knocks WHERE user_id=?1",
	    "DELETE FROM bans WHERE user_id=?1",
	    "DELETE FROM seats WHERE identity=?1",
	    "DELETE FROM blocked_refresh_tokens WHERE user_id=?1",
	    "DELETE FROM verification_events WHERE user_id=?1",
	    "UPDATE room_invitations SET revoked_at=1,email='' WHERE created_by=?1 AND revoked_at=0",
	    "UPDATE admissions SET address='' WHERE identity=?1",
	    "DELETE FROM users WHERE id=?1",
	};
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_purge_shut_out(s, user_id, now);
	if (e == ERR_OK)
		e = run_all(s, sql, sizeof sql / sizeof *sql, user_id);
	return store_leave(s, own, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/random.h"
#include "store/seat.h"
#include "store/standing.h"
#include "store/store_impl.h"

#define FLAGS "p.id IS NOT NULL,p.is_active,ifnull(p.is_banned,0)<>0 OR b.user_id IS NOT NULL,p.is_approved," \
	"p.is_chat_blocked,p.is_moderator,p.is_on_stage,t.is_deafened,t.may_speak,t.may_show,t.kicked_until"
#define TABLES(user) " LEFT JOIN room_participants AS p ON p.room_id=?1 AND p.user_id=" user \
	" LEFT JOIN room_standing AS t ON t.room_id=?1 AND t.user_id=" user \
	" LEFT JOIN bans AS b ON b.room_id=?1 AND b.user_id=" user " AND b.lifted_at=0"

static void
read_flags(struct store_reader *r, struct store_standing *out)
{
	out->exists = store_read_bool(r);
	out->is_active = store_read_bool(r);
	out->is_banned = store_read_bool(r);
	out->is_approved = store_read_bool(r);
	out->is_chat_blocked = store_read_bool(r);
	out->is_moderator = store_read_bool(r);
	out->is_on_stage = store_read_bool(r);
	out->is_deafened = store_read_bool(r);
	out->may_speak = store_read_bool(r);
	out->may_show = store_read_bool(r);
	out->kicked_until = store_read_number(r);
}

enum err
store_standing_get(struct store *s, const char *room_id, const char *user_id, struct store_standing *out)
{
	struct store_reader r = { NULL, NULL, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT " FLAGS " FROM (SELECT 1)" TABLES("?2"), ARGS(ARG_TEXT(room_id),
	    ARG_TEXT(user_id)));

	memset(out, 0, sizeof(*out));
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_BUG : e;
	read_flags(&r, out);
	store_finish(r.st);
	return ERR_OK;
}

#define LIST(condition) "SELECT " FLAGS ",u.id,ifnull(n.name,''),ifnull(b.banned_by,t.kicked_by),b.created_at FROM " \
	"(SELECT user_id AS id FROM room_participants WHERE room_id=?1 UNION SELECT user_id FROM room_standing WHERE " \
	"room_id=?1 UNION SELECT user_id FROM bans WHERE room_id=?1) AS u" TABLES("u.id") \
	" LEFT JOIN users AS n ON n.id=u.id WHERE " condition " GROUP BY u.id ORDER BY n.name,u.id LIMIT 1000"

static enum err
read_person(struct store_reader *r, struct store_person *out)
{
	r->column = 0;
	read_flags(r, &out->standing);
	out->id = store_read_text(r);
	out->name = store_read_text(r);
	out->out_by = store_read_text(r);
	out->banned_at = store_read_number(r);
	return r->err;
}

enum err
store_standing_list(struct store *s, struct base_arena *a, const char *room_id, enum store_people which, int64_t now,
    struct store_person **out, size_t *n)
{
	static const char *const sql[] = {
		[STORE_PEOPLE_KNOWN] = LIST("?2<>0 AND (p.is_active=1 OR p.is_moderator=1 OR p.is_on_stage=1 OR "
		    "p.is_chat_blocked=1 OR t.is_deafened=1 OR t.may_speak=1 OR t.may_show=1)"),
		[STORE_PEOPLE_OUT] = LIST("ifnull(p.is_banned,0)<>0 OR b.user_id IS NOT NULL OR t.kicked_until>?2"),
	};
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*n = 0;
	if ((*out = base_arena_alloc(a, 1000 * sizeof(**out))) == NULL)
		return ERR_NOMEM;
	e = store_select(s, &r.st, sql[which], ARGS(ARG_TEXT(room_id), ARG_INT(now)));
	for (; e == ERR_OK; e = store_next(s, r.st))
		if (read_person(&r, &(*out)[(*n)++]) != ERR_OK) {
			store_finish(r.st);
			return r.err;
		}
	return e == ERR_ABSENT ? ERR_OK : e;
}

/* Bedrud's row of somebody who isn't here: it says so. */
#define PARTICIPANT(column) "INSERT INTO room_participants(id,room_id,user_id,joined_at,left_at,is_active," column \
	") VALUES(?1,?2,?3,?4,?4,0,?5) ON CONFLICT(room_id,user_id) DO UPDATE SET " column "=?5"
#define STANDING(column) "INSERT INTO room_standing(room_id,user_id,updated_at," column ") VALUES(?2,?3,?4,?5) ON " \
	"CONFLICT DO UPDATE SET " column "=?5,updated_at=?4"

enum err
store_standing_mark(struct store *s, const char *room_id, const char *user_id, enum store_mark mark, int on,
    int64_t now)
{
	static const char *const sql[] = {
		[STORE_APPROVED] = PARTICIPANT("is_approved"), [STORE_CHAT_BLOCKED] = PARTICIPANT("is_chat_blocked"),
		[STORE_MODERATOR] = PARTICIPANT("is_moderator"), [STORE_ON_STAGE] = PARTICIPANT("is_on_stage"),
		[STORE_DEAFENED] = STANDING("is_deafened"), [STORE_MAY_SPEAK] = STANDING("may_speak"),
		[STORE_MAY_SHOW] = STANDING("may_show"),
	};
	char id[37];

	base_random_uuid(id);
	if (mark >= STORE_DEAFENED)
		return store_write(s, STORE_DURABLE, sql[mark], ARGS(ARG_TEXT(id), ARG_TEXT(room_id),
		    ARG_TEXT(user_id), ARG_INT(now), ARG_INT(on != 0)));
	return store_write(s, STORE_DURABLE, sql[mark], ARGS(ARG_TEXT(id), ARG_TEXT(room_id), ARG_TEXT(user_id),
	    ARG_TIME(now), ARG_INT(on != 0)));
}

enum err
store_standing_shut(struct store *s, const char *room_id, const char *user_id, int64_t until, int64_t now)
{
	return store_write(s, STORE_DURABLE, "INSERT INTO shut_addresses(room_id,address,user_id,until,created_at) "
	    "SELECT DISTINCT ?1,address,?2,?3,?4 FROM admissions WHERE room_id=?1 AND identity=?2 AND address<>'' ON "
	    "CONFLICT DO UPDATE SET until=CASE WHEN until=0 OR excluded.until=0 THEN 0 ELSE max(until,excluded.until) "
	    "END", ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_INT(until), ARG_INT(now)));
}

static enum err
kick_rows(struct store *s, const char *room_id, const char *user_id, const char *by, int64_t until, int64_t now)
{
	enum err e = store_write(s, STORE_DURABLE, "INSERT INTO room_standing(room_id,user_id,kicked_until,kicked_by,"
	    "updated_at) VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO UPDATE SET kicked_until=?3,kicked_by=?4,updated_at=?5",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_INT(until), ARG_TEXT(by), ARG_INT(now)));

	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE seats SET left_at=?3 WHERE room_id=?1 AND identity=?2 AND "
		    "left_at=0", ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_INT(now)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE room_participants SET is_active=0,left_at=?3 WHERE "
		    "room_id=?1 AND user_id=?2 AND is_active=1",
		    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_TIME(now)));
	return e;
}

enum err
store_standing_kick(struct store *s, const char *room_id, const char *user_id, const char *by, int64_t until,
    int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = kick_rows(s, room_id, user_id, by, until, now);
	if (e == ERR_OK)
		e = store_standing_shut(s, room_id, user_id, until, now);
	if (e == ERR_OK)
		e = store_seat_void(s, room_id, user_id, now);
	return store_leave(s, own, e);
}

enum err
store_standing_unban(struct store *s, const char *room_id, const char *user_id, int64_t now)
{
	int own, changed = 0;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "UPDATE bans SET lifted_at=?3 WHERE room_id=?1 AND user_id=?2 AND "
	    "lifted_at=0", ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_INT(now)));
	changed += e == ERR_OK ? store_changes(s) : 0;
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE room_participants SET is_banned=0 WHERE room_id=?1 AND "
		    "user_id=?2 AND is_banned<>0", ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id)));
	changed += e == ERR_OK ? store_changes(s) : 0;
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE room_standing SET kicked_until=0,updated_at=?3 WHERE "
		    "room_id=?1 AND user_id=?2 AND kicked_until>?3",
		    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_INT(now)));
	changed += e == ERR_OK ? store_changes(s) : 0;
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "DELETE FROM shut_addresses WHERE room_id=?1 AND user_id=?2",
		    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id)));
	if (e == ERR_OK && changed == 0)
		e = ERR_ABSENT;
	return store_leave(s, own, e);
}

/* The room that the same person opened last under the same name. */
#define BEFORE "(SELECT b.id FROM rooms AS b JOIN rooms AS r ON r.id=?1 WHERE b.name=r.name AND " \
	"b.created_by=r.created_by AND b.id<>r.id ORDER BY coalesce(julianday(b.created_at),0) DESC," \
	"b.rowid DESC LIMIT 1)"

enum err
store_standing_inherit(struct store *s, const char *room_id, int64_t now)
{
	static const char *const sql[] = {
		"INSERT INTO bans(room_id,user_id,banned_by,reason,created_at) SELECT ?1,user_id,max(by),max(why),?2 "
		    "FROM (SELECT user_id,banned_by AS by,reason AS why FROM bans WHERE room_id=" BEFORE " AND "
		    "lifted_at=0 UNION ALL SELECT user_id,'','' FROM room_participants WHERE room_id=" BEFORE
		    " AND is_banned<>0) GROUP BY user_id",
		"INSERT INTO room_standing(room_id,user_id,kicked_until,kicked_by,updated_at) SELECT ?1,user_id,"
		    "kicked_until,kicked_by,?2 FROM room_standing WHERE room_id=" BEFORE
		    " AND kicked_until>?2",
		"INSERT INTO shut_addresses(room_id,address,user_id,until,created_at) SELECT ?1,address,user_id,until,"
		    "created_at FROM shut_addresses WHERE room_id=" BEFORE " AND (until=0 OR until>?2)",
	};
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	for (size_t i = 0; e == ERR_OK && i < sizeof(sql) / sizeof(sql[0]); i++)
		e = store_write(s, STORE_DURABLE, sql[i], ARGS(ARG_TEXT(room_id), ARG_INT(now)));
	return store_leave(s, own, e);
}

enum err
store_standing_shut_until(struct store *s, const char *room_id, const char *address, int64_t now, int64_t *until)
{
	*until = 0;
	return store_number(s, until, "SELECT ifnull(max(CASE WHEN until=0 THEN 9223372036854775807 ELSE until END),0) "
	    "FROM shut_addresses WHERE room_id=?1 AND address=?2 AND (until=0 OR until>?3)",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(address), ARG_INT(now)));
}

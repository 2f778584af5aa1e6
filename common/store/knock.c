/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "store/knock.h"
#include "store/store_impl.h"

#define COLUMNS "user_id,name,address,state,asked_at,seen_at,decided_at,refusals"
enum { DECIDERS = 100 };	/* more moderators than that hear of it when they look */

static const char *const words[] = {
	[STORE_KNOCK_NONE] = "", [STORE_KNOCK_WAITING] = "waiting", [STORE_KNOCK_ADMITTED] = "admitted",
	[STORE_KNOCK_REFUSED] = "refused",
};

static enum err
read_row(struct store_reader *r, struct store_knock *out)
{
	const char *state;

	r->column = 0;
	out->user_id = store_read_text(r);
	out->name = store_read_text(r);
	out->address = store_read_text(r);
	state = store_read_text(r);
	out->asked_at = store_read_number(r);
	out->seen_at = store_read_number(r);
	out->decided_at = store_read_number(r);
	out->refusals = store_read_int(r);
	if (r->err != ERR_OK)
		return r->err;
	out->state = STORE_KNOCK_NONE;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(state, words[i]) == 0)
			out->state = (enum store_knock_state)i;
	return ERR_OK;
}

enum err
store_knock_get(struct store *s, struct base_arena *a, const char *room_id, const char *user_id,
    struct store_knock *out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT " COLUMNS " FROM knocks WHERE room_id=?1 AND user_id=?2",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id)));

	*out = (struct store_knock){ .user_id = "", .name = "", .address = "" };
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	e = read_row(&r, out);
	store_finish(r.st);
	return e;
}

enum err
store_knock_refused_from(struct store *s, const char *room_id, const char *address, int *refusals, int64_t *decided_at)
{
	struct store_reader r = { NULL, NULL, 0, ERR_OK };
	enum err e;

	*refusals = 0;
	*decided_at = 0;
	if (*address == '\0')
		return ERR_OK;
	e = store_select(s, &r.st, "SELECT ifnull(max(refusals),0),ifnull(max(decided_at),0) FROM knocks WHERE "
	    "room_id=?1 AND address=?2 AND refusals>0", ARGS(ARG_TEXT(room_id), ARG_TEXT(address)));
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_BUG : e;
	*refusals = store_read_int(&r);
	*decided_at = store_read_number(&r);
	store_finish(r.st);
	return ERR_OK;
}

enum err
store_knock_ask(struct store *s, const char *room_id, const struct store_knock *k, int64_t since, int64_t now)
{
	int64_t others = 0;
	int own;
	enum err e = store_enter(s, STORE_FAST, &own);

	if (e != ERR_OK)
		return e;
	e = store_number(s, &others, "SELECT count(*) FROM knocks WHERE room_id=?1 AND state='waiting' AND seen_at>?2 "
	    "AND user_id<>?3", ARGS(ARG_TEXT(room_id), ARG_INT(since), ARG_TEXT(k->user_id)));
	if (e == ERR_OK && others >= STORE_KNOCK_MOST)
		e = ERR_LIMIT;
	if (e == ERR_OK)
		e = store_write(s, STORE_FAST, "INSERT INTO knocks(room_id,user_id,name,address,state,asked_at,seen_at,"
		    "refusals) VALUES(?1,?2,?3,?4,'waiting',?5,?5,?6) ON CONFLICT DO UPDATE SET name=?3,address=?4,"
		    "state='waiting',asked_at=?5,seen_at=?5,refusals=?6",
		    ARGS(ARG_TEXT(room_id), ARG_TEXT(k->user_id), ARG_TEXT(k->name), ARG_TEXT(k->address),
		    ARG_INT(now), ARG_INT(k->refusals)));
	return store_leave(s, own, e);
}

enum err
store_knock_seen(struct store *s, const char *room_id, const char *user_id, int64_t now)
{
	return store_write(s, STORE_FAST, "UPDATE knocks SET seen_at=?3 WHERE room_id=?1 AND user_id=?2",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_INT(now)));
}

enum err
store_knock_decide(struct store *s, const char *room_id, const char *user_id, enum store_knock_state state,
    const char *by, int64_t now)
{
	return store_write(s, STORE_DURABLE, "UPDATE knocks SET state=?3,decided_at=?5,decided_by=?4,refusals=CASE "
	    "WHEN ?3='refused' THEN refusals+1 ELSE 0 END WHERE room_id=?1 AND user_id=?2", ARGS(ARG_TEXT(room_id),
	    ARG_TEXT(user_id), ARG_TEXT(words[state]), ARG_TEXT(by), ARG_INT(now)));
}

enum err
store_knock_waiting(struct store *s, struct base_arena *a, const char *room_id, int64_t since, struct store_knock **out,
    size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*n = 0;
	*out = base_arena_alloc(a, (STORE_KNOCK_MOST + 1) * sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	for (e = store_select(s, &r.st, "SELECT " COLUMNS " FROM knocks WHERE room_id=?1 AND state='waiting' AND "
	    "seen_at>?2 ORDER BY asked_at,user_id LIMIT 200", ARGS(ARG_TEXT(room_id), ARG_INT(since))); e == ERR_OK;
	    e = store_next(s, r.st))
		if ((e = read_row(&r, &(*out)[(*n)++])) != ERR_OK) {
			store_finish(r.st);
			return e;
		}
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_knock_deciders(struct store *s, struct base_arena *a, const char *room_id, const char ***out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e;

	*n = 0;
	*out = base_arena_alloc(a, DECIDERS * sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	for (e = store_select(s, &r.st, "SELECT p.user_id FROM room_participants AS p JOIN rooms AS r ON "
	    "r.id=p.room_id LEFT JOIN users AS u ON u.id=p.user_id WHERE p.room_id=?1 AND p.is_active=1 AND "
	    "(p.is_moderator<>0 OR p.user_id IN (r.created_by,r.admin_id) OR (u.is_active<>0 AND instr(u.accesses,"
	    "'superadmin')>0)) ORDER BY p.user_id LIMIT 100", ARGS(ARG_TEXT(room_id))); e == ERR_OK;
	    e = store_next(s, r.st)) {
		r.column = 0;
		(*out)[(*n)++] = store_read_text(&r);
		if (r.err != ERR_OK) {
			store_finish(r.st);
			return r.err;
		}
	}
	return e == ERR_ABSENT ? ERR_OK : e;
}

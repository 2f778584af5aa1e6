/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LiveKit's events may come late, twice or out of order. The seats table has a row per participant (sid): in (left_at
 * 0) or gone. A sid that is gone never comes back, so a join reported after its leave finds that row; an identity is
 * in the room while one of its sids is. A newer sid (joined_at) ends the older ones, because their leave may be lost.
 */
#include <string.h>
#include "base/clock.h"
#include "base/random.h"
#include "store/seat.h"
#include "store/standing.h"
#include "store/store_impl.h"

#define GONE_KEPT (86400 * BASE_CLOCK_SECOND)	/* LiveKit gives up on a webhook long before */

enum err
store_seat_count(struct store *s, const char *room_id, const char *identity, int *count)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT count(*) FROM room_participants WHERE room_id=?1 AND is_active=1 "
	    "AND is_banned=0 AND user_id<>?2", ARGS(ARG_TEXT(room_id), ARG_TEXT(identity == NULL ? "" : identity)));

	*count = (int)n;
	return e;
}

/* Whether the event of a sid comes too late to give it a seat: it left, its room is over, or a newer one is in. */
static enum err
too_late(struct store *s, const char *room_id, const char *identity, const char *sid, const char *room_sid,
    int64_t joined_at, int *yes)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM seats WHERE room_id=?1 AND identity=?2 AND "
	    "((participant_sid=?3 AND left_at<>0) OR (participant_sid<>?3 AND left_at=0 AND joined_at>?5))) OR "
	    "EXISTS(SELECT 1 FROM live_rooms WHERE room_id=?1 AND room_sid=?4 AND finished_at<>0)",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(identity), ARG_TEXT(sid), ARG_TEXT(room_sid), ARG_INT(joined_at)));

	*yes = n != 0;
	return e;
}

static enum err
take_rows(struct store *s, const char *room_id, const char *identity, const char *sid, const char *room_sid,
    const char *admission, int64_t joined_at)
{
	char id[37];
	enum err e;

	e = store_write(s, STORE_DURABLE, "INSERT INTO seats(room_id,identity,participant_sid,room_sid,admission,"
	    "joined_at) VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT DO NOTHING",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(identity), ARG_TEXT(sid), ARG_TEXT(room_sid), ARG_TEXT(admission),
	    ARG_INT(joined_at)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE seats SET left_at=?4 WHERE room_id=?1 AND identity=?2 AND "
		    "participant_sid<>?3 AND left_at=0 AND joined_at<?4",
		    ARGS(ARG_TEXT(room_id), ARG_TEXT(identity), ARG_TEXT(sid), ARG_INT(joined_at)));
	base_random_uuid(id);
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "INSERT INTO room_participants(id,room_id,user_id,joined_at,"
		    "is_active) VALUES(?1,?2,?3,?4,1) ON CONFLICT(room_id,user_id) DO UPDATE SET "
		    "joined_at=?4,left_at=NULL,is_active=1",
		    ARGS(ARG_TEXT(id), ARG_TEXT(room_id), ARG_TEXT(identity), ARG_TIME(joined_at)));
	/* As many old rows go as come. */
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "DELETE FROM seats WHERE room_id=?1 AND left_at<>0 AND left_at<?2",
		    ARGS(ARG_TEXT(room_id), ARG_INT(joined_at - GONE_KEPT)));
	return e;
}

enum err
store_seat_take(struct store *s, const char *room_id, const char *identity, const char *participant_sid,
    const char *room_sid, const char *admission, int64_t joined_at, int *taken)
{
	int own, late = 0;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	*taken = 0;
	if (e != ERR_OK)
		return e;
	if (room_sid == NULL)
		room_sid = "";
	e = too_late(s, room_id, identity, participant_sid, room_sid, joined_at, &late);
	if (e == ERR_OK && !late) {
		e = take_rows(s, room_id, identity, participant_sid, room_sid, admission == NULL ? "" : admission,
		    joined_at);
		*taken = e == ERR_OK;
	}
	return store_leave(s, own, e);
}

enum err
store_seat_leave(struct store *s, const char *room_id, const char *identity, const char *participant_sid, int64_t now,
    int *freed)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	*freed = 0;
	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "INSERT INTO seats(room_id,identity,participant_sid,left_at) VALUES(?1,?2,"
	    "?3,?4) ON CONFLICT(room_id,identity,participant_sid) DO UPDATE SET left_at=?4 WHERE left_at=0",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(identity), ARG_TEXT(participant_sid), ARG_INT(now)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE room_participants SET is_active=0,left_at=?3 WHERE "
		    "room_id=?1 AND user_id=?2 AND is_active=1 AND NOT EXISTS(SELECT 1 FROM seats WHERE room_id=?1 "
		    "AND identity=?2 AND left_at=0)", ARGS(ARG_TEXT(room_id), ARG_TEXT(identity), ARG_TIME(now)));
	if (e == ERR_OK)
		*freed = store_changes(s) > 0;
	return store_leave(s, own, e);
}

enum err
store_seat_people(struct store *s, struct base_arena *a, const char *room_id, const char ***out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	int64_t most = 0;
	enum err e = store_number(s, &most, "SELECT count(*) FROM room_participants WHERE room_id=?1 AND is_active=1",
	    ARGS(ARG_TEXT(room_id)));

	*n = 0;
	if (e != ERR_OK)
		return e;
	if ((*out = base_arena_alloc(a, ((size_t)most + 1) * sizeof(**out))) == NULL)
		return ERR_NOMEM;
	e = store_select(s, &r.st, "SELECT user_id FROM room_participants WHERE room_id=?1 AND is_active=1 LIMIT ?2",
	    ARGS(ARG_TEXT(room_id), ARG_INT(most)));
	for (; e == ERR_OK; e = store_next(s, r.st)) {
		r.column = 0;
		(*out)[(*n)++] = store_read_text(&r);
	}
	return e == ERR_ABSENT ? r.err : e;
}

/* Without room_sid also rows that no seat stands behind (from before this program) become inactive; with it likewise,
 * since nobody can be in a LiveKit room that is over. */
enum err
store_seat_clear(struct store *s, const char *room_id, const char *room_sid, int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	if (room_sid == NULL)
		e = store_write(s, STORE_DURABLE, "UPDATE seats SET left_at=?2 WHERE room_id=?1 AND left_at=0",
		    ARGS(ARG_TEXT(room_id), ARG_INT(now)));
	else
		e = store_write(s, STORE_DURABLE, "UPDATE seats SET left_at=?2 WHERE room_id=?1 AND left_at=0 AND "
		    "room_sid=?3",
		    ARGS(ARG_TEXT(room_id), ARG_INT(now), ARG_TEXT(room_sid)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE room_participants SET is_active=0,left_at=?2 WHERE "
		    "room_id=?1 AND is_active=1 AND NOT EXISTS(SELECT 1 FROM seats WHERE seats.room_id=?1 AND "
		    "seats.identity=room_participants.user_id AND seats.left_at=0)",
		    ARGS(ARG_TEXT(room_id), ARG_TIME(now)));
	return store_leave(s, own, e);
}

/* A column of 32 hex digits, else "". */
static void
read_hex(sqlite3_stmt *st, int column, char out[33])
{
	const unsigned char *text = sqlite3_column_text(st, column);

	out[0] = '\0';
	if (text != NULL && sqlite3_column_bytes(st, column) == 32)
		memcpy(out, text, 33);
}

enum err
store_seat_admission(struct store *s, const char *room_id, const char *identity, char out[33], char address[33])
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, "SELECT id,address FROM admissions WHERE room_id=?1 AND identity=?2 AND "
	    "voided_at=0", ARGS(ARG_TEXT(room_id), ARG_TEXT(identity)));

	out[0] = '\0';
	if (address != NULL)
		address[0] = '\0';
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	read_hex(st, 0, out);
	if (address != NULL)
		read_hex(st, 1, address);
	store_finish(st);
	return ERR_OK;
}

/* The address of before is kept in a void one, so that a ban shuts it as well (store_standing_shut). */
static enum err
move(struct store *s, const char *id, const char *address, const char *before, int64_t now)
{
	char past[33];
	enum err e = store_write(s, STORE_FAST, "UPDATE admissions SET address=?2 WHERE id=?1", ARGS(ARG_TEXT(id),
	    ARG_TEXT(address)));

	if (e != ERR_OK || *before == '\0')
		return e;
	base_random_hex(past, 16);
	return store_write(s, STORE_FAST, "INSERT INTO admissions(id,room_id,identity,address,created_at,voided_at) "
	    "SELECT ?2,a.room_id,a.identity,?3,a.created_at,?4 FROM admissions AS a WHERE a.id=?1 AND NOT EXISTS("
	    "SELECT 1 FROM admissions AS b WHERE b.room_id=a.room_id AND b.identity=a.identity AND b.address=?3)",
	    ARGS(ARG_TEXT(id), ARG_TEXT(past), ARG_TEXT(before), ARG_INT(now)));
}

enum err
store_seat_admit(struct store *s, const char *room_id, const char *identity, const char *address, int64_t now,
    char out[33])
{
	char given_to[33];
	int own;
	enum err e = store_enter(s, STORE_FAST, &own);

	if (e != ERR_OK)
		return e;
	e = store_seat_admission(s, room_id, identity, out, given_to);
	if (e == ERR_OK && out[0] == '\0') {
		base_random_hex(out, 16);
		e = store_write(s, STORE_FAST, "INSERT INTO admissions(id,room_id,identity,address,created_at) "
		    "VALUES(?1,?2,?3,?4,?5)", ARGS(ARG_TEXT(out), ARG_TEXT(room_id), ARG_TEXT(identity),
		    ARG_TEXT(address), ARG_INT(now)));
	} else if (e == ERR_OK && *address != '\0' && strcmp(address, given_to) != 0) {
		e = move(s, out, address, given_to, now);
	}
	return store_leave(s, own, e);
}

enum err
store_seat_admission_good(struct store *s, const char *id, const char *room_id, const char *identity, int *good)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM admissions WHERE id=?1 AND room_id=?2 AND "
	    "identity=?3 AND voided_at=0)", ARGS(ARG_TEXT(id), ARG_TEXT(room_id), ARG_TEXT(identity)));

	*good = n != 0;
	return e;
}

enum err
store_seat_was_admitted(struct store *s, const char *room_name, const char *identity, int *yes)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM rooms JOIN admissions ON room_id=rooms.id WHERE "
	    "rooms.name=?1 AND identity=?2)", ARGS(ARG_TEXT(room_name), ARG_TEXT(identity)));

	*yes = n != 0;
	return e;
}

enum err
store_seat_void(struct store *s, const char *room_id, const char *identity, int64_t now)
{
	if (identity == NULL)
		return store_write(s, STORE_DURABLE, "UPDATE admissions SET voided_at=?2 WHERE room_id=?1 AND "
		    "voided_at=0",
		    ARGS(ARG_TEXT(room_id), ARG_INT(now)));
	return store_write(s, STORE_DURABLE, "UPDATE admissions SET voided_at=?2 WHERE room_id=?1 AND identity=?3 "
	    "AND voided_at=0", ARGS(ARG_TEXT(room_id), ARG_INT(now), ARG_TEXT(identity)));
}

enum err
store_seat_banned(struct store *s, const char *room_id, const char *user_id, int *yes)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM bans WHERE room_id=?1 AND user_id=?2 AND "
	    "lifted_at=0) OR EXISTS(SELECT 1 FROM room_participants WHERE room_id=?1 AND user_id=?2 AND is_banned<>0)",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id)));

	*yes = n != 0;
	return e;
}

/* The ban row unless one stands, Bedrud's flag, and every live seat of the person. */
static enum err
ban_rows(struct store *s, const char *room_id, const char *user_id, const char *by, const char *reason, int64_t now)
{
	char id[37];
	enum err e = store_write(s, STORE_DURABLE, "INSERT INTO bans(room_id,user_id,banned_by,reason,created_at) "
	    "SELECT ?1,?2,?3,?4,?5 WHERE NOT EXISTS(SELECT 1 FROM bans WHERE room_id=?1 AND user_id=?2 AND "
	    "lifted_at=0)",
	    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_TEXT(by), ARG_TEXT(reason), ARG_INT(now)));

	base_random_uuid(id);
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "INSERT INTO room_participants(id,room_id,user_id,joined_at,"
		    "left_at,is_active,is_banned) VALUES(?1,?2,?3,?4,?4,0,1) ON CONFLICT(room_id,user_id) DO UPDATE "
		    "SET is_banned=1,is_active=0,left_at=CASE WHEN is_active THEN ?4 ELSE left_at END",
		    ARGS(ARG_TEXT(id), ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_TIME(now)));
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "UPDATE seats SET left_at=?3 WHERE room_id=?1 AND identity=?2 AND "
		    "left_at=0",
		    ARGS(ARG_TEXT(room_id), ARG_TEXT(user_id), ARG_INT(now)));
	return e;
}

enum err
store_seat_ban(struct store *s, const char *room_id, const char *user_id, const char *by, const char *reason,
    int64_t now)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	e = ban_rows(s, room_id, user_id, by == NULL ? "" : by, reason == NULL ? "" : reason, now);
	if (e == ERR_OK)
		e = store_standing_shut(s, room_id, user_id, 0, now);
	if (e == ERR_OK)
		e = store_seat_void(s, room_id, user_id, now);
	return store_leave(s, own, e);
}

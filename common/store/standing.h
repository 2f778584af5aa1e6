/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the books say of one person in one room: the flags of room_participants (Bedrud's), and what it has no column
 * for (ours: room_standing). Every right that a moderator gives or takes is stored here first; meeting/rights.h makes
 * LiveKit permissions of it.
 *
 * Guests shed an identity by clearing a cookie, so a ban or kick also shuts the addresses of the clients that the
 * person's tokens were given to (shut_addresses): for guests only, an account has a name to stand for.
 */
#ifndef STORE_STANDING_H
#define STORE_STANDING_H
#include "store/store.h"

struct store_standing {
	int exists;			/* has a row in room_participants: was here, or was judged */
	int is_active;			/* sits in the room now */
	int is_banned;			/* a ban stands, Bedrud's flag or ours */
	int is_approved, is_chat_blocked, is_moderator, is_on_stage;
	int is_deafened;		/* may not subscribe */
	int may_speak, may_show;	/* given microphone, camera and screen in a room that withholds them */
	int64_t kicked_until;		/* ns; 0 = never kicked, or long ago */
};

/* All 0 when there is nothing. One statement; reads room_participants, room_standing, bans. */
enum err store_standing_get(struct store *s, const char *room_id, const char *user_id,
    struct store_standing *out) BASE_MUST_CHECK;

/*
 * Lists of people for a room's moderators, by name, 1000 at most: who is here or has a mark (STORE_PEOPLE_KNOWN), and
 * who is kept out (STORE_PEOPLE_OUT).
 */
enum store_people { STORE_PEOPLE_KNOWN, STORE_PEOPLE_OUT };
struct store_person {
	const char *id, *name;		/* name "" for somebody who has no users row */
	struct store_standing standing;
	const char *out_by;		/* who banned or kicked them, "" = not known */
	int64_t banned_at;		/* ns, 0 = not banned, or by Bedrud's Go server */
};
enum err store_standing_list(struct store *s, struct base_arena *a, const char *room_id, enum store_people which,
    int64_t now, struct store_person **out, size_t *n) BASE_MUST_CHECK;

enum store_mark {
	STORE_APPROVED, STORE_CHAT_BLOCKED, STORE_MODERATOR, STORE_ON_STAGE,	/* room_participants */
	STORE_DEAFENED, STORE_MAY_SPEAK, STORE_MAY_SHOW,			/* room_standing */
};

/* Sets or clears one; also for somebody who was never here. Durable. */
enum err store_standing_mark(struct store *s, const char *room_id, const char *user_id, enum store_mark mark, int on,
    int64_t now) BASE_MUST_CHECK;

/*
 * Sends somebody away for a while: until (ns) no token is given, the seat is free, the admissions are void, the
 * addresses shut. Durable, one transaction.
 */
enum err store_standing_kick(struct store *s, const char *room_id, const char *user_id, const char *by, int64_t until,
    int64_t now) BASE_MUST_CHECK;

/* Lifts the ban, the kick and the shut addresses of the person. ERR_ABSENT when nothing of these stood. Durable. */
enum err store_standing_unban(struct store *s, const char *room_id, const char *user_id, int64_t now) BASE_MUST_CHECK;

/*
 * A room that was just made keeps out, by ban or by kick, whom the one kept out that its owner had under the same name
 * before. Durable, one transaction.
 */
enum err store_standing_inherit(struct store *s, const char *room_id, int64_t now) BASE_MUST_CHECK;

/* Shuts the addresses that the person's admissions in the room were given to; until 0 = until the ban is lifted. */
enum err store_standing_shut(struct store *s, const char *room_id, const char *user_id, int64_t until,
    int64_t now) BASE_MUST_CHECK;

/*
 * How long a guest from this address (the hash that store_seat_admit() got) stays outside: *until is 0 = not at all,
 * INT64_MAX = until a ban is lifted, else the end of a kick (ns).
 */
enum err store_standing_shut_until(struct store *s, const char *room_id, const char *address, int64_t now,
    int64_t *until) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/presence.h"

#include "meeting/arrival.h"
#include "meeting/outbound.h"
#include "meeting/rights.h"
#include "meeting/room.h"
#include "store/seat.h"
#include "store/user.h"

/* Of the account, if the identity is one's. */
static enum err
look_up_user(struct store *s, struct base_arena *a, const char *identity, int *is_inactive, int *is_superadmin)
{
	struct store_user u;
	enum err e = store_user_by_id(s, a, identity, &u);

	*is_inactive = *is_superadmin = 0;
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	*is_inactive = !u.is_active;
	*is_superadmin = u.is_active && store_user_has(u.accesses, "superadmin");
	return ERR_OK;
}

static enum err
look_up_admission(struct store *s, const struct store_room *room, const struct livekit_participant *who,
    struct meeting_arrival *a)
{
	a->has_admission = *who->admission != '\0';
	if (a->has_admission)
		return store_seat_admission_good(s, who->admission, room->id, who->identity, &a->admission_good);
	/* A client can take its attributes off before it has arrived: whom we gave a token shows one, or goes. */
	return store_seat_was_admitted(s, room->name, who->identity, &a->has_admission);
}

static void
judge_rights(const struct store_room *room, const struct livekit_participant *who, int is_admitted, int is_superadmin,
    const struct store_standing *t, struct meeting_presence *out)
{
	out->role = meeting_role_of(room, who->identity, is_superadmin, t);
	out->grant = meeting_rights_grant(room, out->role, t);
	out->must_mend = who->has_permission && (is_admitted || t->is_chat_blocked || t->is_deafened) &&
	    !livekit_token_grant_equal(&out->grant, &who->permission);
}

enum err
meeting_presence_judge(struct store *s, struct base_arena *a, const struct meeting_sighting *t, int64_t now,
    struct meeting_presence *out)
{
	const struct livekit_participant *who = t->who;
	struct meeting_arrival r = { .room_known = t->room != NULL, .room_open = t->room != NULL && t->room->is_active,
		.is_recorder = who->is_recorder, .has_admission = *who->admission != '\0', .strict = t->is_strict };
	struct store_standing standing = { 0 };
	int is_superadmin = 0;
	enum err e = ERR_OK;

	*out = (struct meeting_presence){ 0 };
	if (who->is_recorder || *who->identity == '\0')
		return ERR_OK;
	if (t->room != NULL && (e = store_standing_get(s, t->room->id, who->identity, &standing)) == ERR_OK &&
	    (e = look_up_user(s, a, who->identity, &r.is_inactive, &is_superadmin)) == ERR_OK)
		e = look_up_admission(s, t->room, who, &r);
	if (e != ERR_OK)
		return e;
	r.is_banned = standing.is_banned;
	r.is_kicked = standing.kicked_until > now;
	out->was_active = standing.is_active;
	out->objection = meeting_arrival_objection(&r);
	if (out->objection == NULL && t->room != NULL && who->is_person)
		judge_rights(t->room, who, r.admission_good, is_superadmin, &standing, out);
	return ERR_OK;
}

/* Activity extends the time of a room; never shortens it. */
static enum err
touch(struct store *s, const struct store_room *room, int64_t now)
{
	return room->is_active ? store_room_touch(s, room->id, now + MEETING_ROOM_LIFE, now) : ERR_OK;
}

/*
 * Beyond the limit. LiveKit itself has a higher one (meeting_join_livekit_limit), and who sits already keeps the seat,
 * also where the limit was lowered.
 */
static enum err
judge_limit(struct store *s, const struct meeting_sighting *t, struct meeting_presence *out)
{
	int others = 0;
	enum err e;

	if (out->objection != NULL || out->was_active || t->room->max_participants == 0 ||
	    out->role != MEETING_PARTICIPANT)
		return ERR_OK;
	e = store_seat_count(s, t->room->id, t->who->identity, &others);
	if (others >= t->room->max_participants)
		out->objection = "the room is full";
	return e;
}

/* The seat goes back that a participant who may not stay has taken over from an earlier one of the same identity. */
static enum err
give_back(struct store *s, struct base_arena *a, const struct meeting_sighting *t, int was_active, int64_t now)
{
	int freed = 0;
	enum err e = store_seat_leave(s, t->room->id, t->who->identity, t->who->sid, now, &freed);

	return e != ERR_OK || !freed || !was_active ? e : meeting_outbound_tell(s, a, "participant.left", t->room->id,
	    t->room->name, t->who->identity, now);
}

enum err
meeting_presence_arrive(struct store *s, struct base_arena *a, const struct meeting_sighting *t, int64_t now,
    struct meeting_presence *out)
{
	const struct livekit_participant *who = t->who;
	int taken = 0;
	enum err e = meeting_presence_judge(s, a, t, now, out);

	if (e != ERR_OK || t->room == NULL || !who->is_person || *who->identity == '\0' ||
	    (e = judge_limit(s, t, out)) != ERR_OK)
		return e;
	e = store_seat_take(s, t->room->id, who->identity, who->sid, t->room_sid, who->admission,
	    who->joined_at != 0 ? who->joined_at : t->at, &taken);
	if (e != ERR_OK || !taken) {
		out->objection = NULL;
		out->must_mend = 0;
		return e;
	}
	if (out->objection != NULL)
		return give_back(s, a, t, out->was_active, now);
	if ((e = touch(s, t->room, now)) != ERR_OK || out->was_active)
		return e;
	return meeting_outbound_tell(s, a, "participant.joined", t->room->id, t->room->name, who->identity, now);
}

enum err
meeting_presence_leave(struct store *s, struct base_arena *a, const struct store_room *room, const char *identity,
    const char *sid, int64_t at, int64_t now)
{
	int freed = 0;
	enum err e = store_seat_leave(s, room->id, identity, sid, at, &freed);

	if (e != ERR_OK || !freed || (e = touch(s, room, now)) != ERR_OK)
		return e;
	return meeting_outbound_tell(s, a, "participant.left", room->id, room->name, identity, now);
}

enum err
meeting_presence_put_out(struct store *s, struct base_arena *a, const struct store_room *room, const char *identity,
    const char *by, int64_t until, int64_t now)
{
	struct store_standing t;
	enum err e = store_standing_get(s, room->id, identity, &t);

	if (e == ERR_OK)
		e = until != 0 ? store_standing_kick(s, room->id, identity, by, until, now) :
		    store_seat_ban(s, room->id, identity, by, "", now);
	return e != ERR_OK || !t.is_active ? e : meeting_outbound_tell(s, a, "participant.left", room->id, room->name,
	    identity, now);
}

enum err
meeting_presence_before(struct store *s, struct base_arena *a, const struct store_room *room,
    struct meeting_presence_people *out)
{
	return store_seat_people(s, a, room->id, &out->id, &out->n);
}

enum err
meeting_presence_after(struct store *s, struct base_arena *a, const struct store_room *room,
    const struct meeting_presence_people *before, int64_t now)
{
	struct store_standing t;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < before->n; i++) {
		e = store_standing_get(s, room->id, before->id[i], &t);
		if (e == ERR_OK && !t.is_active)
			e = meeting_outbound_tell(s, a, "participant.left", room->id, room->name, before->id[i], now);
	}
	return e;
}

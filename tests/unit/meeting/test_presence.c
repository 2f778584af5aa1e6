/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "meeting/presence.h"
#include "meeting/room.h"
#include "store/seat.h"
#include "store/standing.h"

#define LATER (T0 + MINUTE)

/* A room of u1's, and a webhook that hears of everything. */
static struct store_room
open_room(struct scratch *x)
{
	struct store_room r = { .id = "r1", .name = "daily", .created_by = "u1", .admin_id = "u1", .mode = "standard",
		.is_active = 1, .allow_audio = 1, .allow_video = 1, .created_at = T0, .updated_at = T0,
		.last_activity_at = T0, .expires_at = T0 + MEETING_ROOM_LIFE };

	assert_ok(store_room_insert(x->s, &r));
	scratch_exec(x->path, "INSERT INTO webhooks(id,name,url,secret,events,is_active,created_by) VALUES('w1','a',"
	    "'https://a.example','s','[\"participant.joined\",\"participant.left\"]',1,'u1')");
	return r;
}

/* As a token of ours brings somebody in: with a good admission and the rights of everybody. */
static struct livekit_participant
admitted(struct scratch *x, const char *identity, const char *sid)
{
	struct livekit_participant p;
	char admission[33];

	livekit_participant_none(&p);
	p.identity = identity;
	p.sid = sid;
	p.joined_at = T0;
	p.has_permission = 1;
	p.permission = (struct livekit_grant){ LIVEKIT_ALL_SOURCES, 1, 1, 1, 0 };
	assert_ok(store_seat_admit(x->s, "r1", identity, "", T0, admission));
	p.admission = base_arena_strdup(&x->a, admission);
	return p;
}

static struct meeting_presence
arrive(struct scratch *x, const struct store_room *r, const struct livekit_participant *who)
{
	struct meeting_sighting t = { .room = r, .room_sid = "RM_1", .who = who, .at = T0 };
	struct meeting_presence p;

	assert_ok(store_begin(x->s, STORE_DURABLE));
	assert_ok(meeting_presence_arrive(x->s, &x->a, &t, LATER, &p));
	assert_ok(store_commit(x->s));
	return p;
}

static void
leave(struct scratch *x, const struct store_room *r, const char *who, const char *sid)
{
	assert_ok(store_begin(x->s, STORE_DURABLE));
	assert_ok(meeting_presence_leave(x->s, &x->a, r, who, sid, LATER, LATER));
	assert_ok(store_commit(x->s));
}

static int
seated(struct scratch *x, const char *who)
{
	struct store_standing t;

	assert_ok(store_standing_get(x->s, "r1", who, &t));
	return t.is_active;
}

/* Jobs that tell the event. */
static int
told(struct scratch *x, const char *event)
{
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM jobs WHERE json_extract(payload,'$.event')='%s'", event);
	return (int)scratch_number(x->path, sql);
}

static void
told_once_per_seat(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x);
	struct livekit_participant who = admitted(x, "u2", "PA_1");

	for (int i = 0; i < 3; i++)
		assert_null(arrive(x, &r, &who).objection);
	assert_int_equal(seated(x, "u2"), 1);
	assert_int_equal(told(x, "participant.joined"), 1);
	/* A reconnect: another participant of the same person. */
	who.sid = "PA_2";
	who.joined_at = T0 + 5;
	assert_int_equal(arrive(x, &r, &who).was_active, 1);
	leave(x, &r, "u2", "PA_1");
	assert_int_equal(told(x, "participant.joined") + told(x, "participant.left"), 1);
	leave(x, &r, "u2", "PA_2");
	leave(x, &r, "u2", "PA_2");
	assert_int_equal(told(x, "participant.left"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM jobs WHERE json_extract(json_extract(payload,"
	    "'$.body'),'$.data.userId')='u2'"), 2);
}

/* A report that comes after the leave: sending the identity away would hit one that has come in since. */
static void
too_late_to_object(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x);
	struct livekit_participant who = admitted(x, "u2", "PA_1");
	struct meeting_presence p;

	leave(x, &r, "u2", "PA_1");
	assert_ok(store_standing_kick(x->s, "r1", "u2", "u1", LATER + MINUTE, T0));
	who.permission.can_subscribe = 0;
	p = arrive(x, &r, &who);
	assert_true(p.objection == NULL && !p.must_mend);
	assert_int_equal(seated(x, "u2"), 0);
	assert_int_equal(told(x, "participant.joined") + told(x, "participant.left"), 0);
}

static void
whoever_may_not_stay_has_no_seat(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x);
	struct livekit_participant who = admitted(x, "u2", "PA_1"), other = admitted(x, "u3", "PA_3");

	/* Sits, is banned, comes again by another token. */
	assert_null(arrive(x, &r, &who).objection);
	assert_ok(store_seat_ban(x->s, "r1", "u2", "u1", "", LATER));
	who.sid = "PA_2";
	who.joined_at = T0 + 5;
	who.admission = "";
	assert_non_null(arrive(x, &r, &who).objection);
	assert_int_equal(seated(x, "u2"), 0);
	/* Another's admission, while the true one sits. */
	assert_null(arrive(x, &r, &other).objection);
	other.sid = "PA_4";
	other.joined_at = T0 + 5;
	other.admission = "0123456789abcdef0123456789abcdef";
	assert_non_null(arrive(x, &r, &other).objection);
	assert_int_equal(seated(x, "u3"), 0);
	assert_int_equal(told(x, "participant.joined"), 2);
	assert_int_equal(told(x, "participant.left"), 1);	/* the ban tells its own */
	/* The kick is over at its end. */
	assert_ok(store_standing_kick(x->s, "r1", "u4", "u1", LATER + 1, T0));
	other = admitted(x, "u4", "PA_5");
	assert_string_equal(arrive(x, &r, &other).objection, "this identity was sent away and may not come back yet");
	assert_ok(store_standing_kick(x->s, "r1", "u4", "u1", LATER, T0));
	other = admitted(x, "u4", "PA_6");
	assert_null(arrive(x, &r, &other).objection);
}

/* The webhooks of the operator's hear that they left at once: LiveKit's own report finds the seat free. */
static void
put_out_is_told_once(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x);
	struct livekit_participant kicked = admitted(x, "u2", "PA_1"), banned = admitted(x, "u3", "PA_2");

	assert_null(arrive(x, &r, &kicked).objection);
	assert_null(arrive(x, &r, &banned).objection);
	for (int i = 0; i < 2; i++) {
		assert_ok(store_begin(x->s, STORE_DURABLE));
		assert_ok(meeting_presence_put_out(x->s, &x->a, &r, "u2", "u1", LATER + MINUTE, LATER));
		assert_ok(meeting_presence_put_out(x->s, &x->a, &r, "u3", "u1", 0, LATER));
		assert_ok(meeting_presence_put_out(x->s, &x->a, &r, "u4", "u1", 0, LATER));	/* was never here */
		assert_ok(store_commit(x->s));
	}
	leave(x, &r, "u2", "PA_1");
	leave(x, &r, "u3", "PA_2");
	assert_int_equal(told(x, "participant.left"), 2);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM bans WHERE user_id IN ('u3','u4')"), 2);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_standing WHERE kicked_until>0"), 1);
	kicked = admitted(x, "u2", "PA_3");
	assert_non_null(arrive(x, &r, &kicked).objection);
}

static void
rights_are_set_right(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x);
	struct livekit_participant who = admitted(x, "u2", "PA_1"), owner = admitted(x, "u1", "PA_2"), agent;
	struct meeting_presence p = arrive(x, &r, &who);

	assert_int_equal(p.must_mend, 0);
	assert_ok(store_standing_mark(x->s, "r1", "u2", STORE_CHAT_BLOCKED, 1, LATER));
	r.allow_video = 0;
	p = arrive(x, &r, &who);
	assert_int_equal(p.must_mend, 1);
	assert_true(livekit_token_grant_equal(&p.grant, &(struct livekit_grant){ LIVEKIT_MICROPHONE, 0, 1, 1, 0 }));
	who.permission = p.grant;
	assert_int_equal(arrive(x, &r, &who).must_mend, 0);
	who.has_permission = 0;		/* LiveKit doesn't say */
	assert_int_equal(arrive(x, &r, &who).must_mend, 0);
	assert_int_equal(arrive(x, &r, &owner).must_mend, 0);
	/* Another holder of the API key gives rights as it likes; but not against a moderator. */
	agent = (struct livekit_participant){ .sid = "PA_9", .identity = "bot", .admission = "", .is_person = 1,
		.has_permission = 1, .joined_at = T0 };
	assert_int_equal(arrive(x, &r, &agent).must_mend, 0);
	assert_ok(store_standing_mark(x->s, "r1", "bot", STORE_DEAFENED, 1, LATER));
	agent.permission.can_subscribe = 1;
	p = arrive(x, &r, &agent);
	assert_true(p.must_mend && !p.grant.can_subscribe);
}

static void
a_superadmin_and_a_deactivated_one(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x);
	struct livekit_participant admin, gone;

	scratch_exec(x->path, "INSERT INTO users(id,email,name,accesses,is_active,created_at,updated_at) VALUES"
	    "('a','a@example.org','A','{superadmin,user}',1,'2026-01-01','2026-01-01'),"
	    "('b','b@example.org','B','{superadmin,user}',0,'2026-01-01','2026-01-01')");
	r.allow_audio = r.allow_video = 0;
	admin = admitted(x, "a", "PA_1");
	gone = admitted(x, "b", "PA_2");
	assert_int_equal(arrive(x, &r, &admin).must_mend, 0);
	assert_string_equal(arrive(x, &r, &gone).objection, "the account is deactivated");
}

static void
nobody_and_machines_take_no_seat(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x);
	struct livekit_participant who = admitted(x, "u2", "PA_1");

	who.is_person = 0;
	assert_null(arrive(x, &r, &who).objection);
	assert_null(arrive(x, NULL, &who).objection);
	r.is_active = 0;
	assert_non_null(arrive(x, &r, &who).objection);
	who.is_recorder = 1;
	assert_null(arrive(x, &r, &who).objection);
	livekit_participant_none(&who);
	assert_null(arrive(x, &r, &who).objection);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM seats"), 0);
}

static void
activity_extends_the_room(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x), now;
	struct livekit_participant who = admitted(x, "u2", "PA_1");

	(void)arrive(x, &r, &who);
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &now));
	assert_int_equal(now.expires_at, LATER + MEETING_ROOM_LIFE);
	assert_int_equal(now.last_activity_at, LATER);
}

/* More tokens than places: the last one in goes, unless they sat there before or run the room. */
static void
the_limit_on_arrival(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x);
	struct livekit_participant a = admitted(x, "u2", "PA_2"), b = admitted(x, "u3", "PA_3"),
		again = admitted(x, "u2", "PA_2b"), owner = admitted(x, "u1", "PA_1");

	r.max_participants = 1;
	assert_null(arrive(x, &r, &a).objection);
	assert_string_equal(arrive(x, &r, &b).objection, "the room is full");
	assert_int_equal(seated(x, "u3"), 0);
	assert_null(arrive(x, &r, &owner).objection);
	again.joined_at = T0 + 1;
	assert_null(arrive(x, &r, &again).objection);
	assert_int_equal(seated(x, "u2"), 1);
	leave(x, &r, "u2", "PA_2b");
	leave(x, &r, "u1", "PA_1");
	b.sid = "PA_3b";
	assert_null(arrive(x, &r, &b).objection);
	assert_int_equal(seated(x, "u3"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(told_once_per_seat), NEW(too_late_to_object), NEW(whoever_may_not_stay_has_no_seat),
		NEW(put_out_is_told_once), NEW(rights_are_set_right), NEW(a_superadmin_and_a_deactivated_one),
		NEW(nobody_and_machines_take_no_seat), NEW(activity_extends_the_room),
		NEW(the_limit_on_arrival),
	};

	return RUN(tests);
}

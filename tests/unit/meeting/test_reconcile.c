/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "base/mem.h"
#include "meeting/reconcile.h"
#include "meeting/room.h"
#include "store/seat.h"
#include "store/standing.h"

#define SECOND BASE_CLOCK_SECOND
#define YOUNG (10 * SECOND)
#define MOST 8

/* LiveKit, as far as the lists of one room go. */
struct truth {
	const char *sid;
	int64_t created_at;
	struct livekit_participant people[MOST];
	size_t n;
};

static void
make_room(struct scratch *x, int is_active, int is_persistent)
{
	struct store_room r = { .id = "r1", .name = "tea", .created_by = "u0", .admin_id = "u0", .mode = "standard",
		.is_active = is_active, .is_public = 1, .is_persistent = is_persistent, .allow_audio = 1,
		.allow_video = 1, .created_at = T0, .updated_at = T0, .expires_at = T0 + MEETING_ROOM_LIFE };

	assert_ok(store_room_insert(x->s, &r));
}

static struct livekit_participant *
add(struct truth *t, const char *identity, const char *sid, int64_t joined_at)
{
	struct livekit_participant *p = &t->people[t->n++];

	livekit_participant_none(p);
	p->identity = identity;
	p->sid = sid;
	p->joined_at = joined_at;
	p->state = LIVEKIT_ACTIVE;
	return p;
}

/* With a token of ours, and the rights of that. */
static struct livekit_participant *
admit(struct scratch *x, struct truth *t, const char *identity, const char *sid, int64_t joined_at)
{
	struct livekit_participant *p = add(t, identity, sid, joined_at);
	char id[33];

	assert_ok(store_begin(x->s, STORE_FAST));
	assert_ok(store_seat_admit(x->s, "r1", identity, "", joined_at, id));
	assert_ok(store_commit(x->s));
	p->admission = base_arena_strdup(&x->a, id);
	p->has_permission = 1;
	p->permission = (struct livekit_grant){ .sources = LIVEKIT_ALL_SOURCES, .can_publish_data = 1,
		.can_subscribe = 1, .can_update_own_metadata = 1 };
	return p;
}

static struct meeting_reconcile_plan
look(struct scratch *x, const struct truth *t, int64_t now, struct store_room *row, struct meeting_reconcile_room *r)
{
	struct meeting_reconcile_plan plan;

	assert_ok(store_room_by_id(x->s, &x->a, "r1", row));
	*r = (struct meeting_reconcile_room){ .row = row, .sid = t->sid, .created_at = t->created_at,
		.people = t->people, .n = t->n, .settled = now - YOUNG };
	assert_ok(meeting_reconcile_look(x->s, &x->a, r, now, &plan));
	return plan;
}

/* What a run changes: seats freed, taken, LiveKit rooms, ends. */
static const char *
run(struct scratch *x, const struct truth *t, int64_t now)
{
	static char text[64];
	struct meeting_reconcile_count c = { 0 };
	struct meeting_reconcile_plan plan;
	struct meeting_reconcile_room r;
	struct store_room row;

	assert_ok(store_begin(x->s, STORE_DURABLE));
	plan = look(x, t, now, &row, &r);
	assert_ok(meeting_reconcile_mend(x->s, &x->a, &r, &plan, now, &c));
	assert_ok(store_commit(x->s));
	snprintf(text, sizeof(text), "-%d +%d ~%d x%d", c.seats_freed, c.seats_taken, c.rooms_noticed, c.rooms_ended);
	assert_int_equal(plan.must_mend, strcmp(text, "-0 +0 ~0 x0") != 0);
	/* Twice is once. */
	plan = look(x, t, now, &row, &r);
	assert_int_equal(plan.must_mend, 0);
	return text;
}

static int
count(struct scratch *x, const char *sql)
{
	return (int)scratch_number(x->path, sql);
}

static void
lost_events(void **state)
{
	struct scratch *x = *state;
	struct truth t = { .sid = "RM_1", .created_at = T0 };

	make_room(x, 1, 0);
	assert_string_equal(run(x, &(struct truth){ 0 }, T0 + MINUTE), "-0 +0 ~0 x0");
	admit(x, &t, "u1", "PA_1", T0);
	admit(x, &t, "u2", "PA_2", T0);
	assert_string_equal(run(x, &t, T0 + YOUNG), "-0 +0 ~0 x0");
	assert_string_equal(run(x, &t, T0 + YOUNG + 1), "-0 +2 ~1 x0");
	assert_int_equal(count(x, "SELECT count(*) FROM room_participants WHERE is_active=1"), 2);
	assert_int_equal(count(x, "SELECT count(*) FROM live_rooms WHERE finished_at=0 AND room_sid='RM_1'"), 1);
	/* u2 has left, u1 has come in anew, u3 has come. */
	t.n = 0;
	admit(x, &t, "u3", "PA_4", T0 + MINUTE);
	admit(x, &t, "u1", "PA_3", T0 + MINUTE);
	assert_string_equal(run(x, &t, T0 + 2 * MINUTE), "-2 +2 ~0 x0");
	assert_int_equal(count(x, "SELECT count(*) FROM seats WHERE left_at=0 AND participant_sid>='PA_3'"), 2);
	assert_int_equal(count(x, "SELECT count(*) FROM room_participants WHERE is_active=1"), 2);
	/* LiveKit was restarted: another room, with nobody in yet. */
	t = (struct truth){ .sid = "RM_2", .created_at = T0 + 3 * MINUTE };
	assert_string_equal(run(x, &t, T0 + 4 * MINUTE), "-2 +0 ~1 x0");
	assert_int_equal(count(x, "SELECT count(*) FROM live_rooms WHERE finished_at=0"), 1);
	assert_int_equal(count(x, "SELECT is_active FROM rooms"), 1);
}

/* An end is noted at once, and believed at the next look. */
static void
an_end_that_nobody_told(void **state)
{
	struct scratch *x = *state;
	struct truth t = { .sid = "RM_1", .created_at = T0 }, none = { 0 };

	make_room(x, 1, 0);
	admit(x, &t, "u1", "PA_1", T0);
	assert_string_equal(run(x, &t, T0 + MINUTE), "-0 +1 ~1 x0");
	assert_string_equal(run(x, &none, T0 + 2 * MINUTE), "-1 +0 ~1 x0");
	assert_string_equal(run(x, &none, T0 + 2 * MINUTE + MEETING_RECONCILE_PATIENCE - 1), "-0 +0 ~0 x0");
	/* Settings that were changed meanwhile don't keep it. */
	scratch_exec(x->path, "UPDATE rooms SET updated_at='2126-01-01 00:00:00+00:00'");
	assert_string_equal(run(x, &none, T0 + 3 * MINUTE), "-0 +0 ~0 x1");
	assert_int_equal(count(x, "SELECT is_active FROM rooms"), 0);
	assert_int_equal(count(x, "SELECT count(*) FROM admissions WHERE voided_at=0"), 0);
	assert_string_equal(run(x, &none, T0 + 4 * MINUTE), "-0 +0 ~0 x0");
	/* Opened again, it waits for its people. */
	assert_ok(store_room_reopen(x->s, "r1", T0 + 5 * MINUTE + MEETING_ROOM_LIFE, T0 + 5 * MINUTE));
	assert_string_equal(run(x, &none, T0 + 9 * MINUTE), "-0 +0 ~0 x0");
}

static void
rooms_that_stay(void **state)
{
	struct scratch *x = *state;
	struct truth none = { 0 };

	make_room(x, 1, 1);
	assert_ok(store_room_live_start(x->s, "r1", "RM_1", T0));
	assert_string_equal(run(x, &none, T0 + MINUTE), "-0 +0 ~1 x0");
	assert_string_equal(run(x, &none, T0 + 9 * MINUTE), "-0 +0 ~0 x0");	/* persistent */
	scratch_exec(x->path, "UPDATE rooms SET settings_is_persistent=0;INSERT INTO recordings(id,room_id,room_name,"
	    "created_by,status) VALUES('c1','r1','tea','u0','started')");
	/* A recording keeps no room open: it ends with it. */
	assert_string_equal(run(x, &none, T0 + 9 * MINUTE), "-0 +0 ~0 x1");
	assert_int_equal(1, scratch_number(x->path, "SELECT count(*) FROM recording_facts WHERE recording_id='c1' AND "
	    "state='stopping' AND stop_reason='the meeting ended'"));
}

static const char *
errands(struct scratch *x, const struct truth *t, int64_t now)
{
	static char text[256];
	struct meeting_reconcile_plan plan;
	struct meeting_reconcile_room r;
	struct store_room row;

	plan = look(x, t, now, &row, &r);
	text[0] = '\0';
	for (size_t i = 0; i < plan.n_errands; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s ", plan.errands[i].must.objection !=
		    NULL ? "-" : "~", plan.errands[i].who->identity);
	if (plan.must_close)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "close");
	return text;
}

static void
people_who_should_not_be_there(void **state)
{
	struct scratch *x = *state;
	struct truth t = { .sid = "RM_1", .created_at = T0 };

	make_room(x, 1, 0);
	admit(x, &t, "u1", "PA_1", T0);
	admit(x, &t, "u2", "PA_2", T0);
	admit(x, &t, "u3", "PA_3", T0)->permission.can_publish_data = 0;
	admit(x, &t, "u4", "PA_4", T0)->admission = "00000000000000000000000000000000";
	add(&t, "agent", "PA_5", T0)->is_person = 0;
	*add(&t, "EG_1", "PA_6", T0) = (struct livekit_participant){ .identity = "EG_1", .sid = "PA_6", .name = "",
		.metadata = "", .admission = "", .is_recorder = 1, .state = LIVEKIT_ACTIVE, .joined_at = T0 };
	add(&t, "late", "PA_7", T0)->state = LIVEKIT_JOINED;
	add(&t, "gone", "PA_8", T0)->state = LIVEKIT_DISCONNECTED;
	assert_string_equal(errands(x, &t, T0 + YOUNG), "");
	assert_string_equal(errands(x, &t, T0 + MINUTE), "~u3 -u4 ");
	assert_string_equal(run(x, &t, T0 + MINUTE), "-0 +3 ~1 x0");
	assert_ok(store_seat_ban(x->s, "r1", "u1", "u0", "", T0 + MINUTE));
	assert_ok(store_standing_mark(x->s, "r1", "u2", STORE_DEAFENED, 1, T0 + MINUTE));
	assert_ok(store_standing_mark(x->s, "r1", "u3", STORE_CHAT_BLOCKED, 1, T0 + MINUTE));
	assert_string_equal(errands(x, &t, T0 + 2 * MINUTE), "-u1 ~u2 -u4 ");
	assert_string_equal(run(x, &t, T0 + 2 * MINUTE), "-0 +0 ~0 x0");
	assert_int_equal(count(x, "SELECT count(*) FROM room_participants WHERE is_active=1"), 2);
}

/* More came in than the room holds, while nobody looked: those who find no place leave. */
static void
a_full_room(void **state)
{
	struct scratch *x = *state;
	struct truth t = { .sid = "RM_1", .created_at = T0 };
	struct meeting_reconcile_count c = { 0 };
	struct meeting_reconcile_plan plan;
	struct meeting_reconcile_room r;
	struct store_room row;

	make_room(x, 1, 0);
	scratch_exec(x->path, "UPDATE rooms SET max_participants=2");
	admit(x, &t, "u3", "PA_3", T0);
	assert_string_equal(run(x, &t, T0 + MINUTE), "-0 +1 ~1 x0");
	admit(x, &t, "u1", "PA_1", T0);
	admit(x, &t, "u2", "PA_2", T0);
	admit(x, &t, "u0", "PA_0", T0);	/* its owner */
	assert_ok(store_begin(x->s, STORE_DURABLE));
	plan = look(x, &t, T0 + MINUTE, &row, &r);
	assert_int_equal(plan.n_errands, 0);
	assert_ok(meeting_reconcile_mend(x->s, &x->a, &r, &plan, T0 + MINUTE, &c));
	assert_ok(store_commit(x->s));
	assert_int_equal(c.seats_taken, 1);
	assert_int_equal(plan.n_errands, 2);
	assert_string_equal(plan.errands[0].who->identity, "u1");
	assert_non_null(plan.errands[0].full);
	assert_int_equal(count(x, "SELECT count(*) FROM room_participants WHERE is_active=1"), 2);
}

/* The row has ended, LiveKit's room has not: it is closed as a whole, once what ended it has had its time. */
static void
a_room_that_is_over(void **state)
{
	struct scratch *x = *state;
	struct truth t = { .sid = "RM_1", .created_at = T0 };
	int ended;

	make_room(x, 1, 0);
	admit(x, &t, "u1", "PA_1", T0);
	assert_string_equal(run(x, &t, T0 + MINUTE), "-0 +1 ~1 x0");
	assert_ok(store_room_end(x->s, "r1", T0 + 2 * MINUTE, &ended));
	assert_string_equal(errands(x, &t, T0 + 2 * MINUTE + YOUNG), "");
	assert_string_equal(errands(x, &t, T0 + 3 * MINUTE), "close");
	assert_string_equal(run(x, &t, T0 + 3 * MINUTE), "-1 +0 ~0 x0");
	assert_string_equal(run(x, &(struct truth){ 0 }, T0 + 4 * MINUTE), "-0 +0 ~1 x0");
}

/* Whichever allocation fails, nothing is half done. */
static void
without_memory(void **state)
{
	struct scratch *x = *state;
	struct truth t = { .sid = "RM_1", .created_at = T0 };
	struct meeting_reconcile_count c = { 0 };
	struct meeting_reconcile_plan plan;
	struct meeting_reconcile_room r;
	struct store_room row;
	enum err e = ERR_NOMEM;
	unsigned long n;

	skip_without_faults();
	make_room(x, 1, 0);
	admit(x, &t, "u1", "PA_1", T0);
	admit(x, &t, "u2", "PA_2", T0);
	(void)look(x, &t, T0 + MINUTE, &row, &r);
	for (n = 1; e == ERR_NOMEM && n < 1000; n++) {
		struct base_arena a;

		base_arena_init(&a, 1u << 20);
		assert_ok(store_begin(x->s, STORE_DURABLE));
		base_mem_fail_at(n, 1);
		e = meeting_reconcile_look(x->s, &a, &r, T0 + MINUTE, &plan);
		if (e == ERR_OK)
			e = meeting_reconcile_mend(x->s, &a, &r, &plan, T0 + MINUTE, &c);
		base_mem_fail_at(0, 0);
		if (e == ERR_OK)
			assert_ok(store_commit(x->s));
		store_rollback(x->s);
		base_arena_free(&a);
		assert_int_equal(count(x, "SELECT count(*) FROM seats"), e == ERR_OK ? 2 : 0);
		assert_int_equal(count(x, "SELECT count(*) FROM live_rooms"), e == ERR_OK);
	}
	assert_ok(e);
	assert_true(n > 2);
}

/* What was recorded too early, or of another, doesn't stand against the list. */
static void
recorded_as_gone(void **state)
{
	struct scratch *x = *state;
	struct truth t = { .sid = "RM_1", .created_at = T0 };

	make_room(x, 1, 0);
	admit(x, &t, "u1", "PA_1", T0);
	assert_string_equal(run(x, &t, T0 + MINUTE), "-0 +1 ~1 x0");
	assert_ok(store_room_live_finish(x->s, "r1", "RM_1", T0 + MINUTE));
	assert_ok(store_seat_clear(x->s, "r1", NULL, T0 + MINUTE));
	assert_string_equal(run(x, &t, T0 + MINUTE + YOUNG), "-0 +0 ~0 x0");
	assert_string_equal(run(x, &t, T0 + 2 * MINUTE), "-0 +1 ~1 x0");
	assert_int_equal(count(x, "SELECT count(*) FROM room_participants WHERE is_active=1"), 1);
	assert_int_equal(count(x, "SELECT count(*) FROM seats WHERE left_at=0 AND room_sid='RM_1'"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(lost_events), NEW(an_end_that_nobody_told), NEW(rooms_that_stay),
		NEW(people_who_should_not_be_there), NEW(a_full_room), NEW(a_room_that_is_over),
		NEW(recorded_as_gone), NEW(without_memory) };

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/room.h"
#include "store/seat.h"
#include "store/standing.h"

static int
take(struct scratch *x, const char *who, const char *sid, int64_t joined)
{
	int taken = -1;

	assert_ok(store_seat_take(x->s, "r1", who, sid, "RM_a", "adm", joined, &taken));
	return taken;
}

/* Whether the person is out now and wasn't before. */
static int
leave(struct scratch *x, const char *who, const char *sid)
{
	int freed = -1;

	assert_ok(store_seat_leave(x->s, "r1", who, sid, T0 + MINUTE, &freed));
	return freed;
}

static int
count(struct scratch *x, const char *but)
{
	int n = -1;

	assert_ok(store_seat_count(x->s, "r1", but, &n));
	return n;
}

static int
seated(struct scratch *x, const char *who)
{
	struct store_standing f;

	assert_ok(store_standing_get(x->s, "r1", who, &f));
	return f.is_active;
}

static void
taken_and_left(void **state)
{
	struct scratch *x = *state;
	struct store_standing f;

	assert_ok(store_standing_get(x->s, "r1", "u1", &f));
	assert_int_equal(f.exists, 0);
	assert_int_equal(take(x, "u1", "PA_1", T0), 1);
	assert_int_equal(take(x, "u1", "PA_1", T0), 1);	/* reported twice */
	assert_int_equal(take(x, "u2", "PA_2", T0), 1);
	assert_int_equal(count(x, NULL), 2);
	assert_int_equal(count(x, "u1"), 1);
	assert_ok(store_standing_get(x->s, "r1", "u1", &f));
	assert_int_equal(f.exists, 1);
	assert_int_equal(f.is_active, 1);
	assert_int_equal(f.is_approved + f.is_banned + f.is_chat_blocked + f.is_moderator + f.is_on_stage, 0);
	assert_int_equal(leave(x, "u1", "PA_1"), 1);
	assert_int_equal(leave(x, "u1", "PA_1"), 0);
	assert_int_equal(seated(x, "u1"), 0);
	assert_int_equal(count(x, NULL), 1);
	assert_int_equal(scratch_number(x->path, "SELECT left_at IS NOT NULL AND length(id)=36 FROM room_participants "
	    "WHERE user_id='u1'"), 1);
	assert_int_equal(take(x, "u1", "PA_3", T0 + 2 * MINUTE), 1);
	assert_int_equal(scratch_number(x->path, "SELECT left_at IS NULL FROM room_participants WHERE "
	    "user_id='u1'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants"), 2);
}

static void
an_old_leave_does_not_empty_a_new_seat(void **state)
{
	struct scratch *x = *state;

	assert_int_equal(take(x, "u1", "PA_1", T0), 1);
	assert_int_equal(take(x, "u1", "PA_2", T0 + 5), 1);
	assert_int_equal(leave(x, "u1", "PA_1"), 0);
	assert_int_equal(seated(x, "u1"), 1);
	assert_int_equal(leave(x, "u1", "PA_2"), 1);
	assert_int_equal(seated(x, "u1"), 0);
}

static void
a_leave_before_its_join(void **state)
{
	struct scratch *x = *state;

	assert_int_equal(leave(x, "u1", "PA_1"), 0);
	assert_int_equal(take(x, "u1", "PA_1", T0), 0);
	assert_int_equal(seated(x, "u1"), 0);
	assert_int_equal(take(x, "u1", "PA_2", T0 + 5), 1);
	assert_int_equal(leave(x, "u1", "PA_0"), 0);
	assert_int_equal(seated(x, "u1"), 1);
}

static void
a_lost_leave_is_made_up_for(void **state)
{
	struct scratch *x = *state;

	assert_int_equal(take(x, "u1", "PA_1", T0), 1);
	assert_int_equal(take(x, "u1", "PA_2", T0 + 5), 1);
	assert_int_equal(leave(x, "u1", "PA_2"), 1);
	assert_int_equal(seated(x, "u1"), 0);
	assert_int_equal(take(x, "u1", "PA_1", T0), 0);
}

/*
 * Every order of the events of A, then B (a reconnect), then B's end ends the same, whether the clock told them apart
 * or not.
 */
static void
every_order_converges(void **state)
{
	struct scratch *x = *state;
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1,
	    0 } };
	char who[16], a[16], b[16];
	int i, j, step;

	for (i = 0; i < 12; i++) {
		step = i < 6 ? 5 : 0;
		snprintf(who, sizeof(who), "u%d", i);
		snprintf(a, sizeof(a), "PA_%d_a", i);
		snprintf(b, sizeof(b), "PA_%d_b", i);
		for (j = 0; j < 3; j++) {
			if (orders[i % 6][j] == 0)
				(void)take(x, who, a, T0);
			else if (orders[i % 6][j] == 1)
				(void)take(x, who, b, T0 + step);
			else
				(void)leave(x, who, a);
		}
		assert_int_equal(seated(x, who), 1);
		assert_int_equal(leave(x, who, b), 1);
		assert_int_equal(seated(x, who), 0);
	}
}

static void
old_rows_are_dropped(void **state)
{
	struct scratch *x = *state;

	assert_int_equal(take(x, "u1", "PA_1", T0), 1);
	assert_int_equal(leave(x, "u1", "PA_1"), 1);
	assert_int_equal(take(x, "u1", "PA_2", T0 + MINUTE * 48 * 60), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM seats"), 1);
}

static void
clearing(void **state)
{
	struct scratch *x = *state;
	int taken;

	/* One in the room that is over, one in the next, and one whose row is from before this program. */
	scratch_exec(x->path, "INSERT INTO room_participants(id,room_id,user_id,joined_at,is_active) VALUES"
	    "('p','r1','old','2026-01-01 00:00:00+00:00',1),('q','r2','old','2026-01-01 00:00:00+00:00',1)");
	assert_int_equal(take(x, "u1", "PA_1", T0), 1);
	assert_ok(store_seat_take(x->s, "r1", "u2", "PA_2", "RM_b", "", T0, &taken));
	assert_int_equal(count(x, NULL), 3);
	assert_ok(store_seat_clear(x->s, "r1", "RM_a", T0 + 9));
	assert_int_equal(seated(x, "u1"), 0);
	assert_int_equal(seated(x, "u2"), 1);
	assert_int_equal(count(x, NULL), 1);
	assert_ok(store_seat_clear(x->s, "r1", NULL, T0 + 9));
	assert_int_equal(count(x, NULL), 0);
	assert_int_equal(take(x, "u2", "PA_2", T0), 0);
	assert_ok(store_seat_count(x->s, "r2", NULL, &taken));
	assert_int_equal(taken, 1);
}

static void
admissions(void **state)
{
	struct scratch *x = *state;
	char a[33], b[33], c[33];
	int good;

	assert_ok(store_seat_admission(x->s, "r1", "u1", a, NULL));
	assert_string_equal(a, "");
	assert_ok(store_begin(x->s, STORE_FAST));
	assert_ok(store_seat_admit(x->s, "r1", "u1", "", T0, a));
	assert_ok(store_commit(x->s));
	assert_int_equal(strlen(a), 32);
	assert_ok(store_seat_admission(x->s, "r1", "u1", b, NULL));
	assert_string_equal(a, b);
	assert_ok(store_seat_admit(x->s, "r1", "u1", "", T0 + 1, b));
	assert_string_equal(a, b);
	assert_ok(store_seat_admit(x->s, "r1", "u2", "", T0, c));
	assert_string_not_equal(a, c);
	assert_ok(store_seat_admission_good(x->s, a, "r1", "u1", &good));
	assert_int_equal(good, 1);
	assert_ok(store_seat_admission_good(x->s, a, "r1", "u2", &good));
	assert_int_equal(good, 0);
	assert_ok(store_seat_admission_good(x->s, a, "r2", "u1", &good));
	assert_int_equal(good, 0);
	assert_ok(store_seat_void(x->s, "r1", "u1", T0 + 2));
	assert_ok(store_seat_admission_good(x->s, a, "r1", "u1", &good));
	assert_int_equal(good, 0);
	assert_ok(store_seat_admission_good(x->s, c, "r1", "u2", &good));
	assert_int_equal(good, 1);
	assert_ok(store_seat_admit(x->s, "r1", "u1", "", T0 + 3, b));
	assert_string_not_equal(a, b);
	assert_ok(store_seat_void(x->s, "r1", NULL, T0 + 4));
	assert_ok(store_seat_admission(x->s, "r1", "u1", a, NULL));
	assert_string_equal(a, "");
	assert_ok(store_seat_admission(x->s, "r1", "u2", a, NULL));
	assert_string_equal(a, "");
}

static void
who_was_ever_admitted(void **state)
{
	struct scratch *x = *state;
	char id[33];
	int yes = -1;

	scratch_exec(x->path, "INSERT INTO rooms(id,name,created_by,admin_id,created_at,updated_at) VALUES('r1',"
	    "'room-one','u','u','2026-01-01','2026-01-01'),('r2','room-two','u','u','2026-01-01','2026-01-01')");
	assert_ok(store_seat_was_admitted(x->s, "room-one", "u1", &yes));
	assert_int_equal(yes, 0);
	assert_ok(store_seat_admit(x->s, "r1", "u1", "", T0, id));
	assert_ok(store_seat_was_admitted(x->s, "room-one", "u1", &yes));
	assert_int_equal(yes, 1);
	assert_ok(store_seat_was_admitted(x->s, "room-one", "u2", &yes));
	assert_int_equal(yes, 0);
	assert_ok(store_seat_was_admitted(x->s, "room-two", "u1", &yes));
	assert_int_equal(yes, 0);
	assert_ok(store_seat_void(x->s, "r1", NULL, T0 + 1));
	assert_ok(store_seat_was_admitted(x->s, "room-one", "u1", &yes));
	assert_int_equal(yes, 1);
}

static void
bans(void **state)
{
	struct scratch *x = *state;
	char a[33];
	int yes;

	assert_ok(store_seat_admit(x->s, "r1", "u1", "", T0, a));
	assert_int_equal(take(x, "u1", "PA_1", T0), 1);
	assert_ok(store_seat_banned(x->s, "r1", "u1", &yes));
	assert_int_equal(yes, 0);
	assert_ok(store_seat_ban(x->s, "r1", "u1", "mod", "noise", T0 + 1));
	assert_ok(store_seat_ban(x->s, "r1", "u1", "mod", NULL, T0 + 2));
	assert_ok(store_seat_banned(x->s, "r1", "u1", &yes));
	assert_int_equal(yes, 1);
	assert_ok(store_seat_banned(x->s, "r2", "u1", &yes));
	assert_int_equal(yes, 0);
	assert_int_equal(seated(x, "u1"), 0);
	assert_int_equal(count(x, NULL), 0);
	assert_ok(store_seat_admission_good(x->s, a, "r1", "u1", &yes));
	assert_int_equal(yes, 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM bans WHERE banned_by='mod' AND "
	    "reason='noise'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT is_banned FROM room_participants WHERE user_id='u1'"), 1);
	/* Somebody who never was in the room, and Bedrud's flag alone. */
	assert_ok(store_seat_ban(x->s, "r1", "u2", "mod", "", T0 + 1));
	assert_ok(store_seat_banned(x->s, "r1", "u2", &yes));
	assert_int_equal(yes, 1);
	scratch_exec(x->path, "DELETE FROM bans");
	assert_ok(store_seat_banned(x->s, "r1", "u2", &yes));
	assert_int_equal(yes, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(taken_and_left), NEW(an_old_leave_does_not_empty_a_new_seat), NEW(a_leave_before_its_join),
		NEW(a_lost_leave_is_made_up_for), NEW(every_order_converges), NEW(old_rows_are_dropped), NEW(clearing),
		NEW(admissions), NEW(who_was_ever_admitted), NEW(bans),
	};

	return RUN(tests);
}

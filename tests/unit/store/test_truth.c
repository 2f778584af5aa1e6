/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/room.h"
#include "store/seat.h"
#include "store/truth.h"

static void
room(struct scratch *x, const char *id, const char *name, int is_active, int is_persistent)
{
	struct store_room r = { .id = id, .name = name, .created_by = "u1", .admin_id = "u1", .mode = "standard",
		.is_active = is_active, .is_persistent = is_persistent, .created_at = T0, .updated_at = T0 };

	assert_ok(store_room_insert(x->s, &r));
}

static void
sit(struct scratch *x, const char *room_id, const char *who, const char *sid, int64_t joined)
{
	int taken;

	assert_ok(store_seat_take(x->s, room_id, who, sid, "RM_1", "adm", joined, &taken));
	assert_int_equal(taken, 1);
}

static const char *
rooms(struct scratch *x)
{
	static char names[256];
	struct store_truth_room *list;
	size_t n;

	names[0] = '\0';
	assert_ok(store_truth_rooms(x->s, &x->a, &list, &n));
	for (size_t i = 0; i < n; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s=%s ", list[i].name, list[i].id);
	return names;
}

static void
which_rooms(void **state)
{
	struct scratch *x = *state;
	int changed;

	assert_string_equal(rooms(x), "");
	room(x, "r1", "quiet", 1, 0);
	room(x, "r2", "live", 1, 0);
	room(x, "r3", "seat", 0, 0);
	room(x, "r4", "old-row", 0, 0);
	room(x, "r5", "over", 1, 0);
	room(x, "r6", "kept", 1, 1);
	assert_string_equal(rooms(x), "");
	assert_ok(store_room_live_start(x->s, "r2", "RM_2", T0));
	sit(x, "r3", "u1", "PA_1", T0);
	scratch_exec(x->path, "INSERT INTO room_participants(id,room_id,user_id,joined_at) VALUES('p','r4','u1',"
	    "'2026-01-01 00:00:00+00:00')");
	assert_ok(store_room_live_finish(x->s, "r5", "RM_5", T0));
	assert_ok(store_room_live_finish(x->s, "r6", "RM_6", T0));
	assert_string_equal(rooms(x), "live=r2 old-row=r4 over=r5 seat=r3 ");
	assert_ok(store_truth_live(x->s, "r2", NULL, 0, T0 + 1, T0 + 2, &changed));
	assert_int_equal(changed, 1);
	assert_ok(store_seat_leave(x->s, "r3", "u1", "PA_1", T0, &changed));
	assert_ok(store_truth_free(x->s, "r4", "u1", T0));
	assert_string_equal(rooms(x), "live=r2 over=r5 ");
	assert_ok(store_room_end(x->s, "r2", T0, &changed));
	assert_string_equal(rooms(x), "over=r5 ");
}

static const char *
seats(struct scratch *x, int64_t settled)
{
	static char text[512];
	struct store_truth_seat *list;
	size_t n;

	text[0] = '\0';
	assert_ok(store_truth_seats(x->s, &x->a, "r1", settled, &list, &n));
	for (size_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s:%s+%d%s%s ", list[i].identity,
		    list[i].sid, (int)((list[i].joined_at - T0) / MINUTE), list[i].left_at != 0 ? " left" : "",
		    list[i].is_active ? "" : " idle");
	return text;
}

static void
who_holds_a_seat(void **state)
{
	struct scratch *x = *state;
	int freed;

	room(x, "r1", "tea", 1, 0);
	sit(x, "r2", "u9", "PA_9", T0);
	sit(x, "r1", "b", "PA_b", T0 + MINUTE);
	sit(x, "r1", "a", "PA_a", T0);
	sit(x, "r1", "c", "PA_c", T0);
	assert_ok(store_seat_leave(x->s, "r1", "c", "PA_c", T0 + 5 * MINUTE, &freed));
	scratch_exec(x->path, "INSERT INTO room_participants(id,room_id,user_id,joined_at) SELECT 'p','r1','0',"
	    "joined_at FROM room_participants WHERE user_id='b'");
	assert_string_equal(seats(x, T0 + 6 * MINUTE), "0:+1 a:PA_a+0 b:PA_b+1 ");
	assert_string_equal(seats(x, T0 + 4 * MINUTE), "0:+1 a:PA_a+0 b:PA_b+1 c:PA_c+0 left idle ");
	scratch_exec(x->path, "UPDATE room_participants SET is_active=0 WHERE user_id='a'");
	assert_string_equal(seats(x, T0 + 6 * MINUTE), "0:+1 a:PA_a+0 idle b:PA_b+1 ");
}

static int
differs(struct scratch *x, const char *room_sid, int64_t settled)
{
	int yes = -1;

	assert_ok(store_truth_live_differs(x->s, "r1", room_sid, settled, &yes));
	return yes;
}

/* A leave that was recorded, and a room that was taken to be over, don't stand against the list. */
static void
the_last_word(void **state)
{
	struct scratch *x = *state;
	const char *sid;
	int64_t at;
	int taken, changed, freed;

	sit(x, "r1", "a", "PA_a", T0);
	assert_ok(store_seat_leave(x->s, "r1", "a", "PA_a", T0 + MINUTE, &freed));
	assert_ok(store_room_live_finish(x->s, "r1", "RM_1", T0 + MINUTE));
	assert_ok(store_truth_over(x->s, "r1", &at));
	assert_int_equal(at, T0 + MINUTE);
	assert_ok(store_truth_revive(x->s, "r1", "a", "PA_a"));
	assert_ok(store_seat_take(x->s, "r1", "a", "PA_a", "RM_1", "adm", T0, &taken));
	assert_int_equal(taken, 0);	/* its room is over */
	assert_int_equal(differs(x, "RM_1", T0 + MINUTE), 0);
	assert_int_equal(differs(x, "RM_1", T0 + MINUTE + 1), 1);
	assert_ok(store_truth_live(x->s, "r1", "RM_1", T0, T0 + MINUTE, T0 + 2 * MINUTE, &changed));
	assert_int_equal(changed, 0);	/* not long enough ago */
	assert_ok(store_truth_live(x->s, "r1", "RM_1", T0, T0 + MINUTE + 1, T0 + 2 * MINUTE, &changed));
	assert_int_equal(changed, 1);
	assert_ok(store_truth_live(x->s, "r1", "RM_1", T0, T0 + MINUTE + 1, T0 + 2 * MINUTE, &changed));
	assert_int_equal(changed, 0);
	assert_ok(store_truth_over(x->s, "r1", &at));
	assert_int_equal(at, 0);
	assert_int_equal(differs(x, "RM_1", T0 + MINUTE + 1), 0);
	assert_ok(store_seat_take(x->s, "r1", "a", "PA_a", "RM_1", "adm", T0, &taken));
	assert_int_equal(taken, 1);
	assert_string_equal(seats(x, T0 + 9 * MINUTE), "a:PA_a+0 ");
	/* Another one is there: that one is over; but one that began since then isn't. */
	assert_ok(store_room_live_start(x->s, "r1", "RM_3", T0 + 3 * MINUTE));
	assert_int_equal(differs(x, "RM_2", T0 + 3 * MINUTE), 1);
	assert_int_equal(differs(x, NULL, T0 + 3 * MINUTE + 1), 1);
	assert_int_equal(differs(x, NULL, T0), 0);
	assert_ok(store_truth_live(x->s, "r1", "RM_2", T0 + 2 * MINUTE, T0 + 3 * MINUTE, T0 + 4 * MINUTE, &changed));
	assert_int_equal(changed, 1);
	assert_ok(store_room_live_sid(x->s, &x->a, "r1", &sid));
	assert_string_equal(sid, "RM_3");
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM live_rooms WHERE finished_at=0"), 2);
}

static void
seats_of_rooms_that_are_deleted(void **state)
{
	struct scratch *x = *state;
	int freed;

	room(x, "r1", "tea", 1, 0);
	sit(x, "r1", "a", "PA_a", T0);
	assert_ok(store_truth_orphans(x->s, T0, &freed));
	assert_int_equal(freed, 0);
	sit(x, "r2", "a", "PA_a", T0);
	sit(x, "r2", "b", "PA_b", T0);
	assert_ok(store_truth_orphans(x->s, T0 + MINUTE, &freed));
	assert_int_equal(freed, 2);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM seats WHERE left_at=0"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(which_rooms), NEW(who_holds_a_seat), NEW(the_last_word),
		NEW(seats_of_rooms_that_are_deleted) };

	return RUN(tests);
}

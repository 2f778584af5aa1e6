/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/room.h"
#include "store/seat.h"

static void
end_room(struct scratch *x, const char *id, int64_t now)
{
	int ended;

	assert_ok(store_room_end(x->s, id, now, &ended));
}

static struct store_room
row(const char *id, const char *name)
{
	struct store_room r = {
		.id = id, .name = name, .created_by = "u1", .admin_id = "u1", .mode = "standard", .is_active = 1,
		    .is_public = 1,
		.max_participants = 20, .allow_chat = 1, .allow_video = 0, .allow_audio = 1, .require_approval = 0,
		    .e2ee = 1,
		.is_persistent = 0, .recordings_allowed = 1, .created_at = T0, .updated_at = T0,
		    .expires_at = T0 + MINUTE,
		.last_activity_at = T0, .deleted_at = 0,
	};

	return r;
}

static void
what_is_written_is_read(void **state)
{
	struct scratch *x = *state;
	struct store_room r = row("r1", "tea"), out;

	assert_ok(store_room_insert(x->s, &r));
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &out));
	assert_string_equal(out.name, "tea");
	assert_string_equal(out.created_by, "u1");
	assert_string_equal(out.admin_id, "u1");
	assert_string_equal(out.mode, "standard");
	assert_int_equal(out.is_active, 1);
	assert_int_equal(out.is_public, 1);
	assert_int_equal(out.max_participants, 20);
	assert_int_equal(out.allow_chat, 1);
	assert_int_equal(out.allow_video, 0);
	assert_int_equal(out.allow_audio, 1);
	assert_int_equal(out.require_approval, 0);
	assert_int_equal(out.e2ee, 1);
	assert_int_equal(out.is_persistent, 0);
	assert_int_equal(out.recordings_allowed, 1);
	assert_true(out.created_at == T0 && out.updated_at == T0 && out.expires_at == T0 + MINUTE);
	assert_true(out.last_activity_at == T0 && out.deleted_at == 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_permissions WHERE room_id='r1' AND "
	    "user_id='u1' AND is_admin+can_kick+can_mute_audio+can_disable_video+can_chat=5 AND length(id)=36"), 1);
	assert_err(ERR_ABSENT, store_room_by_id(x->s, &x->a, "r2", &out));
}

static void
a_taken_name_touches_nothing(void **state)
{
	struct scratch *x = *state;
	struct store_room r = row("r1", "tea"), out;

	assert_ok(store_room_insert(x->s, &r));
	r = row("r2", "tea");
	r.created_by = r.admin_id = "u2";
	assert_err(ERR_CONFLICT, store_room_insert(x->s, &r));
	/* The same within a transaction of the caller's, which goes on. */
	assert_ok(store_begin(x->s, STORE_DURABLE));
	assert_err(ERR_CONFLICT, store_room_insert(x->s, &r));
	r.name = "coffee";
	assert_ok(store_room_insert(x->s, &r));
	assert_ok(store_commit(x->s));
	assert_ok(store_room_by_name(x->s, &x->a, "tea", &out));
	assert_string_equal(out.created_by, "u1");
	assert_int_equal(out.is_active, 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_permissions"), 2);
}

static void
a_name_means_the_active_else_the_newest(void **state)
{
	struct scratch *x = *state;
	struct store_room r = row("r1", "tea"), out;

	assert_err(ERR_ABSENT, store_room_by_name(x->s, &x->a, "tea", &out));
	r.created_at = T0 + 9 * MINUTE;
	r.is_active = 0;
	assert_ok(store_room_insert(x->s, &r));
	r = row("r2", "tea");
	r.is_active = 0;
	assert_ok(store_room_insert(x->s, &r));
	assert_ok(store_room_by_name(x->s, &x->a, "tea", &out));
	assert_string_equal(out.id, "r1");
	r = row("r3", "tea");
	assert_ok(store_room_insert(x->s, &r));
	assert_ok(store_room_by_name(x->s, &x->a, "tea", &out));
	assert_string_equal(out.id, "r3");
	end_room(x, "r3", T0 + 1);
	/* A zone and the T form count as the moment they mean. */
	scratch_exec(x->path, "UPDATE rooms SET created_at='2026-01-01T09:00:00+02:00' WHERE id='r1';UPDATE rooms "
	    "SET created_at='2026-01-01 08:30:00+00:00' WHERE id='r2';UPDATE rooms SET created_at='2025-01-01 "
	    "08:30:00Z' WHERE id='r3'");
	assert_ok(store_room_by_name(x->s, &x->a, "tea", &out));
	assert_string_equal(out.id, "r2");
}

static void
lists_and_counts(void **state)
{
	struct scratch *x = *state;
	struct store_room r, *list;
	char id[16], name[16];
	size_t n;
	int i, count;

	for (i = 0; i < 30; i++) {
		snprintf(id, sizeof(id), "r%d", i);
		snprintf(name, sizeof(name), "room-%02d", i / 2);
		r = row(id, name);
		r.is_active = i % 2 == 0;	/* the newer one of each name is over */
		r.created_at = T0 + i * MINUTE;
		assert_ok(store_room_insert(x->s, &r));
	}
	assert_ok(store_room_list(x->s, &x->a, "u1", &list, &n));
	assert_int_equal(n, 15);
	for (i = 0; i < 15; i++) {
		snprintf(name, sizeof(name), "room-%02d", 14 - i);
		assert_string_equal(list[i].name, name);
		assert_int_equal(list[i].is_active, 1);
	}
	assert_ok(store_room_count_active(x->s, "u1", &count));
	assert_int_equal(count, 15);
	assert_ok(store_room_archive(x->s, "r28", T0));
	assert_ok(store_room_archive(x->s, "r29", T0));
	end_room(x, "r0", T0);
	assert_ok(store_room_list(x->s, &x->a, "u1", &list, &n));
	assert_int_equal(n, 14);
	assert_string_equal(list[0].name, "room-13");
	assert_string_equal(list[13].id, "r1");
	assert_ok(store_room_count_active(x->s, "u1", &count));
	assert_int_equal(count, 13);
	assert_ok(store_room_list(x->s, &x->a, "u2", &list, &n));
	assert_int_equal(n, 0);
	assert_ok(store_room_count_active(x->s, "u2", &count));
	assert_int_equal(count, 0);
}

static void
ends_and_archives(void **state)
{
	struct scratch *x = *state;
	struct store_room r = row("r1", "tea"), out;

	assert_ok(store_room_insert(x->s, &r));
	end_room(x, "r1", T0 + 7);
	end_room(x, "r1", T0 + 8);
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &out));
	assert_int_equal(out.is_active, 0);
	assert_true(out.updated_at == T0 + 7 && out.deleted_at == 0);
	assert_ok(store_room_archive(x->s, "r1", T0 + 9));
	assert_ok(store_room_archive(x->s, "r1", T0 + 10));
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &out));
	assert_true(out.deleted_at == T0 + 9);
}

static void
touch_writes_once_a_minute_and_never_shortens(void **state)
{
	struct scratch *x = *state;
	struct store_room r = row("r1", "tea"), out;
	int64_t until = r.expires_at + MINUTE;

	assert_ok(store_room_insert(x->s, &r));
	assert_ok(store_room_touch(x->s, "r1", until, T0 + MINUTE - 1));
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &out));
	assert_true(out.last_activity_at == T0 && out.expires_at == r.expires_at);
	assert_ok(store_room_touch(x->s, "r1", until, T0 + MINUTE));
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &out));
	assert_true(out.last_activity_at == T0 + MINUTE && out.expires_at == until);
	assert_ok(store_room_touch(x->s, "r1", until - 1, T0 + 2 * MINUTE));
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &out));
	assert_true(out.last_activity_at == T0 + 2 * MINUTE && out.expires_at == until);
	assert_ok(store_room_touch(x->s, "nothing", until, T0));
}

static void
the_recording_that_runs(void **state)
{
	struct scratch *x = *state;
	const char *id;

	assert_ok(store_room_recording(x->s, &x->a, "r1", &id));
	assert_string_equal(id, "");
	scratch_exec(x->path, "INSERT INTO recordings(id,room_id,room_name,egress_id,status,created_by,created_at) "
	    "VALUES('a','r1','tea','e1','completed','u1','2026-01-01 00:00:00+00:00'),"
	    "('b','r1','tea','e2','started','u1','2026-01-01 00:00:00+00:00')");
	assert_ok(store_room_recording(x->s, &x->a, "r1", &id));
	assert_string_equal(id, "b");
	scratch_exec(x->path, "UPDATE recordings SET status='failed'");
	assert_ok(store_room_recording(x->s, &x->a, "r1", &id));
	assert_string_equal(id, "");
}

static const char *
live(struct scratch *x)
{
	const char *sid;

	assert_ok(store_room_live_sid(x->s, &x->a, "r1", &sid));
	return sid;
}

static void
live_rooms_follow_livekit(void **state)
{
	struct scratch *x = *state;

	assert_string_equal(live(x), "");
	assert_ok(store_room_live_start(x->s, "r1", "RM_a", T0));
	assert_ok(store_room_live_start(x->s, "r1", "RM_a", T0));
	assert_string_equal(live(x), "RM_a");
	assert_ok(store_room_live_finish(x->s, "r1", "RM_a", T0 + 5));
	assert_string_equal(live(x), "");
	assert_ok(store_room_live_start(x->s, "r1", "RM_a", T0));	/* again, after its finish */
	assert_string_equal(live(x), "");
	assert_ok(store_room_live_finish(x->s, "r1", "RM_b", T0 + 9));	/* finish before start */
	assert_ok(store_room_live_start(x->s, "r1", "RM_b", T0 + 6));
	assert_string_equal(live(x), "");
	assert_ok(store_room_live_start(x->s, "r1", "RM_c", T0 + 20));
	assert_ok(store_room_live_start(x->s, "r1", "RM_late", T0 + 10));
	assert_string_equal(live(x), "RM_c");
	assert_ok(store_room_live_finish(x->s, "r1", "RM_late", T0 + 30));
	assert_string_equal(live(x), "RM_c");
	assert_ok(store_room_live_start(x->s, "r1", "RM_d", T0 + 40));	/* c's finish was lost */
	assert_string_equal(live(x), "RM_d");
	assert_ok(store_room_live_finish(x->s, "r1", "RM_d", T0 + 50));
	assert_string_equal(live(x), "");
	assert_ok(store_room_live_start(x->s, "r1", "RM_e", T0 + MINUTE * 8 * 1440));	/* which sweeps */
	assert_string_equal(live(x), "RM_e");
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM live_rooms"), 1);
}

static void
a_new_live_room_frees_the_seats_of_the_old(void **state)
{
	struct scratch *x = *state;
	int taken, count;

	assert_ok(store_room_live_start(x->s, "r1", "RM_a", T0));
	assert_ok(store_seat_take(x->s, "r1", "u1", "PA_1", "RM_a", "", T0 + 1, &taken));
	assert_ok(store_seat_take(x->s, "r1", "u2", "PA_2", "RM_a", "", T0 + 1, &taken));
	/* LiveKit was killed: u2 is back, even before the start of the new room is reported. */
	assert_ok(store_seat_take(x->s, "r1", "u2", "PA_3", "RM_b", "", T0 + 9, &taken));
	assert_int_equal(taken, 1);
	assert_ok(store_room_live_start(x->s, "r1", "RM_b", T0 + 8));
	assert_ok(store_seat_count(x->s, "r1", NULL, &count));
	assert_int_equal(count, 1);
	assert_ok(store_seat_count(x->s, "r1", "u2", &count));
	assert_int_equal(count, 0);
	/* Nothing that is still said about the old room takes a seat. */
	assert_ok(store_seat_take(x->s, "r1", "u4", "PA_4", "RM_a", "", T0 + 2, &taken));
	assert_int_equal(taken, 0);
}

static void
what_an_owner_changes(void **state)
{
	struct scratch *x = *state;
	struct store_room r = row("r1", "tea"), out;

	assert_ok(store_room_insert(x->s, &r));
	r.is_public = r.allow_chat = r.allow_audio = r.e2ee = r.recordings_allowed = 0;
	r.allow_video = r.require_approval = r.is_persistent = 1;
	r.max_participants = 3;
	r.name = "not changed";
	assert_ok(store_room_change(x->s, &r, T0 + MINUTE));
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &out));
	assert_string_equal(out.name, "tea");
	assert_int_equal(out.is_public + out.allow_chat + out.allow_audio + out.e2ee + out.recordings_allowed, 0);
	assert_int_equal(out.allow_video + out.require_approval + out.is_persistent, 3);
	assert_int_equal(out.max_participants, 3);
	assert_true(out.updated_at == T0 + MINUTE && out.created_at == T0);
}

static void
archived_rooms_come_in_pages(void **state)
{
	struct scratch *x = *state;
	struct store_archived *list;
	char id[3] = "r0";
	int64_t total;
	size_t n;

	for (int i = 0; i < 5; i++, id[1]++) {
		struct store_room r = row(id, id);

		assert_ok(store_room_insert(x->s, &r));
		if (i != 2)	/* one goes on */
			assert_ok(store_room_archive(x->s, id, T0 + i * MINUTE));
	}
	scratch_exec(x->path, "INSERT INTO recordings(id,room_id,room_name,egress_id,created_by) VALUES"
	    "('a','r4','r4','e1','u1'),('b','r4','r4','e2','u1')");
	assert_ok(store_room_archived(x->s, &x->a, "u1", 1, 3, &list, &n, &total));
	assert_int_equal(n, 3);
	assert_int_equal(total, 4);
	assert_string_equal(list[0].id, "r4");
	assert_int_equal(list[0].recordings, 2);
	assert_true(list[0].deleted_at == T0 + 4 * MINUTE && list[0].created_at == T0);
	assert_ok(store_room_archived(x->s, &x->a, "u1", 2, 3, &list, &n, &total));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].id, "r0");
	assert_ok(store_room_archived(x->s, &x->a, "u2", 1, 3, &list, &n, &total));
	assert_int_equal(n + (size_t)total, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(what_is_written_is_read), NEW(what_an_owner_changes),
		NEW(archived_rooms_come_in_pages), NEW(a_taken_name_touches_nothing),
		    NEW(a_name_means_the_active_else_the_newest),
		NEW(lists_and_counts), NEW(ends_and_archives), NEW(touch_writes_once_a_minute_and_never_shortens),
		    NEW(the_recording_that_runs),
		NEW(live_rooms_follow_livekit), NEW(a_new_live_room_frees_the_seats_of_the_old),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/recording.h"
#include "store/room.h"

static struct store_recording
row(const char *id, const char *room)
{
	return (struct store_recording){ .id = id, .room_id = room, .room_name = "daily", .created_by = "u1",
		.egress_id = "", .type = "composite", .error = "", .file_url = "", .storage = "local",
		.object_key = "k", .file_name = "f.mp4", .layout = "grid", .preset = "", .stop_reason = "",
		.created_at = T0 };
}

static struct store_recording
get(struct scratch *x, const char *id)
{
	struct store_recording r;

	assert_ok(store_recording_by_id(x->s, &x->a, id, &r));
	return r;
}

static void
one_at_a_time_in_a_room(void **state)
{
	struct scratch *x = *state;
	struct store_recording a = row("a", "r1"), b = row("b", "r1"), c = row("c", "r2"), out;
	const char *running;

	assert_ok(store_recording_insert(x->s, &a));
	assert_err(ERR_CONFLICT, store_recording_insert(x->s, &b));
	assert_ok(store_recording_insert(x->s, &c));	/* two may be pending */
	assert_err(ERR_ABSENT, store_recording_by_id(x->s, &x->a, "b", &out));
	assert_ok(store_recording_running(x->s, &x->a, "r1", &out));
	assert_string_equal(out.id, "a");
	assert_ok(store_room_recording(x->s, &x->a, "r1", &running));
	assert_string_equal(running, "a");
	for (int s = STORE_RECORDING_PENDING; s < STORE_RECORDING__MAX; s++) {
		out = get(x, "a");
		out.state = (enum store_recording_state)s;
		assert_ok(store_recording_save(x->s, &out, get(x, "a").state, T0 + s));
		assert_int_equal(get(x, "a").state, s);
		assert_int_equal(store_recording_running(x->s, &x->a, "r1", &out),
		    s <= STORE_RECORDING_STOPPING ? ERR_OK : ERR_ABSENT);
	}
	assert_ok(store_recording_insert(x->s, &b));
	assert_ok(store_recording_remove(x->s, "a"));
	assert_err(ERR_ABSENT, store_recording_by_id(x->s, &x->a, "a", &out));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM recording_facts"), 2);
}

static void
moves_are_compared(void **state)
{
	struct scratch *x = *state;
	struct store_recording a = row("a", "r1"), now;

	assert_ok(store_recording_insert(x->s, &a));
	a.state = STORE_RECORDING_ACTIVE;
	a.egress_id = "EG_1";
	a.started_at = T0 + 5;
	assert_err(ERR_CONFLICT, store_recording_save(x->s, &a, STORE_RECORDING_STARTING, T0 + 9));
	assert_int_equal(get(x, "a").state, STORE_RECORDING_PENDING);
	assert_string_equal(get(x, "a").egress_id, "");
	assert_ok(store_recording_save(x->s, &a, STORE_RECORDING_PENDING, T0 + 9));
	assert_err(ERR_CONFLICT, store_recording_save(x->s, &a, STORE_RECORDING_PENDING, T0 + 10));
	assert_ok(store_recording_by_egress(x->s, &x->a, "EG_1", &now));
	assert_string_equal(now.id, "a");
	assert_true(now.moved_at == T0 + 9 && now.started_at == T0 + 5);
	assert_err(ERR_ABSENT, store_recording_by_egress(x->s, &x->a, "", &now));
	/* Saved without a move: the time of the move stays. */
	a.error = "why";
	assert_ok(store_recording_save(x->s, &a, STORE_RECORDING_ACTIVE, T0 + 20));
	assert_true(get(x, "a").moved_at == T0 + 9);
	assert_string_equal(get(x, "a").error, "why");
}

static void
lists(void **state)
{
	struct scratch *x = *state;
	struct store_recording_query q = { .room_id = "", .status = "", .limit = 4 };
	struct store_recording *out;
	char ids[10][8];
	int64_t total;
	size_t n;

	for (int i = 0; i < 10; i++) {
		struct store_recording r;

		snprintf(ids[i], sizeof(ids[i]), "rec%d", i);
		r = row(ids[i], i % 2 ? "odd" : "even");
		r.created_at = T0 + i * MINUTE;
		r.state = i < 8 ? STORE_RECORDING_COMPLETED : STORE_RECORDING_ACTIVE;
		assert_ok(store_recording_insert(x->s, &r));
		r.file_size = 100;
		assert_ok(store_recording_save(x->s, &r, r.state, T0 + i * MINUTE));
	}
	assert_ok(store_recording_list(x->s, &x->a, &q, &out, &n, &total));
	assert_int_equal(n, 4);
	assert_int_equal(total, 10);
	assert_string_equal(out[0].id, "rec9");
	q = (struct store_recording_query){ .room_id = "odd", .status = "completed", .created_after = T0 + MINUTE,
		.created_before = T0 + 7 * MINUTE, .limit = 4 };
	assert_ok(store_recording_list(x->s, &x->a, &q, &out, &n, &total));
	assert_int_equal(n, 2);
	assert_string_equal(out[0].id, "rec5");
	assert_ok(store_recording_stale(x->s, &x->a, T0 + 9 * MINUTE, &out, &n));
	assert_int_equal(n, 1);
	assert_string_equal(out[0].id, "rec8");
	assert_ok(store_recording_checked(x->s, "rec8", T0 + 20 * MINUTE));
	assert_ok(store_recording_stale(x->s, &x->a, T0 + 9 * MINUTE, &out, &n));
	assert_int_equal(n, 0);
	assert_ok(store_recording_expired(x->s, &x->a, T0 + 3 * MINUTE, &out, &n));
	assert_int_equal(n, 3);
	assert_string_equal(out[0].id, "rec0");
	assert_ok(store_recording_count(x->s, "odd", &total));
	assert_int_equal(total, 5);
	assert_ok(store_recording_bytes(x->s, &total));
	assert_int_equal(total, 800);
}

/* Rows of Bedrud's Go server have no facts. */
static void
rows_of_bedruds(void **state)
{
	struct scratch *x = *state;
	struct store_recording r;

	scratch_exec(x->path, "INSERT INTO recordings(id,room_id,room_name,egress_id,status,created_by,created_at) "
	    "VALUES('old','r1','daily','EG_old','started','u1','2026-01-01 10:00:00+00:00'),"
	    "('odd','r2','daily',NULL,'strange','u1','2026-01-01 10:00:00+00:00')");
	r = get(x, "old");
	assert_int_equal(r.state, STORE_RECORDING_ACTIVE);
	assert_string_equal(r.storage, "");
	assert_int_equal(get(x, "odd").state, STORE_RECORDING_FAILED);
	r.state = STORE_RECORDING_FAILED;
	r.error = "lost";
	assert_ok(store_recording_save(x->s, &r, STORE_RECORDING_ACTIVE, T0));
	assert_int_equal(get(x, "old").state, STORE_RECORDING_FAILED);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM recordings WHERE status='failed' AND "
	    "error='lost'"), 1);
}

static void
names(void **state)
{
	(void)state;
	for (int s = 0; s < STORE_RECORDING__MAX; s++) {
		assert_non_null(store_recording_state_name((enum store_recording_state)s));
		assert_non_null(store_recording_status_name((enum store_recording_state)s));
	}
	assert_string_equal(store_recording_status_name(STORE_RECORDING_STOPPING), "started");
	assert_string_equal(store_recording_state_name(STORE_RECORDING_STOPPING), "stopping");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(one_at_a_time_in_a_room), NEW(moves_are_compared), NEW(lists), NEW(rows_of_bedruds), NEW(names),
	};

	return RUN(tests);
}

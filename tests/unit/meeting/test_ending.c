/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "meeting/ending.h"
#include "meeting/outbound.h"
#include "store/seat.h"

#define HOOK "INSERT INTO webhooks(id,name,url,secret,events,is_active,created_by) VALUES"

static struct store_room
open_room(struct scratch *x)
{
	struct store_room r = { .id = "r1", .name = "daily", .created_by = "u1", .admin_id = "u1", .mode = "standard",
		.is_active = 1, .created_at = T0, .updated_at = T0, .expires_at = T0 + MINUTE };
	char admission[33];
	int taken;

	scratch_exec(x->path, HOOK "('w1','a','https://a.example','s','[\"room.ended\",\"room.suspended\"]',1,'u1'),"
	    "('w2','b','https://b.example','s','[\"room.ended\"]',1,'u1'),"
	    "('w3','off','https://c.example','s','[\"room.ended\"]',0,'u1'),"
	    "('w4','other','https://d.example','s','[\"room.ended.not\"]',1,'u1')");
	assert_ok(store_room_insert(x->s, &r));
	assert_ok(store_seat_admit(x->s, "r1", "u2", "", T0, admission));
	assert_ok(store_seat_take(x->s, "r1", "u2", "PA_1", "RM_1", admission, T0, &taken));
	return r;
}

static int64_t
jobs(struct scratch *x, const char *event)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM jobs WHERE type='dispatch_webhook' AND status='pending' AND "
	    "json_extract(payload,'$.event')='%s' AND json_extract(json_extract(payload,'$.body'),'$.data.roomId')="
	    "'r1'", event);
	return scratch_number(x->path, sql);
}

static void
once_for_every_end(void **state)
{
	static const enum meeting_ending each[] = { MEETING_ENDED_EMPTY, MEETING_ENDED_EXPIRED, MEETING_ENDED_ARCHIVED,
		MEETING_ENDED_SUSPENDED };
	struct scratch *x = *state;
	struct store_room r = open_room(x), now;

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		assert_ok(store_begin(x->s, STORE_DURABLE));
		assert_ok(meeting_ending_apply(x->s, &x->a, &r, each[i], "u1", "spam", T0 + MINUTE));
		assert_ok(store_commit(x->s));
		assert_int_equal(jobs(x, "room.ended"), 2);
		assert_ok(store_room_by_name(x->s, &x->a, "daily", &now));
		assert_int_equal(now.is_active, 0);
		assert_int_equal(now.deleted_at != 0, each[i] >= MEETING_ENDED_ARCHIVED);
		assert_int_equal(now.is_suspended, each[i] == MEETING_ENDED_SUSPENDED);
	}
	assert_int_equal(jobs(x, "room.suspended"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM seats WHERE left_at=0"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants WHERE is_active"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM admissions WHERE voided_at=0"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(DISTINCT json_extract(payload,'$.delivery_id')) FROM "
	    "jobs"), 3);
}

static void
suspended_and_open_again(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x), now, other;

	assert_ok(meeting_ending_apply(x->s, &x->a, &r, MEETING_ENDED_SUSPENDED, NULL, NULL, T0 + 1));
	assert_ok(store_room_reopen(x->s, "r1", T0 + 2 * MINUTE, T0 + 2));
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &now));
	assert_int_equal(now.is_active, 1);
	assert_int_equal(now.is_suspended, 0);
	assert_int_equal(now.expires_at, T0 + 2 * MINUTE);
	assert_ok(meeting_ending_apply(x->s, &x->a, &now, MEETING_ENDED_SUSPENDED, NULL, NULL, T0 + 3));
	other = r;
	other.id = "r2";
	assert_ok(store_room_insert(x->s, &other));
	assert_err(ERR_CONFLICT, store_room_reopen(x->s, "r1", T0 + MINUTE, T0 + 4));
	assert_err(ERR_ABSENT, store_room_reopen(x->s, "nobody", T0 + MINUTE, T0 + 4));
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &now));
	assert_int_equal(now.is_suspended, 1);
}

static void
a_full_queue_stops_no_end(void **state)
{
	struct scratch *x = *state;
	struct store_room r = open_room(x), now;

	scratch_exec(x->path, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<10000) INSERT INTO "
	    "jobs(id,type,run_at) SELECT i,'dispatch_webhook','2026-01-01' FROM n");
	assert_ok(meeting_ending_apply(x->s, &x->a, &r, MEETING_ENDED_EMPTY, NULL, NULL, T0 + 1));
	assert_int_equal(jobs(x, "room.ended"), 0);
	assert_ok(store_room_by_id(x->s, &x->a, "r1", &now));
	assert_int_equal(now.is_active, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(once_for_every_end), NEW(suspended_and_open_again), NEW(a_full_queue_stops_no_end),
	};

	return RUN(tests);
}

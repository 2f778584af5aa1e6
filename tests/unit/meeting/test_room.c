/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/limits.h"
#include "meeting/room.h"

static void
names(void **state)
{
	static const struct {
		const char *in, *out;	/* NULL = refused */
	} rows[] = {
		{ "daily", "daily" }, { "  Daily-Standup ", "daily-standup" }, { "a1b", "a1b" }, { "123", "123" },
		{ "\tabc\n", "abc" }, { "a-b", "a-b" }, { "a-b-c-d", "a-b-c-d" },
		{ "", NULL }, { "   ", NULL }, { "ab", NULL }, { "-abc", NULL }, { "abc-", NULL }, { "a--b", NULL },
		{ "a b", NULL }, { "a_b", NULL }, { "a.b", NULL }, { "a/b", NULL }, { "..", NULL },
		{ "caf\xc3\xa9", NULL }, { "abc\x7f", NULL }, { "ab\xffg", NULL }, { "---", NULL },
		{ "a23456789012345678901234567890123456789012345678901234567890123",
		    "a23456789012345678901234567890123456789012345678901234567890123" },
		{ "a234567890123456789012345678901234567890123456789012345678901234", NULL },
	};
	const char *out;
	struct base_arena a;

	(void)state;
	base_arena_init(&a, LIMIT_ARENA);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum err e = meeting_room_name(&a, rows[i].in, &out);

		if (e != (rows[i].out == NULL ? ERR_INPUT : ERR_OK))
			fail_msg("name '%s': %s", rows[i].in, base_err_name(e));
		if (e == ERR_OK)
			assert_string_equal(out, rows[i].out);
	}
	base_arena_free(&a);
	base_arena_init(&a, 1);
	assert_err(ERR_NOMEM, meeting_room_name(&a, "daily", &out));
	base_arena_free(&a);
}

static void
names_made_up_are_names_and_differ(void **state)
{
	char one[13], two[13];
	const char *out;
	struct base_arena a;

	(void)state;
	base_arena_init(&a, LIMIT_ARENA);
	meeting_room_name_new(one);
	meeting_room_name_new(two);
	assert_int_equal(strlen(one), 12);
	assert_int_equal(one[3], '-');
	assert_int_equal(one[8], '-');
	assert_ok(meeting_room_name(&a, one, &out));
	assert_string_equal(one, out);
	assert_int_equal(strspn(one, "abcdefghijklmnopqrstuvwxyz-"), 12);
	assert_string_not_equal(one, two);
	base_arena_free(&a);
}

static void
modes(void **state)
{
	const char *out;

	(void)state;
	assert_ok(meeting_room_mode("", &out));
	assert_string_equal(out, "standard");
	assert_ok(meeting_room_mode("webinar", &out));
	assert_string_equal(out, "webinar");
	assert_ok(meeting_room_mode("broadcast", &out));
	assert_string_equal(out, "broadcast");
	assert_err(ERR_INPUT, meeting_room_mode("Webinar", &out));
	assert_err(ERR_INPUT, meeting_room_mode("stage", &out));
}

static void
time_is_up(void **state)
{
	struct store_room r = { .is_active = 1, .expires_at = 1000 };

	(void)state;
	assert_int_equal(meeting_room_expired(&r, 999, 0), 0);
	assert_int_equal(meeting_room_expired(&r, 1000, 0), 0);
	assert_int_equal(meeting_room_expired(&r, 1001, 0), 1);
	assert_int_equal(meeting_room_expired(&r, 1001, 1), 0);	/* not under a live meeting */
	r.is_persistent = 1;
	assert_int_equal(meeting_room_expired(&r, 1001, 0), 0);
	r.is_persistent = 0;
	r.expires_at = 0;
	assert_int_equal(meeting_room_expired(&r, 1001, 0), 0);
}

static void
a_room_as_clients_read_it(void **state)
{
	struct store_room r = { .id = "r-1", .name = "daily", .created_by = "u1", .admin_id = "u2", .mode = "standard",
		.is_active = 1, .max_participants = 20, .allow_chat = 1, .allow_audio = 1, .recordings_allowed = 1,
		.created_at = INT64_C(1795414475) * 1000000000, .updated_at = INT64_C(1795414475) * 1000000000,
		.expires_at = INT64_C(1795500875) * 1000000000 };
	struct base_buf b;

	(void)state;
	base_buf_init(&b, 10000);
	meeting_room_put(&b, NULL, &r);
	assert_string_equal(b.p, "{\"id\":\"r-1\",\"name\":\"daily\","
	    "\"createdBy\":\"u1\",\"adminId\":\"u2\",\"isActive\":true,"
	    "\"isPublic\":false,\"maxParticipants\":20,\"expiresAt\":\"2026-11-24T06:14:35Z\","
	    "\"settings\":{\"allowChat\":true,\"allowVideo\":false,\"allowAudio\":true,\"requireApproval\":false,"
	    "\"e2ee\":false,\"isPersistent\":false,\"recordingsAllowed\":true},\"mode\":\"standard\","
	    "\"createdAt\":\"2026-11-23T06:14:35Z\",\"updatedAt\":\"2026-11-23T06:14:35Z\",\"lastActivityAt\":null}");
	base_buf_clear(&b);
	r.deleted_at = r.last_activity_at = r.created_at;
	meeting_room_put(&b, NULL, &r);
	assert_non_null(strstr(b.p, ",\"lastActivityAt\":\"2026-11-23T06:14:35Z\","
	    "\"deletedAt\":\"2026-11-23T06:14:35Z\"}"));
	base_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(names_made_up_are_names_and_differ),
		cmocka_unit_test(modes),
		cmocka_unit_test(time_is_up),
		cmocka_unit_test(a_room_as_clients_read_it),
	};

	return RUN(tests);
}

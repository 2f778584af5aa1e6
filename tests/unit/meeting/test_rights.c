/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "meeting/rights.h"

enum {
	MIC = LIVEKIT_MICROPHONE, EYES = LIVEKIT_CAMERA | LIVEKIT_SCREEN_SHARE, ALL = LIVEKIT_ALL_SOURCES,
	P = MEETING_PARTICIPANT, M = MEETING_MODERATOR, O = MEETING_OWNER, S = MEETING_SUPERADMIN
};

static void
sources(void **state)
{
	static const struct {
		int role, audio, video;
		const char *mode;
		int speak, show, stage;
		unsigned sources;
	} table[] = {
		{ P, 1, 1, "standard", 0, 0, 0, ALL }, { P, 1, 0, "standard", 0, 0, 0, MIC },
		{ P, 0, 1, "standard", 0, 0, 0, EYES }, { P, 0, 0, "standard", 0, 0, 0, 0 },
		{ P, 0, 0, "standard", 1, 0, 0, MIC }, { P, 0, 0, "standard", 0, 1, 0, EYES },
		{ P, 1, 0, "standard", 0, 1, 0, ALL }, { P, 0, 1, "standard", 1, 0, 0, ALL },
		{ P, 0, 0, "standard", 1, 1, 0, ALL },
		{ P, 1, 1, "webinar", 0, 0, 0, 0 }, { P, 1, 1, "broadcast", 0, 0, 0, 0 },
		{ P, 1, 1, "webinar", 1, 1, 0, 0 },	/* the stage goes first */
		{ P, 1, 1, "webinar", 0, 0, 1, ALL }, { P, 1, 0, "broadcast", 0, 0, 1, MIC },
		{ M, 0, 0, "standard", 0, 0, 0, ALL }, { M, 0, 0, "webinar", 0, 0, 0, ALL },
		{ O, 0, 0, "broadcast", 0, 0, 0, ALL }, { S, 0, 0, "webinar", 0, 0, 0, ALL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct store_room r = { .mode = table[i].mode, .allow_audio = table[i].audio,
			.allow_video = table[i].video };
		struct store_standing t = { .may_speak = table[i].speak, .may_show = table[i].show,
			.is_on_stage = table[i].stage };
		struct livekit_grant g = meeting_rights_grant(&r, (enum meeting_role)table[i].role, &t);

		if (g.sources != table[i].sources)
			fail_msg("row %zu: %x", i, g.sources);
		assert_int_equal(g.can_publish_data && g.can_subscribe && g.can_update_own_metadata, 1);
		assert_int_equal(g.is_hidden, 0);
	}
}

/* Nobody but an owner is spared. */
static void
blocked_and_deafened(void **state)
{
	struct store_room r = { .mode = "standard", .allow_audio = 1, .allow_video = 1 };

	(void)state;
	for (int role = P; role <= S; role++) {
		struct store_standing blocked = { .is_chat_blocked = 1 }, deaf = { .is_deafened = 1 };
		struct livekit_grant g = meeting_rights_grant(&r, (enum meeting_role)role, &blocked);

		assert_int_equal(g.can_publish_data, role == O);
		assert_int_equal(g.can_subscribe, 1);
		g = meeting_rights_grant(&r, (enum meeting_role)role, &deaf);
		assert_int_equal(g.can_publish_data, 1);
		assert_int_equal(g.can_subscribe, role == O);
	}
}

static void
roles(void **state)
{
	struct store_room r = { .created_by = "maker", .admin_id = "admin" };
	struct store_standing none = { 0 }, mod = { .is_moderator = 1 };

	(void)state;
	assert_int_equal(meeting_role_of(&r, "u", 0, &none), P);
	assert_int_equal(meeting_role_of(&r, "u", 0, &mod), M);
	assert_int_equal(meeting_role_of(&r, "maker", 0, &mod), O);
	assert_int_equal(meeting_role_of(&r, "admin", 0, &none), O);
	assert_int_equal(meeting_role_of(&r, "u", 1, &none), S);
	assert_string_equal(meeting_role_name(&r, "u", MEETING_PARTICIPANT), "participant");
	assert_string_equal(meeting_role_name(&r, "u", MEETING_MODERATOR), "moderator");
	assert_string_equal(meeting_role_name(&r, "admin", MEETING_SUPERADMIN), "owner");
	assert_string_equal(meeting_role_name(&r, "u", MEETING_SUPERADMIN), "superadmin");
	r.admin_id = r.created_by = "";
	assert_int_equal(meeting_role_of(&r, "", 0, &none), P);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources), cmocka_unit_test(blocked_and_deafened), cmocka_unit_test(roles),
	};

	return RUN(tests);
}

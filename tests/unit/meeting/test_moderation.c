/* SPDX-License-Identifier: Apache-2.0 */
/* Each action by each role on each target; and the words that clients are told. */
#include "tests/unit/unit.h"

#include "base/limits.h"
#include "meeting/moderation.h"

static struct base_arena a;

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&a, LIMIT_ARENA);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	base_arena_free(&a);
	return 0;
}

enum { Y = ERR_OK, N = ERR_DENIED, S = ERR_INPUT };

/*
 * By an actor who is participant, moderator, owner, superadmin: on a participant or moderator, on the owner, on
 * oneself. An owner's self is the owner.
 */
static const struct {
	enum meeting_action action;
	int on_other[4], on_owner[4], on_self[4];
} matrix[MEETING_ACTION__MAX] = {
	{ MEETING_KICK, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_BAN, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_UNBAN, { N, Y, Y, Y }, { N, Y, Y, Y }, { N, S, S, S } },
	{ MEETING_MUTE, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_VIDEO_OFF, { N, Y, Y, Y }, { N, N, N, N }, { N, Y, Y, Y } },
	{ MEETING_SCREEN_STOP, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_DEAFEN, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_UNDEAFEN, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_CHAT_BLOCK, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_CHAT_UNBLOCK, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_ASK_UNMUTE, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_ASK_CAMERA, { N, Y, Y, Y }, { N, N, N, N }, { N, S, S, S } },
	{ MEETING_SPOTLIGHT, { N, Y, Y, Y }, { N, Y, Y, Y }, { N, Y, Y, Y } },
	{ MEETING_STAGE_BRING, { N, Y, Y, Y }, { N, Y, Y, Y }, { N, Y, Y, Y } },
	{ MEETING_STAGE_REMOVE, { N, Y, Y, Y }, { N, Y, Y, Y }, { N, Y, Y, Y } },
	{ MEETING_PROMOTE, { N, N, Y, Y }, { N, N, Y, Y }, { N, N, Y, Y } },
	{ MEETING_DEMOTE, { N, N, Y, Y }, { N, N, Y, Y }, { N, N, Y, Y } },
};

static void
expect(size_t row, enum meeting_role actor, enum meeting_role target, int is_self, int wanted)
{
	const char *text = NULL;
	enum err e = meeting_moderation_judge(matrix[row].action, actor, target, is_self, &text);

	if (e != (enum err)wanted)
		fail_msg("action %zu by %d on %d%s: %s", row, (int)actor, (int)target, is_self ? " (self)" : "",
		    base_err_name(e));
	assert_true((e == ERR_OK) == (*text == '\0'));
}

static void
roles_and_targets(void **state)
{
	(void)state;
	for (size_t row = 0; row < MEETING_ACTION__MAX; row++)
		for (int actor = 0; actor < 4; actor++) {
			assert_int_equal(matrix[row].action, row);
			expect(row, actor, MEETING_PARTICIPANT, 0, matrix[row].on_other[actor]);
			expect(row, actor, MEETING_MODERATOR, 0, matrix[row].on_other[actor]);
			expect(row, actor, MEETING_SUPERADMIN, 0, matrix[row].on_other[actor]);
			expect(row, actor, MEETING_OWNER, 0, matrix[row].on_owner[actor]);
			expect(row, actor, actor, 1, matrix[row].on_self[actor]);
		}
}

static void
messages(void **state)
{
	(void)state;
	assert_string_equal(meeting_moderation_message(&a, "kick", "u1", "guest-\"x"),
	    "{\"type\":\"system\",\"event\":\"kick\",\"actor\":\"u1\",\"target\":\"guest-\\\"x\"}");
}

static void
metadata(void **state)
{
	static const struct { enum meeting_action action; const char *in, *out; } rows[] = {
		{ MEETING_PROMOTE, "", "{\"accesses\":[\"moderator\"]}" },
		{ MEETING_PROMOTE, "no JSON", "{\"accesses\":[\"moderator\"]}" },
		{ MEETING_PROMOTE, "[1]", "{\"accesses\":[\"moderator\"]}" },
		{ MEETING_PROMOTE, "{\"accesses\":\"all\",\"a/b\":1}", "{\"accesses\":[\"moderator\"],\"a/b\":1}" },
		{ MEETING_PROMOTE, "{\"accesses\":[\"user\",7,\"moderator\"],\"avatarUrl\":\"x\"}",
		    "{\"accesses\":[\"user\",\"moderator\"],\"avatarUrl\":\"x\"}" },
		{ MEETING_DEMOTE, "{\"x\":{\"y\":[]},\"accesses\":[\"moderator\",\"user\",\"moderator\"]}",
		    "{\"x\":{\"y\":[]},\"accesses\":[\"user\"]}" },
		{ MEETING_DEMOTE, "{}", "{\"accesses\":[]}" },
		{ MEETING_CHAT_BLOCK, "{\"chatBlocked\":\"no\"}", "{\"chatBlocked\":true}" },
		{ MEETING_CHAT_UNBLOCK, "{\"chatBlocked\":true,\"deafened\":true}",
		    "{\"chatBlocked\":false,\"deafened\":true}" },
	};
	const char *out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_ok(meeting_moderation_metadata(&a, rows[i].action, rows[i].in, &out));
		assert_string_equal(out, rows[i].out);
	}
	for (int i = MEETING_KICK; i < MEETING_CHAT_BLOCK; i++) {
		assert_ok(meeting_moderation_metadata(&a, i, "{}", &out));
		assert_null(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_and_targets),
		cmocka_unit_test(messages),
		cmocka_unit_test(metadata),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

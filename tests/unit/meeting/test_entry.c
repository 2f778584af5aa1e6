/* SPDX-License-Identifier: Apache-2.0 */
/* What the store says of somebody at a room's door, and what the rules make of it (test_join.c has these). */
#include "tests/unit/store/scratch.h"

#include "meeting/entry.h"
#include "store/invitation.h"
#include "store/seat.h"

#define HOME "0123456789abcdef0123456789abcdef"
#define WORK "fedcba9876543210fedcba9876543210"

static int
setup(void **state)
{
	struct store_room r = { .id = "r1", .name = "daily", .created_by = "owner", .admin_id = "owner", .is_active = 1,
		.mode = "standard", .max_participants = 1, .require_approval = 1, .created_at = T0, .updated_at = T0,
		.expires_at = T0 + 60 * MINUTE };
	struct scratch *x;

	if (scratch_new(state) != 0)
		return -1;
	x = *state;
	return store_room_insert(x->s, &r) == ERR_OK ? 0 : -1;
}

static struct meeting_entry
look(struct scratch *x, const char *who, const char *address, const char *invitation, int64_t now)
{
	struct meeting_entry e = { .judge = *address != '\0' ? meeting_join_guest : meeting_join_account,
		.name = "daily", .identity = who, .email = *address != '\0' ? "" : "Ada@Example.org",
		.address = address, .invitation = invitation };

	assert_ok(meeting_entry_look(x->s, &x->a, &e, now));
	return e;
}

static void
admit(struct scratch *x, const char *who, const char *address)
{
	char id[33];

	assert_ok(store_seat_admit(x->s, "r1", who, address, T0, id));
}

static void
roles_and_flags(void **state)
{
	struct scratch *x = *state;
	struct meeting_entry e = look(x, "u1", "", "", T0);
	int taken;

	assert_int_equal(e.verdict, MEETING_NEEDS_APPROVAL);
	assert_int_equal(e.role, MEETING_PARTICIPANT);
	assert_string_equal(e.admission, "");
	e.is_superadmin = 1;
	assert_ok(meeting_entry_look(x->s, &x->a, &e, T0));
	assert_int_equal(e.verdict, MEETING_ADMIT);
	assert_int_equal(e.role, MEETING_SUPERADMIN);
	assert_int_equal(look(x, "owner", "", "", T0).verdict, MEETING_ADMIT);
	assert_ok(store_standing_mark(x->s, "r1", "u1", STORE_APPROVED, 1, T0));
	assert_int_equal(look(x, "u1", "", "", T0).verdict, MEETING_ADMIT);
	assert_ok(store_seat_take(x->s, "r1", "owner", "PA_1", "RM_1", NULL, T0, &taken));
	assert_int_equal(look(x, "u1", "", "", T0).verdict, MEETING_FULL);
	assert_ok(store_standing_mark(x->s, "r1", "u1", STORE_MODERATOR, 1, T0));
	e = look(x, "u1", "", "", T0);
	assert_int_equal(e.verdict, MEETING_ADMIT);
	assert_int_equal(e.role, MEETING_MODERATOR);
	assert_int_equal(e.standing.is_approved, 1);
	admit(x, "u1", "");
	assert_int_equal(strlen(look(x, "u1", "", "", T0).admission), 32);
	assert_ok(store_room_suspend(x->s, "r1", "root", "", T0));
	assert_int_equal(look(x, "owner", "", "", T0).verdict, MEETING_SUSPENDED);
}

static void
a_kick_passes(void **state)
{
	struct scratch *x = *state;
	struct meeting_entry e;

	assert_ok(store_standing_mark(x->s, "r1", "u1", STORE_APPROVED, 1, T0));
	assert_ok(store_standing_kick(x->s, "r1", "u1", "owner", T0 + MINUTE, T0));
	e = look(x, "u1", "", "", T0 + 1);
	assert_int_equal(e.verdict, MEETING_KICKED);
	assert_int_equal(meeting_entry_wait_s(&e, T0 + 1), 60);
	assert_int_equal(meeting_entry_wait_s(&e, T0 + 59 * BASE_CLOCK_SECOND + 1), 1);
	assert_int_equal(look(x, "u1", "", "", T0 + MINUTE).verdict, MEETING_ADMIT);
}

static void
a_guest_in_other_clothes(void **state)
{
	struct scratch *x = *state;
	struct meeting_entry e;

	scratch_exec(x->path, "UPDATE rooms SET is_public=1,settings_require_approval=0,max_participants=0");
	admit(x, "guest-a", HOME);
	admit(x, "guest-b", HOME);
	assert_int_equal(look(x, "guest-b", HOME, "", T0).has_moved, 0);
	assert_int_equal(look(x, "guest-b", WORK, "", T0).has_moved, 1);
	assert_ok(store_standing_kick(x->s, "r1", "guest-a", "owner", T0 + MINUTE, T0));
	e = look(x, "guest-c", HOME, "", T0 + 1);
	assert_int_equal(e.verdict, MEETING_KICKED);
	assert_int_equal(meeting_entry_wait_s(&e, T0 + 1), 60);
	/* Not who was let in before, not from elsewhere, not with an account, and not for ever. */
	assert_int_equal(look(x, "guest-b", HOME, "", T0 + 1).verdict, MEETING_ADMIT);
	assert_int_equal(look(x, "guest-c", WORK, "", T0 + 1).verdict, MEETING_ADMIT);
	assert_int_equal(look(x, "u1", "", "", T0 + 1).verdict, MEETING_ADMIT);
	assert_int_equal(look(x, "guest-c", HOME, "", T0 + MINUTE).verdict, MEETING_ADMIT);
	admit(x, "guest-a", HOME);
	assert_ok(store_seat_ban(x->s, "r1", "guest-a", "owner", "", T0));
	assert_int_equal(look(x, "guest-a", HOME, "", T0 + 60 * MINUTE - 1).verdict, MEETING_BANNED);
	assert_int_equal(look(x, "guest-c", HOME, "", T0 + 60 * MINUTE - 1).verdict, MEETING_NETWORK_BANNED);
	assert_ok(store_standing_unban(x->s, "r1", "guest-a", T0 + 1));
	assert_int_equal(look(x, "guest-c", HOME, "", T0 + 1).verdict, MEETING_ADMIT);
}

static void
invite(struct scratch *x, const char *id, const char *email)
{
	struct store_invitation i = { .id = id, .email = email, .created_by = "owner", .created_at = T0,
		.expires_at = T0 + MINUTE };

	assert_ok(store_invitation_insert(x->s, "r1", id, &i));
}

static void
an_invitation_is_for_one(void **state)
{
	struct scratch *x = *state;
	struct meeting_entry e;

	invite(x, "any", "");
	invite(x, "ada", "ada@example.ORG");
	invite(x, "eve", "eve@example.org");
	assert_int_equal(look(x, "u1", "", "none", T0).verdict, MEETING_INVITATION_VOID);
	assert_int_equal(look(x, "u1", "", "eve", T0).verdict, MEETING_INVITATION_VOID);
	assert_int_equal(look(x, "u1", "", "any", T0 + MINUTE).verdict, MEETING_INVITATION_VOID);
	/* A guest has no address to show. */
	assert_int_equal(look(x, "guest-a", HOME, "ada", T0).verdict, MEETING_INVITATION_VOID);
	e = look(x, "u1", "", "ada", T0);
	assert_int_equal(e.verdict, MEETING_ADMIT);
	assert_string_equal(e.invitation_id, "ada");
	e = look(x, "guest-a", HOME, "any", T0);
	assert_int_equal(e.verdict, MEETING_ADMIT);
	assert_ok(meeting_entry_use_invitation(x->s, &e, T0));
	assert_int_equal(look(x, "guest-b", HOME, "any", T0).verdict, MEETING_INVITATION_VOID);
	/* Theirs now, with and without it. */
	e = look(x, "guest-a", HOME, "any", T0 + MINUTE);
	assert_int_equal(e.verdict, MEETING_ADMIT);
	assert_string_equal(e.invitation_id, "");
	assert_ok(meeting_entry_use_invitation(x->s, &e, T0));
	assert_int_equal(look(x, "guest-a", HOME, "", T0).verdict, MEETING_ADMIT);
	assert_ok(store_standing_mark(x->s, "r1", "guest-a", STORE_APPROVED, 0, T0));
	assert_int_equal(look(x, "guest-a", HOME, "any", T0).verdict, MEETING_ADMIT);
	assert_ok(store_invitation_revoke(x->s, "r1", "ada", T0));
	assert_int_equal(look(x, "u1", "", "ada", T0).verdict, MEETING_INVITATION_VOID);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, scratch_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(roles_and_flags), TEST(a_kick_passes), TEST(a_guest_in_other_clothes),
		TEST(an_invitation_is_for_one),
	};

	return RUN(tests);
}

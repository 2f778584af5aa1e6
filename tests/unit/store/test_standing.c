/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/seat.h"
#include "store/standing.h"

#define HOME "0123456789abcdef0123456789abcdef"
#define WORK "fedcba9876543210fedcba9876543210"

static struct store_standing
get(struct scratch *x, const char *who)
{
	struct store_standing t;

	assert_ok(store_standing_get(x->s, "r1", who, &t));
	return t;
}

static int64_t
shut(struct scratch *x, const char *address, int64_t now)
{
	int64_t until = -1;

	assert_ok(store_standing_shut_until(x->s, "r1", address, now, &until));
	return until;
}

/* Each mark is one fact of its own, set, cleared, and set for somebody who was never here. */
static void
marks(void **state)
{
	struct scratch *x = *state;

	for (int m = STORE_APPROVED; m <= STORE_MAY_SHOW; m++) {
		struct store_standing t;

		assert_ok(store_standing_mark(x->s, "r1", "u1", (enum store_mark)m, 1, T0));
		t = get(x, "u1");
		assert_int_equal(t.is_approved, m == STORE_APPROVED);
		assert_int_equal(t.is_chat_blocked, m == STORE_CHAT_BLOCKED);
		assert_int_equal(t.is_moderator, m == STORE_MODERATOR);
		assert_int_equal(t.is_on_stage, m == STORE_ON_STAGE);
		assert_int_equal(t.is_deafened, m == STORE_DEAFENED);
		assert_int_equal(t.may_speak, m == STORE_MAY_SPEAK);
		assert_int_equal(t.may_show, m == STORE_MAY_SHOW);
		assert_int_equal(t.is_active + t.is_banned, 0);
		assert_ok(store_standing_mark(x->s, "r1", "u1", (enum store_mark)m, 1, T0));
		assert_ok(store_standing_mark(x->s, "r1", "u1", (enum store_mark)m, 0, T0));
	}
	assert_int_equal(get(x, "u2").exists, 0);
	assert_int_equal(get(x, "u1").exists, 1);
}

static void
a_kick(void **state)
{
	struct scratch *x = *state;
	char id[33], again[33];
	int taken, good;

	assert_ok(store_seat_admit(x->s, "r1", "u1", HOME, T0, id));
	assert_ok(store_seat_take(x->s, "r1", "u1", "PA_1", "RM_1", id, T0, &taken));
	assert_int_equal(get(x, "u1").is_active, 1);
	assert_ok(store_standing_kick(x->s, "r1", "u1", "mod", T0 + MINUTE, T0));
	assert_int_equal(get(x, "u1").is_active, 0);
	assert_true(get(x, "u1").kicked_until == T0 + MINUTE);
	assert_ok(store_seat_admission_good(x->s, id, "r1", "u1", &good));
	assert_int_equal(good, 0);
	assert_true(shut(x, HOME, T0) == T0 + MINUTE);
	assert_true(shut(x, HOME, T0 + MINUTE) == 0);
	assert_true(shut(x, WORK, T0) == 0);
	assert_ok(store_seat_admit(x->s, "r1", "u1", HOME, T0 + MINUTE, again));
	assert_string_not_equal(id, again);
	/* Kicked while absent, or never seen. */
	assert_ok(store_standing_kick(x->s, "r1", "u9", "mod", T0 + MINUTE, T0));
	assert_true(get(x, "u9").kicked_until == T0 + MINUTE);
}

static void
a_ban_and_its_end(void **state)
{
	struct scratch *x = *state;
	char id[33], address[33];

	assert_ok(store_seat_admit(x->s, "r1", "u1", HOME, T0, id));
	assert_ok(store_seat_admit(x->s, "r1", "u1", WORK, T0 + 1, id));	/* the same person elsewhere */
	assert_ok(store_seat_admission(x->s, "r1", "u1", id, address));
	assert_string_equal(address, WORK);
	assert_ok(store_seat_admit(x->s, "r1", "u1", "", T0 + 1, id));
	assert_ok(store_seat_admission(x->s, "r1", "u1", id, address));
	assert_string_equal(address, WORK);
	assert_ok(store_standing_kick(x->s, "r1", "u1", "mod", T0 + MINUTE, T0));
	assert_ok(store_seat_ban(x->s, "r1", "u1", "mod", "", T0 + 2));
	assert_true(shut(x, WORK, T0 + 100 * MINUTE) == INT64_MAX);
	assert_true(shut(x, HOME, T0 + 100 * MINUTE) == INT64_MAX);
	assert_ok(store_standing_kick(x->s, "r1", "u1", "mod", T0 + MINUTE, T0 + 3));	/* shortens nothing */
	assert_true(shut(x, WORK, T0 + 100 * MINUTE) == INT64_MAX);
	assert_int_equal(get(x, "u1").is_banned, 1);
	assert_ok(store_standing_unban(x->s, "r1", "u1", T0 + 4));
	assert_int_equal(get(x, "u1").is_banned, 0);
	assert_true(get(x, "u1").kicked_until == 0);
	assert_true(shut(x, WORK, T0 + 5) == 0);
	assert_true(shut(x, HOME, T0 + 5) == 0);
	assert_err(ERR_ABSENT, store_standing_unban(x->s, "r1", "u1", T0 + 6));
}

/* Two who were banned share an address: one of them forgiven opens it for neither. */
static void
an_address_of_two(void **state)
{
	struct scratch *x = *state;
	char id[33];

	assert_ok(store_seat_admit(x->s, "r1", "g1", HOME, T0, id));
	assert_ok(store_seat_admit(x->s, "r1", "g2", HOME, T0, id));
	assert_ok(store_seat_ban(x->s, "r1", "g1", "mod", "", T0));
	assert_ok(store_seat_ban(x->s, "r1", "g2", "mod", "", T0));
	assert_ok(store_standing_unban(x->s, "r1", "g1", T0 + 1));
	assert_true(shut(x, HOME, T0 + 2) == INT64_MAX);
	assert_ok(store_standing_unban(x->s, "r1", "g2", T0 + 1));
	assert_true(shut(x, HOME, T0 + 2) == 0);
}

static void
lists(void **state)
{
	struct scratch *x = *state;
	struct store_person *p;
	size_t n;

	scratch_exec(x->path, "INSERT INTO users(id,email,name,provider,created_at,updated_at) VALUES"
	    "('u1','a@x','Zoe','local','x','x'),('u2','b@x','Ann','local','x','x')");
	assert_ok(store_standing_list(x->s, &x->a, "r1", STORE_PEOPLE_KNOWN, T0, &p, &n));
	assert_int_equal(n, 0);
	assert_ok(store_standing_mark(x->s, "r1", "u1", STORE_MODERATOR, 1, T0));
	assert_ok(store_standing_mark(x->s, "r1", "u2", STORE_MAY_SPEAK, 1, T0));
	/* No mark that matters inside. */
	assert_ok(store_standing_mark(x->s, "r1", "u3", STORE_APPROVED, 1, T0));
	assert_ok(store_standing_mark(x->s, "r2", "u4", STORE_MODERATOR, 1, T0));
	assert_ok(store_standing_list(x->s, &x->a, "r1", STORE_PEOPLE_KNOWN, T0, &p, &n));
	assert_int_equal(n, 2);
	assert_string_equal(p[0].name, "Ann");
	assert_true(p[0].standing.may_speak && !p[0].standing.is_moderator);
	assert_string_equal(p[1].id, "u1");
	assert_true(p[1].standing.is_moderator);
	assert_ok(store_standing_kick(x->s, "r1", "u2", "mod", T0 + MINUTE, T0));
	assert_ok(store_seat_ban(x->s, "r1", "u5", "own", "", T0 + 1));
	assert_ok(store_seat_ban(x->s, "r1", "u5", "own", "", T0 + 2));
	assert_ok(store_standing_list(x->s, &x->a, "r1", STORE_PEOPLE_OUT, T0, &p, &n));
	assert_int_equal(n, 2);
	assert_string_equal(p[0].id, "u5");
	assert_string_equal(p[0].name, "");
	assert_string_equal(p[0].out_by, "own");
	assert_true(p[0].standing.is_banned && p[0].banned_at != 0);
	assert_string_equal(p[1].out_by, "mod");
	assert_true(!p[1].standing.is_banned && p[1].standing.kicked_until == T0 + MINUTE);
	assert_ok(store_standing_list(x->s, &x->a, "r1", STORE_PEOPLE_OUT, T0 + MINUTE, &p, &n));
	assert_int_equal(n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(marks), NEW(a_kick), NEW(a_ban_and_its_end), NEW(an_address_of_two),
		NEW(lists) };

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/invitation.h"

static enum err
make(struct scratch *x, const char *id, const char *token, int64_t now)
{
	struct store_invitation i = { .id = id, .email = "a@example.org", .created_by = "mod", .created_at = now,
		.expires_at = now + MINUTE };

	return store_invitation_insert(x->s, "r1", token, &i);
}

static void
life_of_an_invitation(void **state)
{
	struct scratch *x = *state;
	struct store_invitation i, *list;
	size_t n;

	assert_ok(make(x, "i1", "secret1", T0));
	assert_ok(make(x, "i2", "secret2", T0 + 1));
	assert_err(ERR_CONFLICT, make(x, "i3", "secret2", T0));
	assert_err(ERR_ABSENT, store_invitation_find(x->s, &x->a, "r1", "secret3", &i));
	assert_err(ERR_ABSENT, store_invitation_find(x->s, &x->a, "r2", "secret1", &i));
	assert_ok(store_invitation_find(x->s, &x->a, "r1", "secret1", &i));
	assert_string_equal(i.id, "i1");
	assert_string_equal(i.email, "a@example.org");
	assert_string_equal(i.created_by, "mod");
	assert_string_equal(i.used_by, "");
	assert_int_equal(i.expires_at, T0 + MINUTE);
	assert_int_equal(i.used_at + i.revoked_at, 0);
	/* The first one to use it stays so. */
	assert_ok(store_invitation_use(x->s, "i1", "u1", T0 + 2));
	assert_ok(store_invitation_use(x->s, "i1", "u2", T0 + 3));
	assert_ok(store_invitation_find(x->s, &x->a, "r1", "secret1", &i));
	assert_string_equal(i.used_by, "u1");
	assert_int_equal(i.used_at, T0 + 2);
	assert_ok(store_invitation_list(x->s, &x->a, "r1", T0 + 3, &list, &n));
	assert_int_equal(n, 2);
	assert_string_equal(list[0].id, "i2");
	assert_err(ERR_ABSENT, store_invitation_revoke(x->s, "r2", "i2", T0 + 4));
	assert_ok(store_invitation_revoke(x->s, "r1", "i2", T0 + 4));
	assert_ok(store_invitation_revoke(x->s, "r1", "i2", T0 + 5));
	assert_ok(store_invitation_find(x->s, &x->a, "r1", "secret2", &i));
	assert_int_equal(i.revoked_at, T0 + 4);
	assert_ok(store_invitation_list(x->s, &x->a, "r1", T0 + 5, &list, &n));
	assert_int_equal(n, 1);
	assert_ok(store_invitation_list(x->s, &x->a, "r1", T0 + MINUTE, &list, &n));
	assert_int_equal(n, 0);
	/* The token itself is nowhere. */
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_invitations WHERE "
	    "instr(token_hash,'secret')"), 0);
}

static void
not_without_end(void **state)
{
	struct scratch *x = *state;
	char id[16];

	assert_ok(store_begin(x->s, STORE_FAST));
	for (int i = 0; i < STORE_INVITATION_MOST; i++) {
		snprintf(id, sizeof id, "i%d", i);
		assert_ok(make(x, id, id, T0));
	}
	assert_err(ERR_LIMIT, make(x, "late", "late", T0));
	assert_ok(make(x, "late", "late", T0 + MINUTE));
	assert_ok(store_commit(x->s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(life_of_an_invitation), NEW(not_without_end) };

	return RUN(tests);
}

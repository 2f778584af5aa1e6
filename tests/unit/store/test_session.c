/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/session.h"

static struct store_session
row(const char *id)
{
	struct store_session r = { id, "u1", "hash1", "Firefox", T0, T0, T0 + MINUTE, 0 };

	return r;
}

static int
alive(struct scratch *x, const char *id, const char *user, int64_t now)
{
	int yes = -1;

	assert_ok(store_session_alive(x->s, id, user, now, &yes));
	return yes;
}

static void
lives_until_it_expires(void **state)
{
	struct scratch *x = *state;
	struct store_session r = row("s1"), out;

	assert_int_equal(alive(x, "s1", "u1", T0), 0);
	assert_ok(store_session_insert(x->s, &r));
	assert_err(ERR_CONFLICT, store_session_insert(x->s, &r));
	assert_int_equal(alive(x, "s1", "u1", T0), 1);
	assert_int_equal(alive(x, "s1", "u2", T0), 0);
	assert_int_equal(alive(x, "s1", "u1", T0 + MINUTE), 0);
	assert_ok(store_session_by_id(x->s, &x->a, "s1", &out));
	assert_string_equal(out.user_id, "u1");
	assert_string_equal(out.refresh_hash, "hash1");
	assert_string_equal(out.user_agent, "Firefox");
	assert_true(out.created_at == T0 && out.last_used_at == T0 && out.expires_at == T0 + MINUTE);
	assert_true(out.revoked_at == 0);
	assert_err(ERR_ABSENT, store_session_by_id(x->s, &x->a, "s2", &out));
}

static void
a_refresh_token_is_good_once(void **state)
{
	struct scratch *x = *state;
	struct store_session r = row("s1"), out;

	assert_ok(store_session_insert(x->s, &r));
	assert_ok(store_session_rotate(x->s, "s1", "hash1", "hash2", T0 + 1, T0 + 2 * MINUTE));
	assert_err(ERR_CONFLICT, store_session_rotate(x->s, "s1", "hash1", "hash3", T0 + 2, T0 + 3 * MINUTE));
	assert_err(ERR_CONFLICT, store_session_rotate(x->s, "s2", "hash1", "hash3", T0 + 2, T0 + 3 * MINUTE));
	assert_ok(store_session_by_id(x->s, &x->a, "s1", &out));
	assert_string_equal(out.refresh_hash, "hash2");
	assert_true(out.last_used_at == T0 + 1 && out.expires_at == T0 + 2 * MINUTE);
	assert_ok(store_session_revoke(x->s, "s1", T0 + 3));
	assert_err(ERR_CONFLICT, store_session_rotate(x->s, "s1", "hash2", "hash3", T0 + 4, T0 + 3 * MINUTE));
}

static void
revoking(void **state)
{
	struct scratch *x = *state;
	struct store_session a = row("s1"), b = row("s2"), c = row("s3"), out;

	c.user_id = "u2";
	assert_ok(store_session_insert(x->s, &a));
	assert_ok(store_session_insert(x->s, &b));
	assert_ok(store_session_insert(x->s, &c));
	assert_ok(store_session_revoke(x->s, "s1", T0 + 1));
	assert_ok(store_session_revoke(x->s, "s1", T0 + 2));
	assert_ok(store_session_revoke(x->s, "nothing", T0));
	assert_ok(store_session_by_id(x->s, &x->a, "s1", &out));
	assert_true(out.revoked_at == T0 + 1);
	assert_int_equal(alive(x, "s1", "u1", T0), 0);
	assert_int_equal(alive(x, "s2", "u1", T0), 1);
	assert_int_equal(alive(x, "s3", "u2", T0), 1);
}

static void
expired_rows_go_as_new_ones_come(void **state)
{
	struct scratch *x = *state;
	struct store_session r;
	char id[8];
	int i;

	for (i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "old%d", i);
		r = row(id);
		assert_ok(store_session_insert(x->s, &r));
	}
	r = row("new");
	r.created_at = T0 + 2 * MINUTE;
	r.expires_at = T0 + 3 * MINUTE;
	assert_ok(store_session_insert(x->s, &r));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM sessions WHERE id<>'new'"), 6);
	assert_int_equal(alive(x, "new", "u1", T0 + 2 * MINUTE), 1);
}

static void
bedruds_lists(void **state)
{
	struct scratch *x = *state;
	int yes = -1;

	assert_ok(store_session_refresh_blocked(x->s, "aa", &yes));
	assert_int_equal(yes, 0);
	assert_ok(store_session_block_refresh(x->s, "aa", "u1", T0 + MINUTE, T0));
	assert_ok(store_session_block_refresh(x->s, "aa", "u1", T0 + MINUTE, T0));
	assert_ok(store_session_refresh_blocked(x->s, "aa", &yes));
	assert_int_equal(yes, 1);
	assert_ok(store_session_access_blocked(x->s, "aa", &yes));
	assert_int_equal(yes, 0);
	assert_ok(store_session_block_access(x->s, "aa", T0 + MINUTE, T0));
	assert_ok(store_session_block_access(x->s, "aa", T0 + MINUTE, T0));
	assert_ok(store_session_access_blocked(x->s, "aa", &yes));
	assert_int_equal(yes, 1);
	assert_int_equal(scratch_number(x->path, "SELECT length(a.id)+length(r.id) FROM blocked_access_tokens a, "
	    "blocked_refresh_tokens r"), 72);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(lives_until_it_expires), NEW(a_refresh_token_is_good_once), NEW(revoking),
		NEW(expired_rows_go_as_new_ones_come), NEW(bedruds_lists),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/user.h"

static const struct store_user ada = {
	.id = "11111111-1111-4111-8111-111111111111", .email = "ada@example.org", .name = "Ada", .provider = "local",
	.avatar_url = "", .password = "$y$hash", .refresh_token = "", .accesses = "{superadmin,user}", .is_active = 1,
	.email_verified_at = T0, .password_changed_at = 0, .created_at = T0, .updated_at = T0 + 1,
};

static void
what_is_written_is_read(void **state)
{
	struct scratch *x = *state;
	struct store_user u;

	assert_ok(store_user_insert(x->s, &ada));
	assert_ok(store_user_by_id(x->s, &x->a, ada.id, &u));
	assert_string_equal(u.email, ada.email);
	assert_string_equal(u.name, ada.name);
	assert_string_equal(u.provider, ada.provider);
	assert_string_equal(u.avatar_url, "");
	assert_string_equal(u.password, ada.password);
	assert_string_equal(u.refresh_token, "");
	assert_string_equal(u.accesses, ada.accesses);
	assert_int_equal(u.is_active, 1);
	assert_true(u.email_verified_at == T0);
	assert_true(u.password_changed_at == 0);
	assert_true(u.created_at == T0);
	assert_true(u.updated_at == T0 + 1);
	/* As Bedrud's Go server writes it. */
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM users WHERE created_at LIKE '____-__-__ "
	    "__:__:__.%+00:00' AND typeof(created_at)='text' AND password_changed_at IS NULL"), 1);
}

static void
found_by_address_and_provider(void **state)
{
	struct scratch *x = *state;
	struct store_user u;
	int yes = -1;

	assert_ok(store_user_insert(x->s, &ada));
	assert_ok(store_user_by_email(x->s, &x->a, "ada@example.org", "local", &u));
	assert_string_equal(u.id, ada.id);
	assert_err(ERR_ABSENT, store_user_by_email(x->s, &x->a, "ada@example.org", "passkey", &u));
	assert_err(ERR_ABSENT, store_user_by_id(x->s, &x->a, "nobody", &u));
	assert_ok(store_user_email_taken(x->s, "ada@example.org", &yes));
	assert_int_equal(yes, 1);
	assert_ok(store_user_email_taken(x->s, "ad@example.org", &yes));
	assert_int_equal(yes, 0);
}

static void
deactivated_accounts_are_told(void **state)
{
	struct scratch *x = *state;
	int yes = -1;

	assert_ok(store_user_insert(x->s, &ada));
	assert_ok(store_user_inactive(x->s, ada.id, &yes));
	assert_int_equal(yes, 0);
	assert_ok(store_user_inactive(x->s, "agent-1", &yes));
	assert_int_equal(yes, 0);
	scratch_exec(x->path, "UPDATE users SET is_active=0");
	assert_ok(store_user_inactive(x->s, ada.id, &yes));
	assert_int_equal(yes, 1);
}

static void
an_address_is_taken_once_per_provider(void **state)
{
	struct scratch *x = *state;
	struct store_user u = ada;

	assert_ok(store_user_insert(x->s, &ada));
	assert_err(ERR_CONFLICT, store_user_insert(x->s, &u));
	u.id = "2";
	assert_err(ERR_CONFLICT, store_user_insert(x->s, &u));
	u.provider = "passkey";
	assert_ok(store_user_insert(x->s, &u));
	u.email = NULL;
	u.id = "3";
	assert_err(ERR_CONFLICT, store_user_insert(x->s, &u));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM users"), 2);
}

static void
changes(void **state)
{
	struct scratch *x = *state;
	struct store_user u;

	assert_ok(store_user_insert(x->s, &ada));
	assert_ok(store_user_rename(x->s, ada.id, "Ada L", T0 + 5));
	assert_ok(store_user_set_refresh(x->s, ada.id, "abc"));
	assert_ok(store_user_by_id(x->s, &x->a, ada.id, &u));
	assert_string_equal(u.name, "Ada L");
	assert_string_equal(u.refresh_token, "abc");
	assert_true(u.updated_at == T0 + 5);
	assert_ok(store_user_rename(x->s, ada.id, "Ada L", T0 + 9));
	assert_int_equal(store_changes(x->s), 0);
	assert_ok(store_user_set_refresh(x->s, ada.id, ""));
	assert_ok(store_user_by_id(x->s, &x->a, ada.id, &u));
	assert_string_equal(u.refresh_token, "");
	assert_true(u.updated_at == T0 + 5);
}

static void
an_arena_that_is_full_says_so(void **state)
{
	struct scratch *x = *state;
	struct base_arena tiny;
	struct store_user u;

	assert_ok(store_user_insert(x->s, &ada));
	base_arena_init(&tiny, 20);
	assert_err(ERR_NOMEM, store_user_by_id(x->s, &tiny, ada.id, &u));
	base_arena_free(&tiny);
	assert_ok(store_user_by_id(x->s, &x->a, ada.id, &u));
}

static void
roles(void **state)
{
	(void)state;
	assert_true(store_user_has("{superadmin,user}", "superadmin"));
	assert_true(store_user_has("{superadmin,user}", "user"));
	assert_true(store_user_has("{\"superadmin\",user}", "superadmin"));
	assert_true(store_user_has("{user}", "user"));
	assert_false(store_user_has("{superadmin,user}", "admin"));
	assert_false(store_user_has("{superadmin,user}", "super"));
	assert_false(store_user_has("{superadmin,user}", "superadmin,user"));
	assert_false(store_user_has("{}", "user"));
	assert_false(store_user_has("{}", "x"));
	assert_false(store_user_has("", "user"));
	assert_false(store_user_has("{", "user"));
	assert_false(store_user_has("user", "user"));
	assert_false(store_user_has("{user", "user"));
	assert_false(store_user_has("[\"superadmin\"]", "superadmin"));
	assert_false(store_user_has(NULL, "user"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(what_is_written_is_read), NEW(found_by_address_and_provider), NEW(deactivated_accounts_are_told),
		    NEW(an_address_is_taken_once_per_provider),
		NEW(changes), NEW(an_arena_that_is_full_says_so), cmocka_unit_test(roles),
	};

	return RUN(tests);
}

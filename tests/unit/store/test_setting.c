/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/setting.h"

static void
settings_have_defaults(void **state)
{
	struct scratch *x = *state;
	struct store_setting s;

	assert_ok(store_setting_get(x->s, &x->a, &s));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM system_settings"), 0);
	assert_int_equal(s.registration_enabled, 1);
	assert_int_equal(s.token_registration_only, 0);
	assert_int_equal(s.guest_login_enabled, 1);
	assert_int_equal(s.passkeys_enabled, 1);
	assert_int_equal(s.max_participants_limit, 1000);
	assert_int_equal(s.max_rooms_per_user, 100);
	assert_int_equal(s.chat_max_message_count, 10000);
	assert_int_equal(s.chat_message_ttl_hours, 2160);
	assert_string_equal(s.server_name, "");
}

/* A row made by the columns' own defaults says the same as no row: struct defaults and schema.c agree. */
static void
an_empty_row_is_the_defaults(void **state)
{
	struct scratch *x = *state;
	struct store_setting none, row;

	memset(&none, 0, sizeof(none));
	memset(&row, 0, sizeof(row));
	assert_ok(store_setting_get(x->s, &x->a, &none));
	scratch_exec(x->path, "INSERT INTO system_settings(id) VALUES(1)");
	assert_ok(store_setting_get(x->s, &x->a, &row));
	assert_string_equal(row.server_name, none.server_name);
	row.server_name = none.server_name;
	assert_memory_equal(&none, &row, sizeof(row));
	scratch_exec(x->path, "UPDATE system_settings SET registration_enabled=0,token_registration_only=1,"
	    "guest_login_enabled=0,passkeys_enabled=0,recordings_enabled=1,rn_noise_enabled=1,krisp_enabled=1,"
	    "max_participants_limit=2,max_rooms_per_user=3,chat_upload_max_bytes=5000000000,"
	    "chat_upload_max_dimension=4,chat_max_message_count=5,chat_message_ttl_hours=6,server_name='Tea'");
	assert_ok(store_setting_get(x->s, &x->a, &row));
	assert_int_equal(row.registration_enabled + row.guest_login_enabled + row.passkeys_enabled, 0);
	assert_int_equal(row.token_registration_only + row.recordings_enabled + row.rnnoise_enabled +
	    row.krisp_enabled, 4);
	assert_int_equal(row.max_participants_limit, 2);
	assert_int_equal(row.max_rooms_per_user, 3);
	assert_true(row.chat_upload_max_bytes == INT64_C(5000000000));
	assert_int_equal(row.chat_upload_max_dimension, 4);
	assert_int_equal(row.chat_max_message_count, 5);
	assert_int_equal(row.chat_message_ttl_hours, 6);
	assert_string_equal(row.server_name, "Tea");
}

static void
invites(void **state)
{
	struct scratch *x = *state;
	int64_t now;

	assert_ok(base_clock_parse("2026-06-01T12:00:00Z", &now));
	scratch_exec(x->path, "INSERT INTO invite_tokens(id,token,email,created_by,expires_at) VALUES"
	    "('1','any','','u','2026-06-01 14:30:00+02:00'),('2','old',NULL,'u','2026-06-01 13:30:00+02:00'),"
	    "('3','bea','Bea@example.org','u','2026-06-02T00:00:00Z'),('4','never',NULL,'u',NULL)");
	assert_ok(store_setting_check_invite(x->s, "any", "who@example.org", now));
	assert_err(ERR_DENIED, store_setting_check_invite(x->s, "none", "who@example.org", now));
	assert_err(ERR_DENIED, store_setting_check_invite(x->s, "old", "who@example.org", now));
	assert_err(ERR_DENIED, store_setting_check_invite(x->s, "never", "who@example.org", now));
	assert_err(ERR_DENIED, store_setting_check_invite(x->s, "bea", "who@example.org", now));
	assert_ok(store_setting_check_invite(x->s, "bea", "bea@example.org", now));
	assert_err(ERR_DENIED, store_setting_use_invite(x->s, "bea", "who@example.org", "u9", now));
	assert_ok(store_setting_use_invite(x->s, "any", "who@example.org", "u9", now));
	assert_err(ERR_CONFLICT, store_setting_use_invite(x->s, "any", "who@example.org", "u9", now));
	assert_err(ERR_DENIED, store_setting_check_invite(x->s, "any", "who@example.org", now));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM invite_tokens WHERE used_by='u9' AND "
	    "used_at='2026-06-01 12:00:00+00:00'"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(settings_have_defaults), NEW(an_empty_row_is_the_defaults), NEW(invites),
	};

	return RUN(tests);
}

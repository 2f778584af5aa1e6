/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ctl/findings.h"
#include "tests/unit/launcher/files.h"

#include "store/inbox.h"
#include "store/report.h"
#include "store/setting.h"
#include "store/user.h"

/* It runs every five minutes as root, and peers' words are among what it handles. */
static void
touches_its_own_tables_alone(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	const struct store_report r = {1, "{}"};
	struct store_setting setting;
	char event[64], path[128];
	struct store *s;
	struct doctor d;
	struct files f;
	int is_inactive;
	int64_t at;
	size_t i;

	(void)state;
	findings_open(&d);
	assert_int_equal(files_open(&f, "", ""), 0);
	d.conf = f.conf;
	assert_ok(store_migrate(conf_str(d.conf, CONF_database_path), NULL, NULL));
	s = doctor_store(&d);
	findings_one(&d, DOCTOR_OK, "database.file", "is there", "");
	assert_non_null(s);
	assert_ok(store_report_put(s, &r));
	assert_ok(store_setting_get(s, &d.arena, &setting));
	assert_ok(store_inbox_last(s, event, sizeof event, &at));
	assert_err(ERR_BUG, store_user_inactive(s, "u", &is_inactive));
	store_close(s);
	findings_close(&d);
	for (i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s/bedrud.db%s", f.folder, suffixes[i]);
		(void)unlink(path);
	}
	files_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(touches_its_own_tables_alone),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ctl.h"

#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "store/store.h"

int
ctl_db_migrate(const struct ctl *ctl)
{
	struct base_buf out;
	struct conf *c;
	const char *path;
	int from = 0, to = 0, code = ctl_load_database(ctl, &c, &path);
	enum err e;

	if (code != CTL_DONE)
		return code;
	e = store_migrate(path, &from, &to);
	base_buf_init(&out, LIMIT_CONFIG);
	if (e == ERR_OK && ctl->json) {
		base_json_open(&out, NULL, '{');
		base_json_put_str(&out, "database", path);
		base_json_put_int(&out, "from", from);
		base_json_put_int(&out, "to", to);
		base_json_close(&out, '}');
	} else if (e == ERR_OK && from < 0) {
		base_buf_printf(&out, "%s: made, version %d", path, to);
	} else if (e == ERR_OK && from == to) {
		base_buf_printf(&out, "%s: has version %d already", path, to);
	} else if (e == ERR_OK) {
		base_buf_printf(&out, "%s: migrated from version %d to %d", path, from, to);
	}
	code = e == ERR_OK ? ctl_print(&out) : ctl_code(e);
	conf_free(c);
	return code;
}

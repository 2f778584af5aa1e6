/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ctl.h"

#include "base/json.h"
#include "base/limits.h"
#include "store/store.h"

static const char *
advice(enum err e, int version)
{
	if (e == ERR_ABSENT)
		return "there is no such file: run `bedrudctl db migrate`";
	if (version < STORE_VERSION)
		return "needs `bedrudctl db migrate`";
	return version > STORE_VERSION ? "made by a newer bedrud: install that" : "up to date";
}

int
ctl_db_status(const struct ctl *ctl)
{
	struct base_buf out;
	struct conf *c;
	const char *path;
	int version = -1, good, code = ctl_load_database(ctl, &c, &path);
	enum err e;

	if (code != CTL_DONE)
		return code;
	e = store_version(path, &version);
	if (e != ERR_OK && e != ERR_ABSENT) {
		conf_free(c);
		return ctl_code(e);
	}
	good = e == ERR_OK && version == STORE_VERSION;
	base_buf_init(&out, LIMIT_CONFIG);
	if (ctl->json) {
		base_json_open(&out, NULL, '{');
		base_json_put_str(&out, "database", path);
		if (e == ERR_OK)
			base_json_put_int(&out, "version", version);
		else
			base_json_put_null(&out, "version");
		base_json_put_int(&out, "wanted", STORE_VERSION);
		base_json_put_bool(&out, "ok", good);
		base_json_put_str(&out, "text", advice(e, version));
		base_json_close(&out, '}');
	} else if (e == ERR_OK) {
		base_buf_printf(&out, "%s: version %d, %s", path, version, advice(e, version));
	} else {
		base_buf_printf(&out, "%s: %s", path, advice(e, version));
	}
	code = ctl_print(&out);
	conf_free(c);
	return code != CTL_DONE ? code : good ? CTL_DONE : CTL_CONFIG;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ctl.h"

#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"

/* {"ok":false,"problems":["…"]}: the complaints as they are, one a string. */
static int
say_bad(struct base_buf *problems)
{
	struct base_buf out;
	char *line = problems->p;

	base_buf_init(&out, (size_t)LIMIT_CONFIG * 4);
	base_json_open(&out, NULL, '{');
	base_json_put_bool(&out, "ok", 0);
	base_json_open(&out, "problems", '[');
	for (char *p = line; p != NULL && *p != '\0'; p++) {
		if (*p != '\n')
			continue;
		*p = '\0';
		base_json_put_str(&out, NULL, line);
		line = p + 1;
	}
	base_json_close(&out, ']');
	base_json_close(&out, '}');
	return ctl_print(&out);
}

static int
say_good(const struct ctl *ctl, const struct conf *c)
{
	struct base_buf out;
	int embedded = conf_livekit_embedded(c);
	char api[512] = "";

	if (conf_livekit_api(c, api, sizeof api) != ERR_OK)
		api[0] = '\0';
	base_buf_init(&out, LIMIT_CONFIG);
	if (!ctl->json) {
		base_buf_printf(&out, "%s: good\ndatabase: %s\nlivekit: %s at %s", conf_file(c),
		    conf_str(c, CONF_database_path), embedded ? "embedded (run by livekit-launcher)" : "external", api);
		if (embedded)
			base_buf_printf(&out, "\nWhat becomes of it for LiveKit, and whether LiveKit takes that, says: "
			    "livekit-launcher --config %s --check", conf_file(c));
		return ctl_print(&out);
	}
	base_json_open(&out, NULL, '{');
	base_json_put_bool(&out, "ok", 1);
	base_json_put_str(&out, "file", conf_file(c));
	base_json_put_str(&out, "database", conf_str(c, CONF_database_path));
	base_json_put_bool(&out, "livekitEmbedded", embedded);
	base_json_put_str(&out, "livekitApi", api);
	base_json_close(&out, '}');
	return ctl_print(&out);
}

int
ctl_config_check(const struct ctl *ctl)
{
	struct base_buf problems;
	struct conf *c;
	enum err e;
	int code;

	base_buf_init(&problems, LIMIT_CONFIG);
	e = conf_load(conf_path(ctl->config), 0, &problems, &c);
	code = ctl_code(e);
	if (e == ERR_OK)
		code = say_good(ctl, c);
	else if (ctl->json && e == ERR_CONFIG)
		code = say_bad(&problems) == CTL_DONE ? CTL_CONFIG : CTL_TEMPORARY;
	else if (problems.n > 0)
		fputs(problems.p, stderr);
	conf_free(c);
	base_buf_free(&problems);
	return code;
}

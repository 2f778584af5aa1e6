/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration itself: whether it can be read, and what the launcher would make of it. */
#include <string.h>

#include "base/limits.h"
#include "ctl/doctor/doctor.h"

/* Each complaint names file, line and key already. */
static void
complain(struct doctor *d, struct base_buf *problems)
{
	char *line = problems->p;

	for (char *p = line; p != NULL && *p != '\0'; p++) {
		if (*p != '\n')
			continue;
		*p = '\0';
		doctor_error(d, "config.file",
		    "correct that line; `man bedrud-config` says what each key takes, and `bedrudctl config check` "
		    "asks again",
		    "%s", line);
		line = p + 1;
	}
}

void
doctor_config(struct doctor *d)
{
	struct base_buf problems;
	enum err e;

	base_buf_init(&problems, LIMIT_CONFIG);
	e = conf_load(conf_path(d->ctl->config), CONF_QUIET, &problems, &d->conf);
	complain(d, &problems);
	if (e != ERR_OK && problems.n == 0)
		doctor_error(d, "config.file", "end other programs, then try again", "the configuration: %s",
		    base_err_text(e));
	base_buf_free(&problems);
	if (e != ERR_OK) {
		d->conf = NULL;
		return;
	}
	doctor_ok(d, "config.file", "%s can be read and every key in it is good", conf_file(d->conf));
	d->is_embedded = conf_livekit_embedded(d->conf);
	if (conf_livekit_api(d->conf, d->api, sizeof d->api) != ERR_OK)
		d->api[0] = '\0';
	d->has_plan = d->is_embedded && launcher_plan_make(d->conf, &d->plan) == ERR_OK;
}

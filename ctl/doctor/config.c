/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration itself: whether it can be read, and what the launcher would make of it. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "ctl/doctor/doctor.h"

/* What mends it: the file must be there and open to us before a line of it can be wrong. */
static const char *
remedy(struct doctor *d)
{
	const char *path = conf_path(d->ctl->config);

	if (access(path, R_OK) == 0)
		return "correct that line; `man bedrud-config` says what each key takes, and `bedrudctl config check` "
		       "asks again";
	if (errno == EACCES || errno == EPERM)
		return doctor_text(d, "run this as root, or as a member of the group of %s", path);
	return "name the file with --config FILE or in BEDRUD_CONFIG";
}

/* Each complaint names file, line and key already. */
static void
complain(struct doctor *d, struct base_buf *problems)
{
	char *line = problems->p;

	for (char *p = line; p != NULL && *p != '\0'; p++) {
		if (*p != '\n')
			continue;
		*p = '\0';
		doctor_error(d, "config.file", remedy(d), "%s", line);
		line = p + 1;
	}
}

/* Secrets stand in it. */
static void
look_at_mode(struct doctor *d)
{
	const char *path = conf_file(d->conf);
	struct stat st;

	if (stat(path, &st) != 0)
		doctor_warn(d, "config.permissions", "see who may enter the folders above it", "%s: %s", path,
		    strerror(errno));
	else if (S_ISREG(st.st_mode) && (st.st_mode & S_IRWXO) != 0)
		doctor_error(d, "config.permissions",
		    doctor_text(d, "chmod 640 %s, with the group of the user that the responders run as", path),
		    "%s has mode %04o: everybody on this machine can read or change its secrets", path,
		    (unsigned)(st.st_mode & 07777));
	else
		doctor_ok(d, "config.permissions", "%s has mode %04o: its secrets are for its owner and group", path,
		    (unsigned)(st.st_mode & 07777));
}

static void
make_plan(struct doctor *d)
{
	d->has_plan = launcher_plan_make(d->conf, NULL, &d->plan) == ERR_OK;
	if (d->has_plan)
		doctor_ok(d, "config.plan", "LiveKit is embedded, and livekit-launcher can make its configuration");
	doctor_say_heard(d, "config.plan",
	    doctor_text(d, "change that key in %s; `livekit-launcher --print-config` shows what becomes of it",
		conf_file(d->conf)));
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
	look_at_mode(d);
	d->is_embedded = conf_livekit_embedded(d->conf);
	if (conf_livekit_api(d->conf, d->api, sizeof d->api) != ERR_OK)
		d->api[0] = '\0';
	if (d->is_embedded)
		make_plan(d);
	else
		doctor_ok(d, "config.plan", "LiveKit is run by somebody else; we reach it at %s",
		    *d->api == '\0' ? "no address" : d->api);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "ctl/doctor/report.h"
#include "ctl/doctor/say.h"

#define REPORT ((size_t)1 << 20)

/* In the order in which they are asked; none needs another's success. */
static const struct {
	const char *name;
	void (*ask)(struct doctor *d);
} groups[] = {
    {"the configuration", doctor_config},
    {"the clock and the lifetimes", doctor_policy},
    {"LIVEKIT_CONFIG", doctor_environment},
    {"LiveKit's own configuration", doctor_file},
    {"the program livekit-server", doctor_binary},
    {"livekit-launcher", doctor_launcher},
    {"who holds LiveKit's ports", doctor_ports},
    {"the packet filter", doctor_shield},
    {"the database", doctor_database},
    {"bedrud-worker", doctor_worker},
    {"LiveKit's API", doctor_reach},
    {"the address that browsers are given", doctor_client},
    {"the way of LiveKit's webhooks", doctor_webhook},
    {"media and relay", doctor_media},
    {"recording", doctor_recording},
};

/* 0 all well, 1 a warning, 2 an error. */
static int
verdict(const struct doctor *d)
{
	return d->count[DOCTOR_ERROR] > 0 ? 2 : d->count[DOCTOR_WARNING] > 0;
}

/* The whole result; freed by the caller. */
static void
compose(struct doctor *d, struct base_buf *out)
{
	base_json_close(&d->json, ']');
	base_buf_init(out, REPORT + 256);
	base_json_open(out, NULL, '{');
	base_json_put_str(out, "verdict", doctor_say_name((enum doctor_level)verdict(d)));
	base_json_put_raw(out, "checks", d->json.err == ERR_OK ? d->json.p : "[]");
	base_json_close(out, '}');
	if (d->json.err != ERR_OK)
		out->err = d->json.err;
}

static int
finish(struct doctor *d)
{
	struct base_buf out;
	int code = verdict(d);

	compose(d, &out);
	if ((d->ctl->given & CTL_OPT_STORE) != 0 && (out.err != ERR_OK || !report_keep(d, out.p)))
		code = CTL_TEMPORARY;
	if (d->ctl->json)
		return ctl_print(&out) == CTL_DONE ? code : CTL_TEMPORARY;
	base_buf_free(&out);
	(void)printf("%u ok, %u warnings, %u errors\n", d->count[DOCTOR_OK], d->count[DOCTOR_WARNING],
	    d->count[DOCTOR_ERROR]);
	return fflush(stdout) == 0 ? code : CTL_TEMPORARY;
}

/*
 * Of the runs that keep their result one at a time, whoever starts them: timer, cron or a person. The configuration
 * stands for the installation: *fd holds its lock (-1: there is no file, so there is nothing to keep). 0, logged: it is
 * locked.
 */
static int
is_alone(const struct ctl *ctl, int *fd)
{
	*fd = open(conf_path(ctl->config), O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || flock(*fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 1;
	base_log(LOG_LEVEL_ERROR,
	    "another `bedrudctl doctor --store` of this configuration isn't done yet: try again after it");
	(void)close(*fd);
	return 0;
}

int
ctl_doctor(const struct ctl *ctl)
{
	struct doctor d = {.ctl = ctl, .end_ms = base_clock_mono_ms() + DOCTOR_BUDGET_MS};
	int code, fd = -1;
	size_t i;

	if ((ctl->given & CTL_OPT_LAST) != 0)
		return report_last(ctl);
	if ((ctl->given & CTL_OPT_STORE) != 0 && !is_alone(ctl, &fd))
		return CTL_TEMPORARY;
	base_arena_init(&d.arena, 16 * REPORT);
	base_buf_init(&d.json, REPORT);
	base_json_open(&d.json, NULL, '[');
	doctor_say_look(&d);
	for (i = 0; i < sizeof groups / sizeof *groups; i++)
		doctor_say_group(&d, groups[i].name, groups[i].ask);
	code = finish(&d);
	store_close(d.store);
	base_buf_free(&d.json);
	base_arena_free(&d.arena);
	conf_free(d.conf);
	if (fd >= 0)
		(void)close(fd);
	return code;
}

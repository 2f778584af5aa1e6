/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/report.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "livekit-launcher/statefile.h"
#include "livekit/status.h"

/* "2026-11-25T18:00:00Z (5 minutes ago)" */
static void
say_since(const char *what, int64_t since_s)
{
	int64_t ago = base_clock_seconds() - since_s;
	const char *unit = "second";
	char text[BASE_CLOCK_TEXT];

	base_clock_rfc3339(since_s * BASE_CLOCK_SECOND, text);
	if (ago < 0) {
		(void)printf("LiveKit: %s since %s (the clock was put back since then)\n", what, text);
		return;
	}
	if (ago >= 172800) {
		ago /= 86400;
		unit = "day";
	} else if (ago >= 7200) {
		ago /= 3600;
		unit = "hour";
	} else if (ago >= 120) {
		ago /= 60;
		unit = "minute";
	}
	(void)printf("LiveKit: %s since %s (%lld %s%s ago)\n", what, text, (long long)ago, unit, ago == 1 ? "" : "s");
}

static void
say_rest(const struct livekit_status *s)
{
	char text[BASE_CLOCK_TEXT];

	if (s->livekit_pid != 0)
		(void)printf("its process: %lld\n", (long long)s->livekit_pid);
	if (s->version[0] != '\0')
		(void)printf("its version: %s (%s)\n", s->version, s->binary);
	if (s->drain_until_s != 0) {
		base_clock_rfc3339(s->drain_until_s * BASE_CLOCK_SECOND, text);
		(void)printf("participants may stay until: %s\n", text);
	}
	if (s->node_ip[0] != '\0')
		(void)printf("clients send media to: %s (%s)\n", s->node_ip, s->node_rule);
	(void)printf("ends that nobody asked for: %lld\n", (long long)s->restarts);
	if (s->fault[0] != '\0')
		(void)printf("the last one: %s\n", s->fault);
	if (s->note[0] != '\0')
		(void)printf("to be done: %s\n", s->note);
}

static int
say(const struct livekit_status *s, int is_alive)
{
	if (is_alive == 0) {
		(void)printf("livekit-launcher: not running; what follows is the last it wrote (process %lld)\n",
		    (long long)s->pid);
		say_since(strcmp(s->state, LIVEKIT_STATE_STOPPED) == 0 || strcmp(s->state, LIVEKIT_STATE_FAILED) == 0
			      ? s->state
			      : "unknown",
		    s->since_s);
	} else {
		(void)printf("livekit-launcher: process %lld%s\n", (long long)s->pid,
		    is_alive < 0 ? ", if it still runs: this user may not see that" : ", running");
		say_since(s->state, s->since_s);
	}
	say_rest(s);
	if (fflush(stdout) != 0)
		return 75;
	return is_alive != 0 && strcmp(s->state, LIVEKIT_STATE_READY) == 0 ? 0 : 75;
}

int
launcher_report(const struct conf *c)
{
	char path[PATH_MAX], lock[PATH_MAX];
	struct livekit_status s;
	int is_alive;
	enum err e;

	if (launcher_statefile_path(c, LIVEKIT_STATUS_NAME, path) != ERR_OK ||
	    launcher_statefile_path(c, LIVEKIT_STATUS_LOCK, lock) != ERR_OK)
		return 78;
	e = livekit_status_read(path, &s);
	if (e == ERR_OK) {
		is_alive = livekit_status_is_alive(lock, s.pid);
		return say(&s, is_alive);
	}
	if (e == ERR_ABSENT)
		(void)printf("livekit-launcher: has not run with this configuration (there is no %s)\n", path);
	else
		base_log(LOG_LEVEL_ERROR, "unable to read %s: %s", path,
		    e == ERR_IO ? strerror(errno) : "it is no status of livekit-launcher");
	return 75;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/launcher.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define CHECK "launcher.state"
#define OFTEN 3 /* ends of LiveKit that nobody asked for */

static const char start[] =
    "start it: systemctl start livekit-launcher, or livekit-launcher --config FILE; it says on standard error (the "
    "journal) why it can't";

/* Reads status and lock; alive as of livekit_status_is_alive(). */
static enum err
look(struct doctor *d, struct livekit_status *s, int *alive, char path[PATH_MAX])
{
	char lock[PATH_MAX];
	enum err e;

	memset(s, 0, sizeof *s);
	*alive = 0;
	*path = '\0';
	if (d->conf == NULL || conf_livekit_state(d->conf, LIVEKIT_STATUS_NAME, path, PATH_MAX) != ERR_OK ||
	    conf_livekit_state(d->conf, LIVEKIT_STATUS_LOCK, lock, sizeof lock) != ERR_OK)
		return ERR_ABSENT;
	e = livekit_status_read(path, s);
	if (e == ERR_OK || e == ERR_ABSENT)
		*alive = livekit_status_is_alive(lock, s->pid);
	return e;
}

/* Right after look(). */
static int
is_not_for_us(enum err read)
{
	return read == ERR_IO && (errno == EACCES || errno == EPERM);
}

long
doctor_launcher_livekit(struct doctor *d)
{
	struct livekit_status s;
	char path[PATH_MAX];
	int alive;
	enum err e = look(d, &s, &alive, path);

	if (is_not_for_us(e))
		return -1;
	return e == ERR_OK && alive != 0 ? (long)s.livekit_pid : 0;
}

const char *
doctor_launcher_binary(struct doctor *d)
{
	struct livekit_status s;
	char path[PATH_MAX];
	int alive;

	return look(d, &s, &alive, path) == ERR_OK && access(s.binary, X_OK) == 0 ? doctor_text(d, "%s", s.binary) : "";
}

static const char *
ago(struct doctor *d, int64_t s)
{
	if (s < 120)
		return doctor_text(d, "%lld s", (long long)s);
	return s < 7200 ? doctor_text(d, "%lld minutes", (long long)s / 60)
			: doctor_text(d, "%lld hours", (long long)s / 3600);
}

static void
judge_running(struct doctor *d, const struct livekit_status *s, int64_t now_s)
{
	if (strcmp(s->state, LIVEKIT_STATE_DRAINING) == 0)
		doctor_warn(d, CHECK, "wait for its end, or end it at once with a second SIGTERM",
		    "livekit-launcher waits for the last participants to leave: nobody new can join for up to %s",
		    ago(d, s->drain_until_s > now_s ? s->drain_until_s - now_s : 0));
	else if (strcmp(s->state, LIVEKIT_STATE_READY) != 0)
		doctor_warn(d, CHECK, *s->fault == '\0' ? "ask again in a minute" : "follow what it says",
		    "LiveKit isn't ready (%s, for %s)%s%s", s->state, ago(d, now_s - s->since_s),
		    *s->fault == '\0' ? "" : ": ", s->fault);
	else if (s->restarts >= OFTEN)
		doctor_warn(d, CHECK, *s->fault == '\0' ? "read livekit-launcher's log" : "follow what it says",
		    "LiveKit is ready, but ended by itself %lld times since livekit-launcher was started%s%s",
		    (long long)s->restarts, *s->fault == '\0' ? "" : ", the last time: ", s->fault);
	else
		doctor_ok(d, CHECK, "LiveKit %s is ready (process %lld, for %s)", s->version, (long long)s->livekit_pid,
		    ago(d, now_s - s->since_s));
	if (*s->note != '\0')
		doctor_ok(d, CHECK, "%s", s->note);
}

void
doctor_launcher_judge(struct doctor *d, enum err read, const char *path, const struct livekit_status *s, int alive,
    int64_t now_s)
{
	if (read == ERR_ABSENT && alive == 1)
		doctor_ok(d, CHECK, "livekit-launcher runs, and hasn't said yet how LiveKit is");
	else if (read == ERR_ABSENT)
		doctor_error(
		    d, CHECK, start, "livekit-launcher has never run with this configuration, so there is no LiveKit");
	else if (is_not_for_us(read))
		doctor_warn(d, CHECK, "run this as root, or as the user that livekit-launcher runs as",
		    "how LiveKit is can't be told: we may not read %s", path);
	else if (read != ERR_OK)
		doctor_error(d, CHECK, doctor_text(d, "remove %s and restart livekit-launcher", path),
		    "the status file of livekit-launcher, %s, can't be read: %s", path,
		    read == ERR_IO	    ? strerror(errno)
			: read == ERR_INPUT ? "it is none (it was damaged, or another version wrote it)"
					    : base_err_text(read));
	else if (alive == 0 && strcmp(s->state, LIVEKIT_STATE_FAILED) == 0)
		doctor_error(d, CHECK, "follow what it says, then start livekit-launcher again",
		    "livekit-launcher gave up: %s", *s->fault == '\0' ? "it said no reason" : s->fault);
	else if (alive == 0)
		doctor_error(d, CHECK, start, "livekit-launcher isn't running (it was %s)%s%s", s->state,
		    *s->fault == '\0' ? "" : "; the last fault of LiveKit: ", s->fault);
	else
		judge_running(d, s, now_s);
}

void
doctor_launcher(struct doctor *d)
{
	struct livekit_status s;
	char path[PATH_MAX];
	int alive;
	enum err e;

	if (d->conf == NULL || !d->is_embedded)
		return;
	e = look(d, &s, &alive, path);
	doctor_launcher_judge(d, e, path, &s, alive, base_clock_seconds());
}

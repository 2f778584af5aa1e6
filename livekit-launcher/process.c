/* SPDX-License-Identifier: Apache-2.0 */
/* One life of LiveKit's process: its start, its log, its end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "livekit-launcher/binary.h"
#include "livekit-launcher/child.h"
#include "livekit-launcher/fit.h"
#include "livekit-launcher/run_impl.h"

/* The process that is gone, or never was, makes room: its successor may run with something else. */
static void
adopt(struct run *r)
{
	int is_new = r->has_next || r->is_renewing;

	if (r->has_next) {
		launcher_setup_free(r->setup);
		*r->setup = r->next;
		r->has_next = 0;
	} else if (r->is_renewing) {
		launcher_setup_renew(r->setup);
	}
	if (is_new)
		launcher_setup_say(r->setup);
	r->is_replacing = r->is_renewing = 0;
	r->news = NEWS_NONE;
	launcher_renew_note(&r->renew, &r->setup->plan.turn);
	launcher_relay_init(&r->relay, r->setup->plan.api_key, r->setup->plan.api_secret, STDERR_FILENO);
}

static enum err
spawn(struct run *r)
{
	const char *path = r->setup->plan.static_path;
	char file[PATH_MAX], *argv[] = {(char[]){"livekit-server"}, (char[]){"--config"}, file, NULL};
	int fds[2], saved;
	char why[LAUNCHER_FAULT_TEXT / 2];
	enum err e = path != NULL ? ERR_OK : launcher_statefile_write(r->place, &r->setup->yaml, why, sizeof why);

	if (e != ERR_OK) {
		(void)snprintf(r->fault.text, sizeof r->fault.text, "LiveKit can't be started: %s", why);
		r->fault.exit_code = e == ERR_CONFIG ? 78 : 0;
		return e;
	}
	(void)snprintf(file, sizeof file, "%s", path != NULL ? path : r->place->yaml);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return base_log_err(ERR_IO, "unable to make a pipe: %s", strerror(errno));
	e = launcher_child_spawn(r->setup->binary, argv, fds[1], -1, &r->livekit);
	saved = errno;
	(void)close(fds[1]);
	if (e != ERR_OK) {
		(void)close(fds[0]);
		launcher_fault_exec(r->setup->binary, saved, &r->fault);
		return e;
	}
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	r->log = fds[0];
	return ERR_OK;
}

enum launcher_event
launcher_process_start(struct run *r)
{
	enum err e;

	adopt(r);
	memset(&r->fault, 0, sizeof r->fault);
	memset(r->timer, 0, sizeof r->timer[0] * TIMER_WATCHDOG); /* all others are of the process before */
	r->killed_for[0] = '\0';
	r->killed_ms = 0;
	r->started_ms = base_clock_mono_ms();
	r->livekit = r->probe = -1;
	e = spawn(r);
	if (e != ERR_OK && r->fault.text[0] == '\0')
		(void)snprintf(r->fault.text, sizeof r->fault.text, "LiveKit can't be started: %s", strerror(errno));
	if (e != ERR_OK)
		return launcher_supervise_death(0, e == ERR_CONFIG && r->fault.exit_code != 0, r->was_ever_ready);
	base_log(LOG_LEVEL_INFO, "started %s, process %ld", r->setup->binary, (long)r->livekit);
	r->asked = ASK_READY;
	r->probe = launcher_probe_start(&r->setup->plan, r->livekit, ASK_READY);
	if (r->probe > 0)
		return NO_EVENT;
	base_log(LOG_LEVEL_ERROR, "unable to start the probe: %s", strerror(errno));
	return EVENT_SILENT;
}

static void
close_log(struct run *r)
{
	if (r->log >= 0)
		(void)close(r->log);
	r->log = -1;
}

void
launcher_process_read_log(struct run *r)
{
	char chunk[16384];
	ssize_t n;

	while (r->log >= 0) {
		n = read(r->log, chunk, sizeof chunk);
		if (n > 0) {
			launcher_relay_feed(&r->relay, chunk, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN)
			close_log(r);
		return;
	}
}

/* A program that isn't LiveKit at all would be started for ever: it is asked once. */
static void
doubt_binary(struct run *r)
{
	struct base_buf b;

	if (r->fault.exit_code != 0 || r->was_ever_ready || r->is_binary_known)
		return;
	base_buf_init(&b, 4096);
	r->is_binary_known = 1;
	if (launcher_binary_version(r->setup->binary, &b) == ERR_CONFIG) {
		r->fault.exit_code = 78;
		(void)snprintf(r->fault.text, sizeof r->fault.text,
		    "%.512s is not livekit-server: correct livekit.binary or $LIVEKIT_SERVER", r->setup->binary);
	}
	base_buf_free(&b);
}

enum launcher_event
launcher_process_died(struct run *r, int status)
{
	r->livekit = -1;
	launcher_run_end_probe(r);
	launcher_process_read_log(r);
	close_log(r); /* somebody may have it open yet */
	launcher_relay_end(&r->relay);
	/* It said which keys it doesn't know: again at once, without them. */
	if (r->state == STATE_STARTING && !r->is_replacing &&
	    launcher_fit(&r->setup->plan, r->relay.reason, &r->setup->yaml))
		return EVENT_REPLACED;
	launcher_fault_read(r->relay.reason, &r->setup->plan, &r->fault);
	if (r->fault.exit_code == 0 && r->killed_for[0] != '\0')
		(void)snprintf(r->fault.text, sizeof r->fault.text, "LiveKit was killed: %s", r->killed_for);
	else if (r->fault.exit_code == 0)
		(void)snprintf(r->fault.text, sizeof r->fault.text, "LiveKit %s %d%s%s%s",
		    WIFSIGNALED(status) ? "was killed by signal" : "ended with status",
		    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		    WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
			? ", by somebody or for want of memory (then dmesg says so)"
			: "",
		    r->relay.reason[0] == '\0' ? "" : ", its last words: ", r->relay.reason);
	if (r->state == STATE_STARTING && !r->is_replacing && r->killed_for[0] == '\0')
		doubt_binary(r);
	return launcher_supervise_death(r->is_replacing, r->fault.exit_code != 0, r->was_ever_ready);
}

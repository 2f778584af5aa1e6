/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "livekit-launcher/binary.h"
#include "livekit-launcher/child.h"
#include "livekit-launcher/fault.h"
#include "livekit-launcher/fit.h"
#include "livekit-launcher/notify.h"
#include "livekit-launcher/probe.h"
#include "livekit-launcher/relay.h"
#include "livekit-launcher/supervise.h"

enum { TIMER_DELAY, TIMER_STABLE, TIMER_GRACE, TIMERS };

static const enum launcher_event timer_event[TIMERS] = {
    [TIMER_DELAY] = EVENT_DELAY_OVER,
    [TIMER_STABLE] = EVENT_STABLE,
    [TIMER_GRACE] = EVENT_GRACE_OVER,
};

struct run {
	struct launcher_plan *plan;
	const char *binary;
	struct launcher_statefile *place;
	struct base_buf *yaml;
	enum launcher_state state;
	pid_t livekit, probe;  /* -1 = none */
	int signals, log;      /* descriptors; -1 = none */
	int64_t timer[TIMERS]; /* monotonic ms; 0 = off */
	int64_t started_ms, ready_ms;
	int delay_ms, hurries, stops, deaths;
	int was_ever_ready, is_binary_known, is_asked;
	struct launcher_fault fault;
	struct launcher_relay relay;
	int is_done, exit_code;
};

#define NO_EVENT EVENT__MAX

static void
signal_set(sigset_t *s)
{
	static const int taken[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD};
	size_t i;

	(void)sigemptyset(s);
	for (i = 0; i < sizeof taken / sizeof taken[0]; i++)
		(void)sigaddset(s, taken[i]);
}

void
launcher_run_block_signals(void)
{
	sigset_t s;

	signal_set(&s);
	(void)sigprocmask(SIG_BLOCK, &s, NULL);
	(void)signal(SIGPIPE, SIG_IGN); /* a reader of our log that went away is no reason to end calls */
}

static void
set_timer(struct run *r, int which, int ms)
{
	r->timer[which] = base_clock_mono_ms() + ms;
}

/* Never to -1, which would be everybody. */
static void
send_signal(const struct run *r, int number)
{
	if (r->livekit > 0)
		(void)kill(r->livekit, number);
}

static void
end_probe(struct run *r)
{
	if (r->probe <= 0)
		return;
	(void)kill(r->probe, SIGKILL);
	while (waitpid(r->probe, NULL, 0) < 0 && errno == EINTR)
		;
	r->probe = -1;
}

/* Reads what LiveKit has said by now. At the end of its log the pipe is closed. */
static void
read_log(struct run *r)
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
		if (n == 0 || errno != EAGAIN) {
			(void)close(r->log);
			r->log = -1;
		}
		return;
	}
}

static enum err
spawn(struct run *r)
{
	char file[PATH_MAX], *argv[] = {(char[]){"livekit-server"}, (char[]){"--config"}, file, NULL};
	int fds[2], saved;
	enum err e = r->plan->static_path != NULL ? ERR_OK : launcher_statefile_write(r->place, r->yaml);

	if (e != ERR_OK)
		return e;
	(void)snprintf(file, sizeof file, "%s", r->plan->static_path != NULL ? r->plan->static_path : r->place->yaml);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return base_log_err(ERR_IO, "unable to make a pipe: %s", strerror(errno));
	launcher_relay_begin(&r->relay);
	e = launcher_child_spawn(r->binary, argv, fds[1], -1, &r->livekit);
	saved = errno;
	(void)close(fds[1]);
	if (e != ERR_OK) {
		(void)close(fds[0]);
		launcher_fault_exec(r->binary, saved, &r->fault);
		return e;
	}
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	r->log = fds[0];
	return ERR_OK;
}

/* The event of a start that failed. */
static enum launcher_event
start(struct run *r)
{
	enum err e;

	memset(&r->fault, 0, sizeof r->fault);
	r->timer[TIMER_DELAY] = 0;
	r->started_ms = base_clock_mono_ms();
	r->livekit = r->probe = -1;
	e = spawn(r);
	if (r->fault.text[0] == '\0')
		(void)snprintf(r->fault.text, sizeof r->fault.text, "LiveKit could not be started");
	if (e != ERR_OK)
		return launcher_supervise_death(e == ERR_CONFIG && r->fault.exit_code != 0, r->was_ever_ready);
	base_log(LOG_LEVEL_INFO, "started %s, process %ld", r->binary, (long)r->livekit);
	r->probe = launcher_probe_start(r->plan, r->livekit);
	if (r->probe > 0)
		return NO_EVENT;
	base_log(LOG_LEVEL_ERROR, "unable to start the probe: %s", strerror(errno));
	return EVENT_SILENT;
}

static void
announce(struct run *r)
{
	base_log(LOG_LEVEL_INFO, "LiveKit is ready on port %d after %lld ms", r->plan->port,
	    (long long)(base_clock_mono_ms() - r->started_ms));
	r->was_ever_ready = 1;
	r->ready_ms = base_clock_mono_ms();
	set_timer(r, TIMER_STABLE, LAUNCHER_STABLE_MS);
	launcher_notify_send("READY=1\nSTATUS=LiveKit is ready");
}

static void
back_off(struct run *r)
{
	r->timer[TIMER_STABLE] = 0;
	r->delay_ms = launcher_supervise_delay(r->delay_ms);
	r->deaths++;
	base_log(LOG_LEVEL_WARN, "%s; starting LiveKit again in %d.%02d s (its end number %d)", r->fault.text,
	    r->delay_ms / 1000, r->delay_ms % 1000 / 10, r->deaths);
	set_timer(r, TIMER_DELAY, r->delay_ms);
	launcher_notify_send("STATUS=LiveKit has ended and is being started again");
}

/* The first SIGTERM lets participants stay; a second signal ends it. */
static void
ask_to_stop(struct run *r)
{
	r->is_asked = 1;
	send_signal(r, SIGTERM);
	set_timer(r, TIMER_GRACE, LAUNCHER_GRACE_MS);
}

static void
drain(struct run *r)
{
	int64_t settled = r->ready_ms + LAUNCHER_SETTLE_MS - base_clock_mono_ms();

	base_log(LOG_LEVEL_INFO, "stopping LiveKit");
	launcher_notify_send("STOPPING=1");
	r->timer[TIMER_STABLE] = 0;
	if (settled > 0)
		set_timer(r, TIMER_GRACE, (int)settled);
	else
		ask_to_stop(r);
}

static void
hurry(struct run *r)
{
	if (!r->is_asked) {
		ask_to_stop(r);
		return;
	}
	if (++r->hurries > LAUNCHER_HURRIES) {
		base_log(LOG_LEVEL_WARN, "LiveKit does not stop: it is killed");
		send_signal(r, SIGKILL);
		return;
	}
	send_signal(r, r->hurries % 2 != 0 ? SIGINT : SIGTERM);
	set_timer(r, TIMER_GRACE, LAUNCHER_HURRY_MS);
}

static void
finish(struct run *r, int exit_code)
{
	if (exit_code != 0)
		base_log(LOG_LEVEL_ERROR, "%s", r->fault.text);
	r->is_done = 1;
	r->exit_code = exit_code;
}

static enum launcher_event
act(struct run *r, enum launcher_action action)
{
	switch (action) {
	case DO_START:
		return start(r);
	case DO_ANNOUNCE:
		announce(r);
		break;
	case DO_BACK_OFF:
		back_off(r);
		break;
	case DO_FORGET:
		r->delay_ms = 0;
		break;
	case DO_DRAIN:
		drain(r);
		break;
	case DO_HURRY:
		hurry(r);
		break;
	case DO_KILL:
		send_signal(r, SIGKILL);
		break;
	case DO_FINISH:
		finish(r, 0);
		break;
	case DO_GIVE_UP:
		finish(r, r->fault.exit_code == 0 ? 75 : r->fault.exit_code);
		break;
	case DO_NOTHING:
	case DO__MAX:
		break;
	}
	return NO_EVENT;
}

static void
feed(struct run *r, enum launcher_event event)
{
	struct launcher_step step;

	while (event != NO_EVENT) {
		step = launcher_supervise_step(r->state, event);
		r->state = step.next;
		event = act(r, step.action);
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
	if (launcher_binary_version(r->binary, &b) == ERR_CONFIG) {
		r->fault.exit_code = 78;
		(void)snprintf(r->fault.text, sizeof r->fault.text,
		    "%s is not livekit-server: correct livekit.binary or $LIVEKIT_SERVER", r->binary);
	}
	base_buf_free(&b);
}

static void
livekit_died(struct run *r, int status)
{
	r->livekit = -1;
	end_probe(r);
	read_log(r);
	launcher_relay_end(&r->relay);
	if (r->state == STATE_STARTING && launcher_fit(r->plan, r->relay.reason, r->yaml)) {
		feed(r, start(r));
		return;
	}
	launcher_fault_read(r->relay.reason, r->plan, &r->fault);
	if (r->fault.exit_code == 0)
		(void)snprintf(r->fault.text, sizeof r->fault.text, "LiveKit %s %d%s%s",
		    WIFSIGNALED(status) ? "was killed by signal" : "ended with status",
		    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		    r->relay.reason[0] == '\0' ? "" : ", its last words: ", r->relay.reason);
	if (r->state == STATE_STARTING)
		doubt_binary(r);
	feed(r, launcher_supervise_death(r->fault.exit_code != 0, r->was_ever_ready));
}

static void
probe_ended(struct run *r, int status)
{
	r->probe = -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == ANSWER_READY) {
		feed(r, EVENT_ANSWERED);
		return;
	}
	base_log(LOG_LEVEL_WARN, "LiveKit was not ready within %d s: %s", LAUNCHER_PROBE_DEADLINE_MS / 1000,
	    launcher_probe_text(status));
	feed(r, EVENT_SILENT);
}

static void
reap(struct run *r)
{
	int status;

	if (r->probe > 0 && waitpid(r->probe, &status, WNOHANG) == r->probe)
		probe_ended(r, status);
	if (r->livekit > 0 && waitpid(r->livekit, &status, WNOHANG) == r->livekit)
		livekit_died(r, status);
}

static void
take_signals(struct run *r)
{
	struct signalfd_siginfo s;

	while (!r->is_done && read(r->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == SIGCHLD)
			reap(r);
		else
			feed(r, r->stops++ == 0 ? EVENT_STOP : EVENT_STOP_NOW);
	}
}

/* Milliseconds to the next timer, -1 without any. */
static int
patience(const struct run *r)
{
	int64_t now = base_clock_mono_ms(), next = INT64_MAX;
	int i;

	for (i = 0; i < TIMERS; i++)
		if (r->timer[i] != 0 && r->timer[i] < next)
			next = r->timer[i];
	if (next == INT64_MAX)
		return -1;
	return next <= now ? 0 : (int)(next - now);
}

static void
take_timers(struct run *r)
{
	int64_t now = base_clock_mono_ms();
	int i;

	for (i = 0; i < TIMERS && !r->is_done; i++) {
		if (r->timer[i] == 0 || r->timer[i] > now)
			continue;
		r->timer[i] = 0;
		feed(r, timer_event[i]);
	}
}

int
launcher_run(struct launcher_plan *p, const char *binary, struct launcher_statefile *place, struct base_buf *yaml)
{
	struct run r = {.plan = p,
	    .binary = binary,
	    .place = place,
	    .yaml = yaml,
	    .state = STATE_STARTING,
	    .livekit = -1,
	    .probe = -1,
	    .log = -1};
	struct pollfd fds[2];
	sigset_t s;

	launcher_relay_init(&r.relay, p->api_key, p->api_secret, STDERR_FILENO);
	signal_set(&s);
	r.signals = signalfd(-1, &s, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r.signals < 0) {
		base_log(LOG_LEVEL_ERROR, "unable to take signals: %s", strerror(errno));
		return 75;
	}
	feed(&r, start(&r));
	while (!r.is_done) {
		fds[0] = (struct pollfd){.fd = r.signals, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = r.log, .events = POLLIN};
		if (poll(fds, 2, patience(&r)) < 0 && errno != EINTR)
			base_log(LOG_LEVEL_ERROR, "unable to wait: %s", strerror(errno));
		if (fds[1].revents != 0)
			read_log(&r);
		take_signals(&r);
		take_timers(&r);
	}
	end_probe(&r);
	(void)close(r.signals);
	return r.exit_code;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/run.h"

#include <errno.h>
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
#include "base/notify.h"
#include "livekit-launcher/run_impl.h"

/* What LiveKit may take to go once its time is over, and the parts of a second that aren't counted. */
#define HURRIES_S ((LAUNCHER_SETTLE_MS + LAUNCHER_HURRIES * LAUNCHER_HURRY_MS) / 1000 + 2)
#define STOP_MORE_S 15 /* that we need beyond the drain, at the most */

/* Those that are events; the others have something done while the state stays. */
static const enum launcher_event timer_event[TIMERS] = {
    [TIMER_DELAY] = EVENT_DELAY_OVER,
    [TIMER_STABLE] = EVENT_STABLE,
    [TIMER_GRACE] = EVENT_GRACE_OVER,
    [TIMER_DUE] = EVENT_DUE,
    [TIMER_LOOK] = NO_EVENT,
    [TIMER_ASK] = NO_EVENT,
    [TIMER_WATCHDOG] = NO_EVENT,
};

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
	/* Ignored, as some parents leave it, we would never hear of LiveKit's end. The others come, ignored or not. */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN); /* a reader of our log that went away is no reason to end calls */
}

void
launcher_run_timer(struct run *r, enum run_timer which, int64_t ms)
{
	r->timer[which] = base_clock_mono_ms() + ms;
}

void
launcher_run_signal(struct run *r, int number)
{
	if (r->livekit <= 0)
		return;
	if (number == SIGKILL && r->killed_ms == 0)
		r->killed_ms = base_clock_mono_ms();
	/* It leads a process group of its own: with a script that starts it, the server is another one of that. */
	(void)kill(number == SIGKILL ? -r->livekit : r->livekit, number);
}

void
launcher_run_end_probe(struct run *r)
{
	if (r->probe <= 0)
		return;
	(void)kill(r->probe, SIGKILL);
	while (waitpid(r->probe, NULL, 0) < 0 && errno == EINTR)
		;
	r->probe = -1;
}

static void
announce(struct run *r)
{
	base_log(LOG_LEVEL_INFO, "LiveKit is ready on port %d after %lld ms", r->setup->plan.port,
	    (long long)(base_clock_mono_ms() - r->started_ms));
	r->was_ever_ready = 1;
	r->ready_ms = base_clock_mono_ms();
	launcher_tend_begin(r);
	launcher_tell_ready(r, "LiveKit is ready");
}

static void
back_off(struct run *r)
{
	r->delay_ms = launcher_supervise_delay(r->delay_ms);
	r->deaths++;
	r->is_renewing = 1; /* what LiveKit reads may have changed: its next life is as of a launcher's own start */
	base_log(LOG_LEVEL_WARN, "%s; starting LiveKit again in %d.%02d s (its end number %d)", r->fault.text,
	    r->delay_ms / 1000, r->delay_ms % 1000 / 10, r->deaths);
	launcher_run_timer(r, TIMER_DELAY, r->delay_ms);
	launcher_tell_ended(r);
}

/* The first SIGTERM lets participants stay; a second signal ends it. */
static void
ask_to_stop(struct run *r)
{
	r->is_asked = 1;
	launcher_run_signal(r, SIGTERM);
	launcher_run_timer(r, TIMER_GRACE, conf_int(r->setup->conf, CONF_livekit_drainTimeout) * 1000);
}

static void
drain(struct run *r)
{
	long long seconds = conf_int(r->setup->conf, CONF_livekit_drainTimeout);
	int64_t settled = r->ready_ms + LAUNCHER_SETTLE_MS - base_clock_mono_ms();
	char text[160];

	if (seconds > 0)
		base_log(LOG_LEVEL_INFO,
		    "stopping LiveKit: participants may stay for %lld s, nobody new is let in; a second signal ends it "
		    "at once",
		    seconds);
	else
		base_log(LOG_LEVEL_INFO, "stopping LiveKit");
	r->drain_until_s = base_clock_seconds() + seconds + HURRIES_S;
	(void)snprintf(text, sizeof text,
	    "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld\nSTATUS=LiveKit is being stopped; participants may stay for %lld s",
	    (seconds + STOP_MORE_S) * 1000000, seconds);
	base_notify_send(text);
	launcher_tend_end(r);
	if (settled > 0)
		launcher_run_timer(r, TIMER_GRACE, settled);
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
		launcher_run_signal(r, SIGKILL);
		return;
	}
	launcher_run_signal(r, r->hurries % 2 != 0 ? SIGINT : SIGTERM);
	launcher_run_timer(r, TIMER_GRACE, LAUNCHER_HURRY_MS);
}

/*
 * Without participants LiveKit leaves at its first SIGTERM. With some it would wait; and made to leave, it would send
 * them away for good, while those of a LiveKit that was killed come back to the next one by themselves.
 */
static void
replace(struct run *r)
{
	if (r->is_replacing)
		return;
	r->is_replacing = 1;
	r->is_renewing = r->news != NEWS_NONE;
	launcher_tend_end(r);
	launcher_run_signal(r, SIGTERM);
	launcher_run_timer(r, TIMER_GRACE, LAUNCHER_REPLACE_MS);
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
		return launcher_process_start(r);
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
		launcher_run_signal(r, SIGKILL);
		break;
	case DO_REPLACE:
		replace(r);
		break;
	case DO_AWAIT:
		launcher_tend_await(r);
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

void
launcher_run_feed(struct run *r, enum launcher_event event)
{
	struct launcher_step step;

	while (event != NO_EVENT) {
		step = launcher_supervise_step(r->state, event);
		r->state = step.next;
		event = act(r, step.action);
	}
}

static void
probe_ended(struct run *r, int status)
{
	char text[160];

	r->probe = -1;
	if (r->asked != ASK_READY) {
		launcher_tend_answer(r, status);
		return;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == ANSWER_UNSEEN)
		base_log(LOG_LEVEL_INFO, "whether it is LiveKit that has its media ports can't be seen: we may not "
		    "look into its process");
	if (WIFEXITED(status) && (WEXITSTATUS(status) == ANSWER_READY || WEXITSTATUS(status) == ANSWER_UNSEEN)) {
		launcher_run_feed(r, EVENT_ANSWERED);
		return;
	}
	launcher_probe_text(&r->setup->plan, status, text, sizeof text);
	if (WIFEXITED(status) && WEXITSTATUS(status) == ANSWER_NOWHERE)
		(void)snprintf(r->killed_for, sizeof r->killed_for, "%s", text);
	else
		(void)snprintf(r->killed_for, sizeof r->killed_for, "it was not ready within %d s: %s%s",
		    LAUNCHER_PROBE_DEADLINE_MS / 1000, text,
		    launcher_binary_is_script(r->setup->binary)
			? ". A script in livekit.binary must start livekit-server with exec"
			: "");
	launcher_run_feed(r, EVENT_SILENT);
}

/* 1 if it has ended. What it left behind goes with it: the server, when a script had started that. */
static int
has_ended(pid_t livekit, int *status)
{
	siginfo_t i = {.si_pid = 0};

	if (waitid(P_PID, (id_t)livekit, &i, WEXITED | WNOHANG | WNOWAIT) != 0 || i.si_pid != livekit)
		return 0;
	(void)kill(-livekit, SIGKILL); /* before it is reaped, as the number may be anybody's then */
	return waitpid(livekit, status, WNOHANG) == livekit;
}

static void
reap(struct run *r)
{
	int status;

	if (r->probe > 0 && waitpid(r->probe, &status, WNOHANG) == r->probe)
		probe_ended(r, status);
	if (r->livekit > 0 && has_ended(r->livekit, &status))
		launcher_run_feed(r, launcher_process_died(r, status));
}

static void
take_signals(struct run *r)
{
	struct signalfd_siginfo s;

	while (!r->is_done && read(r->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == SIGCHLD)
			reap(r);
		else if (s.ssi_signo == SIGHUP)
			launcher_reload(r);
		else
			launcher_run_feed(r, r->stops++ == 0 ? EVENT_STOP : EVENT_STOP_NOW);
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
timer_over(struct run *r, enum run_timer which)
{
	switch (which) {
	case TIMER_LOOK:
		launcher_tend_look(r);
		break;
	case TIMER_ASK:
		launcher_tend_ask(r);
		break;
	case TIMER_WATCHDOG:
		launcher_tend_watchdog(r);
		break;
	case TIMER_DUE:
		if (!launcher_tend_has_news(r))
			break;
		base_log(LOG_LEVEL_WARN, "calls are interrupted: what was to be renewed can't wait any longer");
		launcher_run_feed(r, EVENT_DUE);
		break;
	default:
		launcher_run_feed(r, timer_event[which]);
	}
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
		timer_over(r, (enum run_timer)i);
	}
}

static void
wait_and_act(struct run *r)
{
	struct pollfd fds[2] = {{.fd = r->signals, .events = POLLIN}, {.fd = r->log, .events = POLLIN}};

	if (poll(fds, 2, patience(r)) < 0 && errno != EINTR)
		base_log(LOG_LEVEL_ERROR, "unable to wait: %s", strerror(errno));
	if (fds[1].revents != 0)
		launcher_process_read_log(r);
	take_signals(r);
	take_timers(r);
	launcher_tell(r);
}

int
launcher_run(const char *file, struct launcher_setup *setup, struct launcher_statefile *place)
{
	struct run r = {.file = file, .setup = setup, .place = place, .livekit = -1, .probe = -1, .log = -1};
	sigset_t s;

	if (launcher_statefile_path(setup->conf, LIVEKIT_STATUS_NAME, r.status_path) != ERR_OK)
		return 78;
	signal_set(&s);
	r.signals = signalfd(-1, &s, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r.signals < 0) {
		base_log(LOG_LEVEL_ERROR, "unable to take signals: %s", strerror(errno));
		return 75;
	}
	r.watchdog_ms = base_notify_watchdog_ms();
	if (r.watchdog_ms > 0)
		launcher_run_timer(&r, TIMER_WATCHDOG, r.watchdog_ms);
	launcher_setup_say(setup);
	launcher_run_feed(&r, launcher_process_start(&r));
	launcher_tell(&r);
	while (!r.is_done)
		wait_and_act(&r);
	launcher_run_end_probe(&r);
	if (r.has_next)
		launcher_setup_free(&r.next);
	(void)close(r.signals);
	return r.exit_code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the launcher's loop: what it knows, and the steps that have files of their own. */
#ifndef LAUNCHER_RUN_IMPL_H
#define LAUNCHER_RUN_IMPL_H
#include <limits.h>
#include "livekit-launcher/fault.h"
#include "livekit-launcher/probe.h"
#include "livekit-launcher/relay.h"
#include "livekit-launcher/renew.h"
#include "livekit-launcher/setup.h"
#include "livekit-launcher/statefile.h"
#include "livekit-launcher/supervise.h"
#include "livekit/status.h"

enum run_timer { TIMER_DELAY, TIMER_STABLE, TIMER_GRACE, TIMER_DUE, TIMER_LOOK, TIMER_ASK, TIMER_WATCHDOG, TIMERS };

#define NO_EVENT EVENT__MAX

struct run {
	const char *file;		/* --config, NULL without */
	struct launcher_setup *setup;	/* what LiveKit runs with */
	struct launcher_setup next;	/* what its successor will run with, when has_next */
	struct launcher_statefile *place;
	enum launcher_state state;
	pid_t livekit, probe;		/* -1 = none */
	enum launcher_question asked;	/* of the probe */
	int signals, log;		/* descriptors; -1 = none */
	int64_t timer[TIMERS];		/* monotonic ms; 0 = off */
	int64_t started_ms, ready_ms, killed_ms;
	int64_t drain_until_s;
	int delay_ms, hurries, stops, deaths, unanswered, watchdog_ms;
	int was_ever_ready, is_binary_known, is_asked, is_replacing, is_renewing, is_reloading, has_next;
	struct launcher_fault fault;	/* of the last end */
	char killed_for[256];		/* why we killed it ourselves; "" = we didn't */
	struct launcher_renew renew;
	enum launcher_news news;	/* that wait for their moment */
	struct launcher_relay relay;
	char status_path[PATH_MAX];
	struct livekit_status status;	/* as written last */
	int is_status_lost;		/* it couldn't be written, and that was said */
	int is_done, exit_code;
};

/* run.c: the event and all that follows from it. */
void launcher_run_feed(struct run *r, enum launcher_event event);
void launcher_run_timer(struct run *r, enum run_timer which, int64_t ms);
void launcher_run_end_probe(struct run *r);
/* Never to -1, which would be everybody. */
void launcher_run_signal(struct run *r, int number);

/*
 * process.c: starts LiveKit and its probe, with the next setup if there is one; the event of a start that failed, else
 * NO_EVENT.
 */
enum launcher_event launcher_process_start(struct run *r);
/* process.c: reads what LiveKit has said by now. At the end of its log the pipe is closed. */
void launcher_process_read_log(struct run *r);
/* process.c: it is gone, with a status as of waitpid(2): fills r->fault; returns the event. */
enum launcher_event launcher_process_died(struct run *r, int status);

/* tend.c: what is done while LiveKit is ready: questions, a look at its certificate, the watchdog. */
void launcher_tend_begin(struct run *r);
void launcher_tend_end(struct run *r);
void launcher_tend_look(struct run *r);
void launcher_tend_ask(struct run *r);
void launcher_tend_answer(struct run *r, int status);
void launcher_tend_await(struct run *r);
void launcher_tend_watchdog(struct run *r);
/* tend.c: 1 if what was to be renewed is still there and good; else forgets it. */
int launcher_tend_has_news(struct run *r);

/* reload.c: SIGHUP. */
void launcher_reload(struct run *r);

/* tell.c: the status file, if anything in it changed. */
void launcher_tell(struct run *r);
/* tell.c: the service manager. The second says why LiveKit has ended. */
void launcher_tell_ready(struct run *r, const char *status);
void launcher_tell_ended(struct run *r);

#endif

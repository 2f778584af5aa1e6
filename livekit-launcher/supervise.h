/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When LiveKit is started, stopped and given up: a table of state × event, and the delays between attempts. Pure: no
 * clock, no process, no log. run.c feeds it events and carries out what it answers.
 */
#ifndef LAUNCHER_SUPERVISE_H
#define LAUNCHER_SUPERVISE_H

#define LAUNCHER_DELAY_FIRST_MS	250
#define LAUNCHER_DELAY_MOST_MS	30000
#define LAUNCHER_STABLE_MS	60000	/* ready for so long: its next death counts as a first one */

#define LAUNCHER_SETTLE_MS	500	/* ready for less: LiveKit 1.13.5 loses both requests to stop */
#define LAUNCHER_HURRY_MS	250	/* between two further requests to stop */
#define LAUNCHER_HURRIES	20	/* so many; then SIGKILL */
#define LAUNCHER_REPLACE_MS	250	/* to leave by itself for a successor, which it does when nobody is in */

enum launcher_state {
	STATE_STARTING,		/* the process is there and hasn't answered yet */
	STATE_READY,		/* it has answered a signed call */
	STATE_BACKING_OFF,	/* it died; the next start waits for its delay */
	STATE_DRAINING,		/* we were asked to stop; it is still there */
	STATE_STOPPED,		/* it is gone because we were asked to stop */
	STATE_FAILED,		/* it can't start before somebody mends something */
	STATE__MAX
};

enum launcher_event {
	EVENT_ANSWERED,		/* the probe has had its signed answer */
	EVENT_SILENT,		/* it gives no answer, and has had its time */
	EVENT_DIED,		/* the process is gone; another start may do better */
	EVENT_FAULT,		/* it is gone or never was, and another start would end the same way */
	EVENT_DELAY_OVER,
	EVENT_STABLE,
	EVENT_STOP,		/* first SIGTERM or SIGINT */
	EVENT_STOP_NOW,		/* a further one */
	EVENT_GRACE_OVER,	/* it was asked to leave, and has had its time */
	EVENT_REPLACED,		/* the process is gone because we wanted another in its place */
	EVENT_RELOAD,		/* config.yaml was read again and LiveKit should run with something else */
	EVENT_RENEWAL,		/* its certificate or its TURN credentials are there anew: at the next good moment */
	EVENT_IDLE,		/* that moment: nobody is in any room */
	EVENT_DUE,		/* that moment didn't come in time */
	EVENT__MAX
};

enum launcher_action {
	DO_NOTHING,
	DO_START,		/* start LiveKit and its probe */
	DO_ANNOUNCE,		/* say that it is ready */
	DO_BACK_OFF,		/* set the timer for the next start */
	DO_FORGET,		/* the next delay is the first again */
	DO_DRAIN,		/* ask it to stop; set the timer of the grace period */
	DO_HURRY,		/* ask it again, and in the end kill it */
	DO_REPLACE,		/* end it for its successor, calls or not: clients come back by themselves */
	DO_AWAIT,		/* look for a moment without participants until the deadline */
	DO_KILL,
	DO_FINISH,		/* leave with 0 */
	DO_GIVE_UP,		/* leave with the fault's exit code */
	DO__MAX
};

struct launcher_step {
	enum launcher_state next;
	enum launcher_action action;
};

/* The cell. */
struct launcher_step launcher_supervise_step(enum launcher_state state, enum launcher_event event);

/*
 * The event that a death is: one that we wanted (DO_REPLACE); else a permanent fault, which only ends us while LiveKit
 * was never ready.
 */
enum launcher_event launcher_supervise_death(int is_wanted, int is_permanent, int was_ever_ready);

/* The delay before the attempt that follows `last_ms` (0 = none yet), in milliseconds. */
int launcher_supervise_delay(int last_ms);

/* Lower-case names for the log and the status file. Never NULL. */
const char *launcher_supervise_state_name(enum launcher_state state);

#endif

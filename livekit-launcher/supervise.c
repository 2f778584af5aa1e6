/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/supervise.h"

/*
 * A first SIGTERM makes LiveKit wait for its participants without limit, and one that comes in the first tenth of a
 * second of its life is forgotten (measured on 1.13.5). So what has not answered yet is killed: nobody is in it.
 */
static const struct launcher_step table[STATE__MAX][EVENT__MAX] = {
	[STATE_STARTING] = {
		[EVENT_ANSWERED] = { STATE_READY, DO_ANNOUNCE },
		[EVENT_SILENT] = { STATE_STARTING, DO_KILL },		/* its death comes next */
		[EVENT_DIED] = { STATE_BACKING_OFF, DO_BACK_OFF },
		[EVENT_FAULT] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_DELAY_OVER] = { STATE_STARTING, DO_NOTHING },
		[EVENT_STABLE] = { STATE_STARTING, DO_NOTHING },
		[EVENT_STOP] = { STATE_DRAINING, DO_KILL },
		[EVENT_STOP_NOW] = { STATE_DRAINING, DO_KILL },
		[EVENT_GRACE_OVER] = { STATE_STARTING, DO_KILL },	/* the one to be replaced is still there */
		[EVENT_REPLACED] = { STATE_STARTING, DO_START },
		[EVENT_RELOAD] = { STATE_STARTING, DO_REPLACE },
		[EVENT_RENEWAL] = { STATE_STARTING, DO_NOTHING },	/* it is noticed again when this one is ready */
		[EVENT_IDLE] = { STATE_STARTING, DO_NOTHING },
		[EVENT_DUE] = { STATE_STARTING, DO_NOTHING },
	},
	[STATE_READY] = {
		[EVENT_ANSWERED] = { STATE_READY, DO_NOTHING },
		[EVENT_SILENT] = { STATE_READY, DO_KILL },		/* it hangs; its death comes next */
		[EVENT_DIED] = { STATE_BACKING_OFF, DO_BACK_OFF },
		[EVENT_FAULT] = { STATE_BACKING_OFF, DO_BACK_OFF },	/* it has run: somebody may mend it meanwhile */
		[EVENT_DELAY_OVER] = { STATE_READY, DO_NOTHING },
		[EVENT_STABLE] = { STATE_READY, DO_FORGET },
		[EVENT_STOP] = { STATE_DRAINING, DO_DRAIN },
		[EVENT_STOP_NOW] = { STATE_DRAINING, DO_KILL },
		[EVENT_GRACE_OVER] = { STATE_READY, DO_NOTHING },
		[EVENT_REPLACED] = { STATE_STARTING, DO_START },
		[EVENT_RELOAD] = { STATE_STARTING, DO_REPLACE },
		[EVENT_RENEWAL] = { STATE_READY, DO_AWAIT },
		[EVENT_IDLE] = { STATE_STARTING, DO_REPLACE },
		[EVENT_DUE] = { STATE_STARTING, DO_REPLACE },
	},
	[STATE_BACKING_OFF] = {
		[EVENT_ANSWERED] = { STATE_BACKING_OFF, DO_NOTHING },	/* a late answer of the one that died */
		[EVENT_SILENT] = { STATE_BACKING_OFF, DO_NOTHING },
		[EVENT_DIED] = { STATE_BACKING_OFF, DO_NOTHING },
		[EVENT_FAULT] = { STATE_BACKING_OFF, DO_NOTHING },
		[EVENT_DELAY_OVER] = { STATE_STARTING, DO_START },
		[EVENT_STABLE] = { STATE_BACKING_OFF, DO_NOTHING },
		[EVENT_STOP] = { STATE_STOPPED, DO_FINISH },
		[EVENT_STOP_NOW] = { STATE_STOPPED, DO_FINISH },
		[EVENT_GRACE_OVER] = { STATE_BACKING_OFF, DO_NOTHING },
		[EVENT_REPLACED] = { STATE_BACKING_OFF, DO_NOTHING },
		[EVENT_RELOAD] = { STATE_STARTING, DO_START },	/* somebody mended something: no delay */
		[EVENT_RENEWAL] = { STATE_BACKING_OFF, DO_NOTHING },
		[EVENT_IDLE] = { STATE_BACKING_OFF, DO_NOTHING },
		[EVENT_DUE] = { STATE_BACKING_OFF, DO_NOTHING },
	},
	[STATE_DRAINING] = {
		[EVENT_ANSWERED] = { STATE_DRAINING, DO_NOTHING },
		[EVENT_SILENT] = { STATE_DRAINING, DO_NOTHING },
		[EVENT_DIED] = { STATE_STOPPED, DO_FINISH },
		[EVENT_FAULT] = { STATE_STOPPED, DO_FINISH },
		[EVENT_DELAY_OVER] = { STATE_DRAINING, DO_NOTHING },
		[EVENT_STABLE] = { STATE_DRAINING, DO_NOTHING },
		[EVENT_STOP] = { STATE_DRAINING, DO_KILL },
		[EVENT_STOP_NOW] = { STATE_DRAINING, DO_KILL },
		[EVENT_GRACE_OVER] = { STATE_DRAINING, DO_HURRY },
		[EVENT_REPLACED] = { STATE_STOPPED, DO_FINISH },
		[EVENT_RELOAD] = { STATE_DRAINING, DO_NOTHING },
		[EVENT_RENEWAL] = { STATE_DRAINING, DO_NOTHING },
		[EVENT_IDLE] = { STATE_DRAINING, DO_NOTHING },
		[EVENT_DUE] = { STATE_DRAINING, DO_NOTHING },
	},
	[STATE_STOPPED] = {
		[EVENT_ANSWERED] = { STATE_STOPPED, DO_FINISH },
		[EVENT_SILENT] = { STATE_STOPPED, DO_FINISH },
		[EVENT_DIED] = { STATE_STOPPED, DO_FINISH },
		[EVENT_FAULT] = { STATE_STOPPED, DO_FINISH },
		[EVENT_DELAY_OVER] = { STATE_STOPPED, DO_FINISH },
		[EVENT_STABLE] = { STATE_STOPPED, DO_FINISH },
		[EVENT_STOP] = { STATE_STOPPED, DO_FINISH },
		[EVENT_STOP_NOW] = { STATE_STOPPED, DO_FINISH },
		[EVENT_GRACE_OVER] = { STATE_STOPPED, DO_FINISH },
		[EVENT_REPLACED] = { STATE_STOPPED, DO_FINISH },
		[EVENT_RELOAD] = { STATE_STOPPED, DO_FINISH },
		[EVENT_RENEWAL] = { STATE_STOPPED, DO_FINISH },
		[EVENT_IDLE] = { STATE_STOPPED, DO_FINISH },
		[EVENT_DUE] = { STATE_STOPPED, DO_FINISH },
	},
	[STATE_FAILED] = {
		[EVENT_ANSWERED] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_SILENT] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_DIED] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_FAULT] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_DELAY_OVER] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_STABLE] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_STOP] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_STOP_NOW] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_GRACE_OVER] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_REPLACED] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_RELOAD] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_RENEWAL] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_IDLE] = { STATE_FAILED, DO_GIVE_UP },
		[EVENT_DUE] = { STATE_FAILED, DO_GIVE_UP },
	},
};

struct launcher_step
launcher_supervise_step(enum launcher_state state, enum launcher_event event)
{
	return table[state][event];
}

enum launcher_event
launcher_supervise_death(int is_wanted, int is_permanent, int was_ever_ready)
{
	if (is_wanted)
		return EVENT_REPLACED;
	return is_permanent && !was_ever_ready ? EVENT_FAULT : EVENT_DIED;
}

int
launcher_supervise_delay(int last_ms)
{
	if (last_ms <= 0)
		return LAUNCHER_DELAY_FIRST_MS;
	return last_ms >= LAUNCHER_DELAY_MOST_MS / 2 ? LAUNCHER_DELAY_MOST_MS : last_ms * 2;
}

const char *
launcher_supervise_state_name(enum launcher_state state)
{
	static const char *const names[STATE__MAX] = {
		[STATE_STARTING] = "starting", [STATE_READY] = "ready", [STATE_BACKING_OFF] = "backing off",
		[STATE_DRAINING] = "draining", [STATE_STOPPED] = "stopped", [STATE_FAILED] = "failed",
	};

	return names[state];
}

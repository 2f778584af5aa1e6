/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the launcher's LiveKit is, for programs that aren't its parents: livekit-launcher replaces one small JSON file in
 * its state directory at each change, and join.fcgi, `livekit-launcher --status` and `bedrudctl doctor` read it. It
 * holds no secret (mode 0644). What it says is only true while its writer lives: ask livekit_status_is_alive().
 */
#ifndef LIVEKIT_STATUS_H
#define LIVEKIT_STATUS_H
#include <stdint.h>
#include "base/err.h"

#define LIVEKIT_STATUS_NAME	"livekit-launcher.status"	/* the file's, below conf_livekit_state() */
#define LIVEKIT_STATUS_LOCK	"livekit-launcher.file"		/* beside it: locked while a launcher lives */

#define LIVEKIT_STATE_STARTING		"starting"	/* it doesn't answer yet */
#define LIVEKIT_STATE_READY		"ready"
#define LIVEKIT_STATE_BACKING_OFF	"backing off"	/* it ended; another start comes */
#define LIVEKIT_STATE_DRAINING		"draining"	/* it is to stop when the last participant has left */
#define LIVEKIT_STATE_STOPPED		"stopped"	/* it was to stop, and has */
#define LIVEKIT_STATE_FAILED		"failed"	/* the launcher gave up: somebody must mend something */

struct livekit_status {
	char state[16];		/* one of the above */
	int64_t drain_until_s;	/* seconds since 1970; 0 unless draining: LiveKit is gone by then */
	int64_t since_s;	/* when this state began, seconds since 1970 */
	int64_t pid;		/* the launcher's */
	int64_t livekit_pid;	/* 0 = there is none at the moment */
	int64_t restarts;	/* ends of LiveKit that nobody asked for, since the launcher's start */
	char version[64];	/* of livekit-server, as it says itself; "" = not known yet */
	char binary[4096];	/* PATH_MAX: the livekit-server program that the launcher runs */
	char fault[1024];	/* why it ended last, and the fix; "" = it never did */
	char node_ip[64];	/* where clients send media */
	char node_rule[160];	/* what decided that address */
	char note[1024];	/* what waits to be done, as a sentence ("a renewed certificate …"); "" = nothing */
};

/* Replaces the file atomically. ERR_IO, ERR_NOMEM; not logged (errno). */
enum err livekit_status_write(const char *path, const struct livekit_status *s) BASE_MUST_CHECK;

/* ERR_ABSENT: no launcher ever ran here. ERR_IO (errno), ERR_INPUT (not such a file), ERR_NOMEM; not logged. */
enum err livekit_status_read(const char *path, struct livekit_status *s) BASE_MUST_CHECK;

/*
 * 1 while the launcher waits for the last participants and its deadline hasn't passed: nobody new should come. A
 * launcher that was killed can't keep people out for longer than that. Cheap: one stat while the file stays the same.
 */
int livekit_status_is_draining(const char *path, int64_t now_s);

/*
 * 1 if a launcher holds the lock file `lock`, 0 if none does, -1 if we may not look (it is its user's alone) and
 * `pid` (of the status) doesn't tell either.
 */
int livekit_status_is_alive(const char *lock, int64_t pid);

#endif

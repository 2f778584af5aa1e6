/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether LiveKit really answers, asked by a process of its own: so that waiting never stands in the way of a signal
 * or of the log. Plain HTTP/1.0 on a socket: LiveKit's port has no TLS, and libcurl would cost more than the question.
 */
#ifndef LAUNCHER_PROBE_H
#define LAUNCHER_PROBE_H
#include <sys/types.h>
#include "livekit-launcher/plan.h"

#define LAUNCHER_PROBE_DEADLINE_MS 30000

enum launcher_question {
	ASK_READY,	/* asked again and again until it is, or the deadline */
	ASK_ALIVE,	/* once: GET / */
	ASK_IDLE,	/* once: whether nobody is in any room; no room is begun after 20 s */
};

/* Exit status of the probe: how far it came. */
enum launcher_answer {
	ANSWER_READY,		/* ASK_READY: a signed call is answered, and our process has its ports; ASK_ALIVE: GET /
				   says 200; ASK_IDLE: nobody is in */
	ANSWER_UNSEEN,		/* ready, but whose the media ports are can't be seen */
	ANSWER_SILENT,		/* nobody answers */
	ANSWER_NOWHERE,		/* ASK_READY, at once: no way leads to the address where it would answer */
	ANSWER_REFUSED,		/* somebody answers, and refuses the signed call */
	ANSWER_BUSY,		/* somebody is in a room, or there are too many to tell in time */
	ANSWER_PORTLESS = 100,	/* somebody answers, but the process hasn't bound the port at this place (0 and more) of
				   launcher_plan_ports(), which is added to it */
};

/* Forks it; it ends by itself at its deadline. Returns its pid, or -1 (errno). */
pid_t launcher_probe_start(const struct launcher_plan *p, pid_t livekit, enum launcher_question question);

/* What to say of a status as waitpid(2) gives it, that isn't ANSWER_READY. */
void launcher_probe_text(const struct launcher_plan *p, int status, char *out, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether LiveKit really answers, asked by a process of its own: so that waiting never stands in the way of a signal
 * or of the log, and what libcurl needs of memory goes away with it.
 */
#ifndef LAUNCHER_PROBE_H
#define LAUNCHER_PROBE_H
#include <sys/types.h>
#include "livekit-launcher/plan.h"

#define LAUNCHER_PROBE_DEADLINE_MS 30000

/* Exit status of the probe: how far it came. */
enum launcher_answer {
	ANSWER_READY,		/* our process listens on the port, GET / says 200, and a signed call is answered */
	ANSWER_CLOSED,		/* the process doesn't listen */
	ANSWER_SILENT,		/* it listens, and doesn't say 200 */
	ANSWER_REFUSED,		/* it says 200, and refuses the signed call */
};

/* Forks it; it ends by itself at the deadline. Returns its pid, or -1 (errno). */
pid_t launcher_probe_start(const struct launcher_plan *p, pid_t livekit);

/* What to say of a status as waitpid(2) gives it, that isn't ANSWER_READY. */
const char *launcher_probe_text(int status);

/* 1 if GET / at that numeric address answers 200 within a second. */
int launcher_probe_get(const char *host, int port);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why LiveKit ended, read from its own words (measured on 1.13.5 and 1.11.0; it leaves with status 0 also when it
 * refuses), and what mends it.
 */
#ifndef LAUNCHER_FAULT_H
#define LAUNCHER_FAULT_H
#include "livekit-launcher/plan.h"

#define LAUNCHER_FAULT_TEXT 1024

struct launcher_fault {
	int exit_code;				/* 75 or 78: another start would end alike; 0: it may do better */
	char text[LAUNCHER_FAULT_TEXT];		/* what happened, LiveKit's words, the fix; "" when exit_code is 0 */
};

/* `reason` is LiveKit's last line outside its JSON log, or "". */
void launcher_fault_read(const char *reason, const struct launcher_plan *p, struct launcher_fault *out);

/* The program could not be executed: errno. */
void launcher_fault_exec(const char *binary, int error, struct launcher_fault *out);

#endif

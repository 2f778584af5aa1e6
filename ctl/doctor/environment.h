/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LIVEKIT_CONFIG and --config-body: LiveKit's whole configuration in a variable or an argument, as containers do it.
 * Rules over what was found; environment.c gathers it from our environment and from running livekit-servers.
 */
#ifndef CTL_DOCTOR_ENVIRONMENT_H
#define CTL_DOCTOR_ENVIRONMENT_H
#include "ctl/doctor/doctor.h"

struct doctor_environment {
	const char *where;		/* "our environment", "process 4711 (livekit-server)" */
	const char *value;		/* of LIVEKIT_CONFIG; NULL: not set */
	const char *const *argv;	/* NULL-terminated; NULL: not a process's */
	int is_embedded;		/* livekit-launcher makes the configuration: the variable has no effect */
};

/* Says its findings; nothing when neither is there. No value is said. */
void doctor_environment_judge(struct doctor *d, const struct doctor_environment *e);

#endif

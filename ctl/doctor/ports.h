/* SPDX-License-Identifier: Apache-2.0 */
/* LiveKit's ports on this machine: taken by somebody else, ours, or not open though LiveKit runs. */
#ifndef CTL_DOCTOR_PORTS_H
#define CTL_DOCTOR_PORTS_H
#include "ctl/doctor/doctor.h"

struct doctor_port {
	const char *key;	/* what changes it: "livekit.tcpPort" */
	const char *what;	/* "ICE/TCP" */
	int is_udp, port;
	int is_bound;		/* somebody has it */
	const char *holder;	/* "process 4711 (nginx)"; "" = we may not look, or nobody has it */
	long pid;		/* the holder's; 0 = unknown */
};

/* `livekit` is the pid of our LiveKit, 0 when it doesn't run, -1 when nobody knows. Says a finding. */
void doctor_ports_judge(struct doctor *d, const struct doctor_port *p, long livekit);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which ports participants must reach, against the packet filter of this machine. */
#ifndef CTL_DOCTOR_SHIELD_H
#define CTL_DOCTOR_SHIELD_H
#include "ctl/doctor/doctor.h"
#include "ctl/doctor/firewall.h"

struct doctor_need {
	const char *what; /* "media over UDP" */
	int is_udp, from, to;
};

/* Says a finding for each. First, middle and last port of a range are asked for. */
void doctor_shield_judge(
    struct doctor *d, const struct firewall *f, int is_v6, const struct doctor_need *needs, size_t n);

#endif

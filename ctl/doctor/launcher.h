/* SPDX-License-Identifier: Apache-2.0 */
/* How livekit-launcher and its LiveKit are, by the launcher's status file. */
#ifndef CTL_DOCTOR_LAUNCHER_H
#define CTL_DOCTOR_LAUNCHER_H
#include "ctl/doctor/doctor.h"
#include "livekit/status.h"

/* The pid of our LiveKit; 0 when it doesn't run, -1 when we may not look. */
long doctor_launcher_livekit(struct doctor *d);

/* The program that our launcher runs, or ran last; "" when that isn't known, or it is gone. In the arena of the run. */
const char *doctor_launcher_binary(struct doctor *d);

/* `read` (and errno) is what reading the file gave, `alive` as of livekit_status_is_alive(). Says a finding. */
void doctor_launcher_judge(struct doctor *d, enum err read, const char *path, const struct livekit_status *s, int alive,
    int64_t now_s);

#endif

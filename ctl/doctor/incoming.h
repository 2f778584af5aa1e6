/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that the egress worker writes to, with the eyes of two users: ours, and the worker's own. */
#ifndef CTL_DOCTOR_INCOMING_H
#define CTL_DOCTOR_INCOMING_H
#include "ctl/doctor/doctor.h"

/*
 * 1 if the user of our programs (the database's owner) may read, write and enter the folder; else 0, with errno.
 */
int incoming_is_ours(struct doctor *d, const char *folder);

/*
 * Says recording.incoming: whether recording.incomingDir is there, open to our user, and to the one that
 * recording.workerUser names. That one is tried for real, by a child that becomes it, so that groups and ACLs count;
 * only root can. A user by number is a container's, which sees the folder by a mount: what is above it doesn't count
 * then.
 */
void incoming_examine(struct doctor *d);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Lifetimes of tokens, the clock, timeouts of rooms: rules. */
#ifndef CTL_DOCTOR_POLICY_H
#define CTL_DOCTOR_POLICY_H
#include "ctl/doctor/doctor.h"

/* livekit.tokenTTL in seconds. */
void doctor_policy_lifetime(struct doctor *d, long long ttl_s);

/*
 * 1 if we run in a container, whose clock is kept by the machine below it: systemd, Docker or Podman left their mark,
 * or process 1 may not set the clock (our own bounds may be those of a systemd unit). `root` is before every path; ""
 * but for tests.
 */
int doctor_policy_is_container(const char *root);

/*
 * The clock: whether the kernel says that something keeps it right (is_synchronised; -1 = nobody
 * here can say: a container), and the
 * newest time that a file of ours bears (0 = none), seconds since 1970.
 */
void doctor_policy_clock(struct doctor *d, int is_synchronised, int64_t newest_s, const char *newest, int64_t now_s);

/* livekit.emptyTimeout and livekit.departureTimeout in seconds. */
void doctor_policy_rooms(struct doctor *d, long long empty_s, long long departure_s);

#endif

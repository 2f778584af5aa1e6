/* SPDX-License-Identifier: Apache-2.0 */
/* Lifetimes of tokens, the clock, timeouts of rooms: rules. */
#ifndef CTL_DOCTOR_POLICY_H
#define CTL_DOCTOR_POLICY_H
#include "ctl/doctor/doctor.h"

/* livekit.tokenTTL in seconds. */
void doctor_policy_lifetime(struct doctor *d, long long ttl_s);

/*
 * The clock: whether the kernel says that something keeps it right (is_synchronised; -1 = it doesn't say), and the
 * newest time that a file of ours bears (0 = none), seconds since 1970.
 */
void doctor_policy_clock(struct doctor *d, int is_synchronised, int64_t newest_s, const char *newest, int64_t now_s);

/* livekit.emptyTimeout and livekit.departureTimeout in seconds. */
void doctor_policy_rooms(struct doctor *d, long long empty_s, long long departure_s);

#endif

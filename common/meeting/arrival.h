/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LiveKit reports a participant: may they stay? A LiveKit token can't be revoked, so each arrival is judged against
 * what the store says now (HACKING.md, "Admission"). Pure.
 */
#ifndef MEETING_ARRIVAL_H
#define MEETING_ARRIVAL_H
#include "base/err.h"

struct meeting_arrival {
	int room_known;		/* the store has a room of that name */
	int room_open;		/* and people may meet there now */
	int is_recorder;	/* LiveKit's own egress: hidden, and never sent away */
	int is_banned;		/* the identity, in that room */
	int is_kicked;		/* and it may not come back yet */
	int is_inactive;	/* the identity is an account of ours that was deactivated */
	int has_admission;	/* the participant carries one */
	int admission_good;	/* it is live and bound to this identity and room */
	int strict;		/* livekit.strictAdmission */
};

/* NULL: they stay. Otherwise why they must leave, a literal for the log. */
const char *meeting_arrival_objection(const struct meeting_arrival *a);

#endif

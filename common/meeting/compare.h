/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds a seat by the store, beside who is in by LiveKit's list: what must change for both to agree. Pure; the
 * reconciler gathers and applies.
 *
 * What is younger than `settled` (ns; a while before the list was asked for) is left alone on either side: its event is
 * on its way, or came after the list was made.
 */
#ifndef MEETING_COMPARE_H
#define MEETING_COMPARE_H
#include "livekit/participant.h"
#include "store/truth.h"

struct meeting_repair {
	enum { MEETING_FREE, MEETING_TAKE } what;
	size_t i;	/* FREE: of held; TAKE: of present */
};

/*
 * present: those in LiveKit's list who take a seat, persons to whom there is no objection. Both lists are ordered by
 * identity as strcmp() does; present has each identity once, held may have it several times.
 * out has space for n_held + n_present, and each identity's FREE stand before its TAKE. The number of repairs.
 */
size_t meeting_compare(const struct store_truth_seat *held, size_t n_held,
    const struct livekit_participant *const *present, size_t n_present, int64_t settled, struct meeting_repair *out);

#endif

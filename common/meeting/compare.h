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
#include "store/truth.h"

/* Somebody in LiveKit's list who takes a seat: a person, to whom there is no objection. */
struct meeting_present { const char *identity, *sid; int64_t joined_at; };

struct meeting_repair {
	enum { MEETING_FREE, MEETING_TAKE } what;
	size_t i;	/* FREE: of held; TAKE: of present */
};

/*
 * Both lists ordered by identity as strcmp() does; present has each identity once, held may have it several times.
 * out has space for n_held + n_present, and each identity's FREE stand before its TAKE. The number of repairs.
 */
size_t meeting_compare(const struct store_truth_seat *held, size_t n_held, const struct meeting_present *present,
    size_t n_present, int64_t settled, struct meeting_repair *out);

#endif

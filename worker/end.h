/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a room as a job brings it about: the books, then LiveKit. */
#ifndef WORKER_END_H
#define WORKER_END_H
#include "meeting/closing.h"
#include "meeting/ending.h"
#include "worker/worker.h"

struct worker_end {
	enum meeting_ending why;
	const char *by, *reason;	/* as meeting_ending_apply() */
	int is_stored;			/* the books were written by an earlier attempt of this job */
	int purge;			/* nothing is kept but what keeps old tokens out */
	struct meeting_closing closing;
};

/* ERR_ABSENT: there is no such room. ERR_PEER: the books are written, LiveKit wasn't told. May be done twice. */
enum err worker_end(struct worker *w, const char *room_id, const struct worker_end *end) BASE_MUST_CHECK;

#endif

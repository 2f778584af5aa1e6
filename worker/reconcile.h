/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The duty that keeps the books true, whatever events were lost: LiveKit's rooms and their people, by ListRooms and
 * ListParticipants, against the store, both ways (meeting/reconcile.h). What is younger than WORKER_RECONCILE_YOUNG
 * when a round begins is left to the events. While LiveKit can't be asked nothing is changed.
 */
#ifndef WORKER_RECONCILE_H
#define WORKER_RECONCILE_H
#include "worker/worker.h"

#define WORKER_RECONCILE_PERIOD (30 * BASE_CLOCK_SECOND)
#define WORKER_RECONCILE_YOUNG (10 * BASE_CLOCK_SECOND)

/*
 * The report: rooms and people that LiveKit has, and how far off the books and LiveKit were: seatsFreed, seatsTaken,
 * roomsNoticed (which LiveKit room stands for a row), roomsEnded; removed (people who should not be there),
 * rightsMended, roomsClosed (in LiveKit); skipped (rooms that could not be asked about), tookMs. What LiveKit doesn't
 * answer is left to the next round; ERR_PEER when that is three times in a row.
 */
enum err worker_reconcile(struct worker *w, struct base_buf *report) BASE_MUST_CHECK;

#endif

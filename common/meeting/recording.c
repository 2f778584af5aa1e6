/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/recording.h"

enum {
	PENDING = STORE_RECORDING_PENDING, STARTING = STORE_RECORDING_STARTING, ACTIVE = STORE_RECORDING_ACTIVE,
	STOPPING = STORE_RECORDING_STOPPING, PROCESSING = STORE_RECORDING_PROCESSING,
	COMPLETED = STORE_RECORDING_COMPLETED, FAILED = STORE_RECORDING_FAILED, DELETING = STORE_RECORDING_DELETING,

	STOP = MEETING_RECORDING_DO_STOP, FETCH = MEETING_RECORDING_DO_FETCH, ERASE = MEETING_RECORDING_DO_ERASE,
	TELL = MEETING_RECORDING_DO_TELL, REPORT = MEETING_RECORDING_DO_REPORT, REFUSE = MEETING_RECORDING_REFUSE,
	HOME = FETCH | TELL
};

/*
 * A column per event, in the order of the enum. What needs saying:
 * - STOP before LiveKit has answered is kept: the answer then brings the StopEgress.
 * - Lost while something was written: the file may be there, so it is looked for before the recording counts as failed.
 * - FAILED may come too early (a start that LiveKit answered too late): whatever then still runs is stopped, since
 *   nobody would see that they are recorded; and a file that comes after all is kept.
 */
static const struct {
	int to;
	unsigned todo;
} table[STORE_RECORDING__MAX][MEETING_RECORDING__MAX] = {
	/*	accepted		refused			starting		active
	 *	ending			file			no file			lost
	 *	stop			good			bad			delete */
	[PENDING] = {
		{ STARTING, 0 },	{ FAILED, TELL },	{ STARTING, 0 },	{ ACTIVE, TELL },
		{ STOPPING, TELL },	{ PROCESSING, FETCH },	{ FAILED, TELL },	{ FAILED, TELL },
		{ STOPPING, STOP },	{ PENDING, 0 },		{ PENDING, 0 },		{ PENDING, REFUSE } },
	[STARTING] = {
		{ STARTING, 0 },	{ STARTING, 0 },	{ STARTING, 0 },	{ ACTIVE, TELL },
		{ STOPPING, TELL },	{ PROCESSING, HOME },	{ FAILED, TELL },	{ FAILED, TELL | STOP },
		{ STOPPING, STOP },	{ STARTING, 0 },	{ STARTING, 0 },	{ STARTING, REFUSE } },
	[ACTIVE] = {
		{ ACTIVE, 0 },		{ ACTIVE, 0 },		{ ACTIVE, 0 },		{ ACTIVE, 0 },
		{ STOPPING, TELL },	{ PROCESSING, HOME },	{ FAILED, TELL },	{ PROCESSING, HOME | STOP },
		{ STOPPING, STOP | TELL }, { ACTIVE, 0 },	{ ACTIVE, 0 },		{ ACTIVE, REFUSE } },
	[STOPPING] = {
		{ STOPPING, STOP },	{ FAILED, TELL },	{ STOPPING, STOP },	{ STOPPING, STOP },
		{ STOPPING, 0 },	{ PROCESSING, HOME },	{ FAILED, TELL },	{ PROCESSING, HOME | STOP },
		{ STOPPING, STOP },	{ STOPPING, 0 },	{ STOPPING, 0 },	{ STOPPING, REFUSE } },
	[PROCESSING] = {
		{ PROCESSING, 0 },	{ PROCESSING, 0 },	{ PROCESSING, 0 },	{ PROCESSING, 0 },
		{ PROCESSING, 0 },	{ PROCESSING, 0 },	{ PROCESSING, 0 },	{ PROCESSING, FETCH },
		{ PROCESSING, 0 },	{ COMPLETED, REPORT },	{ FAILED, 0 },		{ DELETING, ERASE } },
	[COMPLETED] = {
		{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },
		{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },
		{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ DELETING, ERASE } },
	[FAILED] = {
		{ FAILED, STOP },	{ FAILED, 0 },		{ FAILED, STOP },	{ FAILED, STOP },
		{ FAILED, 0 },		{ PROCESSING, FETCH },	{ FAILED, 0 },		{ FAILED, 0 },
		{ FAILED, 0 },		{ COMPLETED, REPORT },	{ FAILED, 0 },		{ DELETING, ERASE } },
	[DELETING] = {
		{ DELETING, STOP },	{ DELETING, 0 },	{ DELETING, STOP },	{ DELETING, STOP },
		{ DELETING, 0 },	{ DELETING, ERASE },	{ DELETING, 0 },	{ DELETING, ERASE },
		{ DELETING, 0 },	{ DELETING, 0 },	{ DELETING, 0 },	{ DELETING, ERASE } },
};

struct meeting_recording_move
meeting_recording_step(enum store_recording_state from, enum meeting_recording_event event)
{
	return (struct meeting_recording_move){ (enum store_recording_state)table[from][event].to,
		table[from][event].todo };
}

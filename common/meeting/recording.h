/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a recording goes from one state to the next: a table of state and event without an empty cell. LiveKit's reports
 * come late, twice and out of order; each cell says what such a one means. Pure: who applies it saves the state
 * (store_recording_save) and does what the move asks for.
 *
 * LiveKit's part, measured on 1.13.5 with its egress worker: STARTING, ACTIVE, ENDING, then COMPLETE, FAILED, ABORTED
 * or LIMIT_REACHED; a start that fails goes to its end at once; a worker that was killed leaves ACTIVE for ever.
 */
#ifndef MEETING_RECORDING_H
#define MEETING_RECORDING_H
#include "base/buf.h"
#include "store/recording.h"

/* Begins the reason of a recording whose file's path leads to nothing here: the doctor knows it by that. */
#define MEETING_RECORDING_ELSEWHERE "The recorder's file is not on this machine."

enum meeting_recording_event {
	MEETING_RECORDING_ACCEPTED,	/* LiveKit answered the start with an egress id */
	MEETING_RECORDING_REFUSED,	/* LiveKit refused the start, or didn't answer in time: it may still begin */
	MEETING_RECORDING_STARTING,	/* EGRESS_STARTING */
	MEETING_RECORDING_ACTIVE,	/* EGRESS_ACTIVE */
	MEETING_RECORDING_ENDING,	/* EGRESS_ENDING */
	MEETING_RECORDING_FILE,		/* ended, and a file is named, whatever the status says */
	MEETING_RECORDING_NO_FILE,	/* ended without one */
	MEETING_RECORDING_LOST,		/* nobody knows of it any more, or nothing was heard for too long */
	MEETING_RECORDING_STOP,		/* somebody asks for its end; the room is over; its time or size is up */
	MEETING_RECORDING_GOOD,		/* the file is home and can be watched */
	MEETING_RECORDING_BAD,		/* there is no such file, or it can't be read */
	MEETING_RECORDING_DELETE,	/* somebody asks for it to go, or retention does */
	MEETING_RECORDING__MAX
};

/* What a move asks for, after the state is saved. */
enum {
	MEETING_RECORDING_DO_STOP = 1,		/* StopEgress (its id may come later: then again) */
	MEETING_RECORDING_DO_FETCH = 2,		/* queue process_recording */
	MEETING_RECORDING_DO_ERASE = 4,		/* queue recording_delete */
	MEETING_RECORDING_DO_TELL = 8,		/* people in the room see that recording has begun, or is over */
	MEETING_RECORDING_DO_REPORT = 16,	/* outbound recording.completed */
	MEETING_RECORDING_REFUSE = 32,		/* this can't be now: say so (a running one isn't deleted) */
};

struct meeting_recording_move {
	enum store_recording_state to;	/* may be the same */
	unsigned todo;
};

struct meeting_recording_move meeting_recording_step(enum store_recording_state from,
    enum meeting_recording_event event);

/* What came with an event: NULL and 0 = nothing new. */
struct meeting_recording_news {
	const char *egress_id, *error, *stop_reason, *storage, *object_key, *file_name, *file_url;
	int64_t file_size;		/* bytes */
	int64_t duration_ms, started_at;	/* started_at: ns */
};

/*
 * Applies an event to a recording, in the caller's write transaction: saves the new state, queues the jobs that the
 * move asks for (DO_FETCH, DO_ERASE) and what webhooks hear (DO_REPORT). *out is the row afterwards; *todo what is left
 * to do after the commit: DO_STOP and DO_TELL. ERR_ABSENT: no such recording. ERR_CONFLICT: it can't be now, nothing
 * was changed. Writes recordings, recording_facts, jobs; reads webhooks.
 */
enum err meeting_recording_apply(struct store *s, struct base_arena *a, const char *id,
    enum meeting_recording_event event, const struct meeting_recording_news *news, int64_t now,
    struct store_recording *out, unsigned *todo) BASE_MUST_CHECK;

/*
 * The form that clients get, as an object: id, recordingType, durationMs, fileSize, fileUrl, status, error,
 * downloadStatus (ready, processing, failed), roomId, roomName, createdBy, createdAt, and of ours state, startedAt,
 * completedAt, fileName, stopReason. file_url NULL = it can't be had now.
 */
void meeting_recording_put(struct base_buf *b, const char *key, const struct store_recording *r, const char *file_url);

#endif

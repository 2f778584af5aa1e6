/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings: table recordings, as Bedrud's Go server has it, and recording_facts, ours. A recording's state is finer
 * than the status that clients of Bedrud know; what leads from one state to the next is meeting/recording.h. Rows of
 * Bedrud's own without facts are read by their status.
 */
#ifndef STORE_RECORDING_H
#define STORE_RECORDING_H
#include "store/store.h"

enum store_recording_state {
	STORE_RECORDING_PENDING,	/* the row is made, LiveKit has not answered yet */
	STORE_RECORDING_STARTING,	/* LiveKit knows it: egress_id */
	STORE_RECORDING_ACTIVE,		/* pictures are being written */
	STORE_RECORDING_STOPPING,	/* somebody asked for its end, or LiveKit reports it */
	STORE_RECORDING_PROCESSING,	/* over; its file is brought home and looked at */
	STORE_RECORDING_COMPLETED,	/* the file is there and can be watched */
	STORE_RECORDING_FAILED,		/* error says why */
	STORE_RECORDING_DELETING,	/* row and file are about to go */
	STORE_RECORDING__MAX
};

/* The state's name, as stored; and the status that clients know: pending, started, processing, completed, failed,
 * deleting. Literals. */
const char *store_recording_state_name(enum store_recording_state state);
const char *store_recording_status_name(enum store_recording_state state);

struct store_recording {
	const char *id, *room_id, *room_name, *created_by;	/* never NULL */
	const char *egress_id;		/* LiveKit's, "" = none yet */
	const char *type;		/* composite, audio, video, screen */
	const char *error;		/* "" unless it failed, or ended otherwise than asked */
	const char *file_url;		/* "" until it is completed */
	const char *storage;		/* "local", "s3", "" = not known (Bedrud's rows) */
	const char *object_key;		/* of the file, below recording.storageDir or in the bucket */
	const char *file_name;		/* for people who download it */
	const char *layout, *preset, *stop_reason;	/* "" = none */
	enum store_recording_state state;
	int audio_only;
	int64_t file_size;		/* bytes */
	int64_t duration_ms;
	int64_t started_at, completed_at, created_at, updated_at;	/* ns, 0 = not yet */
	int64_t moved_at;		/* ns: into this state */
	int64_t checked_at;		/* ns: LiveKit was last asked about it, 0 = never */
};

/* Inserts both rows; state, egress_id, times from r. ERR_CONFLICT when one runs in the room already. Durable. */
enum err store_recording_insert(struct store *s, const struct store_recording *r) BASE_MUST_CHECK;

/* ERR_ABSENT. */
enum err store_recording_by_id(struct store *s, struct base_arena *a, const char *id,
    struct store_recording *out) BASE_MUST_CHECK;
enum err store_recording_by_egress(struct store *s, struct base_arena *a, const char *egress_id,
    struct store_recording *out) BASE_MUST_CHECK;
/* The one in PENDING, STARTING, ACTIVE or STOPPING. ERR_ABSENT. */
enum err store_recording_running(struct store *s, struct base_arena *a, const char *room_id,
    struct store_recording *out) BASE_MUST_CHECK;

/*
 * Writes state, egress_id, error, file_url, storage, object_key, file_name, stop_reason, file_size, duration_ms,
 * started_at, completed_at of r, if the row is still in state `from`; moved_at becomes now when the state is another.
 * ERR_CONFLICT when it has moved on meanwhile: read it again. Durable.
 */
enum err store_recording_save(struct store *s, const struct store_recording *r, enum store_recording_state from,
    int64_t now) BASE_MUST_CHECK;

/* LiveKit was asked about it. */
enum err store_recording_checked(struct store *s, const char *id, int64_t now) BASE_MUST_CHECK;
/* Both rows go. */
enum err store_recording_remove(struct store *s, const char *id) BASE_MUST_CHECK;

/* Which recordings: "" and 0 = all. Newest first. */
struct store_recording_query {
	const char *room_id;
	const char *status;		/* as clients know it */
	int64_t created_after, created_before;	/* ns */
	int limit, offset;
};
/* *out is an array in the arena; *total counts them without limit and offset. */
enum err store_recording_list(struct store *s, struct base_arena *a, const struct store_recording_query *q,
    struct store_recording **out, size_t *n, int64_t *total) BASE_MUST_CHECK;

/*
 * Those in PENDING to PROCESSING, or DELETING, that have neither moved nor been asked about since `before` (ns), those
 * that run before the others, oldest first, at most 100: the worker asks LiveKit about them, or begins their job again.
 */
enum err store_recording_stale(struct store *s, struct base_arena *a, int64_t before, struct store_recording **out,
    size_t *n) BASE_MUST_CHECK;
/* COMPLETED and FAILED ones made before `before`, oldest first, at most 100: for retention. */
enum err store_recording_expired(struct store *s, struct base_arena *a, int64_t before, struct store_recording **out,
    size_t *n) BASE_MUST_CHECK;

/* How many of the room's recordings aren't failed, and the bytes of all that are completed. */
enum err store_recording_count(struct store *s, const char *room_id, int64_t *n) BASE_MUST_CHECK;
enum err store_recording_bytes(struct store *s, int64_t *bytes) BASE_MUST_CHECK;

#endif

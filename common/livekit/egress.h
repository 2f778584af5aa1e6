/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings as LiveKit knows them: an egress, its calls (livekit.Egress of livekit-server 1.13.5) and the one reader
 * of its EgressInfo, for answers (snake_case) and webhooks (camelCase). LiveKit's worker does the work and tells
 * LiveKit; one that was killed tells nothing, and LiveKit says ACTIVE for ever: what is true is for the caller to find
 * out.
 */
#ifndef LIVEKIT_EGRESS_H
#define LIVEKIT_EGRESS_H
#include "base/json.h"

struct livekit_api;

/* LiveKit asks for a worker up to 24 s long: whoever starts one makes its livekit_api with this timeout. */
#define LIVEKIT_EGRESS_TIMEOUT_MS 30000

/* Enum EgressStatus of livekit_egress.proto. From COMPLETE on it is over. */
enum livekit_egress_status {
	LIVEKIT_EGRESS_STARTING, LIVEKIT_EGRESS_ACTIVE, LIVEKIT_EGRESS_ENDING, LIVEKIT_EGRESS_COMPLETE,
	LIVEKIT_EGRESS_FAILED, LIVEKIT_EGRESS_ABORTED, LIVEKIT_EGRESS_LIMIT_REACHED
};

/* Times in ns since 1970, 0 = not yet; strings "" when absent. */
struct livekit_egress {
	const char *id;				/* EG_…; "" = none */
	const char *room_sid, *room_name;
	enum livekit_egress_status status;
	const char *error;			/* why it failed, in the worker's words: not for people who meet */
	const char *details;
	int error_code;				/* an HTTP status, 0 = none */
	int64_t started_at, ended_at, updated_at;
	int n_files;				/* of which this is the first: */
	const char *filename;			/* path or key, with its {…} filled in: what to fetch it by */
	const char *location;			/* when it is stored; of S3 it says https:// for any endpoint */
	int64_t size, duration_ns;		/* 0 until it is stored */
};

/* Of no egress. */
void livekit_egress_none(struct livekit_egress *out);

/* Strings are borrowed from info. ERR_INPUT when it is none: no id, a status that isn't above, a wrong type. */
enum err livekit_egress_read(json_object *info, struct livekit_egress *out) BASE_MUST_CHECK;

/* Where the file goes. Borrowed. */
struct livekit_egress_s3 {
	const char *endpoint;			/* "" = Amazon's */
	const char *region, *bucket, *access_key, *secret;
	int is_path_style;
};

struct livekit_egress_wish {
	const char *room;
	const char *layout;			/* "grid", "speaker", "single-speaker", "grid-light" …; "" = grid */
	const char *preset;			/* a name of EncodingOptionsPreset ("H264_720P_30"); "" = that */
	const char *template_url;		/* a page of one's own instead of LiveKit's; "" = LiveKit's */
	int is_audio_only;
	const char *path;			/* on the worker's machine, or the key; {room_name}, {time} */
	const struct livekit_egress_s3 *s3;	/* NULL = where the worker's own configuration says */
	int has_manifest;			/* whether the worker writes EG_….json beside it */
};

/*
 * The calls. What they return lives with the arena. Beside ERR_PEER (LiveKit can't be reached, refuses us, answers
 * nonsense; logged) and ERR_NOMEM each has kinds of its own, for which livekit_egress_problem() has the sentence.
 */

/*
 * Starts recording a room: STARTING. ERR_ABSENT: no such room (one that nobody is in may be gone). ERR_BUSY: no worker
 * took it within 24 s (there is none, it is busy, or its CPU budget is below cpu_cost.room_composite_cpu_cost); nothing
 * was begun then, and no webhook comes. ERR_CONFIG: LiveKit has no Redis. That the file can't be written, locally or in
 * S3, shows only at the end.
 */
enum err livekit_egress_start(struct livekit_api *api, struct base_arena *a, const struct livekit_egress_wish *w,
    struct livekit_egress *out) BASE_MUST_CHECK;

/*
 * Stops one: ENDING (again, while it ends); one that was still STARTING will be ABORTED. ERR_ABSENT: LiveKit has none
 * such. ERR_GONE: it is over already. ERR_BUSY: its worker doesn't answer, and is dead unless it comes back.
 * ERR_CONFIG as above. room may be NULL.
 */
enum err livekit_egress_stop(struct livekit_api *api, struct base_arena *a, const char *room, const char *id,
    struct livekit_egress *out) BASE_MUST_CHECK;

/* How one is. ERR_ABSENT: LiveKit has none such (it forgets those that ended a day ago). ERR_CONFIG as above. */
enum err livekit_egress_get(struct livekit_api *api, struct base_arena *a, const char *id,
    struct livekit_egress *out) BASE_MUST_CHECK;

/* Those of a room, or of all rooms (NULL): all that are kept, or those alone that aren't over. ERR_CONFIG as above. */
enum err livekit_egress_list(struct livekit_api *api, struct base_arena *a, const char *room, int only_active,
    struct livekit_egress **out, size_t *n) BASE_MUST_CHECK;

/* What a kind that a call returned means, for people: a whole sentence with what to do. Never NULL. */
const char *livekit_egress_problem(enum err e, int was_start);

#endif

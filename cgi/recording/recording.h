/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The responder recording: starting and ending one, and what is left of it. Its states are meeting/recording.h's; what
 * happens between two requests is told by LiveKit (webhook) and looked after by bedrud-worker.
 */
#ifndef CGI_RECORDING_RECORDING_H
#define CGI_RECORDING_RECORDING_H
#include "conf/recording.h"
#include "door/door.h"
#include "meeting/recorder.h"
#include "meeting/role.h"

/* The room that a request is about, who asks, and with recording_find() the recording. */
struct recording_place {
	struct store_room room;
	struct store_standing standing;
	enum meeting_role role;
	struct store_recording rec;
};

/*
 * find.c: the room :roomId (params[0]), for those who may know of its recordings: owner, moderators, who is in it, and
 * superadmins; of a deleted room only owner and superadmins. To others it isn't there (404). recording_find: also
 * :recordingId (params[1]), which its creator may see as well.
 */
enum err recording_find_room(struct door *d, struct recording_place *p) BASE_MUST_CHECK;
enum err recording_find(struct door *d, struct recording_place *p) BASE_MUST_CHECK;
/* find.c: 403 unless the caller is moderator or owner of the room, or superadmin. */
enum err recording_may_control(struct door *d, const struct recording_place *p, const char *what) BASE_MUST_CHECK;

/* find.c: the object for clients, with the address of its file when it can be had. */
enum err recording_put(struct door *d, struct base_buf *b, const char *key,
    const struct store_recording *r) BASE_MUST_CHECK;

/*
 * move.c: applies an event in a durable transaction of its own, then tells LiveKit (api NULL: makes a handle when there
 * is something to tell). *out is the row afterwards. What LiveKit couldn't be told is the worker's within a minute.
 */
enum err recording_move(struct door *d, struct livekit_api *api, const char *id, enum meeting_recording_event event,
    const struct meeting_recording_news *news, struct store_recording *out) BASE_MUST_CHECK;

/*
 * move.c: MEETING_RECORDING_DELETE in the caller's transaction, for several at once; nobody need be told anything.
 * ERR_ABSENT; ERR_CONFLICT: it is still running.
 */
enum err recording_give_up(struct door *d, const char *id) BASE_MUST_CHECK;

/* list.c: a number of the query, at least `least`, cut to `most`; what isn't one is `otherwise`. */
int recording_number(const struct door *d, const char *name, int least, int most, int otherwise);

/*
 * list.c: the whole answer: page `page` (from 1) of what q asks for, whose offset is set here. limit_name is what the
 * answer calls q->limit.
 */
enum err recording_page(struct door *d, struct store_recording_query *q, int page,
    const char *limit_name) BASE_MUST_CHECK;

/* The routes. */
enum err recording_start(struct door *d);	/* POST /api/rooms/:roomId/recording/start: start.c */
enum err recording_stop(struct door *d);	/* POST /api/rooms/:roomId/recording/stop: stop.c */
enum err recording_list(struct door *d);	/* GET /api/rooms/:roomId/recordings: list.c */
enum err recording_one(struct door *d);		/* GET /api/rooms/:roomId/recordings/:recordingId: list.c */
enum err recording_wait(struct door *d);	/* GET …/:recordingId/wait: list.c */
enum err recording_download(struct door *d);	/* GET …/:recordingId/download: download.c */
enum err recording_remove(struct door *d);	/* DELETE …/:recordingId: remove.c */
enum err recording_remove_all(struct door *d);	/* DELETE /api/rooms/:roomId/recordings: remove.c */
enum err recording_admin_list(struct door *d);	/* GET /api/admin/recordings: admin.c */
enum err recording_admin_remove(struct door *d);	/* POST /api/admin/recordings/bulk/delete: admin.c */

#endif

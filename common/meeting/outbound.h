/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling the operator's own webhooks what happened: one job per webhook that wants the event, in the transaction of
 * what happened; bedrud-worker delivers. The events: room.created, room.ended, room.suspended, participant.joined,
 * participant.left, recording.completed.
 */
#ifndef MEETING_OUTBOUND_H
#define MEETING_OUTBOUND_H
#include "base/buf.h"
#include "store/store.h"

/*
 * Queues a dispatch_webhook job {webhook_id, delivery_id, event, body} for each; body is the text to send: {event,
 * timestamp (RFC 3339, UTC, seconds), data {roomId, roomName, userId}}, userId absent when user_id is NULL. A full
 * queue is logged and forgotten: no meeting waits for somebody else's server. Reads webhooks, writes jobs.
 */
enum err meeting_outbound_tell(struct store *s, struct base_arena *a, const char *event, const char *room_id,
    const char *room_name, const char *user_id, int64_t now) BASE_MUST_CHECK;

/*
 * The same with data of the caller's: put writes the members of an object that is open; it is called only if somebody
 * wants to hear.
 */
typedef void meeting_outbound_put(struct base_buf *b, const void *what);
enum err meeting_outbound_send(struct store *s, struct base_arena *a, const char *event, meeting_outbound_put *put,
    const void *what, int64_t now) BASE_MUST_CHECK;

#endif

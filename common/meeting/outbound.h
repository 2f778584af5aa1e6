/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling the operator's own webhooks what happened: one job per webhook that wants the event, in the transaction of
 * what happened; bedrud-worker delivers. The events: room.created, room.ended, room.suspended, participant.joined,
 * participant.left, recording.completed.
 */
#ifndef MEETING_OUTBOUND_H
#define MEETING_OUTBOUND_H
#include "store/store.h"

/*
 * Queues a dispatch_webhook job {webhook_id, delivery_id, event, body} for each; body is the text to send: {event,
 * timestamp (RFC 3339, UTC, seconds), data {roomId, roomName, userId}}, userId absent when user_id is NULL. A full
 * queue is logged and forgotten: no meeting waits for somebody else's server. Reads webhooks, writes jobs.
 */
enum err meeting_outbound_tell(struct store *s, struct base_arena *a, const char *event, const char *room_id,
    const char *room_name, const char *user_id, int64_t now) BASE_MUST_CHECK;

#endif

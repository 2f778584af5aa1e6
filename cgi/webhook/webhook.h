/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The responder webhook: what LiveKit reports becomes true in the store, once. Events come late, twice, in any order:
 * sids and LiveKit's own times are compared, never the order of arrival.
 */
#ifndef CGI_WEBHOOK_WEBHOOK_H
#define CGI_WEBHOOK_WEBHOOK_H
#include "door/door.h"
#include "livekit/event.h"
#include "meeting/presence.h"

/* POST /api/livekit/webhook: receive.c. */
enum err webhook_receive(struct door *d);

/* egress.c: what becomes of a recording, in a transaction of its own. */
enum err webhook_egress(struct door *d, const struct livekit_event *ev, const char *event_id) BASE_MUST_CHECK;

/* effect.c: whether an event of this kind changes anything here. */
int webhook_effect_known(const char *event);

/*
 * effect.c: the event's effect, inside the transaction of the caller's. *p: what LiveKit must be told about its
 * participant, all 0 when nothing.
 */
enum err webhook_effect_apply(struct door *d, const struct livekit_event *ev, struct meeting_presence *p)
    BASE_MUST_CHECK;

#endif

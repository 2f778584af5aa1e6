/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody may send and receive in a room, as LiveKit permissions: the one place that says so. Join tokens carry
 * it, UpdateParticipant sends it after a moderator's action, and whoever arrives with other permissions gets it again.
 * Pure.
 */
#ifndef MEETING_RIGHTS_H
#define MEETING_RIGHTS_H
#include "livekit/token.h"
#include "meeting/role.h"

/*
 * Owners may everything, and so may moderators and superadmins as far as media goes. Others: allowVideo gives camera
 * and screen share (its audio needs the microphone as well), allowAudio the microphone; may_show and may_speak give
 * them to one person. In a webinar or broadcast only who is on stage publishes. Chat blocked takes data away, deafened
 * the subscription; nobody but an owner is spared. Data stays on without allowChat: presence and reactions use it.
 */
struct livekit_grant meeting_rights_grant(const struct store_room *room, enum meeting_role role,
    const struct store_standing *standing);

/* Whether only the stage publishes in rooms of this mode (webinar, broadcast). */
int meeting_rights_has_stage(const struct store_room *room);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one person in a room may do to another, and the words that clients are told it with. Pure. Who somebody is in a
 * room says meeting/role.h; what is left to them afterwards, meeting/rights.h.
 */
#ifndef MEETING_MODERATION_H
#define MEETING_MODERATION_H
#include "base/arena.h"
#include "meeting/role.h"

enum meeting_action {
	MEETING_KICK, MEETING_BAN, MEETING_UNBAN, MEETING_MUTE, MEETING_VIDEO_OFF, MEETING_SCREEN_STOP,
	MEETING_DEAFEN, MEETING_UNDEAFEN, MEETING_CHAT_BLOCK, MEETING_CHAT_UNBLOCK, MEETING_ASK_UNMUTE,
	MEETING_ASK_CAMERA, MEETING_SPOTLIGHT, MEETING_STAGE_BRING, MEETING_STAGE_REMOVE, MEETING_PROMOTE,
	MEETING_DEMOTE, MEETING_ACTION__MAX
};

/*
 * ERR_OK, or the kind of the refusal with its sentence (a literal): ERR_DENIED for an actor without the right, then
 * ERR_INPUT where nobody does it to themselves (video off, spotlight, stage, promote and demote may be), then
 * ERR_DENIED where the target is the room's owner: nobody moderates the owner, a superadmin of the server neither.
 */
enum err meeting_moderation_judge(enum meeting_action action, enum meeting_role actor, enum meeting_role target,
    int is_self, const char **text) BASE_MUST_CHECK;

/*
 * The message on topic "system" that tells clients of an action: {"type":"system","event","actor","target"}, identities
 * both. In the arena; NULL = no memory.
 */
const char *meeting_moderation_message(struct base_arena *a, const char *event, const char *actor, const char *target);

/*
 * A participant's metadata (JSON text, its own words) after an action: promote and demote put "moderator" into
 * `accesses` or take it out, chat block and unblock set `chatBlocked`; all other keys stay. Clients show controls by
 * it; no authority comes from it. Text that is no JSON object counts as {}. *out lives with the arena; NULL when the
 * action leaves metadata alone. ERR_NOMEM.
 */
enum err meeting_moderation_metadata(struct base_arena *a, enum meeting_action action, const char *metadata,
    const char **out) BASE_MUST_CHECK;

#endif

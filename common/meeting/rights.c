/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/rights.h"

#include <string.h>

int
meeting_rights_has_stage(const struct store_room *room)
{
	return strcmp(room->mode, "webinar") == 0 || strcmp(room->mode, "broadcast") == 0;
}

static unsigned
sources(const struct store_room *room, enum meeting_role role, const struct store_standing *t)
{
	int speaks = room->allow_audio || t->may_speak, shows = room->allow_video || t->may_show;
	unsigned all = 0;

	if (role != MEETING_PARTICIPANT)
		return LIVEKIT_ALL_SOURCES;
	if (meeting_rights_has_stage(room) && !t->is_on_stage)
		return 0;
	if (shows)
		all |= LIVEKIT_CAMERA | LIVEKIT_SCREEN_SHARE;
	if (speaks)
		all |= LIVEKIT_MICROPHONE;
	if (shows && speaks)
		all |= LIVEKIT_SCREEN_SHARE_AUDIO;
	return all;
}

struct livekit_grant
meeting_rights_grant(const struct store_room *room, enum meeting_role role, const struct store_standing *standing)
{
	struct livekit_grant g = { .can_update_own_metadata = 1 };

	g.sources = sources(room, role, standing);
	g.can_publish_data = role == MEETING_OWNER || !standing->is_chat_blocked;
	g.can_subscribe = role == MEETING_OWNER || !standing->is_deafened;
	return g;
}

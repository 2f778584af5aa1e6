/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/role.h"

#include <string.h>

static int
owns(const struct store_room *room, const char *identity)
{
	return *identity != '\0' && (strcmp(room->created_by, identity) == 0 || strcmp(room->admin_id, identity) == 0);
}

enum meeting_role
meeting_role_of(const struct store_room *room, const char *identity, int is_superadmin,
    const struct store_standing *standing)
{
	if (is_superadmin)
		return MEETING_SUPERADMIN;
	if (owns(room, identity))
		return MEETING_OWNER;
	return standing->is_moderator ? MEETING_MODERATOR : MEETING_PARTICIPANT;
}

const char *
meeting_role_name(const struct store_room *room, const char *identity, enum meeting_role role)
{
	static const char *const names[] = {
		[MEETING_PARTICIPANT] = "participant", [MEETING_MODERATOR] = "moderator", [MEETING_OWNER] = "owner",
		[MEETING_SUPERADMIN] = "superadmin",
	};

	return names[owns(room, identity) ? MEETING_OWNER : role];
}

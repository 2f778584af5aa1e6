/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is in a room. What each may do to whom is meeting/moderation.h, what they may send meeting/rights.h. */
#ifndef MEETING_ROLE_H
#define MEETING_ROLE_H
#include "store/room.h"
#include "store/standing.h"

enum meeting_role {
	MEETING_PARTICIPANT,
	MEETING_MODERATOR,	/* promoted in this room; guests too */
	MEETING_OWNER,		/* created_by or admin_id */
	MEETING_SUPERADMIN,	/* of the server, whoever owns the room */
};

/* identity "" is nobody in particular. */
enum meeting_role meeting_role_of(const struct store_room *room, const char *identity, int is_superadmin,
    const struct store_standing *standing);

/* "participant", "moderator", "owner", "superadmin": what replies call `role`. A superadmin who owns the room is its
 * owner for clients. */
const char *meeting_role_name(const struct store_room *room, const char *identity, enum meeting_role role);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms: the doors, and the tables behind them. */
#include "cgi/room/room.h"

#include "base/limits.h"
#include "store/store.h"

static const struct door_route routes[] = {
	{ "POST", "/api/room/create", room_create, DOOR_USER, DOOR_RATE_API, LIMIT_BODY_SMALL },
	{ "GET", "/api/room/list", room_list, DOOR_USER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "GET", "/api/room/:roomId/presence", room_presence, DOOR_OPTIONAL, DOOR_RATE_API, LIMIT_BODY_NONE },
	{ "DELETE", "/api/room/:roomId", room_delete, DOOR_USER, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
	{ NULL, NULL, NULL, DOOR_ANYONE, DOOR_RATE_NONE, 0 }
};

static const struct store_right rights[] = {
	{ "users", STORE_READ },
	{ "sessions", STORE_READ },
	{ "blocked_access_tokens", STORE_READ },
	{ "system_settings", STORE_READ },
	{ "rooms", STORE_READ | STORE_WRITE },
	{ "room_permissions", STORE_READ | STORE_WRITE },
	{ "room_participants", STORE_READ | STORE_WRITE },
	{ "seats", STORE_READ | STORE_WRITE },
	{ "admissions", STORE_READ | STORE_WRITE },
	{ "live_rooms", STORE_READ | STORE_WRITE },
	{ "rate_limits", STORE_READ | STORE_WRITE },
	{ "room_standing", STORE_READ | STORE_WRITE },
	{ "bans", STORE_READ | STORE_WRITE },
	{ "shut_addresses", STORE_READ | STORE_WRITE },
	{ "suspensions", STORE_READ },
	{ "jobs", STORE_READ | STORE_WRITE },
	{ "webhooks", STORE_READ },
	{ NULL, 0 }
};

int
main(int argc, char **argv)
{
	return door_main(argc, argv, "room", routes, rights);
}

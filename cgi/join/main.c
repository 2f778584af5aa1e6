/* SPDX-License-Identifier: Apache-2.0 */
/* Enter a room: the doors, and the tables behind them. */
#include "cgi/join/join.h"

#include "base/limits.h"
#include "store/store.h"
#include "web/loop.h"

static const struct door_route routes[] = {
	{ "POST", "/api/room/join", join_account, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
	{ "POST", "/api/room/guest-join", join_guest, DOOR_ANYONE, DOOR_RATE_GUEST, LIMIT_BODY_SMALL },
	{ "GET", "/api/room/check/:name", join_check, DOOR_ANYONE, DOOR_RATE_GUEST, LIMIT_BODY_NONE },
	{ "POST", "/api/room/refresh-token", join_refresh, DOOR_CALLER, DOOR_RATE_API, LIMIT_BODY_SMALL },
	{ NULL, NULL, NULL, DOOR_ANYONE, DOOR_RATE_NONE, 0 }
};

static const struct store_right rights[] = {
	{ "users", STORE_READ | STORE_WRITE },		/* guests get a row */
	{ "sessions", STORE_READ | STORE_WRITE },	/* and a session */
	{ "blocked_access_tokens", STORE_READ },
	{ "system_settings", STORE_READ },
	{ "rooms", STORE_READ },
	{ "room_participants", STORE_READ | STORE_WRITE },	/* an invitation approves */
	{ "room_invitations", STORE_READ | STORE_WRITE },
	{ "seats", STORE_READ },
	{ "bans", STORE_READ },
	{ "live_rooms", STORE_READ },
	{ "recordings", STORE_READ },
	{ "admissions", STORE_READ | STORE_WRITE },
	{ "rate_limits", STORE_READ | STORE_WRITE },
	{ "room_standing", STORE_READ },
	{ "suspensions", STORE_READ },
	{ "shut_addresses", STORE_READ },
	{ NULL, 0 }
};

int
main(int argc, char **argv)
{
	web_loop_give_way();	/* a repeated join waits for nothing */
	return door_main(argc, argv, "join", routes, rights);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings: the doors, and the tables behind them. */
#include "cgi/recording/recording.h"

#include "base/limits.h"
#include "store/store.h"

#define ROOM "/api/rooms/:roomId"
static const struct door_route routes[] = {
	{ "POST", ROOM "/recording/start", recording_start, DOOR_CALLER, DOOR_RATE_API, LIMIT_BODY_SMALL },
	{ "POST", ROOM "/recording/stop", recording_stop, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
	{ "GET", ROOM "/recordings", recording_list, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "DELETE", ROOM "/recordings", recording_remove_all, DOOR_USER, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
	{ "GET", ROOM "/recordings/:recordingId", recording_one, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "GET", ROOM "/recordings/:recordingId/wait", recording_wait, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "GET", ROOM "/recordings/:recordingId/download", recording_download, DOOR_CALLER, DOOR_RATE_NONE,
	    LIMIT_BODY_NONE },
	{ "DELETE", ROOM "/recordings/:recordingId", recording_remove, DOOR_USER, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
	{ "GET", "/api/admin/recordings", recording_admin_list, DOOR_ADMIN, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "POST", "/api/admin/recordings/bulk/delete", recording_admin_remove, DOOR_ADMIN, DOOR_RATE_NONE,
	    LIMIT_BODY_SMALL },
	{ NULL, NULL, NULL, DOOR_ANYONE, DOOR_RATE_NONE, 0 }
};

static const struct store_right rights[] = {
	{ "users", STORE_READ },
	{ "sessions", STORE_READ },
	{ "blocked_access_tokens", STORE_READ },
	{ "system_settings", STORE_READ },
	{ "rooms", STORE_READ },
	{ "suspensions", STORE_READ },
	{ "room_participants", STORE_READ },
	{ "room_standing", STORE_READ },
	{ "bans", STORE_READ },
	{ "live_rooms", STORE_READ },
	{ "recordings", STORE_READ | STORE_WRITE },
	{ "recording_facts", STORE_READ | STORE_WRITE },
	{ "jobs", STORE_READ | STORE_WRITE },
	{ "webhooks", STORE_READ },
	{ "rate_limits", STORE_READ | STORE_WRITE },
	{ NULL, 0 }
};

int
main(int argc, char **argv)
{
	return door_main(argc, argv, "recording", routes, rights);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms: the doors, and the tables behind them. */
#include "cgi/room/room.h"

#include "base/limits.h"
#include "store/store.h"

/* Clients send no body, or {}, or whatever. */
#define MODERATION(path, handler) \
	{ "POST", "/api/room/:roomId/" path, handler, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_SMALL }

static const struct door_route routes[] = {
	{ "POST", "/api/room/create", room_create, DOOR_USER, DOOR_RATE_API, LIMIT_BODY_SMALL },
	{ "GET", "/api/room/list", room_list, DOOR_USER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "GET", "/api/room/archived", room_archived, DOOR_USER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "GET", "/api/room/:roomId/presence", room_presence, DOOR_OPTIONAL, DOOR_RATE_API, LIMIT_BODY_NONE },
	{ "DELETE", "/api/room/:roomId", room_delete, DOOR_USER, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
	{ "PUT", "/api/room/:roomId/settings", room_settings, DOOR_USER, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
	{ "GET", "/api/room/:roomId/participant/:identity/profile", room_profile, DOOR_CALLER, DOOR_RATE_NONE,
	    LIMIT_BODY_NONE },
	{ "GET", "/api/room/:roomId/participant/:identity/info", room_info, DOOR_CALLER, DOOR_RATE_NONE,
	    LIMIT_BODY_NONE },
	{ "GET", "/api/room/:roomId/standing", room_standing, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "GET", "/api/room/:roomId/bans", room_bans, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	MODERATION("kick/:identity", room_kick),
	MODERATION("ban/:identity", room_ban),
	MODERATION("unban/:identity", room_unban),
	MODERATION("mute/:identity", room_mute),
	MODERATION("promote/:identity", room_promote),
	MODERATION("demote/:identity", room_demote),
	MODERATION("deafen/:identity", room_deafen),
	MODERATION("undeafen/:identity", room_undeafen),
	MODERATION("video/:identity/off", room_video_off),
	MODERATION("screenshare/:identity/stop", room_screen_stop),
	MODERATION("chat/:identity/block", room_chat_block),
	MODERATION("chat/:identity/unblock", room_chat_unblock),
	MODERATION("ask/:identity/:action", room_ask),
	MODERATION("spotlight/:identity", room_spotlight),
	MODERATION("stage/:identity/bring", room_stage_bring),
	MODERATION("stage/:identity/remove", room_stage_remove),
	{ "POST", "/api/room/knock", room_knock, DOOR_OPTIONAL, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
	{ "GET", "/api/room/:roomId/knocks", room_knocks, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	MODERATION("admit/:identity", room_admit),
	MODERATION("refuse/:identity", room_refuse),
	{ "GET", "/api/room/:roomId/invitations", room_invitations, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE },
	{ "POST", "/api/room/:roomId/invitations", room_invite, DOOR_CALLER, DOOR_RATE_API, LIMIT_BODY_SMALL },
	{ "DELETE", "/api/room/:roomId/invitations/:id", room_uninvite, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_SMALL },
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
	{ "recordings", STORE_READ | STORE_WRITE },
	{ "recording_facts", STORE_READ | STORE_WRITE },
	{ "rate_limits", STORE_READ | STORE_WRITE },
	{ "room_standing", STORE_READ | STORE_WRITE },
	{ "bans", STORE_READ | STORE_WRITE },
	{ "shut_addresses", STORE_READ | STORE_WRITE },
	{ "suspensions", STORE_READ },
	{ "knocks", STORE_READ | STORE_WRITE },
	{ "room_invitations", STORE_READ | STORE_WRITE },
	{ "jobs", STORE_READ | STORE_WRITE },
	{ "webhooks", STORE_READ },
	{ NULL, 0 }
};

int
main(int argc, char **argv)
{
	return door_main(argc, argv, "room", routes, rights);
}

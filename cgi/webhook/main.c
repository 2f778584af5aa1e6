/* SPDX-License-Identifier: Apache-2.0 */
/* LiveKit's reports: the one door, and the tables behind it. */
#include "cgi/webhook/webhook.h"

#include "base/limits.h"
#include "store/store.h"

static const struct door_route routes[] = {
	{ "POST", "/api/livekit/webhook", webhook_receive, DOOR_ANYONE, DOOR_RATE_NONE, LIMIT_BODY_WEBHOOK },
	{ NULL, NULL, NULL, DOOR_ANYONE, DOOR_RATE_NONE, 0 }
};

static const struct store_right rights[] = {
	{ "rooms", STORE_READ | STORE_WRITE },
	{ "room_participants", STORE_READ | STORE_WRITE },
	{ "seats", STORE_READ | STORE_WRITE },
	{ "live_rooms", STORE_READ | STORE_WRITE },
	{ "admissions", STORE_READ | STORE_WRITE },
	{ "bans", STORE_READ },
	{ "users", STORE_READ },	/* is_active of who arrives */
	{ "recordings", STORE_READ | STORE_WRITE },
	{ "recording_facts", STORE_READ | STORE_WRITE },
	{ "webhook_inbox", STORE_READ | STORE_WRITE },
	{ "room_standing", STORE_READ },
	{ "suspensions", STORE_READ },
	{ "jobs", STORE_READ | STORE_WRITE },
	{ "webhooks", STORE_READ },
	{ NULL, 0 }
};

int
main(int argc, char **argv)
{
	return door_main(argc, argv, "webhook", routes, rights);
}

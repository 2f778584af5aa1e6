/* SPDX-License-Identifier: Apache-2.0 */
/* auth.fcgi: its doors and the tables it may touch. */
#include "base/limits.h"
#include "cgi/auth/auth.h"

static const struct door_route routes[] = {
	{"POST", "/api/auth/register", auth_register, DOOR_ANYONE, DOOR_RATE_AUTH, LIMIT_BODY_SMALL},
	{"POST", "/api/auth/login", auth_login, DOOR_ANYONE, DOOR_RATE_AUTH, LIMIT_BODY_SMALL},
	{"POST", "/api/auth/guest-login", auth_guest_login, DOOR_ANYONE, DOOR_RATE_AUTH, LIMIT_BODY_SMALL},
	{"POST", "/api/auth/refresh", auth_refresh, DOOR_ANYONE, DOOR_RATE_AUTH, LIMIT_BODY_SMALL},
	{"POST", "/api/auth/logout", auth_logout, DOOR_UNVERIFIED, DOOR_RATE_NONE, LIMIT_BODY_SMALL},
	{"GET", "/api/auth/me", auth_me, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE},
	{"GET", "/api/auth/preferences", auth_preferences, DOOR_CALLER, DOOR_RATE_NONE, LIMIT_BODY_NONE},
	{"GET", "/api/auth/settings", auth_settings, DOOR_ANYONE, DOOR_RATE_NONE, LIMIT_BODY_NONE},
	{NULL, NULL, NULL, DOOR_ANYONE, DOOR_RATE_NONE, 0},
};

static const struct store_right rights[] = {
	{"users", STORE_READ | STORE_WRITE},
	{"sessions", STORE_READ | STORE_WRITE},
	{"blocked_access_tokens", STORE_READ | STORE_WRITE},
	{"blocked_refresh_tokens", STORE_READ | STORE_WRITE},
	{"invite_tokens", STORE_READ | STORE_WRITE},
	{"system_settings", STORE_READ},
	{"rate_limits", STORE_READ | STORE_WRITE},
	{NULL, 0},
};

int
main(int argc, char **argv)
{
	return door_main(argc, argv, "auth", routes, rights);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Health, readiness, and every /api path that nobody else answers. */
#include "cgi/health/health.h"
#include "base/limits.h"

static const struct door_route routes[] = {
	{"GET", "/api/health", health_alive, DOOR_ANYONE, DOOR_RATE_NONE, LIMIT_BODY_NONE},
	{"GET", "/api/ready", health_ready, DOOR_ANYONE, DOOR_RATE_NONE, LIMIT_BODY_NONE},
	{"GET", "/health", health_redirect, DOOR_ANYONE, DOOR_RATE_NONE, LIMIT_BODY_NONE},
	{"GET", "/ready", health_redirect, DOOR_ANYONE, DOOR_RATE_NONE, LIMIT_BODY_NONE},
	{"GET", "/api/webxdc/config", health_webxdc, DOOR_ANYONE, DOOR_RATE_NONE, LIMIT_BODY_NONE},
	{0},
};

int
main(int argc, char **argv)
{
	/* No rights: whether there is a database is what /api/ready finds out, so it opens one itself. */
	return door_main(argc, argv, "health", routes, NULL);
}

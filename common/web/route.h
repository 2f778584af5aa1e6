/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route matching. Patterns have literal segments and ":name" segments ("/api/room/check/:name"); literals are
 * compared without case, as Bedrud does; "*" as the last segment matches the rest, also nothing.
 */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H
#include "web/request.h"

/* 1 if the path matches; params[] get copies in the arena. ERR_NOMEM is reported as no match with *oom = 1. */
int web_route_match(const char *pattern, struct web_request *r, int *oom);

#endif

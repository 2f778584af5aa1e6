/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the client is when proxies stand between: an address counts only as far as the proxies that reported it are
 * trusted (server.trustedProxies), read from the right, so that a client can't choose its own rate-limit bucket.
 */
#ifndef DOOR_PROXY_H
#define DOOR_PROXY_H
#include "base/arena.h"
#include "conf/conf.h"

/* Whether an address (text) is one of the trusted: single addresses or CIDR blocks, IPv4 and IPv6. */
int door_proxy_trusted(const struct conf *c, const char *address);

/*
 * The client: the peer, or when that is trusted the right-most address of the header's list that isn't. NULL = no
 * memory.
 */
const char *door_proxy_client(const struct conf *c, struct base_arena *a, const char *peer, const char *header);

#endif

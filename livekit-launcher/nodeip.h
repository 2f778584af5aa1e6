/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address that LiveKit tells clients to send their media to: livekit.nodeIP, else server.host, else the address
 * of the outbound route, else 127.0.0.1. Finding it sends no packet beyond a name lookup of server.host.
 */
#ifndef LAUNCHER_NODEIP_H
#define LAUNCHER_NODEIP_H
#include "base/err.h"

#define LAUNCHER_NODEIP_TEXT 46		/* INET6_ADDRSTRLEN */

struct launcher_nodeip {
	char text[LAUNCHER_NODEIP_TEXT];	/* numeric, no brackets, no zone */
	const char *rule;			/* what decided, for the log: "livekit.nodeIP" … */
	const char *name;			/* borrowed: server.host, when it was looked up; else NULL */
	int is_v6, is_loopback;
	/*
	 * The address of this machine at which what is sent to `text` arrives: `text` itself, or, when a router has
	 * that, the address of the outbound route; "" = unknown.
	 */
	char bound[LAUNCHER_NODEIP_TEXT];
};

/*
 * ERR_CONFIG (logged) when nodeIP isn't an address that a client could use. Empty strings mean "not set". `before`
 * (NULL = none) was decided earlier: where its name can't be looked up now, its address stays. May take 8 s, when name
 * servers are silent.
 */
enum err launcher_nodeip_decide(const char *node_ip, const char *server_host, const struct launcher_nodeip *before,
    struct launcher_nodeip *out) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What LiveKit should run with, decided from config.yaml: ports, keys, node IP, TURN, Redis, webhook; or what the file
 * in livekit.configPath says of these. No process; of files only that one and the certificate are looked at.
 */
#ifndef LAUNCHER_PLAN_H
#define LAUNCHER_PLAN_H
#include <limits.h>
#include <stdint.h>
#include "base/err.h"
#include "conf/conf.h"
#include "livekit-launcher/nodeip.h"

#define LAUNCHER_NOTE 700
#define LAUNCHER_DROPS 24
#define LAUNCHER_WEBHOOK_PATH "/api/livekit/webhook"
#define LAUNCHER_TURN_LIFE_S (366 * 86400LL)	/* of the credentials in rtc.turn_servers; made anew with each plan */

struct launcher_turn {
	int is_on;
	int udp_port;
	int tls_port;				/* 0: no TURN over TLS */
	int is_tls_outside;			/* something in front takes TLS off, and clients reach it at 443 */
	int relay_start, relay_end;
	char domain[256], cert[PATH_MAX], key[PATH_MAX];	/* "" = none */
	int64_t expires_s;			/* of our own credentials, seconds since 1970 */
	char note[LAUNCHER_NOTE];		/* what is off or missing, what that costs, the fix; "" = all there */
};

/* Keys that the livekit-server at hand doesn't know, as "section.key" or "key": left out of its file. */
struct launcher_drops {
	char name[LAUNCHER_DROPS][48];
	size_t n;
};

struct launcher_redis {
	const char *address;			/* "" = none. Borrowed, like all here */
	const char *username, *password;
	int db, use_tls;
};

struct launcher_plan {
	/*
	 * livekit.configPath, borrowed; NULL: LiveKit's file is generated. When set, that file is used as it is and
	 * never written or removed; ports, node, turn's ports and http_host are what it says (0 = none, node.text "" =
	 * LiveKit finds it), and redis and what only a generated file needs is empty.
	 */
	const char *static_path;
	char http_host[LAUNCHER_NODEIP_TEXT];	/* address at which LiveKit's HTTP answers us */
	int port, tcp_port;
	int udp_port;				/* 0: the range below */
	int udp_start, udp_end;
	struct launcher_nodeip node;
	struct launcher_turn turn;
	struct launcher_redis redis;
	struct launcher_drops drops;		/* launcher_fit()'s; none in a plan just made */
	const char *api_key, *api_secret;	/* borrowed from the configuration */
	char webhook[512];
	int empty_timeout_s, departure_timeout_s;
	const char *log_level;			/* a word that LiveKit knows */
};

/* A port that LiveKit opens, or a range of which it opens each port when a participant needs it. */
struct launcher_plan_port {
	const char *key;			/* of config.yaml; of a range, what to call it */
	int is_udp, is_range, from, to;		/* from 0: not opened */
};

#define LAUNCHER_PLAN_PORTS 7

/* All of them, each always at the same place. */
void launcher_plan_ports(const struct launcher_plan *p, struct launcher_plan_port out[LAUNCHER_PLAN_PORTS]);

/*
 * ERR_CONFIG after a logged sentence, ERR_NOMEM. The configuration outlives the plan. `before` (NULL = none) is the one
 * that this one is to follow: for launcher_nodeip_decide(), which may take 8 s.
 */
enum err launcher_plan_make(const struct conf *c, const struct launcher_plan *before,
    struct launcher_plan *p) BASE_MUST_CHECK;

#endif

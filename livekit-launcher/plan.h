/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What LiveKit should run with, decided from config.yaml: ports, keys, node IP, webhook. No file, no process.
 */
#ifndef LAUNCHER_PLAN_H
#define LAUNCHER_PLAN_H
#include "base/err.h"
#include "conf/conf.h"
#include "livekit-launcher/nodeip.h"

struct launcher_plan {
	int port, tcp_port;
	int udp_port;				/* 0: the range below */
	int udp_start, udp_end;
	struct launcher_nodeip node;
	const char *api_key, *api_secret;	/* borrowed from the configuration */
	char webhook[512];
	int empty_timeout_s, departure_timeout_s;
	const char *log_level;			/* a word that LiveKit knows */
};

/* ERR_CONFIG after a logged sentence. The configuration outlives the plan. */
enum err launcher_plan_make(const struct conf *c, struct launcher_plan *p) BASE_MUST_CHECK;

#endif

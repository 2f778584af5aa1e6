/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to the Redis of livekit.redis, as LiveKit makes it. */
#ifndef CTL_DOCTOR_REDIS_H
#define CTL_DOCTOR_REDIS_H
#include "ctl/doctor/doctor.h"
#include "ctl/doctor/net.h"

/*
 * Connects, authenticates, selects the database, pings, and says each step: redis.address, redis.dns, redis.tcp,
 * redis.tls, redis.certificate, redis.auth, redis.db, redis.ping. ERR_OK: n is ready for commands. ERR_ABSENT: no Redis
 * is configured, nothing said. ERR_PEER: said. net_close() in any case.
 */
enum err redis_open(struct doctor *d, struct net *n) BASE_MUST_CHECK;

#endif

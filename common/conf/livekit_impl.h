/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose LiveKit it is. The public side, conf_livekit_embedded() and conf_livekit_api(), is in conf/conf.h.
 */
#ifndef CONF_LIVEKIT_IMPL_H
#define CONF_LIVEKIT_IMPL_H
#include "conf/conf_impl.h"

/*
 * 1 if the address's host is this machine: localhost, loopback, the unspecified address, one of our interfaces, our
 * name.
 */
int conf_livekit_is_here(const char *url);

/* The rules of conf_livekit_embedded() and conf_livekit_decider(), over values and the environment. ERR_NOMEM. */
enum err conf_livekit_decide(struct conf *c) BASE_MUST_CHECK;

#endif

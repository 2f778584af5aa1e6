/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the checks of media and of its relay share: both look at one LiveKit that has let a participant in
 * (ctl/doctor/signal.h). media.c joins, asks the media addresses and leaves; turn.c asks the ICE servers.
 */
#ifndef CTL_DOCTOR_MEDIA_H
#define CTL_DOCTOR_MEDIA_H
#include "ctl/doctor/doctor.h"
#include "ctl/doctor/signal.h"
#include "ctl/doctor/url.h"

#define MEDIA_FRESH_MS 8000	/* then we join anew: LiveKit drops who doesn't connect */

struct media {
	struct doctor *d;
	const struct launcher_plan *plan;	/* NULL: LiveKit's file isn't the launcher's work */
	struct signal_target target;
	struct signal *s;
	int64_t joined_ms;			/* monotonic */
	int is_hosted;				/* LiveKit's own cloud: who uses it can't change how it runs */
	char site[256];				/* host by which participants open the site; "" = unknown */
	enum url_reach reach;			/* who these are */
};

/* Joins again when the participant has become too old to be asked anything. ERR_PEER, ERR_NOMEM: s->why. */
enum err media_freshen(struct media *m) BASE_MUST_CHECK;

/*
 * The candidate to which media would go: answered before silent, UDP before TCP, IPv4 before IPv6 (every client speaks
 * it); NULL = none. For a relay: of UDP and of the relay's address family, else AF_UNSPEC.
 */
const struct ice_candidate *media_best(const struct media *m, int family);

/* 1 if `name` (a host name or an address) is, or resolves to, the numeric address. */
int media_names(const char *name, const char *address);

/*
 * 1 if the node IP is none of this machine's, so a router's or a provider's: many of those don't lead what comes from
 * inside back in, so silence proves nothing.
 */
int media_is_beyond_router(const struct media *m);

/* What turn.c says before and after somebody could join. */
void turn_plan(struct media *m);
void turn_servers(struct media *m);

#endif

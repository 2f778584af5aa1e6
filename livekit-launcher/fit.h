/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fits the generated configuration to the livekit-server at hand: a key that it doesn't know would stop it, and it says
 * so itself. Nothing is asked beforehand, so that a start costs no more than LiveKit's own.
 */
#ifndef LAUNCHER_FIT_H
#define LAUNCHER_FIT_H
#include "base/buf.h"
#include "livekit-launcher/plan.h"

/*
 * `reason` says, in LiveKit's words, why it refused `yaml`, which was written from `p`. 1 if it names keys that it
 * doesn't know and that can be missed: they are in p->drops now, a line for each says what is lost, and `yaml` is
 * written anew without them, to be tried again. 0 if it is anything else, or a key that Bedrud can't do without, or
 * the file is a static one: nothing was changed. Each key is dropped once, so that repeating comes to an end.
 */
int launcher_fit(struct launcher_plan *p, const char *reason, struct base_buf *yaml);

/* A plan made anew for the same livekit-server takes over what was learned with the old one. Silent. */
void launcher_fit_carry(const struct launcher_plan *old, struct launcher_plan *p);

#endif

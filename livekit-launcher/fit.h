/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fits the configuration to the livekit-server at hand: a key that it doesn't know would stop it.
 */
#ifndef LAUNCHER_FIT_H
#define LAUNCHER_FIT_H
#include "base/buf.h"
#include "livekit-launcher/plan.h"

/*
 * Asks the binary about turn.allow_restricted_peer_cidrs, if `yaml` has it (1.11.0 doesn't know it, 1.13.5 does), and
 * on a refusal writes `yaml` anew without it and logs what that costs. A binary that doesn't answer, or refuses
 * something else, is left to its start, which names the fault. Errors as of launcher_yaml_write.
 */
enum err launcher_fit(struct launcher_plan *p, const char *binary, struct base_buf *yaml) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * livekit.configPath: a configuration of LiveKit's own, written by hand and used as it is. Only read here, never
 * changed: what we need of it to look after LiveKit, and whether Bedrud's programs can work with it.
 */
#ifndef LAUNCHER_STATIC_H
#define LAUNCHER_STATIC_H
#include "base/buf.h"
#include "livekit-launcher/plan.h"

/* Appends the file's text. ERR_CONFIG (logged) when it can't be read or is bigger than `text` may be; ERR_NOMEM. */
enum err launcher_static_text(const char *path, struct base_buf *text) BASE_MUST_CHECK;

/*
 * Sets ports, node IP, TURN and http_host of the plan, whose key and secret are known, to what the text says; where it
 * says nothing, to LiveKit's defaults (1.13.5). ERR_CONFIG after a logged sentence with the fix: no
 * YAML (line and column), a port that is none, no key and secret like ours. A webhook that doesn't reach Bedrud is
 * only warned about. No value of a key or secret is logged.
 */
enum err launcher_static_read(const char *path, const struct base_buf *text,
    struct launcher_plan *p) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LiveKit's configuration as YAML, by libyaml's emitter: any UTF-8 string survives in any value. Keys are only those
 * that livekit-server 1.11.0 and 1.13.5 both know, as an unknown one stops it; for the exception see fit.h.
 */
#ifndef LAUNCHER_YAML_H
#define LAUNCHER_YAML_H
#include "base/buf.h"
#include "livekit-launcher/plan.h"

#define LAUNCHER_METADATA_MOST (32 << 10)	/* bytes of a participant's metadata, and of its attributes */

/*
 * Appends the document. With is_masked the secret is replaced by asterisks (for --print-config).
 * ERR_CONFIG (logged) when a string isn't UTF-8, ERR_NOMEM.
 */
enum err launcher_yaml_write(const struct launcher_plan *p, int is_masked, struct base_buf *out) BASE_MUST_CHECK;

/*
 * What LiveKit will read: the static file's text, or the generated one with its secrets. Errors of
 * launcher_static_text() and the above.
 */
enum err launcher_yaml_text(const struct launcher_plan *p, struct base_buf *out) BASE_MUST_CHECK;

#endif

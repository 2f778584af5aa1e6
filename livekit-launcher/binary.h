/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where livekit-server is: livekit.binary, else $LIVEKIT_SERVER, else `livekit-server` in PATH.
 */
#ifndef LAUNCHER_BINARY_H
#define LAUNCHER_BINARY_H
#include <limits.h>
#include "base/buf.h"

/*
 * The path that exec takes. ERR_CONFIG after a logged sentence with the fix. `configured` is livekit.binary, "" =
 * unset.
 */
enum err launcher_binary_find(const char *configured, char out[PATH_MAX]) BASE_MUST_CHECK;

/*
 * Asks it: its first line of --version, without the newline, into out. ERR_CONFIG (logged) when it isn't LiveKit's
 * server.
 */
enum err launcher_binary_version(const char *path, struct base_buf *out) BASE_MUST_CHECK;

#endif

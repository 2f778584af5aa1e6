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

/* 1 if the kernel has another program read it ("#!"). */
int launcher_binary_is_script(const char *path);

/*
 * Warns of file capabilities (setcap(8)): for an ordinary user the kernel then drops at execve(2) that the program is
 * to die with its parent (prctl(2), PR_SET_PDEATHSIG), and shows nobody what it has open.
 */
void launcher_binary_warn(const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process: in a session of its own, with a short environment (no secret, no LIVEKIT_* setting gets in by
 * accident), and killed by the kernel when we die.
 */
#ifndef LAUNCHER_CHILD_H
#define LAUNCHER_CHILD_H
#include <sys/types.h>
#include "base/buf.h"

/*
 * What a forked child of ours does first; -1 when the parent is gone already. Leaves signals as a fresh process has
 * them.
 */
int launcher_child_begin(pid_t parent);

/*
 * Starts program with argv; its standard output and error go to out_fd. keep_fd (or -1) stays open in it. ERR_CONFIG
 * when the program can't be executed (missing, no permission, wrong architecture: errno), ERR_IO when fork or pipe
 * failed (errno).
 */
enum err launcher_child_spawn(const char *program, char *const argv[], int out_fd, int keep_fd,
    pid_t *pid) BASE_MUST_CHECK;

/*
 * Runs it to its end and appends what it said. ERR_PEER when it isn't done after timeout_ms (it is killed); its exit
 * status doesn't count: livekit-server leaves with 0 also when it refused. Else as above.
 */
enum err launcher_child_capture(const char *program, char *const argv[], int keep_fd, int timeout_ms,
    struct base_buf *out) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs LiveKit until a signal or a permanent fault ends it: one loop over signals, LiveKit's log and timers, which
 * turns what happens into events of supervise.h and does what its table says.
 */
#ifndef LAUNCHER_RUN_H
#define LAUNCHER_RUN_H
#include "livekit-launcher/setup.h"
#include "livekit-launcher/statefile.h"

/*
 * Takes SIGTERM, SIGINT, SIGHUP, SIGQUIT and SIGCHLD out of their default course from here on; before any file is
 * made. They are taken even if our parent has us ignore them.
 */
void launcher_run_block_signals(void);

/*
 * Returns the exit code of the program: 0, 75 or 78. `file` (NULL without) is read again at SIGHUP, and `setup` changes
 * with it. The generated file exists only while this runs.
 */
int launcher_run(const char *file, struct launcher_setup *setup, struct launcher_statefile *place);

/* Writes a status for others: it failed before LiveKit was ever started, for that reason. The lock is ours. */
void launcher_tell_failed(const struct conf *c, const char *fault);

#endif

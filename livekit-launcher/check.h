/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --check: whether LiveKit would start, without starting it. The configuration is handed over in memory; no file is
 * made.
 */
#ifndef LAUNCHER_CHECK_H
#define LAUNCHER_CHECK_H
#include "base/buf.h"
#include "livekit-launcher/plan.h"

/*
 * Appends what the binary says to `--config … ports` (ERR_IO when the configuration can't be held in memory, else as
 * of launcher_child_capture; not logged unless in memory). The answer may hold secrets.
 */
enum err launcher_check_ask(const char *binary, const struct base_buf *yaml, struct base_buf *answer) BASE_MUST_CHECK;

/*
 * Whether LiveKit takes the configuration, fitted to it (launcher_fit) if need be: 0, else 75 or 78 after a logged
 * sentence.
 */
int launcher_check_text(struct launcher_plan *p, const char *binary, struct base_buf *yaml);

/* Asks the binary for its version and its opinion (`--config … ports`). Prints what it found; returns 0, 75 or 78. */
int launcher_check(struct launcher_plan *p, const char *binary, struct base_buf *yaml);

#endif

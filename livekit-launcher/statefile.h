/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generated file and our place in the state directory. `livekit-launcher.file` there holds the name of the
 * generated file, is locked while we live (one launcher per state directory), and is empty after a clean end. What a
 * killed launcher left behind is removed by the next one, only if it can be nothing else than such a file.
 */
#ifndef LAUNCHER_STATEFILE_H
#define LAUNCHER_STATEFILE_H
#include <limits.h>
#include "base/buf.h"
#include "conf/conf.h"
#include "livekit/status.h"

#define LAUNCHER_STATEFILE_NAME LIVEKIT_STATUS_LOCK

struct launcher_statefile {
	char path[PATH_MAX];		/* of livekit-launcher.file */
	char yaml[PATH_MAX];		/* of the generated file; "" = there is none */
	int fd;				/* locked; -1 = closed */
};

/*
 * Locks the place and removes a predecessor's file. ERR_CONFIG (the folder is missing or may not be written), ERR_BUSY
 * (another launcher has it), ERR_IO; logged.
 */
enum err launcher_statefile_open(const struct conf *c, struct launcher_statefile *s) BASE_MUST_CHECK;

/*
 * Writes the text to a new file of mode 0600, in $RUNTIME_DIRECTORY or /tmp, after its name was noted; an earlier one
 * is removed. Called before each start of LiveKit: whatever sweeps /tmp may have taken the old file, and somebody
 * else its name. ERR_CONFIG (the folder is missing or may not be written), ERR_IO (it may go well another time: a full
 * disk); `why` (n bytes) then names the file and the fix, and nothing is logged.
 */
enum err launcher_statefile_write(struct launcher_statefile *s, const struct base_buf *text, char *why,
    size_t n) BASE_MUST_CHECK;

/*
 * The path of a file of the state directory into out. ERR_CONFIG (logged) when it is longer than a path may be.
 */
enum err launcher_statefile_path(const struct conf *c, const char *name, char out[PATH_MAX]) BASE_MUST_CHECK;

/* Removes the generated file, forgets its name, unlocks. May be called twice, and after a failed open. */
void launcher_statefile_close(struct launcher_statefile *s);

/* 1 if the name is FOLDER/bedrud-livekit-??????.yaml with FOLDER = /tmp or `runtime` (NULL = none). */
int launcher_statefile_is_ours(const char *path, const char *runtime);

#endif

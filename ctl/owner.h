/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As whom root works on an installation: our programs run as the owner of the database, so root opens, makes and runs
 * what is theirs as that user. Nothing here does anything unless we are root and the owner is somebody else.
 */
#ifndef CTL_OWNER_H
#define CTL_OWNER_H
#include <sys/types.h>
#include "base/err.h"

#define CTL_OWNER_GROUPS 64

struct ctl_owner {
	int is_other;				/* we act as somebody else */
	int n;					/* our own groups, for the way back */
	gid_t groups[CTL_OWNER_GROUPS];
};

/*
 * Becomes the owner of the file at `path` (or of its folder, while there is no file), with the groups that this user
 * has, for the rest of the run, so that no file of root's is left among theirs. ERR_IO when that doesn't work, logged.
 */
enum err ctl_owner_become(const char *path) BASE_MUST_CHECK;

/*
 * The same until ctl_owner_leave(), which must follow a success. A program that is executed meanwhile is that user's
 * for good. On ERR_IO (logged) nothing was changed.
 */
enum err ctl_owner_enter(const char *path, struct ctl_owner *o) BASE_MUST_CHECK;
enum err ctl_owner_leave(const struct ctl_owner *o) BASE_MUST_CHECK;

#endif

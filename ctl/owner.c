/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* Whose the file is, or the folder that it will be in. */
static enum err
owner_of(const char *path, struct stat *st)
{
	char folder[4096];
	char *slash;

	if (stat(path, st) == 0)
		return ERR_OK;
	snprintf(folder, sizeof folder, "%s", path);
	slash = strrchr(folder, '/');
	if (errno != ENOENT || slash == NULL)
		return base_log_err(ERR_IO, "%s: %s", path, strerror(errno));
	slash[slash == folder] = '\0';
	if (stat(folder, st) != 0)
		return base_log_err(ERR_IO, "%s: %s", folder, strerror(errno));
	return ERR_OK;
}

/* Root's rights are kept in the saved ids alone, which an executed program doesn't get. 1 if it is done. */
static int
act_as(const struct stat *st)
{
	const struct passwd *pw = getpwuid(st->st_uid);

	return (pw != NULL ? initgroups(pw->pw_name, st->st_gid) : setgroups(0, NULL)) == 0 &&
	       setresgid(st->st_gid, st->st_gid, 0) == 0 && setresuid(st->st_uid, st->st_uid, 0) == 0;
}

/* 1 if we are root again, with its groups. */
static int
act_as_root(const struct ctl_owner *o)
{
	return setresuid(0, 0, 0) == 0 && setresgid(0, 0, 0) == 0 && setgroups((size_t)o->n, o->groups) == 0;
}

enum err
ctl_owner_enter(const char *path, struct ctl_owner *o)
{
	struct stat st;
	enum err e;
	int why;

	memset(o, 0, sizeof *o);
	if (geteuid() != 0)
		return ERR_OK;
	e = owner_of(path, &st);
	if (e != ERR_OK || st.st_uid == 0)
		return e;
	o->n = getgroups(CTL_OWNER_GROUPS, o->groups);
	o->is_other = o->n >= 0 && act_as(&st);
	if (o->is_other)
		return ERR_OK;
	why = errno;
	if (o->n >= 0)
		(void)act_as_root(o);
	return base_log_err(ERR_IO, "unable to become the owner of %s (user %lu): %s", path, (unsigned long)st.st_uid,
	    strerror(why));
}

enum err
ctl_owner_leave(const struct ctl_owner *o)
{
	if (!o->is_other || act_as_root(o))
		return ERR_OK;
	return base_log_err(ERR_IO, "unable to be root again: %s", strerror(errno));
}

enum err
ctl_owner_become(const char *path)
{
	struct ctl_owner o;
	enum err e = ctl_owner_enter(path, &o);
	gid_t group = getegid();
	uid_t user = geteuid();

	if (e != ERR_OK || !o.is_other)
		return e;
	if (setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0)
		return base_log_err(ERR_IO, "unable to give up root's rights: %s", strerror(errno));
	return ERR_OK;
}

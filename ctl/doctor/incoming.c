/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "conf/recording.h"
#include "ctl/owner.h"

#define CHECK "recording.incoming"
#define ID_MOST 4294967294LL	/* the last one is nobody's: (uid_t)-1 */
#define MAY (R_OK | W_OK | X_OK)

struct writer {
	const char *name;	/* NULL = a container's, by number */
	uid_t uid;
	gid_t gid;
};

int
incoming_is_ours(struct doctor *d, const char *folder)
{
	struct ctl_owner o;
	int rc, why;

	errno = EPERM;
	if (ctl_owner_enter(conf_str(d->conf, CONF_database_path), &o) != ERR_OK)
		return 0;
	rc = access(folder, MAY);
	why = errno;
	if (ctl_owner_leave(&o) != ERR_OK)
		return 0;
	errno = why;
	return rc == 0;
}

/* 0 when nobody is called that. */
static int
find_writer(const char *text, struct writer *out)
{
	const char *colon = strchr(text, ':');
	const struct passwd *pw;
	char uid[16];
	long long u, g;

	if (colon != NULL && (size_t)(colon - text) < sizeof uid) {
		(void)snprintf(uid, sizeof uid, "%.*s", (int)(colon - text), text);
		if (base_text_int(uid, 0, ID_MOST, &u) != ERR_OK || base_text_int(colon + 1, 0, ID_MOST, &g) != ERR_OK)
			return 0;
		*out = (struct writer){.uid = (uid_t)u, .gid = (gid_t)g};
		return 1;
	}
	if ((pw = getpwnam(text)) == NULL)
		return 0;
	*out = (struct writer){.name = text, .uid = pw->pw_uid, .gid = pw->pw_gid};
	return 1;
}

/* 0, or the errno that this user meets there. */
static int
try_as(const struct writer *w, const char *folder)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), status = 0;
	pid_t pid = dir < 0 ? -1 : fork();

	if (pid == 0) {
		if ((w->name != NULL ? initgroups(w->name, w->gid) : setgroups(0, NULL)) != 0 || setgid(w->gid) != 0 ||
		    setuid(w->uid) != 0 ||
		    faccessat(w->name != NULL ? AT_FDCWD : dir, w->name != NULL ? folder : ".", MAY, 0) != 0)
			_exit(errno);
		_exit(0);
	}
	if (dir >= 0)
		(void)close(dir);
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* A command that makes the folder, or puts it right: ours, of the worker's group, which what is made in it keeps. */
static const char *
fix_folder(struct doctor *d, const struct writer *w, const char *folder)
{
	const struct passwd *pw;
	const struct group *gr;
	struct stat st = {.st_uid = geteuid()};
	const char *owner, *group;

	(void)stat(conf_str(d->conf, CONF_database_path), &st);
	pw = getpwuid(st.st_uid);
	owner = pw != NULL ? doctor_text(d, "%s", pw->pw_name) : doctor_text(d, "%lu", (unsigned long)st.st_uid);
	gr = getgrgid(w->gid);
	group = gr != NULL ? doctor_text(d, "%s", gr->gr_name) : doctor_text(d, "%lu", (unsigned long)w->gid);
	return doctor_text(d, "run: install -d -o %s -g %s -m 2770 %s", owner, group, folder);
}

static void
judge_writer(struct doctor *d, const struct writer *w, const char *folder)
{
	const char *who = conf_str(d->conf, CONF_recording_workerUser);
	int why;

	if (geteuid() != 0) {
		doctor_ok(d, CHECK,
		    "%s is there and ours to read and write; whether the egress worker's user (%s) may write there, "
		    "root can tell: run this as root",
		    folder, who);
		return;
	}
	why = try_as(w, folder);
	if (why == 0)
		doctor_ok(d, CHECK, "%s may be written by us and by the egress worker's user (%s)", folder, who);
	else
		doctor_error(d, CHECK,
		    doctor_text(d, "%s; or name the user that the worker runs as in recording.workerUser",
			fix_folder(d, w, folder)),
		    "the egress worker's user (%s) may not write into %s, so recordings would fail at their end: %s",
		    who, folder, strerror(why));
}

void
incoming_examine(struct doctor *d)
{
	const char *who = conf_str(d->conf, CONF_recording_workerUser);
	struct writer w;
	char folder[4096];
	struct stat st;

	if (conf_recording_incoming(d->conf, folder, sizeof folder) != ERR_OK)
		return;
	if (!find_writer(who, &w))
		doctor_error(d, CHECK,
		    "set recording.workerUser to the user that the egress worker runs as: a user of this machine, or "
		    "UID:GID of a container's (1001:0 is that of LiveKit's image)",
		    "recording.workerUser: \"%s\" is no user of this machine, and no UID:GID", who);
	else if (stat(folder, &st) != 0)
		doctor_error(d, CHECK, fix_folder(d, &w, folder), "the folder that the egress worker writes to, %s: %s",
		    folder, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		doctor_error(d, CHECK, "set recording.incomingDir to a folder", "%s is no folder", folder);
	else if (!incoming_is_ours(d, folder))
		doctor_error(d, CHECK, fix_folder(d, &w, folder),
		    "the user of our programs can't read and write %s, and so can't take a recording from there: %s",
		    folder, strerror(errno));
	else
		judge_writer(d, &w, folder);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The database and the folders that our programs write: there, of this version, and not in the way of a right. */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/doctor/doctor.h"
#include "ctl/owner.h"

/* SQLite makes its -wal and -shm while it opens, as whose they stay. */
static enum err
open_as_owner(struct doctor *d, const char *path)
{
	static const struct store_right rights[] = {
	    {"webhook_inbox", STORE_READ},
	    {"system_settings", STORE_READ},
	    {"doctor_reports", STORE_READ | STORE_WRITE},
	    {"duties", STORE_READ},
	    {"jobs", STORE_READ},
	    {"recordings", STORE_READ},
	    {"recording_facts", STORE_READ},
	    {"rooms", STORE_READ},
	    {"suspensions", STORE_READ},
	    {0},
	};
	struct ctl_owner o;
	enum err e = ctl_owner_enter(path, &o), left;

	if (e != ERR_OK)
		return e;
	e = store_open(path, rights, &d->store);
	left = ctl_owner_leave(&o);
	return e != ERR_OK ? e : left;
}

/* Whose it is, for people. */
static const char *
owner(struct doctor *d, uid_t uid)
{
	struct passwd *pw = getpwuid(uid);

	return pw != NULL ? doctor_text(d, "%s", pw->pw_name) : doctor_text(d, "user %lu", (unsigned long)uid);
}

/* We are somebody whom the database isn't open to, which is no fault of it. 1 if that was said. */
static int
is_not_for_us(struct doctor *d, const char *path)
{
	struct stat st;

	if (geteuid() == 0 || access(path, R_OK | W_OK) == 0 || (errno != EACCES && errno != EPERM))
		return 0;
	doctor_warn(d, "database.file",
	    doctor_text(d, "run this as root, or as %s",
		stat(path, &st) == 0 ? owner(d, st.st_uid) : "the user that our programs run as"),
	    "%s may not be read and written by us, so the database isn't looked at", path);
	return 1;
}

struct store *
doctor_store(struct doctor *d)
{
	const char *path, *why;
	enum err e;

	if (d->is_store_tried || d->conf == NULL)
		return d->store;
	d->is_store_tried = 1;
	path = conf_str(d->conf, CONF_database_path);
	if (is_not_for_us(d, path))
		return NULL;
	e = open_as_owner(d, path);
	if (e == ERR_OK) {
		doctor_ok(d, "database.file", "%s is there, and has version %d, which this program needs", path,
		    STORE_VERSION);
		return d->store;
	}
	why = doctor_heard(d, base_err_text(e));
	if (strncmp(why, "store: ", 7) == 0)
		why += 7;
	if (e == ERR_ABSENT || e == ERR_CONFLICT)
		doctor_error(d, "database.file",
		    doctor_text(d,
			"run `bedrudctl --config %s db migrate` as the user that owns the folder of %s (or as root), "
			"and check database.path",
			conf_file(d->conf), path),
		    "%s", why);
	else
		doctor_error(d, "database.file",
		    doctor_text(d,
			"see that %s and its folder belong to the user that the responders run as, and that the disk "
			"isn't full",
			path),
		    "%s", why);
	return NULL;
}

/* Where the launcher keeps its lock: livekit.stateDir, else the folder of the database. */
static const char *
state_folder(struct doctor *d)
{
	const char *path = conf_str(d->conf, CONF_livekit_stateDir), *slash;

	if (*path != '\0')
		return path;
	path = conf_str(d->conf, CONF_database_path);
	slash = strrchr(path, '/');
	return slash == NULL || slash == path ? "/" : doctor_text(d, "%.*s", (int)(slash - path), path);
}

static void
look_at_folder(struct doctor *d)
{
	const char *folder = state_folder(d);
	struct stat st;

	if (geteuid() != 0 && stat(folder, &st) != 0 && errno == EACCES)
		doctor_warn(d, "database.folder", "run this as root, or as the user that our programs run as",
		    "%s can't be seen by us: %s", folder, strerror(errno));
	else if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
		doctor_error(d, "database.folder",
		    doctor_text(d,
			"make the folder: install -d -m 2770 -o USER -g GROUP %s, where USER runs livekit-launcher and "
			"GROUP the responders; or correct livekit.stateDir and database.path",
			folder),
		    "%s is no folder that we can see: %s", folder, errno != 0 ? strerror(errno) : "it is a file");
	else if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
		doctor_error(d, "database.folder", doctor_text(d, "chmod o-w %s", folder),
		    "%s may be changed by everybody on this machine (mode %04o): they can replace the database", folder,
		    (unsigned)(st.st_mode & 07777));
	else if (geteuid() != 0 && access(folder, R_OK | W_OK | X_OK) != 0)
		doctor_warn(d, "database.folder",
		    doctor_text(d,
			"run this as %s, or as root; if our programs run as somebody else, chown that folder to them",
			owner(d, st.st_uid)),
		    "%s may not be written by us: it belongs to %s (mode %04o)", folder, owner(d, st.st_uid),
		    (unsigned)(st.st_mode & 07777));
	else
		doctor_ok(d, "database.folder", "%s is there and belongs to %s", folder, owner(d, st.st_uid));
}

void
doctor_database(struct doctor *d)
{
	if (d->conf == NULL)
		return;
	errno = 0;
	look_at_folder(d);
	(void)doctor_store(d);
}

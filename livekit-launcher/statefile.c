/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define FOLDER "/tmp"
#define PREFIX "bedrud-livekit-"
#define SUFFIX ".yaml"
#define RANDOM 6

/* A launcher that was just killed may hold its lock for the instant in which its children die. */
#define LOCK_TRIES 20
#define LOCK_PAUSE_MS 25

/* systemd's RuntimeDirectory=: the first, when there are several. NULL without. */
static const char *
runtime_folder(char out[PATH_MAX])
{
	const char *given = getenv("RUNTIME_DIRECTORY");
	size_t n = given == NULL ? 0 : strcspn(given, ":");

	if (n == 0 || given[0] != '/' || n >= PATH_MAX)
		return NULL;
	memcpy(out, given, n);
	out[n] = '\0';
	return out;
}

enum err
launcher_statefile_path(const struct conf *c, const char *name, char out[PATH_MAX])
{
	if (conf_livekit_state(c, name, out, PATH_MAX) == ERR_OK)
		return ERR_OK;
	return base_log_err(ERR_CONFIG, "livekit.stateDir is longer than a path may be");
}

/* The part of path behind "folder/", or NULL. */
static const char *
inside(const char *path, const char *folder)
{
	size_t n = folder == NULL ? 0 : strlen(folder);

	return n > 0 && strncmp(path, folder, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

int
launcher_statefile_is_ours(const char *path, const char *runtime)
{
	const char *name = inside(path, FOLDER);
	size_t i;

	if (name == NULL || strchr(name, '/') != NULL)
		name = inside(path, runtime);
	if (name == NULL || strlen(name) != strlen(PREFIX) + RANDOM + strlen(SUFFIX))
		return 0;
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || strcmp(name + strlen(PREFIX) + RANDOM, SUFFIX) != 0)
		return 0;
	for (i = strlen(PREFIX); i < strlen(PREFIX) + RANDOM; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", name[i]) == NULL)
			return 0;
	return 1;
}

static enum err
lock(struct launcher_statefile *s)
{
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if (flock(s->fd, LOCK_EX | LOCK_NB) == 0)
			return ERR_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return base_log_err(ERR_IO, "unable to lock %s: %s", s->path, strerror(errno));
		(void)poll(NULL, 0, LOCK_PAUSE_MS);
	}
	base_log(LOG_LEVEL_ERROR,
	    "another livekit-launcher is running with this state directory (%s is locked): stop it, or give this one "
	    "its own livekit.stateDir",
	    s->path);
	return ERR_BUSY;
}

static void
remove_stale(struct launcher_statefile *s)
{
	char old[PATH_MAX], folder[PATH_MAX];
	struct stat st;
	ssize_t n = pread(s->fd, old, sizeof old - 1, 0);

	if (n <= 0)
		return;
	old[n] = '\0';
	old[strcspn(old, "\n")] = '\0';
	if (!launcher_statefile_is_ours(old, runtime_folder(folder))) {
		base_log(LOG_LEVEL_WARN, "%s names a file that no launcher made; it is left alone", s->path);
		return;
	}
	if (lstat(old, &st) != 0)
		return;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		base_log(LOG_LEVEL_WARN, "%s is not a file of ours; it is left alone", old);
		return;
	}
	if (unlink(old) == 0)
		base_log(LOG_LEVEL_INFO, "removed %s, left behind by a launcher that was killed", old);
}

/* Why the file can't be opened, and the fix; ERR_CONFIG. */
static enum err
explain(const char *path)
{
	int failed = errno;
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_uid != geteuid())
		return base_log_err(ERR_CONFIG,
		    "unable to write %s: it belongs to user %ld, of an earlier run maybe; chown it to user %ld, or "
		    "remove it",
		    path, (long)st.st_uid, (long)geteuid());
	return base_log_err(ERR_CONFIG,
	    "unable to write %s: %s; livekit.stateDir (or the folder of database.path) must be a folder that user %ld "
	    "may write",
	    path, strerror(failed), (long)geteuid());
}

enum err
launcher_statefile_open(const struct conf *c, struct launcher_statefile *s)
{
	enum err e;

	memset(s, 0, sizeof *s);
	s->fd = -1;
	if ((e = launcher_statefile_path(c, LAUNCHER_STATEFILE_NAME, s->path)) != ERR_OK)
		return e;
	s->fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (s->fd < 0)
		return explain(s->path);
	if ((e = lock(s)) != ERR_OK) {
		(void)close(s->fd);
		s->fd = -1;
		return e;
	}
	remove_stale(s);
	return ERR_OK;
}

static int
put(int fd, const char *p, size_t n)
{
	ssize_t wrote;

	while (n > 0) {
		wrote = write(fd, p, n);
		if (wrote < 0 && errno != EINTR)
			return -1;
		if (wrote > 0) {
			p += wrote;
			n -= (size_t)wrote;
		}
	}
	return 0;
}

/* errno says what went wrong with `path`. */
static enum err
say_why(const char *path, int is_runtime, char *why, size_t n)
{
	int is_full = errno == ENOSPC || errno == EDQUOT, is_for_now = is_full || errno == EMFILE || errno == ENFILE ||
	    errno == ENOMEM || errno == EIO || errno == EINTR;
	char fix[96] = "";

	if (is_full)
		(void)snprintf(fix, sizeof fix, "; make room on that disk");
	else if (!is_for_now)
		(void)snprintf(fix, sizeof fix, "; %s must be a folder that user %ld may write",
		    is_runtime ? "RUNTIME_DIRECTORY" : FOLDER, (long)geteuid());
	(void)snprintf(why, n, "unable to write %s: %s%s", path, strerror(errno), fix);
	return is_for_now ? ERR_IO : ERR_CONFIG;
}

/* The name is noted while the file is still empty: whenever we are killed, no secret is left under an unknown name. */
enum err
launcher_statefile_write(struct launcher_statefile *s, const struct base_buf *text, char *why, size_t n)
{
	char given[PATH_MAX];
	const char *runtime = runtime_folder(given), *failed = NULL;
	int fd, wrote;
	enum err e = ERR_OK;

	if (s->yaml[0] != '\0')
		(void)unlink(s->yaml);
	wrote = snprintf(s->yaml, sizeof s->yaml, "%s/" PREFIX "XXXXXX" SUFFIX, runtime == NULL ? FOLDER : runtime);
	errno = ENAMETOOLONG;
	fd = wrote < 0 || (size_t)wrote >= sizeof s->yaml ? -1 : mkostemps(s->yaml, (int)strlen(SUFFIX), O_CLOEXEC);
	if (fd < 0) {
		e = say_why(runtime == NULL ? FOLDER : runtime, runtime != NULL, why, n);
		s->yaml[0] = '\0';
		return e;
	}
	if (ftruncate(s->fd, 0) != 0 || lseek(s->fd, 0, SEEK_SET) != 0 || put(s->fd, s->yaml, strlen(s->yaml)) != 0 ||
	    put(s->fd, "\n", 1) != 0)
		failed = s->path;
	else if (fchmod(fd, 0600) != 0 || put(fd, text->p, text->n) != 0)
		failed = s->yaml;
	if (failed != NULL)
		e = say_why(failed, runtime != NULL, why, n);
	(void)close(fd);
	return e;
}

void
launcher_statefile_close(struct launcher_statefile *s)
{
	if (s->yaml[0] != '\0' && unlink(s->yaml) != 0 && errno != ENOENT)
		base_log(LOG_LEVEL_WARN, "unable to remove %s: %s", s->yaml, strerror(errno));
	s->yaml[0] = '\0';
	if (s->fd < 0)
		return;
	if (ftruncate(s->fd, 0) != 0)
		base_log(LOG_LEVEL_WARN, "unable to empty %s: %s", s->path, strerror(errno));
	(void)close(s->fd);
	s->fd = -1;
}

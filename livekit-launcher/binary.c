/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/binary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/log.h"
#include "livekit-launcher/child.h"

#define NAME "livekit-server"
#define ASK_MS 10000

static int
is_runnable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* One candidate of PATH into out: 1 if it can be run. An empty folder is the current one. */
static int
try_folder(const char *folder, size_t n, const char *name, char out[PATH_MAX])
{
	int wrote =
	    n == 0 ? snprintf(out, PATH_MAX, "./%s", name) : snprintf(out, PATH_MAX, "%.*s/%s", (int)n, folder, name);

	return wrote > 0 && wrote < PATH_MAX && is_runnable(out);
}

static int
search_path(const char *name, char out[PATH_MAX])
{
	const char *p = getenv("PATH");
	size_t n;

	if (p == NULL || *p == '\0')
		p = "/usr/local/bin:/usr/bin:/bin";
	for (;; p += n + 1) {
		n = strcspn(p, ":");
		if (try_folder(p, n, name, out))
			return 1;
		if (p[n] == '\0')
			return 0;
	}
}

static enum err
explain(const char *path, const char *origin)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return base_log_err(ERR_CONFIG,
		    "unable to find LiveKit at %s (%s): %s; install livekit-server or correct %s", path, origin,
		    strerror(errno), origin);
	if (!S_ISREG(st.st_mode))
		return base_log_err(
		    ERR_CONFIG, "%s (%s) is not a file: name the program livekit-server itself", path, origin);
	return base_log_err(ERR_CONFIG,
	    "%s (%s) may not be executed: chmod 755 it, and see that its folders can be entered by user %ld", path,
	    origin, (long)geteuid());
}

enum err
launcher_binary_find(const char *configured, char out[PATH_MAX])
{
	const char *origin = "livekit.binary", *name = configured;

	if (*name == '\0') {
		name = getenv("LIVEKIT_SERVER");
		origin = "$LIVEKIT_SERVER";
	}
	if (name == NULL || *name == '\0') {
		name = NAME;
		origin = "PATH";
	}
	if (strchr(name, '/') == NULL) {
		if (search_path(name, out))
			return ERR_OK;
		return base_log_err(ERR_CONFIG,
		    "unable to find %s in PATH: install it, or name it in livekit.binary or $LIVEKIT_SERVER", name);
	}
	if (strlen(name) >= PATH_MAX)
		return base_log_err(ERR_CONFIG, "%s is longer than %d bytes", origin, PATH_MAX - 1);
	(void)snprintf(out, PATH_MAX, "%s", name);
	return is_runnable(out) ? ERR_OK : explain(out, origin);
}

int
launcher_binary_is_script(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), found;
	char head[2];

	if (fd < 0)
		return 0;
	found = read(fd, head, sizeof head) == (ssize_t)sizeof head && memcmp(head, "#!", sizeof head) == 0;
	(void)close(fd);
	return found;
}

void
launcher_binary_warn(const char *path)
{
	if (geteuid() == 0 || getxattr(path, "security.capability", NULL, 0) <= 0)
		return;
	base_log(LOG_LEVEL_WARN,
	    "%s has file capabilities, so it would go on without livekit-launcher if that is killed, and hold its "
	    "ports: take them off (setcap -r) and start livekit-launcher with AmbientCapabilities=CAP_NET_BIND_SERVICE "
	    "instead, as its systemd unit explains",
	    path);
}

enum err
launcher_binary_version(const char *path, struct base_buf *out)
{
	char *argv[] = {(char[]){NAME}, (char[]){"--version"}, NULL};
	enum err e = launcher_child_capture(path, argv, -1, ASK_MS, out);

	if (e == ERR_NOMEM)
		return e;
	if (e != ERR_OK || out->p == NULL || strncmp(out->p, NAME " version ", strlen(NAME " version ")) != 0)
		return base_log_err(ERR_CONFIG,
		    "%s is not LiveKit's server: asked for --version, it did not say \"" NAME " version …\"", path);
	out->p[strcspn(out->p, "\r\n")] = '\0';
	return ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/ports.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKETS 64 /* a port held on that many addresses at once is enough to know */

struct sockets {
	unsigned long inode[SOCKETS];
	size_t n;
};

/* Lines of /proc/net/{tcp,udp}{,6}: "sl local:port remote:port state …"; the inode is the tenth field. */
static void
collect(const char *path, int port, unsigned state, struct sockets *s)
{
	unsigned local, is;
	unsigned long inode;
	char line[512];
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return;
	while (s->n < SOCKETS && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*d %*d %lu", &local, &is,
			&inode) == 3 &&
		    (int)local == port && is == state && inode != 0)
			s->inode[s->n++] = inode;
	(void)fclose(f);
}

/* 1, 0, or -1 when we may not look (a program with file capabilities, another user's). */
static int
holds(const char *pid, const struct sockets *s)
{
	char path[300], target[64];
	struct dirent *d;
	int found = 0;
	ssize_t n;
	size_t i;
	DIR *dir;

	(void)snprintf(path, sizeof path, "/proc/%s/fd", pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while (!found && (d = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), d->d_name, target, sizeof target - 1);
		if (n <= 8 || strncmp(target, "socket:[", 8) != 0)
			continue;
		target[n] = '\0';
		for (i = 0; i < s->n && !found; i++)
			found = strtoul(target + 8, NULL, 10) == s->inode[i];
	}
	(void)closedir(dir);
	return found;
}

int
launcher_ports_listens(pid_t pid, int port)
{
	struct sockets s = {.n = 0};
	char text[16];

	collect("/proc/net/tcp", port, 0x0a, &s);
	collect("/proc/net/tcp6", port, 0x0a, &s);
	(void)snprintf(text, sizeof text, "%ld", (long)pid);
	return s.n > 0 && holds(text, &s) != 0;
}

static void
describe(const char *pid, char *out, size_t n)
{
	char path[300], name[64] = "";
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (f != NULL) {
		if (fgets(name, sizeof name, f) != NULL)
			name[strcspn(name, "\n")] = '\0';
		(void)fclose(f);
	}
	(void)snprintf(out, n, "process %s (%s)", pid, name);
}

void
launcher_ports_holder(int port, int is_udp, char *out, size_t n)
{
	struct sockets s = {.n = 0};
	struct dirent *d;
	DIR *dir;

	*out = '\0';
	collect(is_udp ? "/proc/net/udp" : "/proc/net/tcp", port, is_udp ? 0x07 : 0x0a, &s);
	collect(is_udp ? "/proc/net/udp6" : "/proc/net/tcp6", port, is_udp ? 0x07 : 0x0a, &s);
	dir = s.n > 0 ? opendir("/proc") : NULL;
	if (dir == NULL)
		return;
	while (*out == '\0' && (d = readdir(dir)) != NULL)
		if (isdigit((unsigned char)d->d_name[0]) && holds(d->d_name, &s) == 1)
			describe(d->d_name, out, n);
	(void)closedir(dir);
}

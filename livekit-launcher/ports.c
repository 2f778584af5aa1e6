/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/ports.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS 64 /* a port held on that many addresses at once is enough to know */
#define BUFFER	(64u << 10) /* a busy machine has thousands of sockets: not a call for every few */
#define UDP_UNCONNECTED 7 /* as the kernel has it: TCP_CLOSE */

struct sockets {
	unsigned long inode[SOCKETS];
	size_t port[SOCKETS]; /* index into the ports that are looked for */
	size_t n;
};

/* Notes the socket if it has one of the ports. */
static void
note(const struct launcher_port *ports, size_t n, unsigned port, int is_udp, unsigned long inode, struct sockets *s)
{
	size_t i;

	for (i = 0; i < n && s->n < SOCKETS && inode != 0; i++) {
		if (ports[i].port != (int)port || ports[i].is_udp != is_udp)
			continue;
		s->port[s->n] = i;
		s->inode[s->n++] = inode;
		return;
	}
}

/*
 * Lines of /proc/net/{tcp,udp}{,6}: "sl local:port remote:port state …"; the inode is the tenth field. TCP counts when
 * it listens, UDP when it isn't connected.
 */
static void
collect(const char *path, const struct launcher_port *ports, size_t n, int is_udp, struct sockets *s)
{
	unsigned local, is;
	unsigned long inode;
	char line[512], buffer[BUFFER];
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return;
	(void)setvbuf(f, buffer, _IOFBF, sizeof buffer);
	while (fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*d %*d %lu", &local, &is,
			&inode) == 3 &&
		    is == (is_udp ? UDP_UNCONNECTED : TCP_LISTEN))
			note(ports, n, local, is_udp, inode, s);
	(void)fclose(f);
}

/* One datagram of the kernel's answer: 1 = more follow, 0 = that was all, -1 = it doesn't answer such questions. */
static int
take(char *p, size_t got, const struct launcher_port *ports, size_t n, int is_udp, struct sockets *s)
{
	struct nlmsghdr *h = (void *)p;
	const struct inet_diag_msg *m;

	for (; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			return -1;
		m = NLMSG_DATA(h);
		note(ports, n, ntohs(m->id.idiag_sport), is_udp, m->idiag_inode, s);
	}
	return 1;
}

/*
 * As collect(), asked of sock_diag(7): for /proc/net/tcp the kernel walks a table that is sized for the machine's
 * memory (8 ms of its time with 24 GB, be the table empty), here only what listens. 0, or -1 where there is no such
 * thing.
 */
static int
ask_kernel(int family, const struct launcher_port *ports, size_t n, int is_udp, struct sockets *s)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} q = {{.nlmsg_len = sizeof q, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    {.sdiag_family = (unsigned char)family,
		.sdiag_protocol = is_udp ? IPPROTO_UDP : IPPROTO_TCP,
		.idiag_states = 1U << (is_udp ? UDP_UNCONNECTED : TCP_LISTEN)}};
	_Alignas(struct nlmsghdr) char answer[BUFFER];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), more = -1;
	ssize_t got;

	if (fd < 0)
		return -1;
	if (send(fd, &q, sizeof q, 0) == (ssize_t)sizeof q)
		do {
			got = recv(fd, answer, sizeof answer, 0);
			more = got <= 0 ? -1 : take(answer, (size_t)got, ports, n, is_udp, s);
		} while (more > 0);
	(void)close(fd);
	return more;
}

static void
find(const struct launcher_port *ports, size_t n, struct sockets *s)
{
	static const struct {
		int family, is_udp;
		const char *path;
	} tables[] = {
	    {AF_INET, 0, "/proc/net/tcp"},
	    {AF_INET6, 0, "/proc/net/tcp6"},
	    {AF_INET, 1, "/proc/net/udp"},
	    {AF_INET6, 1, "/proc/net/udp6"},
	};
	size_t i, had;

	s->n = 0;
	for (i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		had = s->n;
		if (ask_kernel(tables[i].family, ports, n, tables[i].is_udp, s) == 0)
			continue;
		s->n = had;
		collect(tables[i].path, ports, n, tables[i].is_udp, s);
	}
}

/* One bit for each port that the process holds; -1 when we may not look (file capabilities, another user's). */
static long
holds(const char *pid, const struct sockets *s)
{
	char path[300], target[64];
	struct dirent *d;
	long held = 0;
	ssize_t n;
	size_t i;
	DIR *dir;

	(void)snprintf(path, sizeof path, "/proc/%s/fd", pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while ((d = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), d->d_name, target, sizeof target - 1);
		if (n <= 8 || strncmp(target, "socket:[", 8) != 0)
			continue;
		target[n] = '\0';
		for (i = 0; i < s->n; i++)
			if (strtoul(target + 8, NULL, 10) == s->inode[i])
				held |= 1L << s->port[i];
	}
	(void)closedir(dir);
	return held;
}

int
launcher_ports_bound(pid_t pid, const struct launcher_port *ports, size_t n, size_t *missing)
{
	long all = (1L << n) - 1, seen = 0, held;
	struct sockets s;
	char text[16];
	size_t i;

	find(ports, n, &s);
	for (i = 0; i < s.n; i++)
		seen |= 1L << s.port[i];
	held = seen;
	if (seen == all) {
		(void)snprintf(text, sizeof text, "%ld", (long)pid);
		held = holds(text, &s);
	}
	if (held < 0)
		return -1;
	for (*missing = 0; *missing < n && (held >> *missing & 1) != 0; ++*missing)
		;
	return *missing == n;
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
	const struct launcher_port wanted = {port, is_udp};
	struct sockets s;
	struct dirent *d;
	DIR *dir;

	*out = '\0';
	find(&wanted, 1, &s);
	dir = s.n > 0 ? opendir("/proc") : NULL;
	if (dir == NULL)
		return;
	while (*out == '\0' && (d = readdir(dir)) != NULL)
		if (isdigit((unsigned char)d->d_name[0]) && holds(d->d_name, &s) > 0)
			describe(d->d_name, out, n);
	(void)closedir(dir);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/doctor/launcher.h"
#include "livekit-launcher/ports.h"

#define CHECK "port.taken"

void
doctor_ports_judge(struct doctor *d, const struct doctor_port *p, long livekit)
{
	const char *proto = p->is_udp ? "UDP" : "TCP";

	if (!p->is_bound && livekit <= 0)
		doctor_ok(d, CHECK, "%s port %d (%s) is free for LiveKit", proto, p->port, p->what);
	else if (!p->is_bound)
		doctor_error(d, "port.open",
		    "restart livekit-launcher, and read what LiveKit says in its log meanwhile",
		    "LiveKit runs, but nobody listens at %s port %d (%s)", proto, p->port, p->what);
	else if (livekit != 0 && (p->pid == livekit || p->pid == 0))
		doctor_ok(d, CHECK, "%s port %d (%s) is held by %s", proto, p->port, p->what,
		    p->pid == livekit ? "our LiveKit"
		    : livekit < 0     ? "somebody we may not look at"
				      : "somebody we may not look at; LiveKit runs");
	else
		doctor_error(d, CHECK,
		    doctor_text(d, "stop the other program%s%s or set %s in config.yaml to a free port",
			*p->holder == '\0' ? " (run this as root to see which it is)" : ", ", p->holder, p->key),
		    "%s port %d, which LiveKit needs for %s (%s), is in use by %s", proto, p->port, p->what, p->key,
		    *p->holder == '\0' ? "another program" : p->holder);
}

/* errno of binding the port on all addresses; 0 = it could be bound. */
static int
try_to_bind(int is_udp, const void *address, socklen_t n, int family)
{
	int fd = socket(family, (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0), on = 1, off = 0, failed = 0;

	if (fd < 0)
		return errno;
	/* Both families at once, as LiveKit binds; connections of a former server that wind down don't count. */
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (!is_udp)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, address, n) != 0)
		failed = errno;
	(void)close(fd);
	return failed;
}

/* For a port below 1024 when we aren't root: 1 if somebody takes a connection from this machine. */
static int
answers(int port)
{
	const struct sockaddr_in v4 = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ok;

	ok = fd >= 0 && connect(fd, (const void *)&v4, sizeof v4) == 0;
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* 1 if somebody has it, on all addresses or on one. */
static int
is_bound(int is_udp, int port)
{
	const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	const struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int failed = try_to_bind(is_udp, &v6, sizeof v6, AF_INET6);

	if (failed != 0 && failed != EADDRINUSE && failed != EACCES) /* there is no IPv6 here */
		failed = try_to_bind(is_udp, &v4, sizeof v4, AF_INET);
	return failed == EADDRINUSE || (failed == EACCES && !is_udp && answers(port));
}

static void
look_at(struct doctor *d, struct doctor_port p, long livekit)
{
	char holder[128] = "";

	if (p.port == 0)
		return;
	p.is_bound = is_bound(p.is_udp, p.port);
	if (p.is_bound)
		launcher_ports_holder(p.port, p.is_udp, holder, sizeof holder);
	p.holder = holder;
	if (sscanf(holder, "process %ld", &p.pid) != 1)
		p.pid = 0;
	doctor_ports_judge(d, &p, livekit);
}

/* One port less for a participant is no harm: only a range that is full of others is. */
static void
look_at_range(struct doctor *d, const char *key, const char *what, int from, int to, long livekit)
{
	int port, taken = 0, first = 0;
	char holder[128] = "";

	/* Every port of ten thousand would cost a second: a sample of 128 tells. */
	for (port = from; port <= to; port += 1 + (to - from) / 128) {
		if (!is_bound(1, port))
			continue;
		launcher_ports_holder(port, 1, holder, sizeof holder);
		if (livekit != 0 &&
		    (*holder == '\0' || strtol(holder + strcspn(holder, "0123456789"), NULL, 10) == livekit))
			continue;
		taken++;
		first = first == 0 ? port : first;
	}
	launcher_ports_holder(first, 1, holder, sizeof holder);
	if (taken > 64 || (taken > 0 && taken > (to - from) / 2))
		doctor_error(d, "port.range", doctor_text(d, "set %s to a range that other programs leave alone", key),
		    "most of the UDP ports %d to %d (%s) are in use by others, such as %d by %s", from, to, what, first,
		    *holder == '\0' ? "another program" : holder);
	else
		doctor_ok(d, "port.range", "UDP ports %d to %d (%s) are free or LiveKit's", from, to, what);
}

void
doctor_ports(struct doctor *d)
{
	const struct launcher_plan *p = &d->plan;
	long livekit;

	if (!d->has_plan)
		return;
	livekit = doctor_launcher_livekit(d);
	look_at(d, (struct doctor_port){.key = "livekit.port", .what = "HTTP and WebSocket", .port = p->port}, livekit);
	look_at(d, (struct doctor_port){.key = "livekit.tcpPort", .what = "ICE/TCP", .port = p->tcp_port}, livekit);
	look_at(d, (struct doctor_port){.key = "livekit.udpPort", .what = "ICE/UDP", .is_udp = 1, .port = p->udp_port},
	    livekit);
	if (p->udp_port == 0)
		look_at_range(d, "livekit.udpPortStart and udpPortEnd", "ICE/UDP", p->udp_start, p->udp_end, livekit);
	if (!p->turn.is_on)
		return;
	look_at(d,
	    (struct doctor_port){
		.key = "livekit.turn.udpPort", .what = "TURN/UDP", .is_udp = 1, .port = p->turn.udp_port},
	    livekit);
	look_at(d, (struct doctor_port){.key = "livekit.turn.tlsPort", .what = "TURN/TLS", .port = p->turn.tls_port},
	    livekit);
	look_at_range(d, "livekit.turn.relayPortStart and relayPortEnd", "TURN relay", p->turn.relay_start,
	    p->turn.relay_end, livekit);
}

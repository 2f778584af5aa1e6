/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds a port, from /proc: readiness must mean that *our* LiveKit listens, and a taken port is reported with its
 * holder.
 */
#ifndef LAUNCHER_PORTS_H
#define LAUNCHER_PORTS_H
#include <stddef.h>
#include <sys/types.h>

struct launcher_port {
	int port, is_udp;
};

/*
 * 1 if the process holds all of these ports (any address), 0 if it doesn't or nobody does (*missing is the first of
 * these), -1 if somebody holds each but we may not look into the process. n is at most 8; none at all are held.
 */
int launcher_ports_bound(pid_t pid, const struct launcher_port *ports, size_t n, size_t *missing);

/* "process 4711 (nginx)" into out, or "" when nobody that we may look at holds the port. UDP when is_udp. */
void launcher_ports_holder(int port, int is_udp, char *out, size_t n);

#endif

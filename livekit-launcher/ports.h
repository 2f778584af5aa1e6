/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds a port, from /proc: readiness must mean that *our* LiveKit listens, and a taken port is reported with its
 * holder.
 */
#ifndef LAUNCHER_PORTS_H
#define LAUNCHER_PORTS_H
#include <stddef.h>
#include <sys/types.h>

/*
 * 1 if the process has a listening TCP socket on the port (any address). Where we may not look into the process,
 * anybody's counts.
 */
int launcher_ports_listens(pid_t pid, int port);

/* "process 4711 (nginx)" into out, or "" when nobody that we may look at holds the port. UDP when is_udp. */
void launcher_ports_holder(int port, int is_udp, char *out, size_t n);

#endif

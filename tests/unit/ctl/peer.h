/* SPDX-License-Identifier: Apache-2.0 */
/* The other end, for tests of the doctor's connections. */
#ifndef TESTS_UNIT_CTL_PEER_H
#define TESTS_UNIT_CTL_PEER_H
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listening socket on a port of its own. */
static inline int
peer_listen(int *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (void *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (void *)&a, &size), 0);
	*port = ntohs(a.sin_port);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

#endif

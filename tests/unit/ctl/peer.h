/* SPDX-License-Identifier: Apache-2.0 */
/* The other end, for tests of the doctor's connections. */
#ifndef TESTS_UNIT_CTL_PEER_H
#define TESTS_UNIT_CTL_PEER_H
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/doctor/net.h"

/* A listening socket on a port of its own. */
static inline int
peer_listen(int *port)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof own;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (void *)&own, sizeof own), 0);
	assert_int_equal(getsockname(fd, (void *)&own, &size), 0);
	*port = ntohs(own.sin_port);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static int peer_fd;

/* A connection whose other end, peer_fd, has said everything already, and hung up when is_end. */
static inline struct net
peer_hears(const void *text, size_t size, int is_end)
{
	struct net n = {.fd = -1, .address = "peer"};
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	n.fd = pair[0];
	peer_fd = pair[1];
	assert_int_equal(write(peer_fd, text, size), (ssize_t)size);
	if (is_end)
		assert_int_equal(shutdown(peer_fd, SHUT_WR), 0);
	net_extend(&n, 300);
	return n;
}

static inline void
peer_end(struct net *n)
{
	net_close(n);
	(void)close(peer_fd);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "livekit-launcher/ports.h"

/* A socket on a free port of the loopback; *port gets it. */
static int
hold(int type, int *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (void *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (void *)&a, &n), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static void
all_or_none(void **unused)
{
	int tcp, udp, tcp_fd = hold(SOCK_STREAM, &tcp), udp_fd = hold(SOCK_DGRAM, &udp);
	struct launcher_port want[] = {{tcp, 0}, {udp, 1}};
	size_t missing;

	(void)unused;
	assert_int_equal(launcher_ports_bound(getpid(), want, 0, &missing), 1);
	assert_int_equal(launcher_ports_bound(getpid(), want, 2, &missing), 0);	/* it doesn't listen yet */
	assert_int_equal(listen(tcp_fd, 1), 0);
	assert_int_equal(launcher_ports_bound(getpid(), want, 2, &missing), 1);
	assert_int_equal(launcher_ports_bound(getppid(), want, 2, &missing) == 1, 0);	/* not theirs */
	want[0].is_udp = 1;
	assert_int_equal(launcher_ports_bound(getpid(), want, 1, &missing), 0);
	(void)close(udp_fd);
	want[0].is_udp = 0;
	assert_int_equal(launcher_ports_bound(getpid(), want, 2, &missing), 0);
	assert_int_equal(missing, 1);
	(void)close(tcp_fd);
	assert_int_equal(launcher_ports_bound(getpid(), want, 1, &missing), 0);
}

static void
who_holds_it(void **unused)
{
	char name[128], mine[32];
	int port, fd = hold(SOCK_DGRAM, &port);

	(void)unused;
	(void)snprintf(mine, sizeof mine, "process %ld (", (long)getpid());
	launcher_ports_holder(port, 1, name, sizeof name);
	assert_int_equal(strncmp(name, mine, strlen(mine)), 0);
	(void)close(fd);
	launcher_ports_holder(port, 1, name, sizeof name);
	assert_string_equal(name, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_or_none), cmocka_unit_test(who_holds_it)};

	return RUN(tests);
}

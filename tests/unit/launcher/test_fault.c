/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "livekit-launcher/fault.h"

static const struct launcher_plan plan = {.port = 7880, .tcp_port = 7881, .udp_port = 7882,
    .turn = {.is_on = 1, .udp_port = 3478}};

static struct launcher_fault
fault(const char *reason)
{
	struct launcher_fault f;

	launcher_fault_read(reason, &plan, &f);
	return f;
}

static void
configuration(void **unused)
{
	static const char *const reasons[] = {
	    "could not parse config: yaml: unmarshal errors:  line 8: field tls not found in type config.Config",
	    "could not parse config: yaml: line 1: did not find expected node content",
	    "could not validate RTC config: invalid ip",
	    "TURN domain required",
	    "TURN domain is not correct",
	    "listen tcp :80: bind: permission denied",
	};
	struct launcher_fault f;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		f = fault(reasons[i]);
		assert_int_equal(f.exit_code, 78);
		assert_non_null(strstr(f.text, reasons[i]));
	}
}

static void
ports(void **unused)
{
	static const char *const want[][2] = {
	    {"listen tcp :7880: bind: address already in use", "livekit.port"},
	    {"listen tcp :7881: bind: address already in use", "livekit.tcpPort"},
	    {"listen udp 127.0.0.1:7882: bind: address already in use", "livekit.udpPort"},
	    {"listen udp4 0.0.0.0:3478: bind: address already in use", "livekit.turn.udpPort"},
	    {"listen udp [::1]:9: bind: address already in use", "the livekit ports"},
	};
	struct launcher_fault f;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof want / sizeof want[0]; i++) {
		f = fault(want[i][0]);
		assert_int_equal(f.exit_code, 75);
		assert_non_null(strstr(f.text, want[i][0]));
		assert_non_null(strstr(f.text, want[i][1]));
	}
	assert_int_equal(fault("address already in use").exit_code, 75);
}

/* A real listener: the sentence names it. */
static void
the_holder_is_named(void **unused)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	char reason[128], me[64];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)unused;
	assert_int_equal(bind(fd, (void *)&a, n), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (void *)&a, &n), 0);
	(void)snprintf(reason, sizeof reason, "listen tcp :%d: bind: address already in use", ntohs(a.sin_port));
	(void)snprintf(me, sizeof me, "by process %ld (", (long)getpid());
	assert_non_null(strstr(fault(reason).text, me));
	(void)close(fd);
	assert_null(strstr(fault(reason).text, "by process"));
}

static void
no_permanent_fault(void **unused)
{
	(void)unused;
	assert_int_equal(fault("").exit_code, 0);
	assert_string_equal(fault("").text, "");
	assert_int_equal(fault("panic: runtime error").exit_code, 0);
	assert_int_equal(fault("dial tcp 127.0.0.1:6379: connect: connection refused").exit_code, 0);
}

static void
not_executable(void **unused)
{
	static const int want[][2] = {{ENOENT, 78}, {EACCES, 78}, {ENOEXEC, 78}, {ENOMEM, 0}, {EMFILE, 0}};
	struct launcher_fault f;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof want / sizeof want[0]; i++) {
		launcher_fault_exec("/opt/livekit-server", want[i][0], &f);
		assert_int_equal(f.exit_code, want[i][1]);
		assert_non_null(strstr(f.text, "/opt/livekit-server"));
		assert_non_null(strstr(f.text, strerror(want[i][0])));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(configuration),
	    cmocka_unit_test(ports),
	    cmocka_unit_test(the_holder_is_named),
	    cmocka_unit_test(no_permanent_fault),
	    cmocka_unit_test(not_executable),
	};

	return RUN(tests);
}

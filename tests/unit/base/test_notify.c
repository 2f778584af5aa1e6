/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/notify.h"

/* Binds a socket under the name, lets it be notified, and expects what was sent. */
static void
expect_under(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char got[64] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(a.sun_path, name, strlen(name));
	if (name[0] == '@')
		a.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (void *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	base_notify_send("READY=1");
	assert_int_equal(recv(fd, got, sizeof got - 1, MSG_DONTWAIT), 7);
	assert_string_equal(got, "READY=1");
	(void)close(fd);
}

static void
by_path_and_by_name(void **unused)
{
	char folder[] = "/tmp/launcher-test-XXXXXX", name[64];

	(void)unused;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(name, sizeof name, "%s/notify", folder);
	expect_under(name);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(rmdir(folder), 0);
	(void)snprintf(name, sizeof name, "@launcher-test-%ld", (long)getpid());
	expect_under(name);
}

/* Nobody listens, a name that is none, no variable at all: nothing happens. */
static void
never_in_the_way(void **unused)
{
	(void)unused;
	assert_int_equal(setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1), 0);
	base_notify_send("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
	base_notify_send("READY=1");
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	base_notify_send("READY=1");
}

static int
watchdog(const char *usec, const char *pid)
{
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	assert_int_equal(usec == NULL ? 0 : setenv("WATCHDOG_USEC", usec, 1), 0);
	assert_int_equal(pid == NULL ? 0 : setenv("WATCHDOG_PID", pid, 1), 0);
	return base_notify_watchdog_ms();
}

static void
how_often_the_watchdog(void **unused)
{
	char mine[16];

	(void)unused;
	(void)snprintf(mine, sizeof mine, "%ld", (long)getpid());
	assert_int_equal(watchdog(NULL, NULL), 0);
	assert_int_equal(watchdog("30000000", NULL), 15000);
	assert_int_equal(watchdog("30000000", mine), 15000);
	assert_int_equal(watchdog("30000000", "1"), 0);
	assert_int_equal(watchdog("30000000", "x"), 0);
	assert_int_equal(watchdog("3", mine), 1);
	assert_int_equal(watchdog("9223372036854775807", mine), INT32_MAX);
	assert_int_equal(watchdog("0", mine), 0);
	assert_int_equal(watchdog("-1", mine), 0);
	assert_int_equal(watchdog("", mine), 0);
	assert_int_equal(watchdog("soon", mine), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_path_and_by_name),
	    cmocka_unit_test(never_in_the_way),
	    cmocka_unit_test(how_often_the_watchdog),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "livekit-launcher/binary.h"
#include "livekit-launcher/child.h"

static enum err
shell(const char *script, int timeout_ms, struct base_buf *out)
{
	char line[512], *argv[] = {(char[]){"sh"}, (char[]){"-c"}, line, NULL};

	(void)snprintf(line, sizeof line, "%s", script);
	base_buf_init(out, 65536);
	return launcher_child_capture("/bin/sh", argv, -1, timeout_ms, out);
}

static void
what_it_says(void **unused)
{
	struct base_buf b;

	(void)unused;
	assert_ok(shell("echo out; echo err >&2; exit 3", 5000, &b));
	assert_string_equal(b.p, "out\nerr\n");
	base_buf_free(&b);
}

/* Only what LiveKit needs: nothing that would configure it, no secret. */
static void
its_environment(void **unused)
{
	static const char *const secrets[] = {"LIVEKIT_CONFIG", "LIVEKIT_KEYS", "LIVEKIT_API_SECRET", "NODE_IP",
	    "UDP_PORT", "REDIS_HOST", "REDIS_PASSWORD", "JWT_SECRET", "NOTIFY_SOCKET", "LIVEKIT_RTC_TCP_PORT"};
	struct base_buf b;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		assert_int_equal(setenv(secrets[i], "leak", 1), 0);
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	assert_ok(shell("cat /proc/$$/environ | tr '\\0' '\\n'", 5000, &b));
	assert_null(strstr(b.p, "leak"));
	assert_non_null(strstr(b.p, "TZ=UTC\n"));
	assert_non_null(strstr(b.p, "PATH="));
	for (i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		assert_int_equal(unsetenv(secrets[i]), 0);
	base_buf_free(&b);
}

/* A session of its own, no descriptor of ours, no blocked signal. */
static void
a_clean_start(void **unused)
{
	struct base_buf b;
	int fds[2];

	(void)unused;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_ok(shell("set -- $(cat /proc/self/stat); [ $6 = $$ ] && echo session; grep SigBlk /proc/self/status; "
			"ls /proc/$$/fd | tr '\\n' ' '",
	    5000, &b));
	assert_non_null(strstr(b.p, "session\n"));
	assert_non_null(strstr(b.p, "SigBlk:\t0000000000000000\n"));
	assert_non_null(strstr(b.p, "\n0 1 2 "));
	base_buf_free(&b);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
it_is_not_waited_for_without_end(void **unused)
{
	int64_t start = base_clock_mono_ms();
	struct base_buf b;

	(void)unused;
	assert_err(ERR_PEER, shell("exec sleep 60", 200, &b));
	assert_true(base_clock_mono_ms() - start < 10000);
	base_buf_free(&b);
}

static void
what_cannot_be_run(void **unused)
{
	char *argv[] = {(char[]){"x"}, NULL};
	pid_t pid;

	(void)unused;
	assert_err(ERR_CONFIG, launcher_child_spawn("/nonexistent/livekit-server", argv, 1, -1, &pid));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(pid, -1);
	assert_err(ERR_CONFIG, launcher_child_spawn("/tmp", argv, 1, -1, &pid));
	assert_int_equal(errno, EACCES);
}

static void
which_binary(void **unused)
{
	char folder[] = "/tmp/launcher-test-XXXXXX", path[PATH_MAX], out[PATH_MAX];
	FILE *f;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/livekit-server", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs("#!/bin/sh\necho something else\n", f);
	(void)fclose(f);
	assert_int_equal(chmod(path, 0755), 0);

	assert_int_equal(setenv("LIVEKIT_SERVER", "/nonexistent", 1), 0);
	assert_ok(launcher_binary_find(path, out)); /* the key wins */
	assert_string_equal(out, path);
	assert_err(ERR_CONFIG, launcher_binary_find("", out)); /* then the variable, though it is wrong */
	assert_int_equal(setenv("LIVEKIT_SERVER", path, 1), 0);
	assert_ok(launcher_binary_find("", out));
	assert_string_equal(out, path);
	assert_int_equal(unsetenv("LIVEKIT_SERVER"), 0);
	assert_int_equal(setenv("PATH", "/nonexistent:/bin", 1), 0);
	assert_err(ERR_CONFIG, launcher_binary_find("", out));
	(void)snprintf(out, sizeof out, "/nonexistent:%s:/bin:/usr/bin", folder);
	assert_int_equal(setenv("PATH", out, 1), 0);
	assert_ok(launcher_binary_find("", out));
	assert_string_equal(out, path);
	assert_err(ERR_CONFIG, launcher_binary_find(folder, out)); /* a folder */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
is_it_livekit(void **unused)
{
	char path[] = "/tmp/launcher-test-XXXXXX";
	struct base_buf b;
	int fd = mkstemp(path);

	(void)unused;
	base_buf_init(&b, 4096);
	assert_true(fd >= 0 && fchmod(fd, 0700) == 0);
	assert_true(write(fd, "#!/bin/sh\necho livekit-server version 9.9.9\n", 44) == 44);
	(void)close(fd);
	assert_ok(launcher_binary_version(path, &b));
	assert_string_equal(b.p, "livekit-server version 9.9.9");
	base_buf_clear(&b);
	assert_err(ERR_CONFIG, launcher_binary_version("/bin/true", &b));
	base_buf_clear(&b);
	assert_err(ERR_CONFIG, launcher_binary_version("/bin/ls", &b));
	base_buf_free(&b);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_it_says),
	    cmocka_unit_test(its_environment),
	    cmocka_unit_test(a_clean_start),
	    cmocka_unit_test(it_is_not_waited_for_without_end),
	    cmocka_unit_test(what_cannot_be_run),
	    cmocka_unit_test(is_it_livekit),
	    cmocka_unit_test(which_binary),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

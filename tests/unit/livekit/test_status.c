/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "livekit/status.h"

static char folder[64], path[96], beside[112], lock[96];

static int
setup(void **unused)
{
	(void)unused;
	(void)snprintf(folder, sizeof folder, "/tmp/status-test-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/" LIVEKIT_STATUS_NAME, folder);
	(void)snprintf(beside, sizeof beside, "%s.new", path);
	(void)snprintf(lock, sizeof lock, "%s/" LIVEKIT_STATUS_LOCK, folder);
	return 0;
}

static int
teardown(void **unused)
{
	(void)unused;
	(void)unlink(path);
	(void)unlink(beside);
	(void)unlink(lock);
	return rmdir(folder);
}

static const struct livekit_status sample = {
    .state = "draining",
    .drain_until_s = 2000,
    .since_s = 1940,
    .pid = 11,
    .livekit_pid = 12,
    .restarts = 3,
    .version = "1.13.5",
    .binary = "/opt/livekit \"1\"/livekit-server",
    .fault = "it said \"{\"state\":\"draining\"\n\t\\ \xc3\xa9",
    .node_ip = "192.0.2.1",
    .node_rule = "livekit.nodeIP",
    .note = "a renewed certificate waits",
};

static void
comes_back_as_it_was(void **unused)
{
	struct livekit_status s;
	struct stat st;

	(void)unused;
	assert_err(ERR_ABSENT, livekit_status_read(path, &s));
	assert_ok(livekit_status_write(path, &sample));
	assert_ok(livekit_status_write(path, &sample));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(access(beside, F_OK), -1);
	assert_ok(livekit_status_read(path, &s));
	assert_string_equal(s.state, sample.state);
	assert_int_equal(s.drain_until_s, 2000);
	assert_int_equal(s.since_s, 1940);
	assert_int_equal(s.pid, 11);
	assert_int_equal(s.livekit_pid, 12);
	assert_int_equal(s.restarts, 3);
	assert_string_equal(s.version, sample.version);
	assert_string_equal(s.binary, sample.binary);
	assert_string_equal(s.fault, sample.fault);
	assert_string_equal(s.node_ip, sample.node_ip);
	assert_string_equal(s.node_rule, sample.node_rule);
	assert_string_equal(s.note, sample.note);
}

/* The longest texts of the worst bytes still fit. */
static void
the_longest_fits(void **unused)
{
	struct livekit_status s = sample, back;

	(void)unused;
	memset(s.version, 1, sizeof s.version - 1);
	memset(s.binary, 1, sizeof s.binary - 1);
	memset(s.node_ip, 1, sizeof s.node_ip - 1);
	memset(s.fault, 1, sizeof s.fault - 1);
	memset(s.note, 1, sizeof s.note - 1);
	memset(s.node_rule, 1, sizeof s.node_rule - 1);
	assert_ok(livekit_status_write(path, &s));
	assert_ok(livekit_status_read(path, &back));
	assert_string_equal(back.fault, s.fault);
	assert_string_equal(back.binary, s.binary);
}

/* What somebody else left in the way of the next file is no reason not to write it. */
static void
what_lies_beside_goes(void **unused)
{
	struct livekit_status s;
	struct stat st;

	(void)unused;
	assert_int_equal(symlink("/dev/null", beside), 0);
	assert_ok(livekit_status_write(path, &sample));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_ok(livekit_status_read(path, &s));
}

/* A reader that holds the old file goes on reading the old one: it is replaced, not written over. */
static void
is_replaced(void **unused)
{
	struct livekit_status s = sample;
	char was[4096], is[4096];
	ssize_t n;
	int fd;

	(void)unused;
	assert_ok(livekit_status_write(path, &s));
	fd = open(path, O_RDONLY);
	n = pread(fd, was, sizeof was, 0);
	(void)snprintf(s.state, sizeof s.state, "ready");
	assert_ok(livekit_status_write(path, &s));
	assert_int_equal(pread(fd, is, sizeof is, 0), n);
	assert_memory_equal(was, is, (size_t)n);
	(void)close(fd);
}

static void
drains_until_its_deadline(void **unused)
{
	struct livekit_status s = sample;

	(void)unused;
	assert_int_equal(livekit_status_is_draining(path, 0), 0);
	assert_ok(livekit_status_write(path, &s));
	assert_int_equal(livekit_status_is_draining(path, 1999), 1);
	assert_int_equal(livekit_status_is_draining(path, 2000), 0);
	s.drain_until_s = INT64_MAX;
	assert_ok(livekit_status_write(path, &s));
	assert_int_equal(livekit_status_is_draining(path, 2000), 1);
	(void)snprintf(s.state, sizeof s.state, "ready");
	assert_ok(livekit_status_write(path, &s));
	assert_int_equal(livekit_status_is_draining(path, 0), 0);
}

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static void
strange_files(void **unused)
{
	static const char *const t[] = {"", "{", "[]", "{}", "{\"state\":1}", "{\"state\":\"\"}",
	    "{\"state\":\"draining\",\"drainUntil\":", "{\"state\":\"draining\",\"drainUntil\":\"x\"}",
	    "{\"state\":\"ready\",\"fault\":7}"};
	struct livekit_status s;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		put(t[i]);
		assert_err(ERR_INPUT, livekit_status_read(path, &s));
		assert_int_equal(livekit_status_is_draining(path, 0), 0);
	}
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(livekit_status_is_draining(path, 0), 0);
	assert_err(ERR_IO, livekit_status_read(path, &s));
	assert_err(ERR_IO, livekit_status_write(path, &sample));
	(void)rmdir(path);
	assert_err(ERR_IO, livekit_status_write("/nonexistent/x", &sample));
}

static void
alive_while_the_lock_is_held(void **unused)
{
	int fd;

	(void)unused;
	assert_int_equal(livekit_status_is_alive(lock, getpid()), 0);
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(livekit_status_is_alive(lock, getpid()), 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(livekit_status_is_alive(lock, 0), 1);
	(void)close(fd);
	assert_int_equal(livekit_status_is_alive(lock, 0), 0);
}

/* As nobody, who may not open the lock, where /proc shows nobody the processes of others. */
static int
look_as_nobody(pid_t pid)
{
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("proc", "/proc", "proc", 0, "hidepid=2") != 0 || setgroups(0, NULL) != 0 || setgid(65534) != 0 ||
	    setuid(65534) != 0)
		return 77;
	return livekit_status_is_alive(lock, pid) == -1 ? 0 : 1;
}

static void
hidden_processes_may_be_alive(void **unused)
{
	pid_t pid;
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600), status;

	(void)unused;
	(void)close(fd);
	pid = fork();
	if (pid == 0)
		_exit(look_as_nobody(getppid()));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* not root, or in a container that may not mount */
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(comes_back_as_it_was, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_longest_fits, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_lies_beside_goes, setup, teardown),
	    cmocka_unit_test_setup_teardown(hidden_processes_may_be_alive, setup, teardown),
	    cmocka_unit_test_setup_teardown(is_replaced, setup, teardown),
	    cmocka_unit_test_setup_teardown(drains_until_its_deadline, setup, teardown),
	    cmocka_unit_test_setup_teardown(strange_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(alive_while_the_lock_is_held, setup, teardown),
	};

	return RUN(tests);
}

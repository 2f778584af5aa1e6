/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of writers between processes: the order in which they came, an end to waiting, and a holder that dies. */
#include "tests/unit/store/scratch.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "store/store_impl.h"

enum { WRITERS = 8, PATIENCE_MS = 20000 };

static char path[96];

static int
setup(void **unused)
{
	int fd;

	(void)unused;
	(void)snprintf(path, sizeof(path), "/tmp/queue-test-XXXXXX");
	fd = mkstemp(path);
	return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static int
teardown(void **unused)
{
	(void)unused;
	return unlink(path);
}

/* How many wait for a lock on the file, as the kernel says. */
static int
waiting(void)
{
	char line[256], inode[32];
	FILE *f = fopen("/proc/locks", "r");
	struct stat st;
	int n = 0;

	assert_non_null(f);
	assert_int_equal(stat(path, &st), 0);
	snprintf(inode, sizeof(inode), ":%" PRIuMAX " ", (uintmax_t)st.st_ino);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, "->") != NULL && strstr(line, inode) != NULL;
	fclose(f);
	return n;
}

static void
wait_for(int n)
{
	int64_t end = base_clock_mono_ms() + PATIENCE_MS;

	while (waiting() != n) {
		assert_true(base_clock_mono_ms() < end);
		usleep(1000);	/* between two looks */
	}
}

/* A writer in a process of its own: says when its turn has come; with stay it keeps the turn until it is killed. */
static pid_t
start(char me, int out, int stay)
{
	pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	fd = store_queue_open(path);
	if (fd < 0 || !store_queue_enter(fd, base_clock_mono_ms() + PATIENCE_MS) || write(out, &me, 1) != 1)
		_exit(1);
	if (stay)
		for (;;)
			pause();
	store_queue_leave(fd);
	_exit(0);
}

static void
reap(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
each_in_its_turn(void **unused)
{
	int fd = store_queue_open(path), said[2];
	pid_t pids[WRITERS];
	char order[WRITERS + 1] = "", expected[WRITERS + 1] = "";

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(pipe(said), 0);
	assert_int_equal(store_queue_enter(fd, base_clock_mono_ms()), 1);
	for (int i = 0; i < WRITERS; i++) {
		expected[i] = (char)('a' + i);
		pids[i] = start(expected[i], said[1], 0);
		wait_for(i + 1);
	}
	store_queue_leave(fd);
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(read(said[0], order + i, 1), 1);
		reap(pids[i]);
	}
	assert_string_equal(order, expected);
	close(fd);
	close(said[0]);
	close(said[1]);
}

/* Who holds it may hang: waiting has an end, and the place in the queue is given up. */
static void
waiting_has_an_end(void **unused)
{
	int fd = store_queue_open(path), other = store_queue_open(path);
	int64_t until = base_clock_mono_ms() + 50;

	(void)unused;
	assert_true(fd >= 0 && other >= 0);
	assert_int_equal(store_queue_enter(fd, until), 1);
	assert_int_equal(store_queue_enter(other, until), 0);
	assert_true(base_clock_mono_ms() >= until);
	assert_int_equal(store_queue_enter(other, until), 0);
	assert_int_equal(waiting(), 0);
	store_queue_leave(fd);
	assert_int_equal(store_queue_enter(other, base_clock_mono_ms()), 1);
	close(fd);
	close(other);
}

static void
the_turn_of_the_dead_passes_on(void **unused)
{
	int fd = store_queue_open(path), said[2], status = 0;
	pid_t pid;
	char who;

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(pipe(said), 0);
	pid = start('x', said[1], 1);
	assert_int_equal(read(said[0], &who, 1), 1);
	assert_int_equal(store_queue_enter(fd, base_clock_mono_ms() + 20), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(store_queue_enter(fd, base_clock_mono_ms()), 1);
	close(fd);
	close(said[0]);
	close(said[1]);
}

/* Who has the turn and stands still without writing holds nobody up for long: not once, and not again and again. */
static void
who_stands_still_is_passed_by(void **state)
{
	struct scratch *x = *state;
	int64_t began;
	int said[2];
	pid_t pid;
	char who;

	(void)snprintf(path, sizeof(path), "%s", x->path);
	assert_int_equal(pipe(said), 0);
	pid = start('x', said[1], 1);
	assert_int_equal(read(said[0], &who, 1), 1);
	began = base_clock_mono_ms();
	for (int i = 0; i < 20; i++) {
		assert_ok(store_begin(x->s, STORE_FAST));
		assert_ok(store_commit(x->s));
	}
	assert_in_range(base_clock_mono_ms() - began, 0, STORE_BUSY_MS);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(said[0]);
	close(said[1]);
}

/* A file that can't be opened has no queue: SQLite's own lock must do. */
static void
no_file_no_queue(void **unused)
{
	(void)unused;
	assert_int_equal(store_queue_open("/nonexistent/file"), -1);
	assert_int_equal(store_queue_enter(-1, 0), 1);
	store_queue_leave(-1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_in_its_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(waiting_has_an_end, setup, teardown),
		cmocka_unit_test_setup_teardown(the_turn_of_the_dead_passes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(who_stands_still_is_passed_by, scratch_new, scratch_end),
		cmocka_unit_test(no_file_no_queue),
	};

	return RUN(tests);
}

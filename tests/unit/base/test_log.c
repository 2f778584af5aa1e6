/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

struct heard {
	unsigned n;
	enum base_log_level level;
	char text[64];
};

static void
hear(void *arg, enum base_log_level level, const char *text)
{
	struct heard *h = arg;

	h->n++;
	h->level = level;
	(void)snprintf(h->text, sizeof h->text, "%s", text);
	errno = EIO;
}

static void
diverted_lines_come_whole(void **state)
{
	struct heard h = {0};
	enum err e;

	(void)state;
	base_log_threshold(LOG_LEVEL_WARN);
	base_log_divert(hear, &h);
	errno = ENOENT;
	base_log(LOG_LEVEL_INFO, "below the threshold");
	assert_int_equal(h.n, 0);
	e = base_log_err(ERR_CONFIG, "port %d\nis taken", 7880);
	base_log_divert(NULL, NULL);
	assert_err(ERR_CONFIG, e);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.level, LOG_LEVEL_ERROR);
	assert_string_equal(h.text, "port 7880\nis taken");
	assert_int_equal(errno, ENOENT);
	base_log(LOG_LEVEL_ERROR, "to standard error");
	assert_int_equal(h.n, 1);
}

/* No file gets the number of a standard descriptor that was closed: in a child, whose status says what failed */
static void
closed_descriptors_are_held(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		(void)close(STDIN_FILENO);
		(void)close(STDERR_FILENO);
		base_log_program("test");
		if (open("/dev/null", O_RDONLY) <= STDERR_FILENO)
			_exit(1);
		_exit(fcntl(STDIN_FILENO, F_GETFD) == 0 && write(STDERR_FILENO, "x", 1) == 1 ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

/* Whoever reads the log has stopped: lines are lost, and nothing else waits, also when a signal comes meanwhile. With
 * room they come again. */
static void
a_reader_who_stops(void **state)
{
	const struct sigaction ends_waits = {.sa_handler = on_alarm};
	const struct itimerval soon = {.it_value = {0, 50000}};
	int fds[2], saved = dup(STDERR_FILENO);
	char all[4096];
	ssize_t n;
	size_t total = 0;

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	memset(all, '.', sizeof all);
	while (write(fds[1], all, sizeof all) > 0)
		;
	assert_int_equal(fcntl(fds[1], F_SETFL, 0), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(sigaction(SIGALRM, &ends_waits, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	for (int i = 0; i < 20; i++)
		base_log(LOG_LEVEL_ERROR, "lost");
	while ((n = read(fds[0], all, sizeof all)) > 0)
		total += (size_t)n;
	base_log(LOG_LEVEL_ERROR, "heard");
	n = read(fds[0], all, sizeof all - 1);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_true(n > 0 && total > 0);
	all[n] = '\0';
	assert_non_null(strstr(all, "heard\n"));
	assert_null(strstr(all, "lost"));
	(void)close(saved);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(diverted_lines_come_whole), cmocka_unit_test(closed_descriptors_are_held),
	    cmocka_unit_test(a_reader_who_stops)};

	return RUN(tests);
}

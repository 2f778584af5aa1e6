/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(diverted_lines_come_whole), cmocka_unit_test(closed_descriptors_are_held)};

	return RUN(tests);
}

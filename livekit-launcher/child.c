/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/*
 * All that LiveKit needs of our environment. LIVEKIT_CONFIG, NODE_IP, REDIS_HOST and some 300 generated names would
 * change its configuration behind our back, and names like JWT_SECRET are none of its business.
 */
static const char *const inherited[] = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOGC",
    "GODEBUG",
    "GOTRACEBACK",
};

#define INHERITED (sizeof inherited / sizeof inherited[0])

static void
environment(char *out[INHERITED + 1])
{
	size_t i, n, count = 0;
	char **e;

	for (i = 0; i < INHERITED; i++) {
		n = strlen(inherited[i]);
		for (e = environ; *e != NULL; e++)
			if (strncmp(*e, inherited[i], n) == 0 && (*e)[n] == '=')
				break;
		if (*e != NULL)
			out[count++] = *e;
	}
	out[count] = NULL;
}

int
launcher_child_begin(pid_t parent)
{
	static const int ignored[] = {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2};
	sigset_t none;
	size_t i;

	(void)setsid();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		return -1;
	for (i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		(void)signal(ignored[i], SIG_DFL);
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: becomes the program, or reports errno through the pipe. */
static _Noreturn void
become(const char *program, char *const argv[], char *const envp[], const int fds[3], pid_t parent)
{
	int null, e;

	if (launcher_child_begin(parent) != 0)
		_exit(1);
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* also what we were given unasked */
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null >= 0 && dup2(null, 0) == 0 && dup2(fds[0], 1) == 1 && dup2(fds[0], 2) == 2 &&
	    (fds[1] < 0 || fcntl(fds[1], F_SETFD, 0) == 0))
		(void)execve(program, argv, envp);
	e = errno;
	while (write(fds[2], &e, sizeof e) < 0 && errno == EINTR)
		;
	_exit(1);
}

enum err
launcher_child_spawn(const char *program, char *const argv[], int out_fd, int keep_fd, pid_t *pid)
{
	char *envp[INHERITED + 1];
	int failed = 0, report[2];
	pid_t parent = getpid();
	ssize_t got;

	environment(envp);
	if (pipe2(report, O_CLOEXEC) != 0)
		return ERR_IO;
	*pid = fork();
	if (*pid == 0)
		become(program, argv, envp, (const int[]){out_fd, keep_fd, report[1]}, parent);
	failed = *pid < 0 ? errno : 0;
	(void)close(report[1]);
	if (*pid < 0) {
		(void)close(report[0]);
		errno = failed;
		return ERR_IO;
	}
	while ((got = read(report[0], &failed, sizeof failed)) < 0 && errno == EINTR)
		;
	(void)close(report[0]);
	if (got != (ssize_t)sizeof failed)
		return ERR_OK;
	while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
		;
	*pid = -1;
	errno = failed;
	return ERR_CONFIG;
}

/* Reads to the end of the pipe: 0, or -1 at the deadline. */
static int
read_all(int fd, int64_t deadline_ms, struct base_buf *out)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char chunk[4096];
	int64_t left;
	ssize_t n;

	for (;;) {
		left = deadline_ms - base_clock_mono_ms();
		if (left <= 0)
			return -1;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, chunk, sizeof chunk);
		if (n == 0)
			return 0;
		if (n > 0)
			base_buf_add(out, chunk, (size_t)n);
		else if (errno != EINTR)
			return 0;
	}
}

enum err
launcher_child_capture(const char *program, char *const argv[], int keep_fd, int timeout_ms, struct base_buf *out)
{
	int fds[2], late, saved;
	pid_t pid;
	enum err e;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return ERR_IO;
	e = launcher_child_spawn(program, argv, fds[1], keep_fd, &pid);
	saved = errno;
	(void)close(fds[1]);
	late = e == ERR_OK && read_all(fds[0], base_clock_mono_ms() + timeout_ms, out) != 0;
	(void)close(fds[0]);
	if (e != ERR_OK) {
		errno = saved;
		return e;
	}
	if (late)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return late ? ERR_PEER : out->err;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writers of several processes on one file, in about the order in which they came. SQLite's own lock is polled for:
 * among many processes (mod_fcgid, CGI) the polling took a third of the time, and of two with many threads each one was
 * unlucky for long. The kernel queues those who wait for a byte of a file (fcntl(2), F_OFD_SETLKW) and wakes one at a
 * time; so a process takes such a byte before BEGIN IMMEDIATE. SQLite's lock stays the one that counts: programs that
 * know nothing of this queue (sqlite3) are only not in it.
 *
 * The byte is one that SQLite never locks. A process that closes any descriptor of a file loses SQLite's locks on it
 * ("How To Corrupt An SQLite Database File", section 2.2): so this one is closed with the gate, after the last
 * connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/store_impl.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define BYTE 0x7ffffff0		/* SQLite locks 512 bytes from 0x40000000 on */
#define OVER SIGRTMIN		/* the time is over */
#define AGAIN_MS 10		/* the first signal may come just before the wait */

static void
on_over(int sig)
{
	(void)sig;
}

static void
prepare(void)
{
	struct sigaction a = { .sa_handler = on_over };		/* no SA_RESTART: the wait ends */

	(void)sigaction(OVER, &a, NULL);
}

int
store_queue_open(const char *path)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, prepare);
	return open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* 1 = done, 0 = somebody has it, or the wait was interrupted. Where there are no such locks there is no queue. */
static int
lock(int fd, int cmd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = BYTE, .l_len = 1 };

	return fcntl(fd, cmd, &l) == 0 || (errno != EAGAIN && errno != EACCES && errno != EINTR);
}

/* Tells this thread when the time is over, and again until it has heard it. */
static int
set_timer(timer_t *t, int64_t ms)
{
	struct sigevent over = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = OVER };
	struct itimerspec at = { .it_interval = { 0, AGAIN_MS * 1000000L } };

	over.sigev_notify_thread_id = gettid();
	at.it_value.tv_sec = (time_t)(ms / 1000);
	at.it_value.tv_nsec = (long)(ms % 1000) * 1000000;
	if (timer_create(CLOCK_MONOTONIC, &over, t) != 0)
		return 0;
	if (timer_settime(*t, 0, &at, NULL) == 0)
		return 1;
	(void)timer_delete(*t);
	return 0;
}

int
store_queue_enter(int fd, int64_t until_ms)
{
	int64_t left = until_ms - base_clock_mono_ms();
	timer_t t;
	int got;

	if (fd < 0 || lock(fd, F_OFD_SETLK))
		return 1;
	/* Without a timer it isn't waited for: SQLite's own wait has an end. */
	if (left <= 0 || !set_timer(&t, left))
		return left > 0;
	do
		got = lock(fd, F_OFD_SETLKW);
	while (!got && base_clock_mono_ms() < until_ms);
	(void)timer_delete(t);
	return got;
}

void
store_queue_leave(int fd)
{
	struct flock l = { .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = BYTE, .l_len = 1 };

	if (fd >= 0)
		(void)fcntl(fd, F_OFD_SETLK, &l);
}

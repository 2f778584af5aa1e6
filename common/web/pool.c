/* SPDX-License-Identifier: Apache-2.0 */
#include "web/pool_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "web/kept_impl.h"

#define LISTEN_FD 0		/* FastCGI specification 2.2 */
#define WAKE SIGUSR2		/* out of accept; and the main thread to look after stuck threads */
#define STUCK_MS 10		/* no request finished for this long while nobody waits in accept: another thread */
#define STOP_DEADLINE_S 30
#define DRAIN_MS 1000		/* how long a process that stops goes on taking what is queued */
#define STACK (256u << 10)

enum slot { SLOT_FREE, SLOT_RUNS, SLOT_ENDED /* still to be joined */ };

static struct {
	const struct web_pool_job *job;
	pthread_t main;
	int processors;
	int stop_fd;			/* eventfd, readable once we stop */
	atomic_int stopping;
	_Atomic int64_t drain_until;	/* ms, monotonic */
	atomic_int waiting;		/* threads that wait for a connection, or on their way there */
	atomic_int keeps;		/* there are kept connections, or were: threads wait for both kinds */
	atomic_int watched;		/* the main thread looks after stuck threads */
	atomic_ulong finished;		/* requests answered */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	atomic_int threads;		/* changed under lock, like the rest */
	pthread_t ids[LIMIT_THREADS];
	int used[LIMIT_THREADS];	/* enum slot */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

/*
 * Whether connections that the web server made before we were told to stop still wait in the queue: it has sent them
 * their requests, and would see them reset. Siblings on the same socket may go on filling it, so there is an end.
 */
static int
is_queued(void)
{
	return base_clock_mono_ms() < atomic_load(&pool.drain_until) &&
	    poll(&(struct pollfd){LISTEN_FD, POLLIN, 0}, 1, 0) > 0;
}

/*
 * web_loop_give_way(). SCHED_BATCH: a thread that wakes doesn't interrupt whoever runs, its share of the processors
 * stays the same (sched(7)). With a connection for each request every one would wake a thread, which then has to wait
 * for the request. On connections that are kept it gains nothing. Where it isn't allowed things stay as they are.
 */
static void
schedule(pthread_t thread, int policy)
{
	const struct sched_param none = {0};

	(void)pthread_setschedparam(thread, policy, &none);
}

/*
 * From here on threads wait for kept connections as well as for new ones. The listening socket must not block then:
 * several see a new connection, and one gets it. Those in accept are woken; one on its way there finds that it doesn't
 * block.
 */
static enum err
begin_keeping(void)
{
	enum err e = ERR_OK;

	if (atomic_load(&pool.keeps))
		return ERR_OK;
	pthread_mutex_lock(&pool.lock);
	if (!atomic_load(&pool.keeps)) {
		if (fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK) < 0)
			e = base_log_err(ERR_IO, "unable to make the socket non-blocking: %s", strerror(errno));
		else
			e = web_kept_open(LISTEN_FD, pool.stop_fd);
		atomic_store(&pool.keeps, e == ERR_OK);
		for (int i = 0; i < LIMIT_THREADS; i++)
			if (pool.used[i] == SLOT_RUNS) {
				if (pool.job->gives_way)
					schedule(pool.ids[i], SCHED_OTHER);
				pthread_kill(pool.ids[i], WAKE);
			}
	}
	pthread_mutex_unlock(&pool.lock);
	return e;
}

/*
 * A new connection, or -1 and *again says whether to try again. Only here the wake signal gets through: nowhere else
 * can it break a read.
 */
static int
accept_new(int *again)
{
	sigset_t wake;
	int fd, error;

	sigemptyset(&wake);
	sigaddset(&wake, WAKE);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);
	error = errno;
	pthread_sigmask(SIG_BLOCK, &wake, NULL);
	*again = 1;
	if (fd >= 0)
		return fd;
	/* Out of descriptors or memory: wait for others to finish instead of spinning. */
	if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM)
		poll(&(struct pollfd){pool.stop_fd, POLLIN, 0}, 1, 100);
	else if (error == EAGAIN)
		*again = begin_keeping() == ERR_OK;	/* not blocking, because somebody wants it so */
	else
		*again = error == EINTR || error == ECONNABORTED;
	return -1;
}

/* A connection on which there is work: a new or a kept one. -1 when we stop. */
static int
take_connection(void)
{
	int fd, again = 1;

	while (again && !atomic_load(&pool.stopping)) {
		fd = atomic_load(&pool.keeps) ? web_kept_wait() : WEB_KEPT_LISTENER;
		if (fd == WEB_KEPT_LISTENER)
			do
				fd = accept_new(&again);
			while (fd >= 0 && atomic_load(&pool.keeps) && web_kept_add(fd));
		if (fd >= 0)
			return fd;
	}
	fd = web_kept_last();
	while (fd < 0 && again && is_queued())
		fd = accept_new(&again);
	return fd;
}

/* What has been answered, and stays open. */
static void
keep_connection(int fd)
{
	if (begin_keeping() == ERR_OK)
		web_kept_put(fd);
	else
		close(fd);
}

static void *work(void *slot);

/*
 * A thread that has ended is joined before its place is used again or the process leaves: what libraries do as a thread
 * ends (OpenSSL's cleanup) must not meet what they do at exit. The lock is held.
 */
static void
join_ended(int slot)
{
	if (pool.used[slot] != SLOT_ENDED)
		return;
	pthread_join(pool.ids[slot], NULL);
	pool.used[slot] = SLOT_FREE;
}

/* Starts a thread that waits for connections. */
static enum err
add_thread(void)
{
	pthread_attr_t attr;
	int slot = 0, failed = 0;

	pthread_mutex_lock(&pool.lock);
	while (slot < LIMIT_THREADS && pool.used[slot] == SLOT_RUNS)
		slot++;
	if (slot < LIMIT_THREADS && !atomic_load(&pool.stopping)) {
		join_ended(slot);
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, STACK);
		/* Counted before it runs: it may have taken a connection before pthread_create returns. */
		atomic_fetch_add(&pool.threads, 1);
		atomic_fetch_add(&pool.waiting, 1);
		failed = pthread_create(&pool.ids[slot], &attr, work, &pool.used[slot]);
		pthread_attr_destroy(&attr);
		pool.used[slot] = failed ? SLOT_FREE : SLOT_RUNS;
		atomic_fetch_sub(&pool.threads, failed != 0);
		atomic_fetch_sub(&pool.waiting, failed != 0);
	}
	pthread_mutex_unlock(&pool.lock);
	return failed ? base_log_err(ERR_NOMEM, "unable to start another thread: %s", strerror(failed)) : ERR_OK;
}

/* Without memory for a thread (it has been logged) the next one to finish takes the connection. */
static void
start_thread(void)
{
	enum err e = add_thread();

	(void)e;
}

/*
 * Nobody waits in accept: another thread at once while processors are free, else when the main thread finds all
 * stuck.
 */
static void
grow(void)
{
	if (atomic_load(&pool.threads) < pool.processors)
		start_thread();
	else if (!atomic_exchange(&pool.watched, 1))
		pthread_kill(pool.main, WAKE);
}

static void *
work(void *slot)
{
	void *own = pool.job->open(pool.job->context);
	int fd;

	if (pool.job->gives_way && !atomic_load(&pool.keeps))
		schedule(pthread_self(), SCHED_BATCH);
	while (own != NULL && (fd = take_connection()) >= 0) {
		if (atomic_fetch_sub(&pool.waiting, 1) == 1)
			grow();
		if (pool.job->connection(own, fd))
			keep_connection(fd);
		atomic_fetch_add(&pool.waiting, 1);
	}
	if (own != NULL)
		pool.job->close(own);
	pthread_mutex_lock(&pool.lock);
	*(int *)slot = SLOT_ENDED;
	atomic_fetch_sub(&pool.waiting, 1);
	/* Without a thread nobody is served: better an end, which the web server sees, than that. */
	if (atomic_fetch_sub(&pool.threads, 1) == 1 && !atomic_load(&pool.stopping)) {
		base_log(LOG_LEVEL_ERROR, "unable to take connections: no thread is left");
		/* It waits for it: NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c) */
		pthread_kill(pool.main, SIGTERM);
	}
	pthread_cond_broadcast(&pool.ended);
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

void
web_pool_progress(void)
{
	atomic_fetch_add_explicit(&pool.finished, 1, memory_order_relaxed);
}

static void
on_wake(int sig)
{
	(void)sig;
}

static void
prepare_signals(sigset_t *mine)
{
	struct sigaction wake = {.sa_handler = on_wake};	/* no SA_RESTART: accept returns */

	signal(SIGPIPE, SIG_IGN);
	sigaction(WAKE, &wake, NULL);
	sigemptyset(mine);
	sigaddset(mine, SIGTERM);
	sigaddset(mine, SIGINT);
	sigaddset(mine, SIGUSR1);	/* Apache's graceful restart */
	sigaddset(mine, WAKE);
	pthread_sigmask(SIG_BLOCK, mine, NULL);
}

/* The main thread's life: waits for a signal to stop, and adds threads while the others are stuck. */
static void
watch(const sigset_t *mine)
{
	const struct timespec moment = {0, STUCK_MS * 1000000L};
	unsigned long seen = 0;

	for (;;) {
		int watched = atomic_load(&pool.watched);
		int sig = sigtimedwait(mine, NULL, watched ? &moment : NULL);
		unsigned long finished = atomic_load(&pool.finished);

		if (sig > 0 && sig != WAKE)
			return;
		if (!watched || sig == WAKE) {
			seen = finished;
			continue;
		}
		if (atomic_load(&pool.waiting) > 0) {
			atomic_store(&pool.watched, 0);
			/* Somebody may have found it set still, and so not woken us. */
			if (atomic_load(&pool.waiting) == 0)
				atomic_store(&pool.watched, 1);
		} else if (finished == seen) {
			start_thread();
		}
		seen = finished;
	}
}

/*
 * Requests in hand finish; waiting threads are woken until each has gone (a signal just before accept is lost). Those
 * that wait for kept connections see stop_fd.
 */
static void
stop_threads(void)
{
	struct timespec until;
	uint64_t one = 1;
	int64_t soon;

	atomic_store(&pool.drain_until, base_clock_mono_ms() + DRAIN_MS);
	atomic_store(&pool.stopping, 1);
	if (write(pool.stop_fd, &one, sizeof one) < 0)
		base_log(LOG_LEVEL_WARN, "unable to wake waiting threads: %s", strerror(errno));
	pthread_mutex_lock(&pool.lock);
	for (int rounds = 0; atomic_load(&pool.threads) > 0 && rounds < STOP_DEADLINE_S * 50; rounds++) {
		for (int i = 0; i < LIMIT_THREADS; i++)
			if (pool.used[i] == SLOT_RUNS)
				pthread_kill(pool.ids[i], WAKE);
		soon = base_clock_now() + BASE_CLOCK_SECOND / 50;
		until.tv_sec = (time_t)(soon / BASE_CLOCK_SECOND);
		until.tv_nsec = (long)(soon % BASE_CLOCK_SECOND);
		pthread_cond_timedwait(&pool.ended, &pool.lock, &until);
	}
	if (atomic_load(&pool.threads) > 0) {
		base_log(LOG_LEVEL_WARN, "%d requests did not finish within %d s", atomic_load(&pool.threads),
		    STOP_DEADLINE_S);
		_exit(0);	/* they still use what the caller would free now */
	}
	for (int i = 0; i < LIMIT_THREADS; i++)
		join_ended(i);
	pthread_mutex_unlock(&pool.lock);
}

enum err
web_pool_run(const struct web_pool_job *job)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	sigset_t mine;
	enum err e;

	pool.job = job;
	pool.main = pthread_self();
	pool.processors = processors < 2 ? 2 : processors > LIMIT_THREADS ? LIMIT_THREADS : (int)processors;
	pool.stop_fd = eventfd(0, EFD_CLOEXEC);
	if (pool.stop_fd < 0)
		return base_log_err(ERR_IO, "unable to make an eventfd: %s", strerror(errno));
	prepare_signals(&mine);
	e = add_thread();
	if (e != ERR_OK)
		return e;
	watch(&mine);
	stop_threads();
	web_kept_close();
	close(pool.stop_fd);
	return ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads: one for the duties, one for jobs about rooms and people, one for files, and queue.concurrency for
 * deliveries to webhooks, which may each wait for a silent server. The first thread takes signals and tells the service
 * manager.
 */
#include "worker/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/http.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "worker/rights.h"

#define OWN_THREADS 3		/* duties, rooms, files */
#define MOST_THREADS (OWN_THREADS + 64) /* with the largest queue.concurrency */
#define DUTY_POLL_MS 1000
#define TROUBLE_MS 5000		/* between two tries to open the database */

enum { EXIT_TEMPORARY = 75, EXIT_CONFIG = 78 };

struct thread {
	pthread_t id;
	int is_duties;
	enum worker_lane lane;
	int was_busy;		/* something was due */
	struct worker w;
};

static enum err
turn(struct thread *t, int *busy)
{
	struct worker *w = &t->w;
	enum err e = store_ready(conf_str(w->conf, CONF_database_path), worker_rights, base_clock_now(), &w->store,
	    &w->checked_at);

	*busy = 0;
	if (e != ERR_OK)
		return e;
	return t->is_duties ? worker_duty_round(w, busy) : worker_job_next(w, t->lane, busy);
}

/* Until we are to end; with `once` until nothing is due, or the database can't be used. */
static void
live(struct thread *t)
{
	const struct worker_process *p = t->w.process;
	int pause = t->is_duties ? DUTY_POLL_MS : (int)conf_int(p->conf, CONF_queue_pollInterval), busy;
	enum err e;

	while (!worker_stopping(&t->w)) {
		e = turn(t, &busy);
		if (e != ERR_OK)
			t->w.worst = e;
		t->was_busy |= busy;
		if (p->once && (e != ERR_OK || !busy || t->is_duties))
			return;
		if (e != ERR_OK || !busy)
			worker_wait(&t->w, e != ERR_OK ? TROUBLE_MS : pause);
	}
}

static void *
body(void *arg)
{
	struct thread *t = arg;
	uint64_t one = 1;

	base_arena_init(&t->w.arena, LIMIT_ARENA);
	live(t);
	livekit_api_free(t->w.livekit);
	base_http_free(t->w.http);
	store_close(t->w.store);
	base_arena_free(&t->w.arena);
	if (write(t->w.process->ended_fd, &one, sizeof one) != sizeof one)
		base_log(LOG_LEVEL_ERROR, "unable to say that a thread has ended: %s", strerror(errno));
	return NULL;
}

static int
start(struct worker_process *p, struct thread *threads, int wanted)
{
	static const enum worker_lane lanes[] = {WORKER_ROOMS, WORKER_FILES};
	int n;

	for (n = 0; n < wanted; n++) {
		struct thread *t = &threads[n];

		t->w.process = p;
		t->w.conf = p->conf;
		t->is_duties = n == 0;
		t->lane = n == 1 || n == 2 ? lanes[n - 1] : WORKER_WEBHOOKS;
		if (pthread_create(&t->id, NULL, body, t) != 0) {
			base_log(LOG_LEVEL_ERROR, "unable to start a thread: %s", strerror(errno));
			break;
		}
	}
	return n;
}

/* A second signal ends us at once: leases run out, and what was in hand is begun again. */
static void
stop(struct worker_process *p, int signals)
{
	struct signalfd_siginfo info;
	sigset_t all;
	uint64_t one = 1;

	if (read(signals, &info, sizeof info) != sizeof info)
		return;
	base_notify_send("STOPPING=1");
	if (write(p->stop_fd, &one, sizeof one) != sizeof one)
		base_log(LOG_LEVEL_ERROR, "unable to stop the threads: %s", strerror(errno));
	base_log(LOG_LEVEL_INFO, "%s: ending when what is in hand is done", strsignal((int)info.ssi_signo));
	(void)sigemptyset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, NULL);
}

/* Until n threads have ended. */
static void
watch(struct worker_process *p, int signals, int n)
{
	struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = p->ended_fd, .events = POLLIN}};
	int watchdog = base_notify_watchdog_ms();
	uint64_t ended;

	while (n > 0) {
		int ready = poll(fds, 2, watchdog > 0 ? watchdog : -1);

		if (watchdog > 0)
			base_notify_send("WATCHDOG=1");
		if (ready > 0 && fds[0].revents != 0)
			stop(p, signals);
		if (ready > 0 && fds[1].revents != 0 && read(p->ended_fd, &ended, sizeof ended) == sizeof ended)
			n -= (int)ended;
	}
}

static int
exit_code(const struct thread *threads, int n)
{
	int code = 0;

	for (int i = 0; i < n; i++) {
		enum err e = threads[i].w.worst;

		if (e == ERR_CONFIG || e == ERR_ABSENT)
			return EXIT_CONFIG;
		if (e != ERR_OK)
			code = EXIT_TEMPORARY;
	}
	return code;
}

/*
 * The database is opened once before anybody else does, so that what is wrong with it is said once. A service waits
 * for it; 0 or an exit code, -1: a signal came first.
 */
static int
await_database(struct worker_process *p, int signals)
{
	struct pollfd fd = {.fd = signals, .events = POLLIN};
	struct store *s = NULL;
	int64_t checked_at = 0;
	enum err e;

	for (;;) {
		e = store_ready(conf_str(p->conf, CONF_database_path), worker_rights, base_clock_now(), &s,
		    &checked_at);
		store_close(s);
		s = NULL;
		if (e == ERR_OK)
			return 0;
		if (p->once)
			return e == ERR_CONFLICT || e == ERR_ABSENT ? EXIT_CONFIG : EXIT_TEMPORARY;
		base_notify_send("READY=1\nSTATUS=The database can't be used: see the log");
		if (poll(&fd, 1, TROUBLE_MS) > 0)
			return -1;
	}
}

/* All threads, from their start to their end. *was_busy = 1 when something was due. */
static int
shift(struct worker_process *p, struct thread *threads, int signals, int *was_busy)
{
	int wanted = OWN_THREADS + (int)conf_int(p->conf, CONF_queue_concurrency), n = start(p, threads, wanted);
	uint64_t one = 1;

	*was_busy = 0;
	if (n < wanted && write(p->stop_fd, &one, sizeof one) != sizeof one)
		return EXIT_TEMPORARY;
	if (!p->once && n == wanted)
		base_notify_send("READY=1\nSTATUS=At work");
	watch(p, signals, n);
	for (int i = 0; i < n; i++) {
		(void)pthread_join(threads[i].id, NULL);
		*was_busy |= threads[i].was_busy;
	}
	if (n < wanted)
		return EXIT_TEMPORARY;
	return p->once ? exit_code(threads, n) : 0;
}

/* With `once` until nothing is due any more: what one does may be another's work. */
static int
work(struct worker_process *p, struct thread *threads, int signals)
{
	struct pollfd end = {.fd = p->stop_fd, .events = POLLIN};
	int was_busy, worst = 0, code;

	do {
		memset(threads, 0, MOST_THREADS * sizeof *threads);
		code = shift(p, threads, signals, &was_busy);
		worst = code > worst ? code : worst;
	} while (p->once && was_busy && poll(&end, 1, 0) == 0);
	return worst;
}

int
worker_run(struct worker_process *p)
{
	struct thread *threads = base_mem_alloc(MOST_THREADS, sizeof *threads);
	int signals, code = EXIT_TEMPORARY;
	sigset_t ours;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ours, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->ended_fd = eventfd(0, EFD_CLOEXEC);
	if (threads == NULL || signals < 0 || p->stop_fd < 0 || p->ended_fd < 0)
		base_log(LOG_LEVEL_ERROR, "unable to begin: %s", strerror(errno));
	else if ((code = await_database(p, signals)) == 0)
		code = work(p, threads, signals);
	(void)close(signals);
	(void)close(p->stop_fd);
	(void)close(p->ended_fd);
	base_mem_free(threads);
	return code < 0 ? 0 : code;
}

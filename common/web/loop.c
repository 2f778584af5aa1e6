/* SPDX-License-Identifier: Apache-2.0 */
#include "web/loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/request_impl.h"

#define LISTEN_FD 0		/* FastCGI specification 2.2 */
#define WAKE SIGUSR2
#define DRAIN_MAX (1u << 20)	/* of a body that is too big, so that the web server gets to read our answer */
#define STOP_DEADLINE_S 30
#define DRAIN_MS 1000		/* how long a process that stops goes on taking what is queued */
#define STACK (256u << 10)

/* The bytes of one request and its answer, over FastCGI or plain CGI. */
struct stream {
	FCGX_Request *fcgi;	/* NULL = plain CGI */
};

struct loop {
	const struct web_loop_app *app;
	int stop_fd;		/* eventfd, readable once we stop */
	atomic_int stopping;
	_Atomic int64_t drain_until;	/* ms, monotonic */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int threads;		/* under lock */
	atomic_int waiting;	/* threads in accept, or on their way there */
	pthread_t ids[LIMIT_THREADS];
	int used[LIMIT_THREADS];
};

struct worker {
	struct loop *loop;
	int slot;
	void *thread;		/* the application's */
	struct base_arena arena;
	struct web_reply reply;
	FCGX_Request fcgi;
};

static int
stream_read(struct stream *s, char *p, int n)
{
	ssize_t got;

	if (s->fcgi != NULL)
		return FCGX_GetStr(p, n, s->fcgi->in);
	do
		got = read(STDIN_FILENO, p, (size_t)n);
	while (got < 0 && errno == EINTR);
	return (int)got;
}

static void
stream_write(struct stream *s, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t put = s->fcgi != NULL ? FCGX_PutStr(p, (int)n, s->fcgi->out) : write(STDOUT_FILENO, p, n);

		if (put < 0 && errno == EINTR && s->fcgi == NULL)
			continue;
		if (put <= 0)
			return;		/* the client has gone: nobody is left to tell */
		p += put;
		n -= (size_t)put;
	}
}

/* Reads exactly n bytes of body. ERR_INPUT when the client sent fewer. */
static enum err
read_body(struct stream *s, struct web_request *r, size_t n)
{
	char *p = base_arena_alloc(r->arena, n + 1);
	size_t have = 0;

	if (p == NULL)
		return ERR_NOMEM;
	while (have < n) {
		int got = stream_read(s, p + have, (int)(n - have));

		if (got <= 0)
			return ERR_INPUT;
		have += (size_t)got;
	}
	r->body = p;
	r->body_n = n;
	return ERR_OK;
}

static void
drain(struct stream *s, size_t n)
{
	char part[4096];

	for (size_t left = n < DRAIN_MAX ? n : DRAIN_MAX; left > 0;) {
		int got = stream_read(s, part, (int)(left < sizeof part ? left : sizeof part));

		if (got <= 0)
			return;
		left -= (size_t)got;
	}
}

static void
send_reply(struct stream *s, const struct web_request *r, struct web_reply *reply)
{
	struct base_buf head;

	if (reply->body.err != ERR_OK || reply->headers.err != ERR_OK) {
		base_log(LOG_LEVEL_ERROR, "unable to build the reply to %s: %s", r->path,
			 base_err_name(reply->body.err));
		base_buf_clear(&reply->headers);
		web_reply_error(reply, base_err_status(ERR_NOMEM), base_err_text(ERR_NOMEM));
	}
	base_buf_init(&head, LIMIT_REPLY);
	base_buf_printf(&head, "Status: %d\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n",
	    reply->status, reply->content_type, reply->body.n);
	base_buf_add(&head, reply->headers.n > 0 ? reply->headers.p : "", reply->headers.n);
	base_buf_str(&head, "\r\n");
	if (!r->is_head && reply->body.n > 0)
		base_buf_add(&head, reply->body.p, reply->body.n);
	if (head.err == ERR_OK)
		stream_write(s, head.p, head.n);
	else
		base_log(LOG_LEVEL_ERROR, "unable to send the reply to %s: %s", r->path, base_err_name(head.err));
	base_buf_free(&head);
}

/* Reads the rest of the request and has it answered. */
static void
handle(const struct web_loop_app *app, void *thread, struct stream *s, struct web_request *r, struct web_reply *reply,
    enum err e)
{
	size_t n = 0;

	if (e == ERR_OK)
		e = web_request_length(r, &n);
	if (e == ERR_OK && n > app->max_body(app->app, r)) {
		drain(s, n);
		e = ERR_TOO_BIG;
	}
	if (e == ERR_OK && n > 0)
		e = read_body(s, r, n);
	/* The empty record that ends a body belongs to the request: see finish(). */
	if (e == ERR_OK && s->fcgi != NULL)
		(void)FCGX_GetChar(s->fcgi->in);
	if (e == ERR_OK)
		app->serve(thread, r, reply);
	else
		web_reply_error(reply, base_err_status(e), base_err_text(e));
	send_reply(s, r, reply);
}

/*
 * Ends the request. libfcgi waits for the web server to close its side first (up to 2 s, with the thread held), because
 * closing on unread bytes would lose the answer. A request that was read to its end has none: then it is closed at once.
 */
static void
finish(struct worker *w)
{
	if (!w->fcgi.keepConnection && FCGX_HasSeenEOF(w->fcgi.in) == EOF)
		FCGX_Detach(&w->fcgi);
	FCGX_Finish_r(&w->fcgi);
	FCGX_Attach(&w->fcgi);
}

/* One request over an open FastCGI connection. */
static void
serve_one(struct worker *w)
{
	struct stream s = {&w->fcgi};
	struct web_request r;
	enum err e = web_request_from_vars(&r, &w->arena, w->fcgi.envp);

	if (w->thread == NULL && w->loop->app->open(w->loop->app->app, &w->thread) != ERR_OK) {
		web_reply_error(&w->reply, base_err_status(ERR_IO), base_err_text(ERR_IO));
		send_reply(&s, &r, &w->reply);
	} else {
		handle(w->loop->app, w->thread, &s, &r, &w->reply, e);
	}
	finish(w);
	web_reply_clear(&w->reply);
	base_arena_reset(&w->arena);
}

/*
 * Whether connections that the web server made before we were told to stop still wait in the queue: it has sent them
 * their requests, and would see them reset. Siblings on the same socket may go on filling it, so there is an end.
 */
static int
is_queued(const struct loop *l)
{
	return base_clock_mono_ms() < atomic_load(&l->drain_until) &&
	    poll(&(struct pollfd){LISTEN_FD, POLLIN, 0}, 1, 0) > 0;
}

/* A new connection, or -1 when we stop. Only here the wake signal gets through: nowhere else can it break a read. */
static int
take_connection(struct loop *l)
{
	sigset_t wake;
	int fd = -1;

	sigemptyset(&wake);
	sigaddset(&wake, WAKE);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	while (fd < 0 && (!atomic_load(&l->stopping) || is_queued(l))) {
		fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);
		/* Out of descriptors or memory: wait for others to finish instead of spinning. */
		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
			poll(&(struct pollfd){l->stop_fd, POLLIN, 0}, 1, 100);
		else if (fd < 0 && errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
			break;
	}
	pthread_sigmask(SIG_BLOCK, &wake, NULL);
	return fd;
}

/* Waits for the next request on a connection that the web server keeps. 0 when we stop first. */
static int
wait_kept(struct loop *l, int fd)
{
	struct pollfd p[2] = {{fd, POLLIN, 0}, {l->stop_fd, POLLIN, 0}};

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return 0;
	return p[0].revents != 0;
}

static void grow(struct loop *l);

/* All requests of one connection. libfcgi's own accept is switched off by a listening socket of -1. */
static void
serve_connection(struct worker *w, int fd)
{
	w->fcgi.ipcFd = fd;
	do {
		/*
		 * FCGX_Accept_r first finishes the last request, which must not close the connection that we give it.
		 */
		w->fcgi.keepConnection = 1;
		if (FCGX_Accept_r(&w->fcgi) < 0)
			return;
		serve_one(w);
	} while (w->fcgi.ipcFd >= 0 && wait_kept(w->loop, w->fcgi.ipcFd));
	if (w->fcgi.ipcFd >= 0)
		FCGX_Free(&w->fcgi, 1);
}

static void
leave(struct worker *w)
{
	struct loop *l = w->loop;

	if (w->thread != NULL)
		l->app->close(w->thread);
	web_reply_free(&w->reply);
	base_arena_free(&w->arena);
	pthread_mutex_lock(&l->lock);
	l->used[w->slot] = 0;
	l->threads--;
	pthread_cond_broadcast(&l->ended);
	pthread_mutex_unlock(&l->lock);
	base_mem_free(w);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct loop *l = w->loop;
	int fd;

	FCGX_InitRequest(&w->fcgi, -1, 0);
	while ((fd = take_connection(l)) >= 0) {
		grow(l);
		serve_connection(w, fd);
		atomic_fetch_add(&l->waiting, 1);
	}
	leave(w);
	return NULL;
}

/* Starts a thread that waits for connections. The lock is held. */
static enum err
add_thread(struct loop *l)
{
	struct worker *w = base_mem_alloc(1, sizeof *w);
	pthread_attr_t attr;
	int slot = 0, failed;

	if (w == NULL)
		return ERR_NOMEM;
	while (l->used[slot])
		slot++;
	w->loop = l;
	w->slot = slot;
	base_arena_init(&w->arena, LIMIT_ARENA);
	web_reply_init(&w->reply);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	failed = pthread_create(&l->ids[slot], &attr, work, w);
	pthread_attr_destroy(&attr);
	if (failed) {
		base_mem_free(w);
		return ERR_NOMEM;
	}
	l->used[slot] = 1;
	l->threads++;
	atomic_fetch_add(&l->waiting, 1);
	return ERR_OK;
}

/* The caller has stopped waiting: somebody else must. Without memory for a thread the next one to finish will. */
static void
grow(struct loop *l)
{
	if (atomic_fetch_sub(&l->waiting, 1) > 1)
		return;
	pthread_mutex_lock(&l->lock);
	if (atomic_load(&l->waiting) == 0 && l->threads < LIMIT_THREADS && !atomic_load(&l->stopping) &&
	    add_thread(l) != ERR_OK)
		base_log(LOG_LEVEL_WARN, "unable to start another thread; %d go on", l->threads);
	pthread_mutex_unlock(&l->lock);
}

static void
on_wake(int sig)
{
	(void)sig;
}

static void
prepare_signals(sigset_t *stop)
{
	struct sigaction wake = {.sa_handler = on_wake};	/* no SA_RESTART: accept returns */
	sigset_t block;

	signal(SIGPIPE, SIG_IGN);
	sigaction(WAKE, &wake, NULL);
	sigemptyset(stop);
	sigaddset(stop, SIGTERM);
	sigaddset(stop, SIGINT);
	sigaddset(stop, SIGUSR1);	/* Apache's graceful restart */
	block = *stop;
	sigaddset(&block, WAKE);
	pthread_sigmask(SIG_BLOCK, &block, NULL);
}

/* Requests in hand finish; waiting threads are woken until each has gone (a signal just before accept is lost). */
static void
stop_threads(struct loop *l)
{
	struct timespec until;
	uint64_t one = 1;
	int64_t soon;

	atomic_store(&l->drain_until, base_clock_mono_ms() + DRAIN_MS);
	atomic_store(&l->stopping, 1);
	if (write(l->stop_fd, &one, sizeof one) < 0)
		base_log(LOG_LEVEL_WARN, "unable to wake kept connections: %s", strerror(errno));
	pthread_mutex_lock(&l->lock);
	for (int rounds = 0; l->threads > 0 && rounds < STOP_DEADLINE_S * 50; rounds++) {
		for (int i = 0; i < LIMIT_THREADS; i++)
			if (l->used[i])
				pthread_kill(l->ids[i], WAKE);
		soon = base_clock_now() + BASE_CLOCK_SECOND / 50;
		until.tv_sec = (time_t)(soon / BASE_CLOCK_SECOND);
		until.tv_nsec = (long)(soon % BASE_CLOCK_SECOND);
		pthread_cond_timedwait(&l->ended, &l->lock, &until);
	}
	if (l->threads > 0)
		base_log(LOG_LEVEL_WARN, "%d requests did not finish within %d s", l->threads, STOP_DEADLINE_S);
	pthread_mutex_unlock(&l->lock);
}

static enum err
run_fastcgi(const struct web_loop_app *app)
{
	static struct loop l = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
	sigset_t stop;
	enum err e;
	int sig;

	l.app = app;
	l.stop_fd = eventfd(0, EFD_CLOEXEC);
	if (l.stop_fd < 0 || FCGX_Init() != 0)
		return base_log_err(ERR_IO, "unable to prepare FastCGI: %s", strerror(errno));
	prepare_signals(&stop);
	pthread_mutex_lock(&l.lock);
	e = add_thread(&l);
	pthread_mutex_unlock(&l.lock);
	if (e != ERR_OK)
		return base_log_err(e, "unable to start the first thread");
	while (sigwait(&stop, &sig) != 0)
		continue;
	stop_threads(&l);
	close(l.stop_fd);
	return ERR_OK;
}

static enum err
run_cgi(const struct web_loop_app *app)
{
	struct stream s = {NULL};
	struct base_arena arena;
	struct web_reply reply;
	struct web_request r;
	void *thread = NULL;
	enum err e;

	base_arena_init(&arena, LIMIT_ARENA);
	web_reply_init(&reply);
	e = web_request_from_vars(&r, &arena, environ);
	if (app->open(app->app, &thread) != ERR_OK) {
		web_reply_error(&reply, base_err_status(ERR_IO), base_err_text(ERR_IO));
		send_reply(&s, &r, &reply);
	} else {
		handle(app, thread, &s, &r, &reply, e);
		app->close(thread);
	}
	web_reply_free(&reply);
	base_arena_free(&arena);
	return ERR_OK;
}

enum err
web_loop_run(const struct web_loop_app *app)
{
	int listening = 0;
	socklen_t n = sizeof listening;
	char *const *v = environ;

	if (getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 && listening)
		return run_fastcgi(app);
	for (; v != NULL && *v != NULL; v++)
		if (strncmp(*v, "REQUEST_METHOD=", 15) == 0)
			return run_cgi(app);
	return base_log_err(ERR_IO,
			    "this program is run by a web server: descriptor 0 is no listening socket (FastCGI) "
			    "and REQUEST_METHOD is not set (CGI)");
}

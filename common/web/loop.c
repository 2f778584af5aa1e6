/* SPDX-License-Identifier: Apache-2.0 */
#include "web/loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/pool_impl.h"
#include "web/request_impl.h"

#define LISTEN_FD 0		/* FastCGI specification 2.2 */
/*
 * Of a body that nobody wants: a web server that can't hand it on may not read our answer (Apache's mod_cgid doesn't).
 * More than the web servers' own limit in etc/.
 */
#define DRAIN_MAX (16u << 20)

static int gives_way;

/* The bytes of one request and its answer, over FastCGI or plain CGI. */
struct stream {
	FCGX_Request *fcgi;	/* NULL = plain CGI */
};

struct worker {
	const struct web_loop_app *app;
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

/* 0 when the client has gone: nobody is left to tell. */
static int
stream_write(struct stream *s, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t put = s->fcgi != NULL ? FCGX_PutStr(p, (int)n, s->fcgi->out) : write(STDOUT_FILENO, p, n);

		if (put < 0 && errno == EINTR && s->fcgi == NULL)
			continue;
		if (put <= 0)
			return 0;
		p += put;
		n -= (size_t)put;
	}
	return 1;
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

/* A file of any size, part by part. A client that reads slowly holds the thread: others are started meanwhile. */
static void
send_file(struct stream *s, const struct web_request *r, const struct web_reply *reply)
{
	char part[65536];
	int64_t at = reply->file_at, end = reply->file_at + reply->file_n;

	while (at < end) {
		size_t want = end - at < (int64_t)sizeof part ? (size_t)(end - at) : sizeof part;
		ssize_t got = pread(reply->file, part, want, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			/* Too late for a status; the client sees that it is short. */
			base_log(LOG_LEVEL_ERROR, "the file for %s ends at byte %lld, before its end", r->path,
			    (long long)at);
			return;
		}
		if (!stream_write(s, part, (size_t)got))
			return;
		at += got;
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
	base_buf_str(&head, "Status: ");
	base_buf_int(&head, reply->status);
	base_buf_str(&head, "\r\nContent-Type: ");
	base_buf_str(&head, reply->content_type);
	base_buf_str(&head, "\r\nContent-Length: ");
	base_buf_int(&head, reply->file >= 0 ? reply->file_n : (int64_t)reply->body.n);
	base_buf_str(&head, "\r\nCache-Control: ");
	base_buf_str(&head, reply->cache);
	base_buf_str(&head, "\r\n");
	base_buf_add(&head, reply->headers.n > 0 ? reply->headers.p : "", reply->headers.n);
	base_buf_str(&head, "\r\n");
	if (head.err == ERR_OK) {
		(void)stream_write(s, head.p, head.n);
		if (!r->is_head && reply->file >= 0)
			send_file(s, r, reply);
		else if (!r->is_head)
			(void)stream_write(s, reply->body.p, reply->body.n);
	} else {
		base_log(LOG_LEVEL_ERROR, "unable to send the reply to %s: %s", r->path, base_err_name(head.err));
	}
	base_buf_free(&head);
}

/* Reads the rest of the request and has it answered. */
static void
handle(const struct web_loop_app *app, void *thread, struct stream *s, struct web_request *r, struct web_reply *reply,
    enum err e)
{
	size_t n = 0;
	enum err length = web_request_length(r, &n);

	if (e == ERR_OK)
		e = length;
	if (e == ERR_OK && n > app->max_body(app->app, r))
		e = ERR_TOO_BIG;
	if (e != ERR_OK)
		drain(s, n);
	else if (n > 0)
		e = read_body(s, r, n);
	/* The empty record that ends a body belongs to the request: see finish(). */
	if (s->fcgi != NULL)
		(void)FCGX_GetChar(s->fcgi->in);
	if (e == ERR_OK)
		app->serve(thread, r, reply);
	else
		web_reply_error(reply, base_err_status(e), base_err_text(e));
	send_reply(s, r, reply);
}

/*
 * Ends the request. libfcgi waits for the web server to close its side first (up to 2 s, with the thread held),
 * because closing on unread bytes would lose the answer. A request that was read to its end has none: then it is
 * closed at once. More body than was announced would be taken for the next request: such a connection isn't kept.
 */
static void
finish(struct worker *w)
{
	if (FCGX_HasSeenEOF(w->fcgi.in) != EOF)
		w->fcgi.keepConnection = 0;
	else if (!w->fcgi.keepConnection)
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

	if (w->thread == NULL && w->app->open(w->app->app, &w->thread) != ERR_OK) {
		web_reply_error(&w->reply, base_err_status(ERR_IO), base_err_text(ERR_IO));
		send_reply(&s, &r, &w->reply);
	} else {
		handle(w->app, w->thread, &s, &r, &w->reply, e);
	}
	finish(w);
	web_pool_progress();
	web_reply_clear(&w->reply);
	base_arena_reset(&w->arena);
}

/*
 * One request of a connection. libfcgi's own accept is switched off by a listening socket of -1. libfcgi keeps nothing
 * of a connection between requests, so whichever thread is free serves the next one.
 */
static int
serve_connection(void *own, int fd)
{
	struct worker *w = own;
	int stays = 0;

	w->fcgi.ipcFd = fd;
	/* FCGX_Accept_r first finishes the last request, which must not close the connection that we give it. */
	w->fcgi.keepConnection = 1;
	if (FCGX_Accept_r(&w->fcgi) >= 0) {
		serve_one(w);
		stays = w->fcgi.ipcFd >= 0;
	}
	w->fcgi.ipcFd = -1;
	return stays;
}

static void *
open_worker(void *context)
{
	struct worker *w = base_mem_alloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->app = context;
	base_arena_init(&w->arena, LIMIT_ARENA);
	web_reply_init(&w->reply);
	FCGX_InitRequest(&w->fcgi, -1, 0);
	return w;
}

static void
close_worker(void *own)
{
	struct worker *w = own;

	if (w->thread != NULL)
		w->app->close(w->thread);
	web_reply_free(&w->reply);
	base_arena_free(&w->arena);
	base_mem_free(w);
}

static enum err
run_fastcgi(const struct web_loop_app *app)
{
	const struct web_pool_job job = {(void *)app, open_worker, serve_connection, close_worker, gives_way};

	if (FCGX_Init() != 0)
		return base_log_err(ERR_IO, "unable to prepare libfcgi");
	return web_pool_run(&job);
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

void
web_loop_give_way(void)
{
	gives_way = 1;
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

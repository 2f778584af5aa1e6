/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FastCGI loop: the only place that says FCGX_ or reads CGI variables. The same code serves a plain CGI call (one
 * request, then return) and a FastCGI socket on descriptor 0, with threads that grow on demand
 * (pool_impl.h), up to LIMIT_THREADS, so that slow work doesn't hold the responder; an idle kept connection holds no
 * thread at all.
 *
 * SIGTERM, SIGINT and SIGUSR1: requests in hand finish, then the loop returns. SIGPIPE is ignored.
 */
#ifndef WEB_LOOP_H
#define WEB_LOOP_H
#include "web/reply.h"
#include "web/request.h"

struct web_loop_app {
	/* Called once in each thread before its first request; *thread is handed to serve and closed. */
	enum err (*open)(void *app, void **thread);
	void (*close)(void *thread);
	/* Largest body for this method and path, before it is read. A larger one is answered 413 and thrown away. */
	size_t (*max_body)(void *app, const struct web_request *r);
	/* Answers. Must always leave a complete reply. */
	void (*serve)(void *thread, struct web_request *r, struct web_reply *reply);
	void *app;
};

/*
 * For a program whose requests seldom wait for anything, before web_loop_run(): while the web server makes a
 * connection for each request, a thread that wakes interrupts nobody, neither LiveKit nor the web server, which then
 * hands over all that it has. A join takes a tenth less of processor time so. Where requests wait (for the disk, for
 * LiveKit) each time would cost them some milliseconds while others compute.
 */
void web_loop_give_way(void);

/* Serves until told to stop. ERR_IO when descriptor 0 is no socket and this is no CGI call. */
enum err web_loop_run(const struct web_loop_app *app) BASE_MUST_CHECK;

#endif

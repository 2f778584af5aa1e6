/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside web/: the threads of a responder, and how it stops. One pool a process; it takes connections from descriptor 0
 * and hands each to a thread.
 *
 * Few threads, for those that use the processors: as many as there are processors (at least two) start at once when all
 * are busy, and beyond that only when none has finished a request for a moment, because then they wait for something
 * (a lock, LiveKit, a password hash). More threads than that only cost: the same join took 52 us of processor time
 * with 32 threads and 41 with two. A thread that holds an idle kept connection doesn't count as busy.
 */
#ifndef WEB_POOL_IMPL_H
#define WEB_POOL_IMPL_H
#include "base/err.h"

struct web_pool_job {
	void *context;
	void *(*open)(void *context);			/* what a thread owns; NULL = no memory */
	void (*connection)(void *own, int fd);		/* serves it and closes it */
	void (*close)(void *own);
};

/* Serves until SIGTERM, SIGINT or SIGUSR1: requests in hand and connections in the queue are still served. */
enum err web_pool_run(const struct web_pool_job *job) BASE_MUST_CHECK;

/*
 * Waits for the next request on a connection that the web server keeps. 0 when it must be closed: we stop, or every
 * thread holds a connection and a new one has come.
 */
int web_pool_wait_kept(int fd);

/* A request has been answered: the pool sees that its threads get on. */
void web_pool_progress(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside web/: the threads of a responder, and how it stops. One pool a process; it takes connections from descriptor 0
 * and hands each to a thread.
 *
 * Few threads, for those that use the processors: as many as there are processors (at least two) start at once when all
 * are busy, and beyond that only when none has finished a request for a moment, because then they wait for something
 * (a lock, LiveKit, a password hash). More threads than that only cost: the same join took 52 us of processor time
 * with 32 threads and 41 with two. An idle kept connection holds none (kept_impl.h).
 */
#ifndef WEB_POOL_IMPL_H
#define WEB_POOL_IMPL_H
#include "base/err.h"

struct web_pool_job {
	void *context;
	void *(*open)(void *context);			/* what a thread owns; NULL = no memory */
	int (*connection)(void *own, int fd);		/* serves one request; 0 = fd is closed, 1 = it stays open */
	void (*close)(void *own);
	int gives_way;					/* web_loop_give_way() */
};

/* Serves until SIGTERM, SIGINT or SIGUSR1: requests in hand and connections in the queue are still served. */
enum err web_pool_run(const struct web_pool_job *job) BASE_MUST_CHECK;

/* A request has been answered: the pool sees that its threads get on. */
void web_pool_progress(void);

#endif

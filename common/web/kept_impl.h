/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside web/: connections that the web server keeps between requests. An idle one costs a descriptor and no thread: it
 * waits in one epoll together with the listening socket and the shutdown's eventfd, and whichever thread is free takes
 * what comes first, so that each is served in turn however many there are. New ones wait there as well: else a whole
 * round of the kept ones would be served for each new one.
 *
 * At most LIMIT_KEPT wait in a process; one more, and the one that has been idle longest is closed. (A web server takes
 * the one that it used last, so that is the one it misses least.)
 */
#ifndef WEB_KEPT_IMPL_H
#define WEB_KEPT_IMPL_H
#include "base/err.h"

enum { WEB_KEPT_LISTENER = -1, WEB_KEPT_STOP = -2, WEB_KEPT_NOTHING = -3 };

/* Once, before any other: listener must not block, stop is readable once we stop. ERR_IO is logged. */
enum err web_kept_open(int listener, int stop) BASE_MUST_CHECK;
void web_kept_close(void);

/* A new connection. 0 when there is no room: then it is the caller's still. */
int web_kept_add(int fd);
/* A connection whose request has been answered. It is closed when there is no memory, or when all others have work. */
void web_kept_put(int fd);

/* Waits. A connection on which there is something to read (or its end), or one of the first two constants. */
int web_kept_wait(void);

/*
 * When we stop: a connection on which a request has come already, or WEB_KEPT_NOTHING; those without one are
 * closed.
 */
int web_kept_last(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A responder inside a test program: the real main.c, configuration, door and handlers, over a real database in a
 * folder of its own, without a socket. The program has the doors of cgi/NAME/main.c (see
 * tests/house/responder.c) and gets requests as text:
 *
 *     POST /api/room/join?x=y
 *     Authorization: Bearer @ada@
 *     Content-Type: application/json
 *
 *     {"roomName":"open-room"}
 *
 * In it @ada@, @eve@, @idle@, @guest@ stand for access tokens (ada is superadmin, idle deactivated), @eve.refresh@
 * for a refresh token, @sign@ for LiveKit's signature of the body. "REMOTE_ADDR: …" and other names in capitals
 * with an underscore are CGI variables as they are.
 */
#ifndef TESTS_HOUSE_H
#define TESTS_HOUSE_H
#include <stddef.h>
#include "web/loop.h"

#define HOUSE_PASSWORD "correct horse battery" /* of ada, eve and idle */

/* Makes the folder, runs the responder's main up to its loop, calls within(), cleans up. Returns main's status. */
int house_run(int (*within)(void));

/* The database as it was at the start, through a new connection. */
void house_reset(void);

/* The database file, while within() runs. */
const char *house_database(void);

/* One request, wholly answered. The reply belongs to the caller: web_reply_init() before, web_reply_free() after. */
void house_request(const char *text, size_t n, struct web_reply *reply);

/* Called right before and after the responder's own work on a request; NULL = not. */
void house_hooks(void (*before)(void), void (*after)(void));

/* A route of the responder that no request so far was answered well on (below 400), each once, then NULL. */
const char *house_unasked(void);

/* tests/house/responder.c: the responder's own main(). */
int house_main(int argc, char **argv);

#endif

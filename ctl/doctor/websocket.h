/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side of WebSocket (RFC 6455) over a connection of ctl/doctor/net.h, as far as the doctor needs it: the
 * handshake, and whole messages. No extension, no sub-protocol.
 */
#ifndef CTL_DOCTOR_WEBSOCKET_H
#define CTL_DOCTOR_WEBSOCKET_H
#include "base/buf.h"
#include "ctl/doctor/http.h"

#define WEBSOCKET_MESSAGE ((size_t)1 << 20)	/* most bytes of a message that is read */

/*
 * Sends the handshake for a path with its query; `headers` as in struct http_request. ERR_OK: 101 with the
 * right Sec-WebSocket-Accept, and frames follow. ERR_PEER with n->why; a->status tells whether there was an answer at
 * all, and a->body has the beginning of what came instead of 101.
 */
enum err websocket_open(struct net *n, const struct url *u, const char *path, const char *headers,
    struct http_answer *a) BASE_MUST_CHECK;

/*
 * The next message, text or binary, into out (emptied first). Pings are answered on the way. ERR_PEER (n->why):
 * deadline, hang-up, a Close frame (with its code), or what RFC 6455 doesn't allow; ERR_NOMEM.
 */
enum err websocket_read(struct net *n, struct base_buf *out) BASE_MUST_CHECK;

/* One binary message of at most 65535 bytes (ERR_TOO_BIG beyond). ERR_PEER (n->why), ERR_NOMEM. */
enum err websocket_write(struct net *n, const void *p, size_t size) BASE_MUST_CHECK;

/* A polite end: a Close frame, best effort. The connection is closed by net_close(). */
void websocket_close(struct net *n);

#endif

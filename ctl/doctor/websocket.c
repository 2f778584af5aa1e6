/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/websocket.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 section 1.3 */

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10, FINAL = 0x80, MASKED = 0x80 };

static enum err
fail(struct net *n, const char *what)
{
	(void)snprintf(n->why, sizeof n->why, "%s %s", n->address, what);
	return ERR_PEER;
}

/* What the server must make of our key: base64(SHA-1(key GUID)). */
static void
expected_accept(const char *key, char out[BASE_BASE64_SIZE(20)])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[BASE_BASE64_SIZE(16) + sizeof GUID];
	int length = snprintf(text, sizeof text, "%s%s", key, GUID);

	out[0] = '\0';
	if (EVP_Digest(text, (size_t)length, digest, NULL, EVP_sha1(), NULL) == 1)
		(void)base_text_base64(digest, 20, out);
}

enum err
websocket_open(struct net *n, const struct url *u, const char *path, const char *headers, struct http_answer *a)
{
	unsigned char random[16];
	char key[BASE_BASE64_SIZE(16)], want[BASE_BASE64_SIZE(20)], got[64];
	struct http_request r = {.method = "GET", .path = path};
	struct base_buf all;
	enum err e;

	*a = (struct http_answer){.status = 0};
	base_random_fill(random, sizeof random);
	(void)base_text_base64(random, sizeof random, key);
	base_buf_init(&all, LIMIT_TOKEN);
	base_buf_printf(&all, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: %s\r\n%s", key, headers);
	r.headers = all.p;
	e = all.err != ERR_OK ? ERR_NOMEM : http_send(n, u, &r);
	base_buf_free(&all);
	if (e != ERR_OK || (e = http_read_head(n, a)) != ERR_OK)
		return e;
	if (a->status != 101) {
		if (http_read_body(n, a) != ERR_OK)
			a->body_n = 0;	/* the status alone says enough */
		(void)snprintf(n->why, sizeof n->why, "%s answers HTTP %d instead of 101 to the WebSocket handshake",
		    n->address, a->status);
		return ERR_PEER;
	}
	expected_accept(key, want);
	if (!http_header(a, "Sec-WebSocket-Accept", got, sizeof got) || strcmp(got, want) != 0)
		return fail(n, "answers 101 and not as a WebSocket server does: Sec-WebSocket-Accept is wrong");
	return ERR_OK;
}

static enum err
send_frame(struct net *n, unsigned kind, const void *p, size_t size)
{
	unsigned char head[8] = {(unsigned char)(FINAL | kind)};
	const unsigned char *from = p;
	struct base_buf b;
	size_t head_n = 2;
	enum err e;

	if (size > 65535)
		return ERR_TOO_BIG;
	head[1] = (unsigned char)(MASKED | (size < 126 ? size : 126));
	if (size >= 126) {
		head[2] = (unsigned char)(size >> 8);
		head[3] = (unsigned char)size;
		head_n = 4;
	}
	base_random_fill(head + head_n, 4);
	base_buf_init(&b, size + sizeof head + 1);
	base_buf_add(&b, head, head_n + 4);
	for (size_t i = 0; i < size; i++) {
		char byte = (char)(from[i] ^ head[head_n + i % 4]);

		base_buf_add(&b, &byte, 1);
	}
	e = b.err != ERR_OK ? ERR_NOMEM : net_write(n, b.p, b.n);
	base_buf_free(&b);
	return e;
}

/* Reads one frame and appends its content to out. *kind is the first byte: FINAL | opcode. */
static enum err
read_frame(struct net *n, struct base_buf *out, unsigned *kind)
{
	unsigned char head[2], length[8], piece[4096];
	uint64_t size, rest = 0;
	size_t extra;
	enum err e;

	if ((e = net_read_all(n, head, 2)) != ERR_OK)
		return e;
	*kind = head[0];
	if ((head[0] & 0x70) != 0 || (head[1] & MASKED) != 0)
		return fail(n, "sends frames that WebSocket doesn't have");
	size = head[1];
	extra = size == 127 ? 8 : size == 126 ? 2 : 0;
	if (extra > 0) {
		if ((e = net_read_all(n, length, extra)) != ERR_OK)
			return e;
		for (size = 0; rest < extra; rest++)
			size = size << 8 | length[rest];
	}
	if (size > WEBSOCKET_MESSAGE)
		return fail(n, "sends a WebSocket message of more than a megabyte");
	for (rest = size; rest > 0;) {
		size_t part = rest < sizeof piece ? (size_t)rest : sizeof piece;

		if ((e = net_read_all(n, piece, part)) != ERR_OK)
			return e;
		base_buf_add(out, piece, part);
		rest -= part;
	}
	return out->err == ERR_OK ? ERR_OK : ERR_NOMEM;
}

static enum err
closed(struct net *n, const struct base_buf *content)
{
	const unsigned char *p = (const unsigned char *)content->p;

	if (content->n < 2)
		return fail(n, "closed the WebSocket");
	(void)snprintf(n->why, sizeof n->why, "%s closed the WebSocket with code %d %.*s", n->address, p[0] << 8 | p[1],
	    (int)(content->n - 2), content->p + 2);
	return ERR_PEER;
}

/* A control frame, which may stand between the pieces of a message. */
static enum err
control(struct net *n, unsigned kind, const struct base_buf *content)
{
	if (kind == CLOSE)
		return closed(n, content);
	return kind == PING ? send_frame(n, PONG, content->p, content->n) : ERR_OK;
}

enum err
websocket_read(struct net *n, struct base_buf *out)
{
	struct base_buf frame;
	unsigned kind = 0;
	int is_done = 0;
	enum err e = ERR_OK;

	base_buf_clear(out);
	base_buf_init(&frame, WEBSOCKET_MESSAGE + 1);
	while (e == ERR_OK && !is_done) {
		base_buf_clear(&frame);
		if ((e = read_frame(n, &frame, &kind)) != ERR_OK)
			break;
		if ((kind & 0x0f) >= CLOSE) {
			e = control(n, kind & 0x0f, &frame);
			continue;
		}
		base_buf_add(out, frame.p, frame.n);
		is_done = (kind & FINAL) != 0;
		e = out->err == ERR_OK ? ERR_OK : ERR_NOMEM;
	}
	base_buf_free(&frame);
	return e;
}

enum err
websocket_write(struct net *n, const void *p, size_t size)
{
	return send_frame(n, BINARY, p, size);
}

void
websocket_close(struct net *n)
{
	static const unsigned char normal[2] = {1000 >> 8, 1000 & 0xff};

	if (n->fd >= 0 && send_frame(n, CLOSE, normal, sizeof normal) != ERR_OK)
		n->why[0] = '\0';
}

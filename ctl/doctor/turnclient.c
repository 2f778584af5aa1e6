/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/turnclient.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lookup.h"
#include "base/mem.h"
#include "base/text.h"

#define PORT 3478
#define PORT_TLS 5349
#define FIRST_WAIT_MS 300 /* until a datagram is sent again; doubled each time */
#define UDP_PROTOCOL 17
#define TRIES 4 /* of a request: without credentials, with them, with a newer nonce */

static enum err fail(struct turnclient *c, const char *fmt, ...) BASE_PRINTF(2, 3);

static enum err
fail(struct turnclient *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(c->why, sizeof c->why, fmt, ap);
	va_end(ap);
	return ERR_PEER;
}

static enum err
read_scheme(const char **text, enum turnclient_scheme *out)
{
	static const char *const names[] = {"stun:", "turn:", "turns:"};

	for (int i = 0; i < 3; i++) {
		if (strncmp(*text, names[i], strlen(names[i])) != 0)
			continue;
		*text += strlen(names[i]);
		*out = (enum turnclient_scheme)i;
		return ERR_OK;
	}
	return ERR_INPUT;
}

enum err
turnclient_url(const char *text, struct turnclient_url *out)
{
	static const char name[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._";
	const char *end, *query;
	long long port;
	char digits[8];
	size_t n;

	memset(out, 0, sizeof *out);
	if (read_scheme(&text, &out->scheme) != ERR_OK)
		return ERR_INPUT;
	out->port = out->scheme == TURNCLIENT_TURNS ? PORT_TLS : PORT;
	out->is_tcp = out->scheme == TURNCLIENT_TURNS;
	end = *text == '[' ? strchr(text, ']') : text + strcspn(text, ":?");
	text += *text == '[';
	if (end == NULL || end <= text || (size_t)(end - text) >= sizeof out->host)
		return ERR_INPUT;
	memcpy(out->host, text, (size_t)(end - text));
	if (strspn(out->host, *end == ']' ? "0123456789abcdefABCDEF:." : name) != strlen(out->host))
		return ERR_INPUT;
	text = end + (*end == ']');
	query = text + strcspn(text, "?");
	if (*text == ':') {
		n = (size_t)(query - text) - 1;
		if (n >= sizeof digits)
			return ERR_INPUT;
		memcpy(digits, text + 1, n);
		digits[n] = '\0';
		if (base_text_int(digits, 1, 65535, &port) != ERR_OK)
			return ERR_INPUT;
		out->port = (int)port;
	} else if (text != query) {
		return ERR_INPUT;
	}
	if (strcmp(query, "?transport=tcp") == 0)
		out->is_tcp = 1;
	else if (*query != '\0' && strcmp(query, "?transport=udp") != 0)
		return ERR_INPUT;
	return ERR_OK;
}

static enum err
open_udp(struct turnclient *c, const struct turnclient_url *u)
{
	struct addrinfo *all, *a;
	struct sockaddr_storage to;
	int error = EAFNOSUPPORT;
	const char *why;

	if (base_lookup(u->host, u->port, SOCK_DGRAM, c->timeout_ms, &all, &why) != ERR_OK)
		return fail(c, "the name %s can't be resolved: %s", u->host, why);
	for (a = all; a != NULL && c->fd < 0; a = a->ai_next) {
		c->fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (c->fd >= 0 && connect(c->fd, a->ai_addr, a->ai_addrlen) == 0) {
			memset(&to, 0, sizeof to);
			memcpy(&to, a->ai_addr, a->ai_addrlen);
			stun_address_text(&to, c->address);
			continue;
		}
		error = errno;
		if (c->fd >= 0)
			(void)close(c->fd);
		c->fd = -1;
	}
	freeaddrinfo(all);
	return c->fd >= 0 ? ERR_OK : fail(c, "there is no way to %s: %s", u->host, strerror(error));
}

enum err
turnclient_open(struct turnclient *c, const struct turnclient_url *u, int timeout_ms)
{
	struct net_target t = {
	    .host = u->host, .port = u->port, .is_tls = u->scheme == TURNCLIENT_TURNS, .skip_verify = 1};
	enum err e;

	memset(c, 0, sizeof *c);
	c->fd = c->net.fd = -1;
	c->timeout_ms = timeout_ms;
	if (!u->is_tcp)
		return open_udp(c, u);
	e = net_open(&c->net, &t, timeout_ms);
	(void)snprintf(c->address, sizeof c->address, "%s", c->net.address);
	return e == ERR_OK ? ERR_OK : fail(c, "%s", c->net.why);
}

/* One datagram into `answer`, n = 0 when none came before the time. */
static enum err
receive(struct turnclient *c, int64_t until_ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int64_t left = until_ms - base_clock_mono_ms();
	ssize_t got;

	c->n = 0;
	if (left <= 0 || poll(&p, 1, (int)left) <= 0)
		return ERR_OK;
	got = recv(c->fd, c->answer, sizeof c->answer, 0);
	if (got < 0 && errno != EAGAIN && errno != EINTR)
		return fail(
		    c, errno == ECONNREFUSED ? "nothing listens at UDP %s" : "no answer from UDP %s", c->address);
	c->n = got > 0 ? (size_t)got : 0;
	return ERR_OK;
}

/* One message of the stream into `answer`. Channel data can't come: we bind no channel. */
static enum err
receive_stream(struct turnclient *c)
{
	size_t length;

	if (net_read_all(&c->net, c->answer, STUN_HEAD) != ERR_OK)
		return fail(c, "%s", c->net.why);
	if ((length = stun_length(c->answer)) == 0)
		return fail(c, "%s answers something that isn't TURN", c->address);
	if (length > STUN_HEAD && net_read_all(&c->net, c->answer + STUN_HEAD, length - STUN_HEAD) != ERR_OK)
		return fail(c, "%s", c->net.why);
	c->n = length;
	return ERR_OK;
}

/* Whether `answer` is what was waited for: the answer to m, by the server, or by the peer when m went through it. */
static int
is_answer(struct turnclient *c, const struct stun *m, int is_relayed)
{
	const unsigned char *data;
	size_t length;

	if (stun_check(c->answer, c->n) != ERR_OK)
		return 0;
	if (!is_relayed)
		return stun_answers(c->answer, m);
	if (stun_type(c->answer) != STUN_DATA)
		return 0;
	data = stun_find(c->answer, c->n, STUN_DATA_BYTES, &length);
	if (data == NULL || stun_check(data, length) != ERR_OK || !stun_answers(data, m))
		return 0;
	memmove(c->answer, data, length);
	c->n = length;
	return 1;
}

/* A datagram is sent again and again; a stream needs that once only. */
static enum err
transmit(struct turnclient *c, const struct stun *out, int64_t *again, int *wait)
{
	if (*again > base_clock_mono_ms())
		return ERR_OK;
	*again = c->fd >= 0 ? base_clock_mono_ms() + *wait : INT64_MAX;
	*wait *= 2;
	if (c->fd >= 0 && send(c->fd, out->p, out->n, MSG_NOSIGNAL) < 0 && errno != ECONNREFUSED)
		return fail(c, "UDP to %s can't be sent: %s", c->address, strerror(errno));
	if (c->fd < 0 && net_write(&c->net, out->p, out->n) != ERR_OK)
		return fail(c, "%s", c->net.why);
	return ERR_OK;
}

/* Sends `out` until an answer to m is there: m is out itself, or what is in it. */
static enum err
exchange(struct turnclient *c, const struct stun *out, const struct stun *m)
{
	int64_t end = base_clock_mono_ms() + c->timeout_ms, again = 0;
	int wait = FIRST_WAIT_MS, is_relayed = out != m;
	enum err e;

	net_extend(&c->net, c->timeout_ms);
	for (;;) {
		if ((e = transmit(c, out, &again, &wait)) != ERR_OK)
			return e;
		e = c->fd < 0 ? receive_stream(c) : receive(c, again < end ? again : end);
		if (e != ERR_OK)
			return e;
		if (is_answer(c, m, is_relayed))
			return ERR_OK;
		if (base_clock_mono_ms() >= end)
			return fail(c, "no answer from %s within %d s", is_relayed ? "beyond the relay" : c->address,
			    c->timeout_ms / 1000);
	}
}

/* Copies an attribute as a text; without one, or with a NUL in it, ERR_PEER. */
static enum err
take_word(struct turnclient *c, unsigned attribute, char out[TURNCLIENT_WORD])
{
	size_t n;
	const unsigned char *p = stun_find(c->answer, c->n, attribute, &n);

	if (p == NULL || n >= TURNCLIENT_WORD || memchr(p, '\0', n) != NULL)
		return fail(c, "%s asks for credentials without a realm and nonce", c->address);
	memcpy(out, p, n);
	out[n] = '\0';
	return ERR_OK;
}

/* The request was refused with 401 or 438: what the server asks for. */
static enum err
take_challenge(struct turnclient *c, const char *password)
{
	enum err e;

	if ((e = take_word(c, STUN_NONCE, c->nonce)) != ERR_OK || c->has_key)
		return e;
	if ((e = take_word(c, STUN_REALM, c->realm)) != ERR_OK)
		return e;
	stun_key(c->username, c->realm, password, c->key);
	c->has_key = 1;
	return ERR_OK;
}

/* Adds the credentials that were asked for, and asks. */
static enum err
ask(struct turnclient *c, struct stun *m)
{
	enum err e;

	if (c->has_key) {
		stun_put(m, STUN_USERNAME, c->username, strlen(c->username));
		stun_put(m, STUN_REALM, c->realm, strlen(c->realm));
		stun_put(m, STUN_NONCE, c->nonce, strlen(c->nonce));
		stun_sign(m, c->key, sizeof c->key);
	}
	if (stun_end(m) != ERR_OK)
		return fail(c, "the credentials for %s are too long", c->address);
	if ((e = exchange(c, m, m)) != ERR_OK)
		return e;
	c->code = stun_error(c->answer, c->n);
	if (c->code != 0)
		return fail(c, "%s answers with error %d: %s", c->address, c->code, stun_meaning(c->code));
	if (stun_type(c->answer) != (stun_type(m->p) | STUN_SUCCESS))
		return fail(c, "%s answers something that isn't TURN", c->address);
	if (c->has_key && !stun_signed_by(c->answer, c->n, c->key, sizeof c->key))
		return fail(c, "the answer of %s is not signed with the credentials", c->address);
	return ERR_OK;
}

enum err
turnclient_allocate(struct turnclient *c, const char *username, const char *password)
{
	static const unsigned char udp[4] = {UDP_PROTOCOL};
	struct stun m;
	enum err e = ERR_PEER;
	int had_key;

	if (strlen(username) >= sizeof c->username)
		return fail(c, "the user name for %s is too long", c->address);
	memcpy(c->username, username, strlen(username) + 1);
	for (int i = 0; i < TRIES; i++) {
		had_key = c->has_key;
		stun_begin(&m, STUN_ALLOCATE);
		stun_put(&m, STUN_TRANSPORT, udp, sizeof udp);
		e = ask(c, &m);
		if (c->code != 438 && (c->code != 401 || had_key))
			break;
		if ((e = take_challenge(c, password)) != ERR_OK)
			return e;
	}
	if (e == ERR_OK && stun_address(c->answer, c->n, STUN_RELAYED_ADDRESS, &c->relayed) != ERR_OK)
		return fail(c, "%s gives no relay address", c->address);
	return e;
}

enum err
turnclient_permit(struct turnclient *c, const struct sockaddr_storage *peer)
{
	struct stun m;

	stun_begin(&m, STUN_PERMISSION);
	stun_put_address(&m, STUN_PEER_ADDRESS, peer);
	return ask(c, &m);
}

enum err
turnclient_ask(struct turnclient *c, const struct sockaddr_storage *peer, const struct stun *request)
{
	struct stun m;

	stun_begin(&m, STUN_SEND);
	stun_put_address(&m, STUN_PEER_ADDRESS, peer);
	stun_put(&m, STUN_DATA_BYTES, request->p, request->n);
	if (stun_end(&m) != ERR_OK)
		return fail(c, "the request is too long for a relay");
	return exchange(c, &m, request);
}

enum err
turnclient_release(struct turnclient *c)
{
	struct stun m;

	stun_begin(&m, STUN_REFRESH);
	stun_put_u32(&m, STUN_LIFETIME, 0);
	return ask(c, &m);
}

void
turnclient_close(struct turnclient *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	else
		net_close(&c->net);
	base_mem_wipe(c, sizeof *c);
	c->fd = c->net.fd = -1;
}

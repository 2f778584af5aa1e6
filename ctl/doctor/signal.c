/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/signal.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "ctl/doctor/websocket.h"
#include "livekit/api.h"
#include "livekit/token.h"

#define TOKEN_LIFE_S 60
#define PROTOCOL "15" /* of LiveKit 1.5 and later */
#define GOODBYE_MS 500
#define ROOM_BYTES 8
#define UFRAG_BYTES 4
#define PWD_BYTES 16

/* A piece of a protobuf message that is still to be read. */
struct pb {
	const unsigned char *p, *end;
};

enum { PB_VARINT = 0, PB_64 = 1, PB_BYTES = 2, PB_32 = 5 };

struct field {
	unsigned number, type;
	uint64_t value; /* of a varint */
	struct pb bytes;
};

static int
read_varint(struct pb *m, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; shift < 64 && m->p < m->end; shift += 7) {
		unsigned char byte = *m->p++;

		*out |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return 1;
	}
	return 0;
}

static int
skip(struct pb *m, uint64_t n, struct pb *out)
{
	if (n > (uint64_t)(m->end - m->p))
		return 0;
	*out = (struct pb){m->p, m->p + n};
	m->p += n;
	return 1;
}

/* The next field: 1; 0 at the end, or when the message is malformed: then m->p isn't its end. */
static int
next(struct pb *m, struct field *f)
{
	struct pb start = *m;
	uint64_t tag, n = 0;
	int is_good;

	*f = (struct field){.number = 0};
	if (m->p == m->end)
		return 0;
	is_good = read_varint(m, &tag) && tag >> 3 != 0 && tag >> 32 == 0;
	if (is_good) {
		f->number = (unsigned)(tag >> 3);
		f->type = tag & 7;
		if (f->type == PB_VARINT)
			is_good = read_varint(m, &f->value);
		else if (f->type == PB_BYTES)
			is_good = read_varint(m, &n) && skip(m, n, &f->bytes);
		else
			is_good =
			    (f->type == PB_64 || f->type == PB_32) && skip(m, f->type == PB_64 ? 8 : 4, &f->bytes);
	}
	if (!is_good)
		*m = start;
	return is_good;
}

/* A text of at most size - 1 bytes, for people to read: without NUL and other control bytes. */
static enum err
take_text(const struct field *f, char *out, size_t size)
{
	size_t n = (size_t)(f->bytes.end - f->bytes.p);

	if (f->type != PB_BYTES || n >= size)
		return ERR_INPUT;
	for (size_t i = 0; i < n; i++)
		if (f->bytes.p[i] < 0x20 || f->bytes.p[i] == 0x7f)
			return ERR_INPUT;
	if (n > 0)
		memcpy(out, f->bytes.p, n);
	out[n] = '\0';
	return ERR_OK;
}

static enum err
take_candidate(struct signal *s, const char *p, size_t n)
{
	struct ice_candidate c;
	enum err e = ice_read(p, n, &c);

	if (e == ERR_OK && s->candidates_n < SIGNAL_CANDIDATES)
		s->candidates[s->candidates_n++] = c;
	return e == ERR_ABSENT ? ERR_OK : e;
}

/* Each of its URLs becomes an entry. */
static enum err
take_server(struct signal *s, struct pb m)
{
	struct signal_server words = {.url = ""};
	size_t first = s->servers_n;
	struct field f;
	enum err e = ERR_OK;

	while (e == ERR_OK && next(&m, &f)) {
		if (f.number == 1 && s->servers_n < SIGNAL_SERVERS)
			e = take_text(&f, s->servers[s->servers_n++].url, SIGNAL_URL);
		else if (f.number == 2)
			e = take_text(&f, words.username, sizeof words.username);
		else if (f.number == 3)
			e = take_text(&f, words.credential, sizeof words.credential);
	}
	for (size_t i = first; i < s->servers_n; i++) {
		memcpy(s->servers[i].username, words.username, sizeof words.username);
		memcpy(s->servers[i].credential, words.credential, sizeof words.credential);
	}
	base_mem_wipe(&words, sizeof words);
	return e == ERR_OK && m.p != m.end ? ERR_INPUT : e;
}

static enum err
take_info(struct signal *s, struct pb m)
{
	struct field f;
	enum err e = ERR_OK;

	while (e == ERR_OK && next(&m, &f)) {
		if (f.number == 2)
			e = take_text(&f, s->version, sizeof s->version);
		else if (f.number == 4)
			e = take_text(&f, s->region, sizeof s->region);
	}
	return e == ERR_OK && m.p != m.end ? ERR_INPUT : e;
}

static enum err
take_join(struct signal *s, struct pb m)
{
	struct field f;
	enum err e = ERR_OK;

	s->has_joined = 1;
	while (e == ERR_OK && next(&m, &f)) {
		if (f.number == 5 && f.type == PB_BYTES)
			e = take_server(s, f.bytes);
		else if (f.number == 12 && f.type == PB_BYTES)
			e = take_info(s, f.bytes);
	}
	return e == ERR_OK && m.p != m.end ? ERR_INPUT : e;
}

static enum err
take_line(struct signal *s, const char *line, size_t n)
{
	static const char ufrag[] = "a=ice-ufrag:", pwd[] = "a=ice-pwd:", candidate[] = "a=candidate:";
	char *to = NULL;
	size_t skipped = 0;

	if (n >= sizeof candidate - 1 && memcmp(line, candidate, sizeof candidate - 1) == 0)
		return take_candidate(s, line + 2, n - 2);
	if (n == sizeof "a=end-of-candidates" - 1 && memcmp(line, "a=end-of-candidates", n) == 0)
		s->is_complete = 1;
	if (n > sizeof ufrag - 1 && memcmp(line, ufrag, sizeof ufrag - 1) == 0) {
		to = s->pair.remote;
		skipped = sizeof ufrag - 1;
	} else if (n > sizeof pwd - 1 && memcmp(line, pwd, sizeof pwd - 1) == 0) {
		to = s->pair.password;
		skipped = sizeof pwd - 1;
	}
	if (to == NULL)
		return ERR_OK;
	if (n - skipped >= ICE_WORD)
		return ERR_INPUT;
	memcpy(to, line + skipped, n - skipped);
	to[n - skipped] = '\0';
	return ERR_OK;
}

static enum err
take_sdp(struct signal *s, struct pb text)
{
	const char *p = (const char *)text.p, *end = (const char *)text.end, *stop;
	enum err e = ERR_OK;
	size_t n;

	if (p == end || memchr(p, '\0', (size_t)(end - p)) != NULL)
		return ERR_INPUT;
	for (; e == ERR_OK && p < end; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		n = (size_t)(stop - p);
		if (n > 0 && p[n - 1] == '\r')
			n--;
		e = take_line(s, p, n);
		if (stop == end)
			break;
	}
	s->has_answer = *s->pair.remote != '\0' && *s->pair.password != '\0';
	return e == ERR_OK && !s->has_answer ? ERR_INPUT : e;
}

static enum err
take_answer(struct signal *s, struct pb m)
{
	struct field f;
	enum err e = ERR_OK;

	while (e == ERR_OK && next(&m, &f))
		if (f.number == 2 && f.type == PB_BYTES)
			e = take_sdp(s, f.bytes);
	return e == ERR_OK && m.p != m.end ? ERR_INPUT : e;
}

/* {"candidate":"candidate:… ","sdpMid":…} */
static enum err
take_init(struct signal *s, struct pb json)
{
	const char *line = "";
	struct base_arena a;
	json_object *o;
	enum err e;

	base_arena_init(&a, LIMIT_ARENA);
	e = base_json_object(&a, (const char *)json.p, (size_t)(json.end - json.p), &o);
	if (e == ERR_OK && (e = base_json_str(o, "candidate", &line)) == ERR_OK && *line != '\0')
		e = take_candidate(s, line, strlen(line));
	base_arena_free(&a);
	return e;
}

static enum err
take_trickle(struct signal *s, struct pb m)
{
	struct field f;
	enum err e = ERR_OK;

	while (e == ERR_OK && next(&m, &f)) {
		if (f.number == 1 && f.type == PB_BYTES && f.bytes.p != f.bytes.end)
			e = take_init(s, f.bytes);
		else if (f.number == 3 && f.type == PB_VARINT)
			s->is_complete |= f.value != 0;
	}
	return e == ERR_OK && m.p != m.end ? ERR_INPUT : e;
}

enum err
signal_take(struct signal *s, const unsigned char *p, size_t n)
{
	enum { JOIN = 1, ANSWER = 2, TRICKLE = 4 };
	struct pb m = {p, p + n};
	struct field f;
	enum err e = ERR_OK;

	while (e == ERR_OK && next(&m, &f)) {
		if (f.type != PB_BYTES)
			continue;
		if (f.number == JOIN)
			e = take_join(s, f.bytes);
		else if (f.number == ANSWER)
			e = take_answer(s, f.bytes);
		else if (f.number == TRICKLE)
			e = take_trickle(s, f.bytes);
	}
	return e == ERR_OK && m.p != m.end ? ERR_INPUT : e;
}

static void
put_varint(struct base_buf *b, size_t v)
{
	unsigned char byte;

	do {
		byte = (unsigned char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		base_buf_add(b, &byte, 1);
		v >>= 7;
	} while (v > 0);
}

static void
put_bytes(struct base_buf *b, unsigned number, const struct base_buf *value)
{
	put_varint(b, number << 3 | PB_BYTES);
	put_varint(b, value->n);
	base_buf_add(b, value->p, value->n);
	if (b->err == ERR_OK)
		b->err = value->err;
}

/*
 * One data channel, and nobody behind it: a random fingerprint, since the connection never gets as far as DTLS. The
 * least that livekit-server 1.11 and 1.13 give a complete answer to.
 */
static void
put_offer(const struct signal *s, struct base_buf *out)
{
	unsigned char print[32];
	struct base_buf sdp, type, offer;

	base_random_fill(print, sizeof print);
	base_buf_init(&sdp, 2048);
	base_buf_init(&type, 16);
	base_buf_init(&offer, 4096);
	base_buf_printf(&sdp,
	    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
	    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
	    "a=ice-ufrag:%s\r\na=ice-pwd:",
	    s->pair.local);
	for (size_t i = 0; i < PWD_BYTES; i++) /* what it would sign its own checks with; we never look */
		base_buf_printf(&sdp, "%02x", print[i]);
	base_buf_str(&sdp, "\r\na=ice-options:trickle\r\na=fingerprint:sha-256 ");
	for (size_t i = 0; i < sizeof print; i++)
		base_buf_printf(&sdp, i == 0 ? "%02X" : ":%02X", print[i]);
	base_buf_str(&sdp, "\r\na=setup:actpass\r\na=sctp-port:5000\r\n");
	base_buf_str(&type, "offer");
	put_bytes(&offer, 1, &type);
	put_bytes(&offer, 2, &sdp);
	put_bytes(out, 1, &offer);
	base_buf_free(&sdp);
	base_buf_free(&type);
	base_buf_free(&offer);
}

void
signal_room(char out[SIGNAL_ROOM])
{
	static const char name[] = "Bedrud doctor "; /* a space, and a capital */

	memcpy(out, name, sizeof name);
	base_random_hex(out + sizeof name - 1, ROOM_BYTES);
}

void
signal_token(const struct signal_target *t, const char *room, struct base_buf *out)
{
	struct livekit_join j = {.room = room,
	    .identity = "bedrud-doctor",
	    .name = "bedrudctl doctor",
	    .grant = {.is_hidden = 1},
	    .config = {.empty_timeout_s = 1, .departure_timeout_s = 1},
	    .now_s = base_clock_seconds(),
	    .ttl_s = TOKEN_LIFE_S};

	livekit_token_join(t->key, t->api_key, &j, out);
}

static enum err
handshake(struct signal *s, const struct signal_target *t, const struct url *u)
{
	struct http_answer *a = base_mem_alloc(1, sizeof *a);
	char path[sizeof u->path + 64];
	struct base_buf headers;
	enum err e = ERR_NOMEM;

	base_buf_init(&headers, LIMIT_TOKEN);
	/* Not in the query: so no web server on the way writes it to its log. */
	base_buf_str(&headers, "Authorization: Bearer ");
	signal_token(t, s->room, &headers);
	base_buf_str(&headers, "\r\n");
	(void)snprintf(path, sizeof path, "%s/rtc?protocol=" PROTOCOL "&auto_subscribe=0", u->path);
	if (a != NULL && headers.err == ERR_OK) {
		e = websocket_open(&s->net, u, path, headers.p, a);
		s->status = a->status;
		(void)snprintf(s->why, sizeof s->why, "%s", s->net.why);
	}
	if (headers.p != NULL)
		base_mem_wipe(headers.p, headers.n);
	base_buf_free(&headers);
	base_mem_free(a);
	return e;
}

/* Reads until what `flag` points to is there. */
static enum err
read_until(struct signal *s, const int *flag)
{
	struct base_buf b;
	enum err e = ERR_OK;

	base_buf_init(&b, WEBSOCKET_MESSAGE);
	while (e == ERR_OK && !*flag) {
		if ((e = websocket_read(&s->net, &b)) != ERR_OK)
			(void)snprintf(s->why, sizeof s->why, "%s", s->net.why);
		else if ((e = signal_take(s, (const unsigned char *)b.p, b.n)) == ERR_INPUT)
			(void)snprintf(s->why, sizeof s->why,
			    "%s says something over signalling that isn't LiveKit's "
			    "protocol of versions 1.11 to 1.13",
			    s->net.address);
	}
	if (b.p != NULL)
		base_mem_wipe(b.p, b.n);
	base_buf_free(&b);
	return e == ERR_INPUT ? ERR_PEER : e;
}

static enum err
talk(struct signal *s, int timeout_ms)
{
	struct base_buf offer;
	enum err e = read_until(s, &s->has_joined);

	if (e != ERR_OK)
		return e;
	base_buf_init(&offer, 4096);
	put_offer(s, &offer);
	e = offer.err != ERR_OK ? ERR_NOMEM : websocket_write(&s->net, offer.p, offer.n);
	if (e == ERR_PEER)
		(void)snprintf(s->why, sizeof s->why, "%s", s->net.why);
	base_buf_free(&offer);
	net_extend(&s->net, timeout_ms);
	if (e != ERR_OK || (e = read_until(s, &s->has_answer)) != ERR_OK)
		return e;
	/* Not every server says which candidate is the last. */
	net_extend(&s->net, timeout_ms / 2);
	e = read_until(s, &s->is_complete);
	return s->candidates_n > 0 ? ERR_OK : e;
}

enum err
signal_join(struct signal *s, const struct signal_target *t)
{
	struct net_target to = {.skip_verify = t->skip_tls_verify};
	struct url u;
	enum err e;

	memset(s, 0, sizeof *s);
	s->net.fd = -1;
	signal_room(s->room);
	base_random_hex(s->pair.local, UFRAG_BYTES);
	if (!url_parse(t->url, &u)) {
		(void)snprintf(s->why, sizeof s->why, "%s is no address of LiveKit", t->url);
		return ERR_PEER;
	}
	to.host = u.host;
	to.port = u.port;
	to.is_tls = u.is_tls;
	if ((e = net_open(&s->net, &to, t->timeout_ms)) != ERR_OK) {
		(void)snprintf(s->why, sizeof s->why, "%s", s->net.why);
		return e;
	}
	e = handshake(s, t, &u);
	if (e == ERR_OK)
		e = talk(s, t->timeout_ms);
	if (e == ERR_NOMEM)
		(void)snprintf(s->why, sizeof s->why, "there is no memory to join with");
	return e;
}

/* LiveKit says goodbye to who leaves and to the participants of a deleted room, and hangs up. */
static void
hear_out(struct net *n)
{
	struct base_buf b;

	base_buf_init(&b, WEBSOCKET_MESSAGE);
	net_extend(n, GOODBYE_MS);
	while (websocket_read(n, &b) == ERR_OK)
		;
	base_buf_free(&b);
	websocket_close(n);
}

void
signal_hang_up(struct net *n)
{
	/* SignalRequest.leave = 8: LeaveRequest.reason = 2: CLIENT_INITIATED = 1 */
	static const unsigned char leave[] = {8 << 3 | PB_BYTES, 2, 2 << 3, 1};

	if (websocket_write(n, leave, sizeof leave) == ERR_OK)
		hear_out(n);
}

void
signal_leave(struct signal *s, const struct signal_target *t)
{
	struct livekit_api_conf conf = {.base_url = t->url,
	    .api_key = t->api_key,
	    .key = t->key,
	    .skip_tls_verify = t->skip_tls_verify,
	    .timeout_ms = t->timeout_ms};
	struct livekit_api *api = NULL;

	/* An error is logged; and the room is gone by itself soon after us. */
	if (s->has_joined && livekit_api_new(&conf, &api) == ERR_OK && livekit_api_delete_room(api, s->room) != ERR_OK)
		s->has_joined = 0;
	livekit_api_free(api);
	if (s->has_joined)
		hear_out(&s->net);
	net_close(&s->net);
	base_mem_wipe(s, sizeof *s);
	s->net.fd = -1;
}

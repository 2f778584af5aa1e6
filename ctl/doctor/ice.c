/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/ice.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"

#define FRAME 2			  /* bytes of length before a message over TCP */
#define AGAIN_MS 250		  /* a datagram may be lost */
#define PRIORITY_PEER 0x6effffffU /* of a peer-reflexive candidate (RFC 8445 section 5.1.2) */

/* A candidate while it is being asked. */
struct talk {
	struct ice_candidate *to;
	int fd, is_sent;
	int64_t again_ms;
	struct stun request;
	unsigned char in[FRAME + STUN_MOST];
	size_t n;
};

static enum err
read_address(const char *host, const char *port, struct ice_candidate *out)
{
	struct sockaddr_in *v4 = (void *)&out->address;
	struct sockaddr_in6 *v6 = (void *)&out->address;
	long long number;

	if (base_text_int(port, 1, 65535, &number) != ERR_OK)
		return ERR_INPUT;
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)number);
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)number);
	} else {
		return ERR_ABSENT;
	}
	stun_address_text(&out->address, out->text);
	return ERR_OK;
}

enum err
ice_read(const char *p, size_t n, struct ice_candidate *out)
{
	enum { COMPONENT = 1, TRANSPORT, PRIORITY, ADDRESS, PORT, TYP, KIND, WORDS };
	char line[512], *rest = line, *word[WORDS], *tcptype;

	memset(out, 0, sizeof *out);
	if (n >= sizeof line || memchr(p, '\0', n) != NULL)
		return ERR_INPUT;
	memcpy(line, p, n);
	line[n] = '\0';
	for (int i = 0; i < WORDS; i++)
		if ((word[i] = strsep(&rest, " ")) == NULL)
			return ERR_INPUT;
	if (strncmp(word[0], "candidate:", 10) != 0 || strcmp(word[TYP], "typ") != 0)
		return ERR_INPUT;
	out->is_tcp = base_text_equal_nocase(word[TRANSPORT], "tcp");
	if (!out->is_tcp && !base_text_equal_nocase(word[TRANSPORT], "udp"))
		return ERR_ABSENT;
	tcptype = rest != NULL ? strstr(rest, "tcptype ") : NULL;
	if (strcmp(word[KIND], "relay") == 0 ||
	    (out->is_tcp && tcptype != NULL && strncmp(tcptype + 8, "passive", 7) != 0))
		return ERR_ABSENT;
	return read_address(word[ADDRESS], word[PORT], out);
}

enum err
ice_request(const struct ice_pair *pair, struct stun *out)
{
	char user[2 * ICE_WORD];
	unsigned char tie[8];

	(void)snprintf(user, sizeof user, "%s:%s", pair->remote, pair->local);
	base_random_fill(tie, sizeof tie);
	stun_begin(out, STUN_BINDING);
	stun_put(out, STUN_USERNAME, user, strlen(user));
	stun_put_u32(out, STUN_PRIORITY, PRIORITY_PEER);
	stun_put(out, STUN_CONTROLLING, tie, sizeof tie); /* we have made the offer (RFC 8445 section 6.1.1) */
	stun_sign(out, pair->password, strlen(pair->password));
	return stun_end(out);
}

int
ice_is_answer(const struct ice_pair *pair, const struct stun *m, const unsigned char *p, size_t n)
{
	return stun_check(p, n) == ERR_OK && stun_answers(p, m) && stun_type(p) != stun_type(m->p) &&
	       stun_signed_by(p, n, pair->password, strlen(pair->password));
}

static void
finish(struct talk *t, const char *why)
{
	(void)snprintf(t->to->why, sizeof t->to->why, "%s", why);
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
}

static void
give_up(struct talk *t, int error)
{
	t->to->is_unroutable = error == ENETUNREACH || error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
	finish(t, error == ECONNREFUSED ? "nothing listens there" : strerror(error));
}

/* Sends the request when its time has come; over TCP once, with its length before it. */
static void
send_request(struct talk *t, int64_t now_ms)
{
	unsigned char frame[FRAME + STUN_MOST] = {(unsigned char)(t->request.n >> 8), (unsigned char)t->request.n};
	size_t head = t->to->is_tcp ? FRAME : 0;

	if (t->again_ms > now_ms || (t->is_sent && t->to->is_tcp))
		return;
	memcpy(frame + head, t->request.p, t->request.n);
	if (send(t->fd, frame, head + t->request.n, MSG_NOSIGNAL) < 0) {
		if (errno != EAGAIN && errno != ENOTCONN)
			give_up(t, errno);
		return;
	}
	t->is_sent = 1;
	t->again_ms = now_ms + AGAIN_MS;
}

static void
start(struct talk *t, struct ice_candidate *to, const struct ice_pair *pair)
{
	const struct sockaddr *a = (const void *)&to->address;
	/* cppcheck-suppress duplicateExpressionTernary ; the two sizes differ */
	socklen_t n = a->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

	t->to = to;
	t->fd = socket(a->sa_family, (to->is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0 || (connect(t->fd, a, n) != 0 && errno != EINPROGRESS))
		give_up(t, errno);
	else if (ice_request(pair, &t->request) != ERR_OK)
		finish(t, "the server's ICE credentials are too long");
	else if (!to->is_tcp)
		send_request(t, base_clock_mono_ms());
}

/* Takes whole messages off the front of what a stream has brought; 1 when the answer was among them. */
static int
take_frames(struct talk *t, const struct ice_pair *pair)
{
	size_t n;

	while (t->n >= FRAME && t->n - FRAME >= (n = (size_t)t->in[0] << 8 | t->in[1])) {
		if (ice_is_answer(pair, &t->request, t->in + FRAME, n))
			return 1;
		t->n -= FRAME + n;
		memmove(t->in, t->in + FRAME + n, t->n);
	}
	return 0;
}

static void
receive(struct talk *t, const struct ice_pair *pair, int64_t began_ms)
{
	ssize_t got = recv(t->fd, t->in + t->n, sizeof t->in - t->n, 0);
	int is_there;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0) {
		give_up(t, errno);
		return;
	}
	if (got == 0 && t->to->is_tcp) {
		finish(t, "what listens there hung up: it isn't this LiveKit");
		return;
	}
	t->n += (size_t)got;
	is_there = t->to->is_tcp ? take_frames(t, pair) : ice_is_answer(pair, &t->request, t->in, t->n);
	if (!t->to->is_tcp)
		t->n = 0;
	if (is_there) {
		t->to->is_answered = 1;
		t->to->took_ms = (int)(base_clock_mono_ms() - began_ms);
		finish(t, "");
	} else if (t->n == sizeof t->in) {
		finish(t, "what listens there doesn't speak ICE");
	}
}

/* One turn over all that still wait. Returns how many these are. */
static size_t
turn(struct talk *talks, struct pollfd *polls, size_t n, const struct ice_pair *pair, int64_t began_ms)
{
	size_t waiting = 0;

	for (size_t i = 0; i < n; i++) {
		struct talk *t = &talks[i];

		polls[i] = (struct pollfd){.fd = t->fd, .events = POLLIN};
		if (t->fd >= 0 && t->to->is_tcp && !t->is_sent)
			polls[i].events = POLLOUT;
		waiting += t->fd >= 0;
	}
	if (waiting == 0 || poll(polls, n, AGAIN_MS / 5) < 0)
		return waiting;
	for (size_t i = 0; i < n; i++) {
		struct talk *t = &talks[i];

		if (t->fd >= 0 && polls[i].revents != 0 && !(polls[i].revents & POLLOUT))
			receive(t, pair, began_ms);
		if (t->fd >= 0 && (!t->to->is_tcp || (polls[i].revents & POLLOUT)))
			send_request(t, base_clock_mono_ms());
	}
	return waiting;
}

void
ice_ask(const struct ice_pair *pair, struct ice_candidate *list, size_t n, int timeout_ms)
{
	struct talk *talks = base_mem_alloc(n, sizeof *talks);
	struct pollfd *polls = base_mem_alloc(n, sizeof *polls);
	int64_t began = base_clock_mono_ms();
	char why[100];

	for (size_t i = 0; i < n; i++) {
		if (talks != NULL && polls != NULL)
			start(&talks[i], &list[i], pair);
		else
			(void)snprintf(list[i].why, sizeof list[i].why, "there is no memory to ask it");
	}
	if (talks != NULL && polls != NULL) {
		while (turn(talks, polls, n, pair, began) > 0 && base_clock_mono_ms() < began + timeout_ms)
			;
		for (size_t i = 0; i < n; i++) {
			(void)snprintf(why, sizeof why,
			    talks[i].is_sent ? "no answer within %d s"
					     : "no connection "
					       "within %d s",
			    timeout_ms / 1000);
			if (talks[i].fd >= 0)
				finish(&talks[i], why);
		}
	}
	base_mem_free(talks);
	base_mem_free(polls);
}

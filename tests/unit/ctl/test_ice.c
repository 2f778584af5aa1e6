/* SPDX-License-Identifier: Apache-2.0 */
/* The candidates are written as livekit-server 1.13.5 writes them. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <unistd.h>

#include "ctl/doctor/ice.h"
#include "ctl/doctor/turnclient.h"

static const struct ice_pair pair = {.local = "doctor", .remote = "server", .password = "the server's password"};

static void
candidates(void **unused)
{
	static const struct {
		const char *line;
		enum err want;
		int is_tcp;
		const char *text;
	} cases[] = {
	    {"candidate:2878742611 1 udp 2130706431 192.0.2.2 18902 typ host ufrag dYPIVjOJrMasbhBd", ERR_OK, 0,
		"192.0.2.2:18902"},
	    {"candidate:1 1 UDP 1 2001:db8::2 7882 typ srflx raddr 0.0.0.0 rport 1", ERR_OK, 0, "[2001:db8::2]:7882"},
	    {"candidate:375738803 1 tcp 1671430143 192.0.2.2 7881 typ host tcptype passive ufrag x", ERR_OK, 1,
		"192.0.2.2:7881"},
	    {"candidate:1 1 tcp 1 192.0.2.2 9 typ host tcptype active", ERR_ABSENT, 1, ""},
	    {"candidate:1 1 udp 1 192.0.2.2 3478 typ relay raddr 192.0.2.3 rport 1", ERR_ABSENT, 0, ""},
	    {"candidate:1 1 udp 1 3f0e.local 7882 typ host", ERR_ABSENT, 0, ""},
	    {"candidate:1 1 sctp 1 192.0.2.2 7882 typ host", ERR_ABSENT, 0, ""},
	    {"candidate:1 1 udp 1 192.0.2.2 0 typ host", ERR_INPUT, 0, ""},
	    {"candidate:1 1 udp 1 192.0.2.2 65536 typ host", ERR_INPUT, 0, ""},
	    {"candidate:1 1 udp 1 192.0.2.2 7882 type host", ERR_INPUT, 0, ""},
	    {"candidate:1 1 udp 1 192.0.2.2", ERR_INPUT, 0, ""},
	    {"a=candidate:1 1 udp 1 192.0.2.2 7882 typ host", ERR_INPUT, 0, ""},
	    {"", ERR_INPUT, 0, ""},
	};
	struct ice_candidate c;

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_err(cases[i].want, ice_read(cases[i].line, strlen(cases[i].line), &c));
		assert_string_equal(c.text, cases[i].text);
		if (cases[i].want == ERR_OK)
			assert_int_equal(c.is_tcp, cases[i].is_tcp);
	}
	assert_err(ERR_INPUT, ice_read("candidate:1 1 udp 1 192.0.2.2 7882 typ\0host", 44, &c));
}

static void
urls(void **unused)
{
	static const struct {
		const char *text;
		enum turnclient_scheme scheme;
		const char *host;
		int port, is_tcp;
	} good[] = {
	    {"stun:stun.example.org", TURNCLIENT_STUN, "stun.example.org", 3478, 0},
	    {"stun:[2001:db8::1]:19302", TURNCLIENT_STUN, "2001:db8::1", 19302, 0},
	    {"turn:192.0.2.2:3478?transport=udp", TURNCLIENT_TURN, "192.0.2.2", 3478, 0},
	    {"turn:relay.example.org?transport=tcp", TURNCLIENT_TURN, "relay.example.org", 3478, 1},
	    {"turns:relay.example.org:443?transport=tcp", TURNCLIENT_TURNS, "relay.example.org", 443, 1},
	    {"turns:[::1]", TURNCLIENT_TURNS, "::1", 5349, 1},
	};
	static const char *const bad[] = {"", "turn:", "http://relay.example.org", "turn:?transport=udp",
	    "turn:host:", "turn:host:0", "turn:host:65536", "turn:host:34x", "turn:host:123456789", "turn:[::1",
	    "turn:[]:1", "turn:[::1]x", "turn:host?transport=sctp", "turn::3478",
	    "turn:a[b", "turn:a\nb", "turn:[a.b]x", "turn:[relay]"};
	struct turnclient_url u;

	(void)unused;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_ok(turnclient_url(good[i].text, &u));
		assert_int_equal(u.scheme, good[i].scheme);
		assert_string_equal(u.host, good[i].host);
		assert_int_equal(u.port, good[i].port);
		assert_int_equal(u.is_tcp, good[i].is_tcp);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_err(ERR_INPUT, turnclient_url(bad[i], &u));
}

/* A peer that answers each request, signed with a password. */
static void
make_answer(const unsigned char *p, size_t n, const char *password, unsigned type, struct stun *out)
{
	assert_ok(stun_check(p, n));
	stun_begin(out, type);
	memcpy(out->p + 4, p + 4, 16);
	stun_sign(out, password, strlen(password));
	assert_ok(stun_end(out));
}

static void
answers(void **unused)
{
	struct stun request, answer;
	size_t n;

	(void)unused;
	assert_ok(ice_request(&pair, &request));
	assert_memory_equal(stun_find(request.p, request.n, STUN_USERNAME, &n), "server:doctor", 13);
	assert_true(stun_signed_by(request.p, request.n, pair.password, strlen(pair.password)));
	make_answer(request.p, request.n, pair.password, STUN_BINDING | STUN_SUCCESS, &answer);
	assert_true(ice_is_answer(&pair, &request, answer.p, answer.n));
	make_answer(request.p, request.n, pair.password, STUN_BINDING | STUN_ERROR, &answer);
	assert_true(ice_is_answer(&pair, &request, answer.p, answer.n));
	make_answer(request.p, request.n, "another", STUN_BINDING | STUN_SUCCESS, &answer);
	assert_false(ice_is_answer(&pair, &request, answer.p, answer.n));
	assert_false(ice_is_answer(&pair, &request, request.p, request.n)); /* our own, come back */
	assert_ok(ice_request(&pair, &answer));
	assert_false(ice_is_answer(&pair, &request, answer.p, answer.n)); /* the server's own check */
}

static int
bound_socket(int kind, struct ice_candidate *c)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, kind, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (void *)&a, n), 0);
	assert_int_equal(getsockname(fd, (void *)&a, &n), 0);
	memset(c, 0, sizeof *c);
	c->is_tcp = kind == SOCK_STREAM;
	memcpy(&c->address, &a, sizeof a);
	return fd;
}

/* Answers the second datagram only: the first may be lost. */
static void *
serve_udp(void *fd)
{
	unsigned char p[STUN_MOST];
	struct sockaddr_storage from;
	struct stun answer;
	socklen_t n;
	ssize_t got;

	for (int i = 0; i < 2; i++) {
		n = sizeof from;
		got = recvfrom(*(int *)fd, p, sizeof p, 0, (void *)&from, &n);
	}
	make_answer(p, (size_t)got, pair.password, STUN_BINDING | STUN_SUCCESS, &answer);
	(void)sendto(*(int *)fd, answer.p, answer.n, 0, (void *)&from, n);
	return NULL;
}

/* A check of the server's own comes first, and everything in small pieces. */
static void *
serve_tcp(void *fd)
{
	unsigned char p[2 + STUN_MOST], out[2 * STUN_MOST];
	struct stun answer, own;
	int peer = accept(*(int *)fd, NULL, NULL);
	ssize_t got = recv(peer, p, sizeof p, 0);
	size_t n = 0;

	assert_int_equal(got, 2 + (p[0] << 8 | p[1]));
	assert_ok(ice_request(&pair, &own));
	make_answer(p + 2, (size_t)got - 2, pair.password, STUN_BINDING | STUN_SUCCESS, &answer);
	for (int i = 0; i < 2; i++) {
		const struct stun *m = i == 0 ? &own : &answer;

		out[n++] = (unsigned char)(m->n >> 8);
		out[n++] = (unsigned char)m->n;
		memcpy(out + n, m->p, m->n);
		n += m->n;
	}
	for (size_t i = 0; i < n; i += 7)
		(void)send(peer, out + i, n - i < 7 ? n - i : 7, 0);
	(void)recv(peer, p, 1, 0);
	(void)close(peer);
	return NULL;
}

static void
sockets(void **unused)
{
	struct ice_candidate list[4];
	int udp = bound_socket(SOCK_DGRAM, &list[0]), tcp = bound_socket(SOCK_STREAM, &list[1]);
	int silent = bound_socket(SOCK_DGRAM, &list[2]), closed = bound_socket(SOCK_STREAM, &list[3]);
	pthread_t threads[2];

	(void)unused;
	assert_int_equal(listen(tcp, 1), 0);
	assert_int_equal(pthread_create(&threads[0], NULL, serve_udp, &udp), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, serve_tcp, &tcp), 0);
	ice_ask(&pair, list, 4, 2000);
	assert_int_equal(pthread_join(threads[0], NULL), 0);
	assert_int_equal(pthread_join(threads[1], NULL), 0);
	assert_true(list[0].is_answered);
	assert_true(list[1].is_answered);
	assert_false(list[2].is_answered);
	assert_string_equal(list[2].why, "no answer within 2 s");
	assert_false(list[3].is_answered);
	assert_string_equal(list[3].why, "nothing listens there");
	(void)close(udp);
	(void)close(tcp);
	(void)close(silent);
	(void)close(closed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(candidates), cmocka_unit_test(urls), cmocka_unit_test(answers), cmocka_unit_test(sockets)};

	return RUN(tests);
}

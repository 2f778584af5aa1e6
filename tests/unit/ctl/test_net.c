/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "ctl/doctor/net.h"
#include "tests/unit/ctl/peer.h"

#define SHORT_MS 300
#define LONG_MS 10000

static void
expect(const struct net *n, enum net_stage stage, const char *words)
{
	assert_int_equal(n->stage, stage);
	if (strstr(n->why, words) == NULL)
		fail_msg("\"%s\" has no \"%s\"", n->why, words);
}

static void
nothing_listens(void **unused)
{
	struct net_target t = {.host = "127.0.0.1"};
	struct net n;
	int fd = peer_listen(&t.port);

	(void)unused;
	(void)close(fd);
	assert_err(ERR_PEER, net_open(&n, &t, LONG_MS));
	expect(&n, NET_CONNECT, "connection refused by 127.0.0.1:");
	net_close(&n);
	net_close(&n);
}

static void
no_such_name(void **unused)
{
	struct net_target t = {.host = "a name with spaces", .port = 1};
	struct net n;

	(void)unused;
	assert_err(ERR_PEER, net_open(&n, &t, LONG_MS));
	expect(&n, NET_NAME, "a name with spaces");
	net_close(&n);
}

/* The kernel accepts, nobody answers: every wait ends at the deadline. */
static void
silent_peer(void **unused)
{
	struct net_target t = {.host = "127.0.0.1"};
	int64_t start = base_clock_mono_ms();
	struct net n;
	size_t got;
	char byte;
	int fd = peer_listen(&t.port);

	(void)unused;
	assert_ok(net_open(&n, &t, SHORT_MS));
	assert_ok(net_write(&n, "hello", 5));
	assert_err(ERR_PEER, net_read(&n, &byte, 1, &got));
	expect(&n, NET_TALK, "has not answered");
	net_close(&n);
	t.is_tls = 1;
	assert_err(ERR_PEER, net_open(&n, &t, SHORT_MS));
	expect(&n, NET_TLS, "has not answered TLS");
	net_close(&n);
	(void)close(fd);
	assert_true(base_clock_mono_ms() - start >= (int64_t)2 * SHORT_MS);
}

static void
talks_and_ends(void **unused)
{
	struct net_target t = {.host = "localhost"};	/* ::1 refuses, 127.0.0.1 answers */
	char text[8] = "";
	struct net n;
	size_t got;
	int peer, fd = peer_listen(&t.port);

	(void)unused;
	assert_ok(net_open(&n, &t, LONG_MS));
	peer = accept(fd, NULL, NULL);
	assert_int_equal(write(peer, "hello", 5), 5);
	assert_ok(net_read_all(&n, text, 4));
	assert_string_equal(text, "hell");
	assert_ok(net_read(&n, text, sizeof text, &got));
	assert_int_equal(got, 1);
	(void)close(peer);
	assert_ok(net_read(&n, text, sizeof text, &got));
	assert_int_equal(got, 0);
	assert_err(ERR_PEER, net_read_all(&n, text, 1));
	expect(&n, NET_TALK, "hung up in the middle");
	net_close(&n);
	(void)close(fd);
}

/* TLS spoken to somebody who answers with something else. */
static void
no_tls_there(void **unused)
{
	struct net_target t = {.host = "127.0.0.1", .is_tls = 1};
	int peer, fd = peer_listen(&t.port);
	struct net n;

	(void)unused;
	if (fork() == 0) {
		peer = accept(fd, NULL, NULL);
		_exit(write(peer, "HTTP/1.1 400 Bad Request\r\n\r\n", 28) != 28);
	}
	assert_err(ERR_PEER, net_open(&n, &t, LONG_MS));
	expect(&n, NET_TLS, "no TLS with 127.0.0.1:");
	net_close(&n);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_listens), cmocka_unit_test(no_such_name),
	    cmocka_unit_test(silent_peer), cmocka_unit_test(talks_and_ends), cmocka_unit_test(no_tls_there)};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "ctl/doctor/resp.h"
#include "tests/unit/ctl/peer.h"

static void
answers(void **unused)
{
	static const struct {
		const char *bytes, *text;
		char type;
		long long number;
	} cases[] = {
	    {"+PONG\r\n", "PONG", '+', 0},
	    {"-NOAUTH Authentication required.\r\n", "NOAUTH Authentication required.", '-', 0},
	    {":7\r\n", "", ':', 7},
	    {"$5\r\nhello\r\n", "hello", '$', 5},
	    {"$-1\r\n", "", '$', -1},
	    {"*0\r\n", "", '*', 0},
	    {"*-1\r\n", "", '*', -1},
	    {"*2\r\n$1\r\na\r\n$1\r\nb\r\n", "a", '*', 2},
	    {"*1\r\n*2\r\n:1\r\n+x\r\n", "x", '*', 1},
	};
	static const char *const words[] = {"PUBSUB", "CHANNELS"};

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net n = peer_hears(cases[i].bytes, strlen(cases[i].bytes), 1);
		char request[64] = "";
		struct resp r;

		assert_ok(resp_ask(&n, words, 2, &r));
		assert_int_equal(r.type, cases[i].type);
		assert_int_equal(r.number, cases[i].number);
		assert_string_equal(r.text, cases[i].text);
		assert_true(read(peer_fd, request, sizeof request - 1) > 0);
		assert_string_equal(request, "*2\r\n$6\r\nPUBSUB\r\n$8\r\nCHANNELS\r\n");
		peer_end(&n);
	}
}

static void
strangers(void **unused)
{
	static const char *const cases[] = {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "$x\r\n", "*99999999\r\n",
	    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "$5\r\nhel", "+PO", ""};
	static const char *const words[] = {"PING"};
	static char endless[4096];

	(void)unused;
	for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
		const char *bytes = i < sizeof cases / sizeof *cases ? cases[i] : endless;
		struct net n;
		struct resp r;

		memset(endless, '+', sizeof endless - 1);
		n = peer_hears(bytes, strlen(bytes), 1);
		assert_err(ERR_PEER, resp_ask(&n, words, 1, &r));
		assert_true(n.why[0] != '\0');
		peer_end(&n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(answers), cmocka_unit_test(strangers)};

	return RUN(tests);
}

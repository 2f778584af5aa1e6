/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "ctl/doctor/resp.h"
#include "ctl/doctor/sigv4.h"
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

/* Expected: what Python's hmac and hashlib made of the same request by AWS's description. */
static void
signature(void **unused)
{
	struct sigv4 s = {.method = "PUT", .host = "127.0.0.1:7070", .path = "/bucket/x", .region = "us-east-1",
	    .service = "s3", .access_key = "AKID", .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	    .now_s = 1440938160, .body = "hello", .body_n = 5};
	static char endless[300];
	struct base_buf b;

	(void)unused;
	base_buf_init(&b, 4096);
	sigv4_headers(&s, &b);
	assert_int_equal(b.err, ERR_OK);
	assert_string_equal(b.p,
	    "x-amz-content-sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\r\n"
	    "x-amz-date: 20150830T123600Z\r\n"
	    "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/s3/aws4_request, "
	    "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
	    "Signature=a0ee0979ba7d4a0fb06610677c0cf33798866537aa42b866b683ec465c165c30\r\n");
	base_buf_free(&b);
	memset(endless, 'x', sizeof endless - 1);
	s.secret_key = endless;
	base_buf_init(&b, 4096);
	sigv4_headers(&s, &b);
	assert_int_equal(b.err, ERR_TOO_BIG);
	base_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(answers), cmocka_unit_test(strangers),
	    cmocka_unit_test(signature)};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "ctl/doctor/websocket.h"
#include "tests/unit/ctl/peer.h"

static struct url here;
static struct http_answer a;

static void
answers(void **unused)
{
	static const struct {
		const char *text, *body, *why;
		int status;
	} cases[] = {
	    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOKmore", "OK", "", 200},
	    {"HTTP/1.0 404 Not Found\r\n\r\nto the end", "to the end", "", 404},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", "", 200},
	    {"HTTP/1.1 204 No Content\r\n\r\n", "", "", 204},
	    {"SSH-2.0-OpenSSH_9.2\r\n", "", "something else", 0},
	    {"\x15\x03\x01\x02\x46", "", "something else", 0},
	    {"HTTP/1.1 200 OK\r\nA: b\r\n", "", "in the middle of the headers", 0},
	    {"HTTP/1.1 \r\n\r\n", "", "no status", 0},
	    {"", "", "hung up", 0},
	};
	struct http_request r = {.method = "GET", .path = "", .headers = ""};

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net n = peer_hears(cases[i].text, strlen(cases[i].text), 1);
		enum err e = http_ask(&n, &here, &r, &a);

		if ((e == ERR_OK) != (*cases[i].why == '\0') || strstr(n.why, cases[i].why) == NULL)
			fail_msg("%zu: %s", i, n.why);
		if (e == ERR_OK) {
			assert_int_equal(a.status, cases[i].status);
			assert_string_equal(a.body, cases[i].body);
		}
		peer_end(&n);
	}
}

static void
headers(void **unused)
{
	static const char text[] = "HTTP/1.1 302 Found\r\nDate: Wed, 25 Nov 2026 18:11:47 GMT\r\n"
	    "LOCATION:https://a.example/x?access_token=eyJ#there \r\n"
	    "Content-Type: text/HTML; charset=utf-8\r\nX-Date: y\r\n\r\n";
	struct net n = peer_hears(text, sizeof text - 1, 0);
	char value[32];

	(void)unused;
	assert_ok(http_read_head(&n, &a));
	assert_int_equal(a.date_s, 1795630307);
	assert_string_equal(a.location, "https://a.example/x");
	assert_true(http_is_html(&a));
	assert_true(http_header(&a, "x-date", value, sizeof value));
	assert_string_equal(value, "y");
	assert_false(http_header(&a, "Dat", value, sizeof value));
	peer_end(&n);
}

/* No header is read for more than there is room, and no body. */
static void
too_much(void **unused)
{
	static const char empty[] = "HTTP/1.1 200 OK\r\n\r\n";
	static char text[HTTP_HEAD + HTTP_BODY + 64];
	int used = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nA: ");
	struct net n;

	(void)unused;
	memset(text + used, 'x', sizeof text - (size_t)used);
	n = peer_hears(text, sizeof text, 1);
	assert_err(ERR_PEER, http_read_head(&n, &a));
	peer_end(&n);
	memcpy(text, empty, sizeof empty);
	n = peer_hears(text, sizeof text, 1);
	assert_ok(http_read_head(&n, &a));
	assert_ok(http_read_body(&n, &a));
	assert_int_equal(a.body_n, HTTP_BODY - 1);
	peer_end(&n);
}

static void
frames(void **unused)
{
	/* "he" + ping "p" + "llo", then 200 bytes, then a close with code 1001 and "bye" */
	static const char begin[] = "\x02\x02he\x89\x01p\x80\x03llo\x82\x7e\x00\xc8";
	static const char bye[7] = {'\x88', '\x05', '\x03', '\xe9', 'b', 'y', 'e'};
	char text[sizeof begin - 1 + 200 + sizeof bye], pong[16];
	struct base_buf b;
	struct net n;

	(void)unused;
	memcpy(text, begin, sizeof begin - 1);
	memset(text + sizeof begin - 1, 'x', 200);
	memcpy(text + sizeof begin - 1 + 200, bye, sizeof bye);
	n = peer_hears(text, sizeof text, 1);
	base_buf_init(&b, WEBSOCKET_MESSAGE);
	assert_ok(websocket_read(&n, &b));
	assert_string_equal(b.p, "hello");
	assert_int_equal(read(peer_fd, pong, sizeof pong), 7);
	assert_memory_equal(pong, "\x8a\x81", 2);
	assert_int_equal(pong[6] ^ pong[2], 'p');
	assert_ok(websocket_read(&n, &b));
	assert_int_equal(b.n, 200);
	assert_err(ERR_PEER, websocket_read(&n, &b));
	assert_string_equal(n.why, "peer closed the WebSocket with code 1001 bye");
	base_buf_free(&b);
	peer_end(&n);
}

static void
bad_frames(void **unused)
{
	static const struct {
		const char *bytes, *why;
		size_t n;
	} cases[] = {{"\x82\x81", "doesn't have", 2}, {"\xc2\x01x", "doesn't have", 3},
	    {"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "megabyte", 10}, {"\x82\x05xx", "hung up", 4},
	    {"\x88\x00", "closed the WebSocket", 2}, {"", "hung up", 0}};
	struct base_buf b;

	(void)unused;
	base_buf_init(&b, WEBSOCKET_MESSAGE);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net n = peer_hears(cases[i].bytes, cases[i].n, 1);

		assert_err(ERR_PEER, websocket_read(&n, &b));
		if (strstr(n.why, cases[i].why) == NULL)
			fail_msg("%zu: %s", i, n.why);
		peer_end(&n);
	}
	base_buf_free(&b);
}

static void
sends(void **unused)
{
	unsigned char got[400];
	char long_one[300];
	struct net n = peer_hears("", 0, 0);

	(void)unused;
	memset(long_one, 'y', sizeof long_one);
	assert_ok(websocket_write(&n, long_one, sizeof long_one));
	assert_int_equal(read(peer_fd, got, sizeof got), 8 + 300);
	assert_memory_equal(got, "\x82\xfe\x01\x2c", 4);
	assert_int_equal(got[8 + 299] ^ got[4 + 3], 'y');
	assert_err(ERR_TOO_BIG, websocket_write(&n, got, 65536));
	peer_end(&n);
}

static void
handshakes(void **unused)
{
	static const char forged[] = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: xyz\r\n\r\n",
	    page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";
	struct net n = peer_hears(forged, sizeof forged - 1, 0);
	char request[1024] = "";

	(void)unused;
	assert_err(ERR_PEER, websocket_open(&n, &here, "/rtc?a=b", "X: y\r\n", &a));
	assert_non_null(strstr(n.why, "Sec-WebSocket-Accept is wrong"));
	assert_true(read(peer_fd, request, sizeof request - 1) > 0);
	assert_non_null(strstr(request, "GET /rtc?a=b HTTP/1.1\r\nHost: here.example:7880\r\n"));
	assert_non_null(strstr(request, "\r\nUpgrade: websocket\r\n"));
	assert_non_null(strstr(request, "\r\nX: y\r\n\r\n"));
	peer_end(&n);
	n = peer_hears(page, sizeof page - 1, 0);
	assert_err(ERR_PEER, websocket_open(&n, &here, "", "", &a));
	assert_non_null(strstr(n.why, "answers HTTP 200 instead of 101"));
	assert_true(http_is_html(&a));
	assert_string_equal(a.body, "<html>");
	peer_end(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(answers), cmocka_unit_test(headers),
	    cmocka_unit_test(too_much), cmocka_unit_test(frames), cmocka_unit_test(bad_frames), cmocka_unit_test(sends),
	    cmocka_unit_test(handshakes)};

	if (!url_parse("ws://here.example:7880", &here))
		return 1;
	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as livekit-server 1.13.5 sends them; whole recorded ones stand in tests/fuzz/corpus/signal. */
#include "tests/unit/unit.h"

#include "base/buf.h"
#include "ctl/doctor/signal.h"

/* Field `number` with those bytes. */
static void
put(struct base_buf *b, unsigned number, const void *p, size_t n)
{
	unsigned char head[3] = {(unsigned char)(number << 3 | 2), (unsigned char)(n | 0x80), (unsigned char)(n >> 7)};

	assert_true(number < 16 && n < 1 << 14);
	base_buf_add(b, head, sizeof head);
	base_buf_add(b, p, n);
}

static void
put_str(struct base_buf *b, unsigned number, const char *s)
{
	put(b, number, s, strlen(s));
}

/* Wraps what is in `inner` as a field of `b`, and empties it. */
static void
wrap(struct base_buf *b, unsigned number, struct base_buf *inner)
{
	put(b, number, inner->p, inner->n);
	base_buf_clear(inner);
}

static enum err
take(struct signal *s, struct base_buf *b)
{
	enum err e = signal_take(s, (const unsigned char *)b->p, b->n);

	base_buf_clear(b);
	return e;
}

static void
join(void **unused)
{
	static struct signal s;
	struct base_buf server, response, m;

	(void)unused;
	base_buf_init(&server, 4096);
	base_buf_init(&response, 4096);
	base_buf_init(&m, 4096);
	put_str(&server, 1, "turn:192.0.2.2:3478?transport=udp");
	put_str(&server, 3, "secret");
	put_str(&server, 1, "turns:meet.example.org:443?transport=tcp");
	put_str(&server, 2, "ann");
	wrap(&response, 5, &server);
	put_str(&server, 1, "stun:192.0.2.2:7882");
	wrap(&response, 5, &server);
	put_str(&server, 2, "1.13.5");
	put_str(&server, 4, "home");
	put_str(&server, 9, "a field that nobody knows");
	wrap(&response, 12, &server);
	wrap(&m, 1, &response);
	assert_ok(take(&s, &m));
	assert_true(s.has_joined);
	assert_string_equal(s.version, "1.13.5");
	assert_string_equal(s.region, "home");
	assert_int_equal(s.servers_n, 3);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(s.servers[i].username, "ann");
		assert_string_equal(s.servers[i].credential, "secret");
	}
	assert_string_equal(s.servers[1].url, "turns:meet.example.org:443?transport=tcp");
	assert_string_equal(s.servers[2].url, "stun:192.0.2.2:7882");
	assert_string_equal(s.servers[2].username, "");
	for (int i = 0; i < 2 * SIGNAL_SERVERS; i++)
		put_str(&server, 1, "stun:192.0.2.2:1");
	wrap(&response, 5, &server);
	wrap(&m, 1, &response);
	assert_ok(take(&s, &m));
	assert_int_equal(s.servers_n, SIGNAL_SERVERS);
	base_buf_free(&server);
	base_buf_free(&response);
	base_buf_free(&m);
}

static void
answer(void **unused)
{
	static struct signal s;
	struct base_buf inner, m;

	(void)unused;
	base_buf_init(&inner, 4096);
	base_buf_init(&m, 4096);
	put_str(&inner, 1, "answer");
	put_str(&inner, 2,
	    "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:name\r\na=ice-pwd:word\r\n"
	    "a=candidate:1 1 udp 1 192.0.2.2 7882 typ host\r\na=candidate:1 1 udp 1 x.local 7882 typ host\r\n");
	wrap(&m, 2, &inner);
	assert_ok(take(&s, &m));
	assert_true(s.has_answer);
	assert_false(s.is_complete);
	assert_string_equal(s.pair.remote, "name");
	assert_string_equal(s.pair.password, "word");
	assert_int_equal(s.candidates_n, 1);
	put_str(&inner, 1,
	    "{\"candidate\":\"candidate:2 1 tcp 1 192.0.2.2 7881 typ host tcptype passive\",\"sdpMid\":\"0\"}");
	base_buf_add(&inner, "\x18\x01", 2); /* final */
	wrap(&m, 4, &inner);
	assert_ok(take(&s, &m));
	assert_true(s.is_complete);
	assert_int_equal(s.candidates_n, 2);
	assert_string_equal(s.candidates[1].text, "192.0.2.2:7881");
	put_str(&inner, 2, "v=0\r\n"); /* without ice-ufrag */
	memset(&s, 0, sizeof s);
	wrap(&m, 2, &inner);
	assert_err(ERR_INPUT, take(&s, &m));
	put_str(&inner, 1, "no JSON");
	wrap(&m, 4, &inner);
	assert_err(ERR_INPUT, take(&s, &m));
	put_str(&inner, 1, "{\"candidate\":\"candidate:nonsense\"}");
	wrap(&m, 4, &inner);
	assert_err(ERR_INPUT, take(&s, &m));
	base_buf_free(&inner);
	base_buf_free(&m);
}

static void
malformed(void **unused)
{
	static const struct {
		const char *p;
		size_t n;
		enum err want;
	} cases[] = {
	    {"", 0, ERR_OK}, {"\x92\x01\x02\x08\x01", 5, ERR_OK},			 /* field 18, unknown to us */
	    {"\x90\x01\x05", 3, ERR_OK},						 /* pong: a varint */
	    {"\x0d\x01\x02\x03\x04", 5, ERR_OK},					 /* 32 bits */
	    {"\x09\x01\x02\x03\x04\x05\x06\x07\x08", 9, ERR_OK}, {"\x0a", 1, ERR_INPUT}, /* no length */
	    {"\x0a\x05\x01", 3, ERR_INPUT},						 /* beyond the end */
	    {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11, ERR_INPUT}, {"\x0b", 1, ERR_INPUT}, /* a group */
	    {"\x02\x00", 2, ERR_INPUT},								     /* field 0 */
	    {"\x0a\x04\x2a\x02\x0a\x01", 6, ERR_INPUT},	    /* a URL beyond its server */
	    {"\x0a\x05\x2a\x03\x0a\x01\x00", 7, ERR_INPUT}, /* a NUL in a URL */
	    {"\x0a\x05\x2a\x03\x0a\x01\x1b", 7, ERR_INPUT}, /* an escape in a URL */
	    {"\x0a\x04\x2a\x02\x08\x01", 6, ERR_INPUT},	    /* a number as a URL */
	};
	static struct signal s;

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_err(cases[i].want, signal_take(&s, (const unsigned char *)cases[i].p, cases[i].n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(join), cmocka_unit_test(answer), cmocka_unit_test(malformed)};

	return RUN(tests);
}

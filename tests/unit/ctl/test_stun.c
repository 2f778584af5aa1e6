/* SPDX-License-Identifier: Apache-2.0 */
/* The four sample messages are those of RFC 5769, sections 2.1, 2.4, 2.2 and 2.3. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>

#include "ctl/doctor/stun.h"

static const unsigned char request[] = {
	0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
	0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
	0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
	0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
	0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
	0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
	0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
};
static const unsigned char long_term[] = {
	0x00, 0x01, 0x00, 0x60, 0x21, 0x12, 0xa4, 0x42, 0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0,
	0x29, 0xda, 0x41, 0x2e, 0x00, 0x06, 0x00, 0x12, 0xe3, 0x83, 0x9e, 0xe3, 0x83, 0x88, 0xe3, 0x83,
	0xaa, 0xe3, 0x83, 0x83, 0xe3, 0x82, 0xaf, 0xe3, 0x82, 0xb9, 0x00, 0x00, 0x00, 0x15, 0x00, 0x1c,
	0x66, 0x2f, 0x2f, 0x34, 0x39, 0x39, 0x6b, 0x39, 0x35, 0x34, 0x64, 0x36, 0x4f, 0x4c, 0x33, 0x34,
	0x6f, 0x4c, 0x39, 0x46, 0x53, 0x54, 0x76, 0x79, 0x36, 0x34, 0x73, 0x41, 0x00, 0x14, 0x00, 0x0b,
	0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6f, 0x72, 0x67, 0x00, 0x00, 0x08, 0x00, 0x14,
	0xf6, 0x70, 0x24, 0x65, 0x6d, 0xd6, 0x4a, 0x3e, 0x02, 0xb8, 0xe0, 0x71, 0x2e, 0x85, 0xc9, 0xa2,
	0x8c, 0xa8, 0x96, 0x66,
};
static const unsigned char v4[] = {
	0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
	0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
	0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
	0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
	0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
};
static const unsigned char v6[] = {
	0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
	0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
	0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
	0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
	0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
	0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
};

static const char password[] = "VOkJxbRl1RmTxUk/WvJxBt";

static void
samples(void **unused)
{
	unsigned char key[STUN_KEY];
	const unsigned char *found;
	size_t n;

	(void)unused;
	assert_ok(stun_check(request, sizeof request));
	assert_int_equal(stun_type(request), STUN_BINDING);
	assert_true(stun_signed_by(request, sizeof request, password, strlen(password)));
	assert_false(stun_signed_by(request, sizeof request, password, strlen(password) - 1));
	found = stun_find(request, sizeof request, STUN_USERNAME, &n);
	assert_non_null(found);
	assert_int_equal(n, 9);
	assert_memory_equal(found, "evtj:h6vY", 9);
	assert_null(stun_find(request, sizeof request, STUN_REALM, &n));
	/* After SASLprep, as the section says. */
	assert_ok(stun_check(long_term, sizeof long_term));
	stun_key("\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9", "example.org", "TheMatrIX",
	    key);
	assert_true(stun_signed_by(long_term, sizeof long_term, key, sizeof key));
	key[0] ^= 1;
	assert_false(stun_signed_by(long_term, sizeof long_term, key, sizeof key));
}

static void
addresses(void **unused)
{
	static const struct {
		const unsigned char *p;
		size_t n;
		const char *want;
	} cases[] = {
	    {v4, sizeof v4, "192.0.2.1:32853"},
	    {v6, sizeof v6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"},
	};
	struct sockaddr_storage a, again;
	char text[STUN_ADDRESS_TEXT];
	struct stun m;

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_ok(stun_check(cases[i].p, cases[i].n));
		assert_int_equal(stun_type(cases[i].p), STUN_BINDING | STUN_SUCCESS);
		assert_true(stun_signed_by(cases[i].p, cases[i].n, password, strlen(password)));
		assert_ok(stun_address(cases[i].p, cases[i].n, STUN_MAPPED_ADDRESS, &a));
		stun_address_text(&a, text);
		assert_string_equal(text, cases[i].want);
		assert_err(ERR_ABSENT, stun_address(cases[i].p, cases[i].n, STUN_RELAYED_ADDRESS, &again));
		stun_begin(&m, STUN_PERMISSION);
		stun_put_address(&m, STUN_PEER_ADDRESS, &a);
		assert_ok(stun_end(&m));
		assert_ok(stun_address(m.p, m.n, STUN_PEER_ADDRESS, &again));
		assert_memory_equal(&a, &again, sizeof a);
	}
	stun_begin(&m, STUN_BINDING);
	stun_put(&m, STUN_MAPPED_ADDRESS, "\0\2\1\1abcd", 8);	/* the family of IPv6 with the length of IPv4 */
	assert_ok(stun_end(&m));
	assert_err(ERR_INPUT, stun_address(m.p, m.n, STUN_MAPPED_ADDRESS, &a));
}

static void
made_messages(void **unused)
{
	struct stun m, other;
	const unsigned char *p;
	size_t n;

	(void)unused;
	stun_begin(&m, STUN_ALLOCATE);
	stun_begin(&other, STUN_ALLOCATE);
	assert_false(stun_answers(m.p, &other));	/* random transaction ids */
	stun_put(&m, STUN_USERNAME, "ann", 3);
	stun_put_u32(&m, STUN_LIFETIME, 0xdeadbeef);
	stun_sign(&m, "key", 3);
	stun_put(&m, STUN_REALM, "after the signature", 19);
	assert_ok(stun_end(&m));
	assert_ok(stun_check(m.p, m.n));
	assert_true(stun_answers(m.p, &m));
	assert_true(stun_signed_by(m.p, m.n, "key", 3));
	assert_false(stun_signed_by(m.p, m.n, "kex", 3));
	p = stun_find(m.p, m.n, STUN_LIFETIME, &n);
	assert_non_null(p);
	assert_memory_equal(p, "\xde\xad\xbe\xef", 4);
	assert_null(stun_find(m.p, m.n, STUN_REALM, &n));	/* not covered by the signature */
	m.p[STUN_HEAD + 4] ^= 1;
	assert_err(ERR_INPUT, stun_check(m.p, m.n));		/* the fingerprint */
	stun_begin(&m, STUN_BINDING);
	while (!m.is_full)
		stun_put(&m, STUN_DATA_BYTES, password, 10);
	assert_true(m.n <= STUN_MOST);
	assert_err(ERR_TOO_BIG, stun_end(&m));
}

static void
malformed(void **unused)
{
	unsigned char m[sizeof request];

	(void)unused;
	for (size_t n = 0; n < sizeof request; n++)
		assert_err(ERR_INPUT, stun_check(request, n));
	memcpy(m, request, sizeof m);
	m[0] = 0x40;			/* channel data */
	assert_err(ERR_INPUT, stun_check(m, sizeof m));
	assert_int_equal(stun_length(m), 0);
	memcpy(m, request, sizeof m);
	m[4] = 0x22;			/* no cookie */
	assert_err(ERR_INPUT, stun_check(m, sizeof m));
	memcpy(m, request, sizeof m);
	m[3] = 0x57;			/* a length that is no multiple of four */
	assert_err(ERR_INPUT, stun_check(m, sizeof m));
	memcpy(m, request, sizeof m);
	m[22] = 0xff;			/* an attribute beyond the end */
	assert_err(ERR_INPUT, stun_check(m, sizeof m));
	assert_int_equal(stun_length((const unsigned char *)"HTTP/1.1 400 Bad Request"), 0);
}

static void
errors(void **unused)
{
	static const struct {
		unsigned char p[4];
		size_t n;
		int code;
	} cases[] = {{{0, 0, 4, 1}, 4, 401}, {{0, 0, 4, 38}, 4, 438}, {{0xff, 0xff, 0xfc, 86}, 4, 486},
	    {{0, 0, 5, 8}, 4, 508},
	    {{0, 0, 2, 0}, 4, 0}, {{0, 0, 7, 1}, 4, 0}, {{0, 0, 4, 100}, 4, 0}, {{0, 0, 4, 1}, 3, 0}};
	struct stun m;

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		stun_begin(&m, STUN_ALLOCATE | STUN_ERROR);
		stun_put(&m, STUN_ERROR_CODE, cases[i].p, cases[i].n);
		assert_ok(stun_end(&m));
		assert_int_equal(stun_error(m.p, m.n), cases[i].code);
	}
	assert_int_equal(stun_error(v4, sizeof v4), 0);
	assert_non_null(strstr(stun_meaning(401), "credentials"));
	assert_string_not_equal(stun_meaning(437), stun_meaning(486));
	assert_non_null(strstr(stun_meaning(699), "don't list"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(samples), cmocka_unit_test(addresses),
	    cmocka_unit_test(made_messages), cmocka_unit_test(malformed), cmocka_unit_test(errors)};

	return RUN(tests);
}

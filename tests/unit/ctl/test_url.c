/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/err.h"
#include "ctl/doctor/url.h"

static void
parts(void **unused)
{
	static const struct {
		const char *text, *scheme, *host, *authority, *path;
		int port, is_tls;
	} good[] = {
	    {"http://a", "http", "a", "a", "", 80, 0},
	    {"HTTPS://Meet.Example.org/", "https", "meet.example.org", "Meet.Example.org", "", 443, 1},
	    {"ws://127.0.0.1:7880", "ws", "127.0.0.1", "127.0.0.1:7880", "", 7880, 0},
	    {"wss://[2001:db8::1]:7443/livekit/", "wss", "2001:db8::1", "[2001:db8::1]:7443", "/livekit", 7443, 1},
	    {"wss://[::1]/a/b?c=d#e", "wss", "::1", "[::1]", "/a/b", 443, 1},
	    {"http://a?b", "http", "a", "a", "", 80, 0},
	};
	static const char *const bad[] = {"", "a", "a:80", "//a", "ftp://a", "http://", "http:///x", "http://a:0",
	    "http://a:65536", "http://a:x", "http://:80", "http://u:p@a", "http://[::1", "http://[::1]x", "http://a:",
	    "averylongscheme://a"};
	struct url u;

	(void)unused;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (!url_parse(good[i].text, &u))
			fail_msg("%s", good[i].text);
		assert_string_equal(u.scheme, good[i].scheme);
		assert_string_equal(u.host, good[i].host);
		assert_string_equal(u.authority, good[i].authority);
		assert_string_equal(u.path, good[i].path);
		assert_int_equal(u.port, good[i].port);
		assert_int_equal(u.is_tls, good[i].is_tls);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (url_parse(bad[i], &u))
			fail_msg("%s", bad[i]);
}

static void
reach(void **unused)
{
	static const struct {
		const char *host;
		enum url_reach reach;
	} cases[] = {{"localhost", URL_HERE}, {"x.localhost", URL_HERE}, {"127.0.0.1", URL_HERE}, {"::1", URL_HERE},
	    {"0.0.0.0", URL_HERE}, {"::", URL_HERE}, {"10.1.2.3", URL_INSIDE}, {"192.168.1.4", URL_INSIDE},
	    {"172.17.0.2", URL_INSIDE}, {"100.64.0.1", URL_INSIDE}, {"169.254.1.1", URL_INSIDE},
	    {"fe80::1", URL_INSIDE}, {"fd00::1", URL_INSIDE}, {"livekit", URL_INSIDE}, {"box.local", URL_INSIDE},
	    {"box.lan", URL_INSIDE}, {"box.internal", URL_INSIDE}, {"203.0.113.7", URL_ANYWHERE},
	    {"2001:db8::1", URL_ANYWHERE}, {"meet.example.org", URL_ANYWHERE}, {"local.example.org", URL_ANYWHERE}};

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (url_reach(cases[i].host) != cases[i].reach)
			fail_msg("%s: %d", cases[i].host, (int)url_reach(cases[i].host));
}

static void
mixed(void **unused)
{
	static const struct {
		const char *page, *to;
		int is_mixed;
	} cases[] = {{"https://a.example", "ws://b.example", 1}, {"https://a.example", "wss://b.example", 0},
	    {"http://a.example", "ws://b.example", 0}, {"https://a.example", "ws://10.0.0.1", 1},
	    {"https://a.example", "ws://localhost:7880", 0}, {"https://a.example", "ws://127.0.0.1", 0}};
	struct url page, to;

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(url_parse(cases[i].page, &page) && url_parse(cases[i].to, &to));
		if (url_is_mixed(&page, &to) != cases[i].is_mixed)
			fail_msg("%s from %s", cases[i].to, cases[i].page);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(parts), cmocka_unit_test(reach), cmocka_unit_test(mixed)};

	return RUN(tests);
}

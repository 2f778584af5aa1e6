/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "web/reply.h"

static void
headers_cannot_split_the_reply(void **state)
{
	static const char *const bad[] = {"a\r\nSet-Cookie: x", "a\nb", "a\rb", "\x01", "\x7f"};
	struct web_reply r;

	(void)state;
	web_reply_init(&r);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_err(ERR_INPUT, web_reply_header(&r, "Location", bad[i]));
		assert_err(ERR_INPUT, web_reply_cookie(&r, "c", bad[i], 1, "", 0));
		assert_err(ERR_INPUT, web_reply_cookie(&r, "c", "v", 1, bad[i], 0));
	}
	assert_err(ERR_INPUT, web_reply_cookie(&r, "c", "a;b", 1, "", 0));
	assert_int_equal(r.headers.n, 0);
	web_reply_free(&r);
}

static void
cookies_have_their_attributes(void **state)
{
	struct web_reply r;

	(void)state;
	web_reply_init(&r);
	assert_ok(web_reply_cookie(&r, "access_token", "x.y-z_", 86400, "", 0));
	assert_string_equal(r.headers.p,
			    "Set-Cookie: access_token=x.y-z_; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax\r\n");
	web_reply_clear(&r);
	assert_ok(web_reply_cookie(&r, "a", "", 0, "meet.example", WEB_COOKIE_SECURE | WEB_COOKIE_NONE));
	assert_string_equal(
	    r.headers.p, "Set-Cookie: a=; Path=/; Max-Age=0; Domain=meet.example; HttpOnly; Secure; SameSite=None\r\n");
	web_reply_free(&r);
}

static void
errors_replace_the_body(void **state)
{
	struct web_reply r;

	(void)state;
	web_reply_init(&r);
	base_buf_str(&r.body, "half a bo");
	assert_ok(web_reply_header(&r, "Retry-After", "3"));
	web_reply_error(&r, 429, "too \"many\"");
	assert_int_equal(r.status, 429);
	assert_string_equal(r.body.p, "{\"error\":\"too \\\"many\\\"\"}");
	assert_string_equal(r.headers.p, "Retry-After: 3\r\n");
	web_reply_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_cannot_split_the_reply),
	    cmocka_unit_test(cookies_have_their_attributes),
	    cmocka_unit_test(errors_replace_the_body),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "web/request_impl.h"

static struct base_arena a;

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&a, 1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	base_arena_free(&a);
	return 0;
}

static void
path_comes_from_request_uri_then_from_cgi(void **state)
{
	static const struct { const char *uri, *script, *info, *path; enum err e; } v[] = {
	    {"REQUEST_URI=/api/room/check/abc?x=1", "SCRIPT_NAME=/x", "PATH_INFO=/y", "/api/room/check/abc", ERR_OK},
	    {"REQUEST_URI=http://h/evil", "SCRIPT_NAME=/api", "PATH_INFO=/health", "/api/health", ERR_OK},
	    {"REQUEST_URI=", "SCRIPT_NAME=/api/auth/login", "PATH_INFO=", "/api/auth/login", ERR_OK},
	    {"REQUEST_URI=/a%20b/%c3%a9/", "SCRIPT_NAME=", "PATH_INFO=", "/a b/\xc3\xa9", ERR_OK},
	    {"REQUEST_URI=/api//", "SCRIPT_NAME=", "PATH_INFO=", "/api", ERR_OK},
	    {"REQUEST_URI=/", "SCRIPT_NAME=", "PATH_INFO=", "/", ERR_OK},
	    {"REQUEST_URI=/a%00b", "SCRIPT_NAME=", "PATH_INFO=", "/", ERR_INPUT},
	    {"REQUEST_URI=/a%2", "SCRIPT_NAME=", "PATH_INFO=", "/", ERR_INPUT},
	    {"REQUEST_URI=/a%", "SCRIPT_NAME=", "PATH_INFO=", "/", ERR_INPUT},
	    {"REQUEST_URI=/a%zz", "SCRIPT_NAME=", "PATH_INFO=", "/", ERR_INPUT},
	    {"REQUEST_URI=x", "SCRIPT_NAME=", "PATH_INFO=", "/", ERR_INPUT},
	};
	struct web_request r;

	(void)state;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		char *vars[] = {(char *)v[i].uri, (char *)v[i].script, (char *)v[i].info, NULL};

		assert_err(v[i].e, web_request_from_vars(&r, &a, vars));
		if (v[i].e == ERR_OK)
			assert_string_equal(r.path, v[i].path);
	}
}

static void
variables_are_never_null_and_head_is_get(void **state)
{
	char *vars[] = {"REQUEST_URI=/", "REQUEST_METHOD=HEAD", "HTTPS=on", "HTTP_HOST=h:1", "CONTENT_LENGTH=12", NULL};
	char *bare[] = {"REQUEST_URI=/", "HTTPS=off", "CONTENT_LENGTH=-1", NULL};
	struct web_request r;
	size_t n;

	(void)state;
	assert_ok(web_request_from_vars(&r, &a, vars));
	assert_string_equal(r.method, "GET");
	assert_true(r.is_head && r.is_https);
	assert_string_equal(r.host, "h:1");
	assert_string_equal(r.authorization, "");
	assert_null(r.var(&r, "HTTP_X"));
	assert_ok(web_request_length(&r, &n));
	assert_int_equal(n, 12);
	assert_ok(web_request_from_vars(&r, &a, bare));
	assert_false(r.is_https);
	assert_err(ERR_INPUT, web_request_length(&r, &n));
}

static void
cookies_and_query_are_found_by_whole_names(void **state)
{
	char *vars[] = {"REQUEST_URI=/",
			"HTTP_COOKIE=xaccess_token=no; access_token=yes;  q=\"quoted\"; access_token=second; e=",
			"QUERY_STRING=page=2&q=a%20b+c&bad=%zz&page=3", NULL};
	struct web_request r;

	(void)state;
	assert_ok(web_request_from_vars(&r, &a, vars));
	assert_string_equal(web_request_cookie(&r, "access_token"), "yes");
	assert_string_equal(web_request_cookie(&r, "q"), "quoted");
	assert_string_equal(web_request_cookie(&r, "e"), "");
	assert_null(web_request_cookie(&r, "token"));
	assert_string_equal(web_request_query(&r, "page"), "2");
	assert_string_equal(web_request_query(&r, "q"), "a b c");
	assert_null(web_request_query(&r, "bad"));
	assert_null(web_request_query(&r, "absent"));
}

static void
json_bodies_need_their_type(void **state)
{
	static const struct { const char *type, *body; int optional; enum err e;
	} v[] = {{"CONTENT_TYPE=application/json", "{}", 0, ERR_OK},
		 {"CONTENT_TYPE=application/json; charset=utf-8", "{}", 0, ERR_OK},
		 {"CONTENT_TYPE=application/webhook+JSON", "{}", 0, ERR_OK},
		 {"CONTENT_TYPE=text/plain", "{}", 0, ERR_INPUT},
		 {"CONTENT_TYPE=", "{}", 0, ERR_INPUT},
		 {"CONTENT_TYPE=application/json", "", 0, ERR_INPUT},
		 {"CONTENT_TYPE=application/json", "", 1, ERR_OK},
		 {"CONTENT_TYPE=", "x", 1, ERR_OK},
		 {"CONTENT_TYPE=application/json", "x", 1, ERR_INPUT},
		 {"CONTENT_TYPE=application/json", "[]", 0, ERR_INPUT}};
	struct web_request r;
	json_object *o;

	(void)state;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		char *vars[] = {"REQUEST_URI=/", (char *)v[i].type, NULL};

		assert_ok(web_request_from_vars(&r, &a, vars));
		r.body = v[i].body;
		r.body_n = strlen(r.body);
		assert_err(v[i].e, web_request_json(&r, v[i].optional, &o));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(path_comes_from_request_uri_then_from_cgi, setup, teardown),
	    cmocka_unit_test_setup_teardown(variables_are_never_null_and_head_is_get, setup, teardown),
	    cmocka_unit_test_setup_teardown(cookies_and_query_are_found_by_whole_names, setup, teardown),
	    cmocka_unit_test_setup_teardown(json_bodies_need_their_type, setup, teardown),
	};

	return RUN(tests);
}

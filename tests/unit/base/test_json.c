/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/json.h"
#include "base/mem.h"

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

static enum err
parse(const char *s, json_object **o)
{
	return base_json_object(&a, s, strlen(s), o);
}

static void
only_one_whole_object_is_taken(void **state)
{
	static const char *const bad[] = {"",
					  "[]",
					  "1",
					  "null",
					  "{",
					  "{}x",
					  "{} {}",
					  "{\"a\":1,}",
					  "{'a':1}",
					  "{\"a\":\"\xe0\x80\xa8\"}",
					  "{\"a\":NaN}",
					  "{\"a\":-Infinity}",
					  "{a:1}",
					  "{\"a\":1}/*x*/",
					  "{\"a\":1,\"a\":2}",
					  "{\"b\":{\"a\":1,\"a\":1}}",
					  "{\"a\":\"\xff\"}",
					  "{\"a\":tru}",
					  "{\"a\":[{\"x\":1,\"x\":2}]}",
					  "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":+1}",
					  "{\"a\":-}", "{\"a\":0x1}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}",
					  "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\u12", "{\"a\":\"\\", "{\"a\"",
					  "{\"a\":", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{,}", "{\"a\":[1,]}",
					  "{\"a\":[,1]}", "{\"a\":[1}", "{\"a\":True}", "{\"a\\u0000b\":1,\"a\":2}"};
	json_object *o;
	char deep[200];

	(void)state;
	assert_ok(parse("{}", &o));
	assert_ok(parse(" {\"a\":\"x:\\\"y:\\\\\", \"b\":[{\"c\":1},{\"c\":2}]} \n", &o));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (parse(bad[i], &o) != ERR_INPUT)
			fail_msg("accepted: %s", bad[i]);
	memset(deep, '[', 100);
	memcpy(deep, "{\"a\":", strlen("{\"a\":"));
	memset(deep + 100, ']', 95);
	deep[195] = '}';
	deep[196] = '\0';
	assert_err(ERR_INPUT, parse(deep, &o));
}

/* Escapes, numbers and nesting, as they are read. */
static void
values_are_what_was_written(void **state)
{
	static const char text[] = "{\"e\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\","
	    "\"lone\":\"\\ud800x\\udc00\\ud83d\\u0041\",\"\\u006bey\":-0,\"min\":-9223372036854775808,"
	    "\"min1\":-9223372036854775807,\"less\":-9223372036854775809,\"huge\":18446744073709551616,"
	    "\"d\":-1.5e+2,\"l\":[ ] , \"deep\":{\"a\":[{\"b\":[true,false,null]}]}}";
	static const char *const not_whole[] = {"min", "less", "huge", "d"};
	json_object *o, *deep, *same;
	const char *s = "";
	int64_t i = 1;

	(void)state;
	assert_ok(parse(text, &o));
	assert_ok(base_json_str(o, "e", &s));
	assert_string_equal(s, "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_ok(base_json_str(o, "lone", &s));
	assert_string_equal(s, "\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd" "A");
	assert_ok(base_json_int(o, "key", &i));
	assert_int_equal(i, 0);
	assert_ok(base_json_int(o, "min1", &i));
	assert_true(i == -INT64_MAX);
	for (size_t k = 0; k < sizeof not_whole / sizeof *not_whole; k++)
		assert_err(ERR_INPUT, base_json_int(o, not_whole[k], &i));
	assert_true(json_object_get_double(base_json_get(o, "d")) == -150.0);
	assert_int_equal(json_object_array_length(base_json_get(o, "l")), 0);
	assert_ok(base_json_sub(o, "deep", &deep));
	assert_string_equal(json_object_to_json_string_ext(deep, JSON_C_TO_STRING_PLAIN),
	    "{\"a\":[{\"b\":[true,false,null]}]}");
	assert_ok(base_json_object_lax(&a, "{\"a\":1,\"b\":2,\"a\":3}", 19, &same));
	assert_ok(base_json_int(same, "a", &i));
	assert_int_equal(i, 3);
}

/* However little the arena holds, the answer is "no memory" until all fits. */
static void
memory_that_fails_is_said(void **state)
{
	static const char text[] = "{\"a\":\"x\\n\",\"b\":[1,2.5,{\"c\":null}],\"d\":true}";
	json_object *o;
	enum err e = ERR_NOMEM;

	(void)state;
	base_arena_free(&a);
	for (size_t room = 0; e == ERR_NOMEM; room += 16) {
		base_arena_init(&a, room);
		e = parse(text, &o);
		if (e != ERR_NOMEM)
			assert_ok(e);
		base_arena_free(&a);
		assert_true(room < 10000);
	}
	base_arena_init(&a, 1 << 20);
}

static void
members_are_found_without_case_and_typed(void **state)
{
	json_object *o;
	const char *s = "default";
	int b = 7;
	int64_t i = 7;

	(void)state;
	assert_ok(
	    parse("{\"clientDataJson\":\"x\",\"n\":null,\"b\":true,\"i\":5,\"s\":\"12\",\"d\":1.5,\"z\":\"a\\u0000b\","
		  "\"big\":9223372036854775808,\"max\":9223372036854775807}",
		  &o));
	assert_ok(base_json_str(o, "clientDataJSON", &s));
	assert_string_equal(s, "x");
	assert_ok(base_json_str(o, "n", &s));
	assert_ok(base_json_str(o, "absent", &s));
	assert_string_equal(s, "x");
	assert_err(ERR_INPUT, base_json_str(o, "b", &s));
	assert_err(ERR_INPUT, base_json_str(o, "z", &s));
	assert_ok(base_json_bool(o, "B", &b));
	assert_int_equal(b, 1);
	assert_err(ERR_INPUT, base_json_bool(o, "i", &b));
	assert_err(ERR_INPUT, base_json_int(o, "s", &i));
	assert_err(ERR_INPUT, base_json_int(o, "d", &i));
	assert_err(ERR_INPUT, base_json_int(o, "big", &i));
	assert_ok(base_json_int_lax(o, "s", &i));
	assert_int_equal(i, 12);
	assert_ok(base_json_int(o, "max", &i));
	assert_true(i == INT64_MAX);
}

static void
writer_minds_commas_and_escapes(void **state)
{
	struct base_buf b;
	json_object *o;
	const char *back = NULL;

	(void)state;
	base_buf_init(&b, 1000);
	base_json_open(&b, NULL, '{');
	base_json_put_str(&b, "s", "<a href=\"x\">&\\\n\x7f" "\xc3\xa9\xff:");
	base_json_put_str(&b, "n", NULL);
	base_json_open(&b, "list", '[');
	base_json_put_int(&b, NULL, -1);
	base_json_put_int(&b, NULL, 0);
	base_json_put_int(&b, NULL, INT64_MIN);
	base_json_put_int(&b, NULL, INT64_MAX);
	base_json_put_bool(&b, NULL, 1);
	base_json_open(&b, NULL, '{');
	base_json_close(&b, '}');
	base_json_close(&b, ']');
	base_json_put_time(&b, "t", INT64_C(1795414330448150522));
	base_json_put_time(&b, "t0", 0);
	base_json_close(&b, '}');
	assert_string_equal(
	    b.p, "{\"s\":\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\\\\\u000a\\u007f\xc3\xa9\xef\xbf\xbd:\",\"n\":null,"
		 "\"list\":[-1,0,-9223372036854775808,9223372036854775807,true,{}],"
		 "\"t\":\"2026-11-23T06:12:10.448150522Z\",\"t0\":null}");
	assert_ok(base_json_object(&a, b.p, b.n, &o));
	assert_ok(base_json_str(o, "s", &back));
	assert_string_equal(back, "<a href=\"x\">&\\\n\x7f" "\xc3\xa9\xef\xbf\xbd:");
	base_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(only_one_whole_object_is_taken, setup, teardown),
	    cmocka_unit_test_setup_teardown(values_are_what_was_written, setup, teardown),
	    cmocka_unit_test_setup_teardown(memory_that_fails_is_said, setup, teardown),
	    cmocka_unit_test_setup_teardown(members_are_found_without_case_and_typed, setup, teardown),
	    cmocka_unit_test_setup_teardown(writer_minds_commas_and_escapes, setup, teardown),
	};

	return RUN(tests);
}

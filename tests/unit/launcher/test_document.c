/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "livekit-launcher/document.h"

static void
what_it_says(void **state)
{
	static const char text[] =
	    "# LiveKit\nport: 7880\nrtc:\n  tcp_port: 7881\n  use_external_ip: Yes\nwebhook:\n"
	    "  urls:\n    - http://a\n    - {b: c}\nturn: &t {enabled: true}\nempty:\nother: *t\n";
	struct launcher_document d;
	struct base_arena a;

	(void)state;
	base_arena_init(&a, 1 << 20);
	assert_ok(launcher_document_read(&a, text, sizeof text - 1, &d));
	assert_null(d.problem);
	assert_string_equal(launcher_document_text(&d, "port"), "7880");
	assert_string_equal(launcher_document_text(&d, "rtc.tcp_port"), "7881");
	assert_int_equal(launcher_document_find(&d, "rtc.tcp_port")->line, 4);
	assert_string_equal(launcher_document_find(&d, "rtc.tcp_port")->name, "tcp_port");
	assert_int_equal(launcher_document_find(&d, "rtc.tcp_port")->depth, 2);
	assert_int_equal(launcher_document_true(&d, "rtc.use_external_ip"), 1);
	assert_int_equal(launcher_document_true(&d, "port"), 0);
	assert_string_equal(launcher_document_text(&d, "webhook.urls.0"), "http://a");
	assert_string_equal(launcher_document_text(&d, "webhook.urls.1.b"), "c");
	assert_string_equal(launcher_document_text(&d, "turn.enabled"), "true");
	assert_string_equal(launcher_document_text(&d, "empty"), "");
	assert_null(launcher_document_find(&d, "other")->value);
	assert_null(launcher_document_find(&d, "rtc")->value);
	assert_null(launcher_document_find(&d, "nothing"));
	assert_ok(launcher_document_read(&a, "# nothing\n", 10, &d));
	assert_int_equal(d.n, 0);
	assert_ok(launcher_document_read(&a, NULL, 0, &d));
	base_arena_free(&a);
}

static void
what_is_wrong(void **state)
{
	static const struct {
		const char *text, *problem;
		int line, column;
	} cases[] = {
	    {"port: 7880\n\tx: 1\n", "found a tab character that violates", 2, 1},
	    {"a: [1\nb: 2\n", "did not find expected ',' or ']'", 2, 2},
	    {"a: 1\nb: 2\na: 3\n", "the key a is there already, in line 1", 3, 1},
	    {"rtc: {a: 1, a: 2}\n", "the key a is there already", 1, 13},
	    {"$CONFIG\n", "no mapping of keys to values", 1, 1},
	    {"- a\n", "no mapping", 1, 1},
	    {"a: 1\n---\nb: 1\n", "second document", 2, 1},
	    {"[a]: 1\n", "a key must be text", 1, 1},
	    {"? [a]\n: 1\n", "a key must be text", 1, 3},
	    {"a: \"\xff\"\n", "no UTF-8 text", 1, 0},
	};
	struct launcher_document d;
	struct base_arena a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		base_arena_init(&a, 1 << 20);
		assert_err(ERR_INPUT, launcher_document_read(&a, cases[i].text, strlen(cases[i].text), &d));
		if (d.problem == NULL || strstr(d.problem, cases[i].problem) == NULL || d.line != cases[i].line ||
		    (cases[i].column != 0 && d.column != cases[i].column))
			fail_msg("%s: %s at %d:%d", cases[i].text, d.problem, d.line, d.column);
		base_arena_free(&a);
	}
}

static void
too_much_is_refused(void **state)
{
	struct launcher_document d;
	struct base_arena a;
	char deep[400], *many;
	size_t n = 0;
	int i;

	(void)state;
	base_arena_init(&a, 4 << 20);
	memset(deep, '[', sizeof deep);
	memcpy(deep, "a: ", 3);
	assert_err(ERR_INPUT, launcher_document_read(&a, deep, sizeof deep, &d));
	assert_string_equal(d.problem, "it is nested too deeply");
	many = malloc(65536);
	assert_non_null(many);
	for (i = 0; i <= LAUNCHER_DOCUMENT_MOST; i++)
		n += (size_t)snprintf(many + n, 65536 - n, "k%d: 1\n", i);
	assert_err(ERR_INPUT, launcher_document_read(&a, many, n, &d));
	assert_int_equal(d.n, LAUNCHER_DOCUMENT_MOST);
	free(many);
	base_arena_free(&a);
	base_arena_init(&a, 1024);
	assert_err(ERR_NOMEM, launcher_document_read(&a, "a: 1\n", 5, &d));
	base_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_it_says),
	    cmocka_unit_test(what_is_wrong),
	    cmocka_unit_test(too_much_is_refused),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "web/route.h"

static void
patterns_match_whole_paths_without_case(void **state)
{
	static const struct { const char *pattern, *path; int match; const char *p0, *p1;
	} v[] = {{"/api/health", "/api/health", 1, NULL, NULL},
		 {"/api/health", "/API/Health", 1, NULL, NULL},
		 {"/api/health", "/api/healthy", 0, NULL, NULL},
		 {"/api/health", "/api", 0, NULL, NULL},
		 {"/api/health", "/api/health/x", 0, NULL, NULL},
		 {"/api/room/check/:name", "/api/room/check/a-b", 1, "a-b", NULL},
		 {"/api/room/check/:name", "/api/room/check", 0, NULL, NULL},
		 {"/api/room/check/:name", "/api/room/check/a/b", 0, NULL, NULL},
		 {"/api/room/:id/kick/:who", "/api/room/1/kick/u-2", 1, "1", "u-2"},
		 {"/api/room/:id", "/api/room//", 0, NULL, NULL},
		 {"/api/*", "/api/x/y", 1, NULL, NULL},
		 {"/api/*", "/api", 1, NULL, NULL},
		 {"/api/*", "/apix", 0, NULL, NULL},
		 {"/*", "/", 1, NULL, NULL},
		 {"/:x", "/", 0, NULL, NULL}};
	struct base_arena a;
	struct web_request r = {.arena = &a};
	int oom;

	(void)state;
	base_arena_init(&a, 100000);
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		r.path = v[i].path;
		if (web_route_match(v[i].pattern, &r, &oom) != v[i].match)
			fail_msg("%s against %s", v[i].path, v[i].pattern);
		if (v[i].p0 != NULL)
			assert_string_equal(r.params[0], v[i].p0);
		if (v[i].p1 != NULL)
			assert_string_equal(r.params[1], v[i].p1);
	}
	base_arena_free(&a);
	base_arena_init(&a, 0);
	r.path = "/x";
	assert_false(web_route_match("/:y", &r, &oom));
	assert_true(oom);
	base_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(patterns_match_whole_paths_without_case)};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A config.yaml in a folder of its own, which is the working directory, so that complaints begin with
 * "config.yaml:LINE:". The environment has none of our variables when a test begins.
 */
#ifndef TESTS_UNIT_CONF_FIXTURE_H
#define TESTS_UNIT_CONF_FIXTURE_H
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf_impl.h"
#include "tests/unit/unit.h"

/* The least that loads; 7 lines. Tests append to it. */
#define GOOD \
	"database:\n" \
	"  path: bedrud.db\n" \
	"livekit: {apiKey: key, apiSecret: 0123456789abcdef0123456789abcdef}\n" \
	"auth:\n" \
	"  jwtSecret: 0123456789abcdef0123456789abcdef\n" \
	"  sessionSecret: 0123456789abcdef0123456789abcdef\n" \
	"# end\n"

static char fixture_folder[64];
static struct base_buf fixture_problems;

static inline void
fixture_clear_environment(void)
{
	for (int id = 0; id < CONF__MAX; id++) {
		char names[128], *rest = names, *name;

		snprintf(names, sizeof names, "%s", conf_key((enum conf_id)id)->env);
		while ((name = strsep(&rest, ",")) != NULL)
			if (*name != '\0')
				unsetenv(name);
	}
	unsetenv("LIVEKIT_MANAGED");
	unsetenv("BEDRUD_CONFIG");
	unsetenv("CONFIG_PATH");
}

static inline int
fixture_setup(void **state)
{
	(void)state;
	snprintf(fixture_folder, sizeof fixture_folder, "/tmp/bedrud-conf-XXXXXX");
	if (mkdtemp(fixture_folder) == NULL || chdir(fixture_folder) != 0)
		return -1;
	fixture_clear_environment();
	base_buf_init(&fixture_problems, 65536);
	return 0;
}

static inline int
fixture_teardown(void **state)
{
	(void)state;
	unlink("config.yaml");
	base_buf_free(&fixture_problems);
	return chdir("/") != 0 || rmdir(fixture_folder) != 0 ? -1 : 0;
}

static inline void
fixture_write(const char *text, size_t n)
{
	FILE *f = fopen("config.yaml", "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod("config.yaml", 0600), 0);
}

/* Loads the text; fixture_problems has the complaints of this load only. */
static inline enum err
fixture_load_flags(const char *text, unsigned flags, struct conf **out)
{
	fixture_write(text, strlen(text));
	base_buf_clear(&fixture_problems);
	return conf_load("config.yaml", flags, &fixture_problems, out);
}

static inline const char *
fixture_said(void)
{
	return fixture_problems.n == 0 ? "" : fixture_problems.p;
}

/* Loads GOOD with more text, which must be right. */
static inline struct conf *
fixture_good(const char *more)
{
	char text[4096];
	struct conf *c = NULL;
	enum err e;

	snprintf(text, sizeof text, "%s%s", GOOD, more);
	e = fixture_load_flags(text, CONF_QUIET, &c);
	if (e != ERR_OK)
		fprintf(stderr, "%s", fixture_said());
	assert_ok(e);
	return c;
}

#define FIXTURE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

#endif

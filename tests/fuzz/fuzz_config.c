/* SPDX-License-Identifier: Apache-2.0 */
/* config.yaml. The first line, when it starts with "#env ", is NAME=value pairs for the environment. */
#include "tests/fuzz/fuzz.h"

#include <unistd.h>

#include "base/limits.h"
#include "conf/conf.h"

static char path[] = "/tmp/bedrud-fuzz-XXXXXX";

static void
end(void)
{
	unlink(path);
}

static void
write_file(const uint8_t *p, size_t n)
{
	static int made;
	FILE *f;

	if (made++ == 0) {
		int fd = mkstemp(path);

		FUZZ_MUST(fd >= 0 && close(fd) == 0 && atexit(end) == 0);
	}
	f = fopen(path, "wb");
	FUZZ_MUST(f != NULL && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

/* What --check and --print say of any accepted file must be there, and within the key's range. */
static void
check_values(const struct conf *c)
{
	for (int id = 0; id < CONF__MAX; id++) {
		const struct conf_key *k = conf_key((enum conf_id)id);

		FUZZ_MUST(conf_str(c, (enum conf_id)id) != NULL && conf_origin(c, (enum conf_id)id) != NULL);
		if (k->type == CONF_INT)
			FUZZ_MUST(conf_int(c, (enum conf_id)id) >= k->min && conf_int(c, (enum conf_id)id) <= k->max);
		if (k->type == CONF_BOOL)
			FUZZ_MUST(conf_bool(c, (enum conf_id)id) == 0 || conf_bool(c, (enum conf_id)id) == 1);
		for (size_t i = 0;
		     (k->type == CONF_LIST || k->type == CONF_MAP) && conf_list(c, (enum conf_id)id, i) != NULL; i++)
			FUZZ_MUST(i < LIMIT_CONFIG);
	}
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	const char *names[CONF__MAX * 2];
	struct base_buf problems;
	struct conf *c = NULL;
	size_t set = 0;
	char *copy = malloc(n + 1), *line = NULL;
	char api[512];
	enum err e;

	FUZZ_MUST(copy != NULL);
	memcpy(copy, p, n);
	copy[n] = '\0';
	if (strncmp(copy, "#env ", 5) == 0) {
		line = strndup(copy + 5, strcspn(copy + 5, "\n"));
		for (char *save, *w = strtok_r(line, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
			char *eq = strchr(w, '=');

			if (eq == NULL || eq == w || set >= sizeof names / sizeof *names)
				continue;
			*eq = '\0';
			setenv(w, eq + 1, 1);
			names[set++] = w;
		}
	}
	write_file(p, n);
	base_buf_init(&problems, LIMIT_CONFIG);
	e = conf_load(path, CONF_QUIET, &problems, &c);
	FUZZ_MUST(e == ERR_OK || e == ERR_CONFIG);
	FUZZ_MUST(e == ERR_OK || problems.n > 0); /* refused is said why */
	if (e == ERR_OK) {
		check_values(c);
		(void)conf_livekit_embedded(c);
		e = conf_livekit_api(c, api, sizeof api);
		FUZZ_MUST(e != ERR_OK || memchr(api, '\0', sizeof api) != NULL);
	}
	conf_free(c);
	base_buf_free(&problems);
	for (size_t i = 0; i < set; i++)
		unsetenv(names[i]);
	free(line);
	free(copy);
	return 0;
}

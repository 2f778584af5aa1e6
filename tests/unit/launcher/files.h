/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of its own with a config.yaml, for tests that need one. */
#ifndef TESTS_LAUNCHER_FILES_H
#define TESTS_LAUNCHER_FILES_H
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"

struct files {
	char folder[64], config[96];
	struct conf *conf;
};

/* `livekit` are further lines below "livekit:", `rest` further blocks; -1 when the configuration is refused. */
static inline int
files_open(struct files *f, const char *livekit, const char *rest)
{
	struct base_buf problems;
	enum err e;
	FILE *out;

	memset(f, 0, sizeof *f);
	(void)snprintf(f->folder, sizeof f->folder, "/tmp/launcher-test-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->config, sizeof f->config, "%s/config.yaml", f->folder);
	out = fopen(f->config, "w");
	assert_non_null(out);
	assert_int_equal(chmod(f->config, 0600), 0);
	(void)fprintf(out, "database:\n  type: sqlite\n  path: bedrud.db\n"
	    "auth:\n  jwtSecret: 0123456789012345678901234567890123456789\n"
	    "  sessionSecret: 0123456789012345678901234567890123456789\n"
	    "livekit:\n  apiKey: devkey\n  apiSecret: secretsecretsecretsecretsecretsecret\n%s%s", livekit, rest);
	(void)fclose(out);
	base_buf_init(&problems, 4096);
	e = conf_load(f->config, CONF_QUIET, &problems, &f->conf);
	if (e != ERR_OK)
		print_message("%s\n", problems.p == NULL ? base_err_name(e) : problems.p);
	base_buf_free(&problems);
	return e == ERR_OK ? 0 : -1;
}

static inline void
files_close(struct files *f)
{
	char path[128];

	conf_free(f->conf);
	(void)unlink(f->config);
	(void)snprintf(path, sizeof path, "%s/livekit-launcher.file", f->folder);
	(void)unlink(path);
	assert_int_equal(rmdir(f->folder), 0);
}

#endif

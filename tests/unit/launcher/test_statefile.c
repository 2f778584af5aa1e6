/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/launcher/files.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "base/log.h"
#include "livekit-launcher/statefile.h"

static void
names(void **unused)
{
	static const char *const ours[] = {"/tmp/bedrud-livekit-aB3xYz.yaml", "/run/bedrud/bedrud-livekit-aB3xYz.yaml"};
	static const char *const others[] = {
	    "",
	    "/tmp/",
	    "/tmp/bedrud-livekit-.yaml",
	    "/tmp/bedrud-livekit-aB3xY.yaml",
	    "/tmp/bedrud-livekit-aB3xYz1.yaml",
	    "/tmp/bedrud-livekit-aB3xYz.yam",
	    "/tmp/bedrud-livekit-aB3xYz.yaml2",
	    "/tmp/x/bedrud-livekit-aB3xYz.yaml",
	    "/tmp/../etc/bedrud-livekit-aB3xYz.yaml",
	    "/tmp/bedrud-livekit-../../.yaml",
	    "/tmp/bedrud-livekit-a/b/cz.yaml",
	    "/tmp/bedrud-livekit-a..../.yaml",
	    "/etc/passwd",
	    "tmp/bedrud-livekit-aB3xYz.yaml",
	    "/tmp//bedrud-livekit-aB3xYz.yaml",
	    "/run/bedrud/../bedrud-livekit-aB3xYz.yaml",
	    "/var/tmp/bedrud-livekit-aB3xYz.yaml",
	    "/tmp/bedrud-livekit-aB3 Yz.yaml",
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof ours / sizeof ours[0]; i++)
		assert_true(launcher_statefile_is_ours(ours[i], "/run/bedrud"));
	assert_false(launcher_statefile_is_ours(ours[1], NULL));
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (launcher_statefile_is_ours(others[i], "/run/bedrud"))
			fail_msg("%s counts as ours", others[i]);
}

static void
note(const struct files *f, const char *text)
{
	char path[128];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/" LAUNCHER_STATEFILE_NAME, f->folder);
	out = fopen(path, "w");
	assert_non_null(out);
	(void)fputs(text, out);
	(void)fclose(out);
}

static void
text(struct base_buf *b)
{
	base_buf_init(b, 100);
	base_buf_str(b, "port: 1\n");
}

static void
a_life(void **unused)
{
	struct launcher_statefile s, second;
	struct base_buf b, back;
	struct files f;
	struct stat st;
	char old[PATH_MAX], why[256];

	(void)unused;
	text(&b);
	assert_int_equal(files_open(&f, "", ""), 0);
	assert_ok(launcher_statefile_open(f.conf, &s));
	assert_ok(launcher_statefile_write(&s, &b, why, sizeof why));
	assert_true(launcher_statefile_is_ours(s.yaml, NULL));
	assert_int_equal(stat(s.yaml, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	base_buf_init(&back, 1000);
	assert_ok(base_buf_read_file(&back, s.yaml));
	assert_string_equal(back.p, b.p);
	base_buf_clear(&back);
	assert_ok(base_buf_read_file(&back, s.path));
	assert_int_equal(strncmp(back.p, s.yaml, strlen(s.yaml)), 0);
	base_buf_free(&back);

	assert_err(ERR_BUSY, launcher_statefile_open(f.conf, &second));
	launcher_statefile_close(&second);
	assert_int_equal(stat(s.yaml, &st), 0);

	memcpy(old, s.yaml, sizeof old);
	/* another start: a new file, the old one is gone */
	assert_ok(launcher_statefile_write(&s, &b, why, sizeof why));
	assert_string_not_equal(old, s.yaml);
	assert_int_equal(access(old, F_OK), -1);
	memcpy(old, s.yaml, sizeof old);
	launcher_statefile_close(&s);
	launcher_statefile_close(&s);
	assert_int_equal(access(old, F_OK), -1);
	files_close(&f);
	base_buf_free(&b);
}

/* What a killed launcher left: its file goes. */
static void
a_stale_file_goes(void **unused)
{
	char stale[] = "/tmp/bedrud-livekit-XXXXXX.yaml";
	struct launcher_statefile s;
	struct files f;
	int fd = mkstemps(stale, 5);

	(void)unused;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(files_open(&f, "", ""), 0);
	note(&f, stale);
	assert_ok(launcher_statefile_open(f.conf, &s));
	assert_int_equal(access(stale, F_OK), -1);
	launcher_statefile_close(&s);
	files_close(&f);
}

/* Whatever else is noted there stays: another name, a link, a folder. */
static void
nothing_else_goes(void **unused)
{
	char link[] = "/tmp/bedrud-livekit-XXXXXX.yaml", precious[128];
	struct launcher_statefile s;
	struct files f;
	int fd;

	(void)unused;
	assert_int_equal(files_open(&f, "", ""), 0);
	(void)snprintf(precious, sizeof precious, "%s/precious.yaml", f.folder);
	fd = open(precious, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	note(&f, precious);
	assert_ok(launcher_statefile_open(f.conf, &s));
	launcher_statefile_close(&s);
	assert_int_equal(access(precious, F_OK), 0);

	fd = mkstemps(link, 5);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(precious, link), 0);
	note(&f, link);
	assert_ok(launcher_statefile_open(f.conf, &s));
	launcher_statefile_close(&s);
	assert_int_equal(access(precious, F_OK), 0);
	assert_int_equal(access(link, F_OK), 0);
	assert_int_equal(unlink(link), 0);

	assert_int_equal(mkdir(link, 0700), 0);
	note(&f, link);
	assert_ok(launcher_statefile_open(f.conf, &s));
	launcher_statefile_close(&s);
	assert_int_equal(rmdir(link), 0);
	assert_int_equal(unlink(precious), 0);
	files_close(&f);
}

static void
in_the_runtime_folder(void **unused)
{
	struct launcher_statefile s;
	struct base_buf b;
	struct files f;
	char why[256];

	(void)unused;
	text(&b);
	assert_int_equal(files_open(&f, "", ""), 0);
	assert_int_equal(setenv("RUNTIME_DIRECTORY", f.folder, 1), 0);
	assert_ok(launcher_statefile_open(f.conf, &s));
	assert_ok(launcher_statefile_write(&s, &b, why, sizeof why));
	assert_int_equal(strncmp(s.yaml, f.folder, strlen(f.folder)), 0);
	assert_true(launcher_statefile_is_ours(s.yaml, f.folder));
	assert_int_equal(setenv("RUNTIME_DIRECTORY", "/nonexistent", 1), 0);
	assert_err(ERR_CONFIG, launcher_statefile_write(&s, &b, why, sizeof why));
	assert_non_null(strstr(why, "unable to write /nonexistent: No such file or directory; RUNTIME_DIRECTORY must"));
	launcher_statefile_close(&s);
	assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
	files_close(&f);
	base_buf_free(&b);
}

static void
no_such_folder(void **unused)
{
	struct launcher_statefile s;
	struct files f;

	(void)unused;
	assert_int_equal(files_open(&f, "  stateDir: missing\n", ""), 0);
	assert_err(ERR_CONFIG, launcher_statefile_open(f.conf, &s));
	launcher_statefile_close(&s);
	files_close(&f);
}

static void
keep(void *text, enum base_log_level level, const char *said)
{
	(void)level;
	(void)snprintf(text, 1024, "%s", said);
}

static int
open_as_nobody(const struct conf *c)
{
	struct launcher_statefile s;
	char said[1024] = "";

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 1;
	base_log_threshold(LOG_LEVEL_INFO);
	base_log_divert(keep, said);
	if (launcher_statefile_open(c, &s) != ERR_CONFIG)
		return 2;
	return strstr(said, "it belongs to user 0") != NULL && strstr(said, "remove it") != NULL ? 0 : 3;
}

/* Started once as root, then as somebody else who owns the folder. */
static void
a_file_of_somebody_else(void **unused)
{
	struct files f;
	int status;
	pid_t pid;

	(void)unused;
	if (geteuid() != 0)
		skip();
	assert_int_equal(files_open(&f, "", ""), 0);
	note(&f, "");
	assert_int_equal(chown(f.folder, 65534, 65534), 0);
	pid = fork();
	if (pid == 0)
		_exit(open_as_nobody(f.conf));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	files_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	    cmocka_unit_test(a_life),
	    cmocka_unit_test(a_stale_file_goes),
	    cmocka_unit_test(nothing_else_goes),
	    cmocka_unit_test(in_the_runtime_folder),
	    cmocka_unit_test(no_such_folder),
	    cmocka_unit_test(a_file_of_somebody_else),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

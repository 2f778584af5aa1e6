/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

#define FILE_MOST (6 * sizeof(struct livekit_status) + 1024) /* a control byte becomes \u0001 */

/* The head of the file, which livekit_status_is_draining() reads instead of parsing JSON. */
#define MOMENTS_S 2
#define DRAINING "{\"state\":\"" LIVEKIT_STATE_DRAINING "\",\"drainUntil\":"

static void
put(const struct livekit_status *s, struct base_buf *b)
{
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "state", s->state);
	base_json_put_int(b, "drainUntil", s->drain_until_s);
	base_json_put_int(b, "since", s->since_s);
	base_json_put_int(b, "pid", s->pid);
	base_json_put_int(b, "livekitPid", s->livekit_pid);
	base_json_put_int(b, "restarts", s->restarts);
	base_json_put_str(b, "version", s->version);
	base_json_put_str(b, "binary", s->binary);
	base_json_put_str(b, "fault", s->fault);
	base_json_put_str(b, "nodeIP", s->node_ip);
	base_json_put_str(b, "nodeRule", s->node_rule);
	base_json_put_str(b, "note", s->note);
	base_json_close(b, '}');
	base_buf_str(b, "\n");
}

enum err
livekit_status_write(const char *path, const struct livekit_status *s)
{
	struct base_buf b;
	char beside[PATH_MAX];
	int wrote = snprintf(beside, sizeof beside, "%s.new", path), fd = -1, saved;
	enum err e;

	base_buf_init(&b, FILE_MOST);
	put(s, &b);
	e = b.err;
	if (e == ERR_OK && (wrote < 0 || (size_t)wrote >= sizeof beside)) {
		errno = ENAMETOOLONG;
		e = ERR_IO;
	}
	if (e == ERR_OK) {
		(void)unlink(beside); /* left behind, maybe by another user */
		fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 || fchmod(fd, 0644) != 0 || write(fd, b.p, b.n) != (ssize_t)b.n || rename(beside, path) != 0)
			e = ERR_IO;
	}
	saved = errno;
	if (fd >= 0 && e != ERR_OK)
		(void)unlink(beside);
	if (fd >= 0)
		(void)close(fd);
	base_buf_free(&b);
	errno = saved;
	return e;
}

static enum err
take_text(json_object *o, const char *name, char *out, size_t n)
{
	const char *text = "";
	enum err e = base_json_str(o, name, &text);

	(void)snprintf(out, n, "%s", text);
	return e;
}

static enum err
take(json_object *o, struct livekit_status *s)
{
	const struct {
		const char *name;
		int64_t *to;
	} numbers[] = {
	    {"drainUntil", &s->drain_until_s},
	    {"since", &s->since_s},
	    {"pid", &s->pid},
	    {"livekitPid", &s->livekit_pid},
	    {"restarts", &s->restarts},
	};
	const struct {
		const char *name;
		char *to;
		size_t n;
	} texts[] = {
	    {"state", s->state, sizeof s->state},
	    {"version", s->version, sizeof s->version},
	    {"binary", s->binary, sizeof s->binary},
	    {"fault", s->fault, sizeof s->fault},
	    {"nodeIP", s->node_ip, sizeof s->node_ip},
	    {"nodeRule", s->node_rule, sizeof s->node_rule},
	    {"note", s->note, sizeof s->note},
	};
	enum err e = ERR_OK;
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof numbers[0] && e == ERR_OK; i++)
		e = base_json_int(o, numbers[i].name, numbers[i].to);
	for (i = 0; i < sizeof texts / sizeof texts[0] && e == ERR_OK; i++)
		e = take_text(o, texts[i].name, texts[i].to, texts[i].n);
	return e == ERR_OK && s->state[0] == '\0' ? ERR_INPUT : e;
}

enum err
livekit_status_read(const char *path, struct livekit_status *s)
{
	struct base_arena a;
	struct base_buf b;
	json_object *o;
	enum err e;

	memset(s, 0, sizeof *s);
	base_buf_init(&b, FILE_MOST);
	base_arena_init(&a, 8 * FILE_MOST);
	e = base_buf_read_file(&b, path);
	if (e == ERR_OK)
		e = base_json_object(&a, b.p == NULL ? "" : b.p, b.n, &o);
	if (e == ERR_OK)
		e = take(o, s);
	base_arena_free(&a);
	base_buf_free(&b);
	return e == ERR_TOO_BIG ? ERR_INPUT : e;
}

/* drainUntil of a file that says draining, else 0. */
static int64_t
read_drain_until(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char head[sizeof DRAINING + 24];
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, head, sizeof head - 1);
	(void)close(fd);
	if (n < (ssize_t)sizeof DRAINING)
		return 0;
	head[n] = '\0';
	return strncmp(head, DRAINING, sizeof DRAINING - 1) == 0 ? strtoll(head + sizeof DRAINING - 1, NULL, 10) : 0;
}

/*
 * The file is replaced at each change, so as long as it is the same one it says the same. One that has come within the
 * last moments isn't trusted: its inode may be used again before the clock of the file system has moved.
 */
int
livekit_status_is_draining(const char *path, int64_t now_s)
{
	static _Thread_local struct stat seen;
	static _Thread_local int64_t until;
	struct stat st;

	if (stat(path, &st) != 0)
		return 0;
	if (seen.st_ino != st.st_ino || seen.st_dev != st.st_dev || seen.st_size != st.st_size ||
	    memcmp(&seen.st_ctim, &st.st_ctim, sizeof st.st_ctim) != 0) {
		until = read_drain_until(path);
		seen = st;
		if (base_clock_seconds() - st.st_ctim.tv_sec < MOMENTS_S)
			seen.st_ino = 0;
	}
	return until > now_s;
}

/*
 * Whether the process is a livekit-launcher, which everybody may see unless /proc hides the processes of others
 * (hidepid=, ProtectProc=); the kernel cuts names at 15 bytes.
 */
static int
is_launcher(int64_t pid)
{
	char path[64], name[32] = "";
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%lld/comm", (long long)pid);
	f = pid > 0 ? fopen(path, "re") : NULL;
	if (f == NULL)
		return pid > 0 && errno == ENOENT && access("/proc/1", F_OK) == 0 ? 0 : -1;
	if (fgets(name, sizeof name, f) == NULL)
		name[0] = '\0';
	(void)fclose(f);
	return strcmp(name, "livekit-launche\n") == 0;
}

int
livekit_status_is_alive(const char *lock, int64_t pid)
{
	int fd = open(lock, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), held;

	if (fd < 0)
		return errno == ENOENT ? 0 : is_launcher(pid);
	held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	(void)close(fd); /* gives the lock back at once: a launcher that starts just now waits that long */
	return held;
}

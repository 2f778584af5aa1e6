/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The egress worker's own configuration, out of ours. It is written as JSON, which is YAML as well: the worker
 * (github.com/livekit/egress, README "Config") reads it like any other. Where a recording goes says each job.
 */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/recording.h"

#define HALF_AN_HOUR (INT64_C(30) * 60 * 1000000000)
#define HOUR (2 * HALF_AN_HOUR)

static void
put_redis(struct base_buf *b, const struct conf *c)
{
	base_json_open(b, "redis", '{');
	base_json_put_str(b, "address", conf_str(c, CONF_livekit_redis_address));
	if (*conf_str(c, CONF_livekit_redis_username) != '\0')
		base_json_put_str(b, "username", conf_str(c, CONF_livekit_redis_username));
	if (*conf_str(c, CONF_livekit_redis_password) != '\0')
		base_json_put_str(b, "password", conf_str(c, CONF_livekit_redis_password));
	base_json_put_int(b, "db", conf_int(c, CONF_livekit_redis_db));
	if (conf_bool(c, CONF_livekit_redis_useTLS))
		base_json_put_bool(b, "use_tls", 1);
	base_json_close(b, '}');
}

/*
 * The worker reckons with four processors for a recording of a room and keeps a fifth of all free, so that a machine
 * with fewer than six never takes a job (measured: on two). A recording of 720p took half a processor.
 */
static void
put_cost(struct base_buf *b, long processors)
{
	char half[32];

	if (processors >= 6)
		return;
	(void)snprintf(half, sizeof half, "%ld.%d", processors / 2, processors % 2 ? 5 : 0);
	base_json_open(b, "cpu_cost", '{');
	base_json_put_raw(b, "room_composite_cpu_cost", half);
	base_json_close(b, '}');
}

/* We end a recording at its greatest length; that the worker does, too, half an hour later, is for when we can't. */
static void
put_limit(struct base_buf *b, int64_t max_duration)
{
	char length[32];

	if (max_duration == 0)
		return;
	(void)snprintf(length, sizeof length, "%llds", (long long)((max_duration + HALF_AN_HOUR) / (HOUR / 3600)));
	base_json_open(b, "session_limits", '{');
	base_json_put_str(b, "file_output_max_duration", length);
	base_json_close(b, '}');
}

static enum err
write_text(const struct conf *c, struct base_buf *b)
{
	struct conf_recording r;
	char api[1024], ws[1032];
	int is_plain;
	enum err e = conf_livekit_api(c, api, sizeof api);

	if (e != ERR_OK)
		return base_log_err(e, "set livekit.internalHost: where LiveKit is reached isn't known");
	if (*conf_str(c, CONF_livekit_redis_address) == '\0')
		return base_log_err(ERR_CONFIG, "livekit.redis.address is empty: set it to the Redis that LiveKit "
		    "uses, for nothing can be recorded without");
	is_plain = strncmp(api, "http://", 7) == 0;
	(void)snprintf(ws, sizeof ws, "ws%s", api + 4);
	conf_recording(c, &r);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "api_key", conf_str(c, CONF_livekit_apiKey));
	base_json_put_str(b, "api_secret", conf_str(c, CONF_livekit_apiSecret));
	base_json_put_str(b, "ws_url", ws);
	if (is_plain)
		base_json_put_bool(b, "insecure", 1);
	put_redis(b, c);
	put_cost(b, sysconf(_SC_NPROCESSORS_ONLN));
	put_limit(b, r.max_duration);
	base_json_open(b, "logging", '{');
	base_json_put_str(b, "level", "info");
	base_json_put_bool(b, "json", 1);
	base_json_close(b, '}');
	base_json_close(b, '}');
	base_buf_str(b, "\n");
	return b->err;
}

/* Whole or not at all, and never for others' eyes. */
static enum err
write_file(const char *path, const struct base_buf *b)
{
	char beside[4096];
	int n = snprintf(beside, sizeof beside, "%s.XXXXXX", path), fd, is_written;

	if (n < 0 || (size_t)n >= sizeof beside || (fd = mkstemp(beside)) < 0)
		return base_log_err(ERR_IO, "unable to make a file beside %s: %s", path, strerror(errno));
	is_written = fchmod(fd, 0600) == 0 && write(fd, b->p, b->n) == (ssize_t)b->n && fsync(fd) == 0;
	if (close(fd) == 0 && is_written && rename(beside, path) == 0)
		return ERR_OK;
	(void)base_log_err(ERR_IO, "unable to write %s: %s", path, strerror(errno));
	(void)unlink(beside);
	return ERR_IO;
}

int
ctl_egress_config(const struct ctl *ctl)
{
	struct base_buf b, out;
	struct conf *c = NULL;
	int code = ctl->output == NULL ? ctl_code(ctl_refuse("egress config needs --output FILE: it holds secrets")) :
	    ctl_load(ctl, CONF_QUIET, &c);
	enum err e;

	if (code != CTL_DONE)
		return code;
	base_buf_init(&b, LIMIT_CONFIG);
	e = write_text(c, &b);
	if (e == ERR_OK)
		e = write_file(ctl->output, &b);
	if (b.p != NULL)
		base_mem_wipe(b.p, b.n);
	base_buf_free(&b);
	conf_free(c);
	if (e != ERR_OK)
		return ctl_code(e);
	base_buf_init(&out, LIMIT_CONFIG);
	if (ctl->json) {
		base_json_open(&out, NULL, '{');
		base_json_put_str(&out, "file", ctl->output);
		base_json_close(&out, '}');
	} else {
		base_buf_printf(&out, "%s: written, for the egress worker alone to read", ctl->output);
	}
	return ctl_print(&out);
}

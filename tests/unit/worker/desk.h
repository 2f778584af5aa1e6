/* SPDX-License-Identifier: Apache-2.0 */
/* One thread of a worker with a configuration and a database of its own; LiveKit and the webhooks are at base_url. */
#ifndef TESTS_WORKER_DESK_H
#define TESTS_WORKER_DESK_H
#include "tests/unit/store/scratch.h"

#include <sys/eventfd.h>

#include "base/http.h"
#include "base/limits.h"
#include "tests/unit/answer.h"
#include "worker/worker.h"

#define CONFIG "auth: {jwtSecret: " SECRET ", sessionSecret: " SECRET "}\n" \
	"livekit: {apiKey: devkey, apiSecret: " SECRET "}\n"
#define SECRET "secretsecretsecretsecretsecretsecret"

static struct worker_process process;
static struct worker w;
static struct conf *conf;

static inline int
begin_with(void **state, const char *more)
{
	struct base_buf problems;
	struct scratch *x;
	char path[120];
	FILE *f;

	if (scratch_new(state) != 0)
		return -1;
	x = *state;
	(void)snprintf(path, sizeof path, "%s/config.yaml", x->dir);
	f = fopen(path, "w");
	if (f == NULL || fprintf(f, CONFIG "database: {path: '%s'}\n%s", x->path, more) < 0 || fclose(f) != 0)
		return -1;
	base_buf_init(&problems, LIMIT_CONFIG);
	if (conf_load(path, CONF_QUIET, &problems, &conf) != ERR_OK)
		return -1;
	base_buf_free(&problems);
	memset(&process, 0, sizeof process);
	memset(&w, 0, sizeof w);
	process.conf = w.conf = conf;
	process.stop_fd = eventfd(0, EFD_NONBLOCK);
	(void)snprintf(process.holder, sizeof process.holder, "test");
	(void)snprintf(process.livekit_url, sizeof process.livekit_url, "%s", base_url);
	w.process = &process;
	w.store = x->s;
	base_arena_init(&w.arena, LIMIT_ARENA);
	return base_jwt_key_new(SECRET, strlen(SECRET), &process.livekit_key) != ERR_OK;
}

static inline int
end(void **state)
{
	livekit_api_free(w.livekit);
	base_http_free(w.http);
	base_arena_free(&w.arena);
	base_jwt_key_free(process.livekit_key);
	conf_free(conf);
	close(process.stop_fd);
	return scratch_end(state);
}

#endif

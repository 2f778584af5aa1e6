/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our tokens and our judgement of webhooks, for tests that hold them against LiveKit's own libraries. One JSON object
 * on standard input says all (key, secret, and what is named below); the answer is a line on standard output.
 *
 *	mint join	room identity name metadata admission sources data subscribe max empty departure ttl
 *	mint call	power (0 to 3), room
 *	mint event	authorization body: "ok EVENT", or exit 1 when the webhook is refused
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "livekit/event.h"
#include "livekit/token.h"

struct mint {
	struct base_arena arena;
	struct base_buf in, out;
	json_object *o;
	struct base_jwt_key *key;
};

static const char *
text(struct mint *m, const char *name)
{
	const char *s = NULL;

	return base_json_str(m->o, name, &s) == ERR_OK ? s : NULL;
}

static int64_t
number(struct mint *m, const char *name)
{
	int64_t n = 0;

	return base_json_int(m->o, name, &n) == ERR_OK ? n : 0;
}

static int
join(struct mint *m)
{
	struct livekit_join j = { .room = text(m, "room"), .identity = text(m, "identity"), .name = text(m, "name"),
		.metadata = text(m, "metadata"), .admission = text(m, "admission"),
		.grant = { (unsigned)number(m, "sources"), (int)number(m, "data"), (int)number(m, "subscribe"), 1 },
		.config = { (int)number(m, "max"), (int)number(m, "empty"), (int)number(m, "departure") },
		.now_s = base_clock_seconds(), .ttl_s = number(m, "ttl") };

	livekit_token_join(m->key, text(m, "key"), &j, &m->out);
	return m->out.err != ERR_OK;
}

static int
call(struct mint *m)
{
	livekit_token_call(m->key, text(m, "key"), (enum livekit_power)number(m, "power"), text(m, "room"),
	    base_clock_seconds(), &m->out);
	return m->out.err != ERR_OK;
}

static int
event(struct mint *m)
{
	const char *body = text(m, "body");
	struct livekit_event ev;

	if (body == NULL || livekit_event_verify(m->key, text(m, "key"), &m->arena, text(m, "authorization"), body,
	    strlen(body), base_clock_seconds()) != ERR_OK ||
	    livekit_event_parse(&m->arena, body, strlen(body), &ev) != ERR_OK)
		return 1;
	base_buf_printf(&m->out, "ok %s", ev.event);
	return 0;
}

static int
run(struct mint *m, const char *what)
{
	const char *secret;

	if (base_buf_read_file(&m->in, "/dev/stdin") != ERR_OK || m->in.n == 0 ||
	    base_json_object(&m->arena, m->in.p, m->in.n, &m->o) != ERR_OK || (secret = text(m, "secret")) == NULL ||
	    text(m, "key") == NULL || base_jwt_key_new(secret, strlen(secret), &m->key) != ERR_OK)
		return 65;
	return strcmp(what, "join") == 0 ? join(m) : strcmp(what, "call") == 0 ? call(m) :
	    strcmp(what, "event") == 0 ? event(m) : 64;
}

int
main(int argc, char **argv)
{
	struct mint m = { .o = NULL };
	int rc;

	if (argc != 2) {
		fputs("usage: mint join|call|event < arguments.json\n", stderr);
		return 64;
	}
	base_arena_init(&m.arena, LIMIT_ARENA);
	base_buf_init(&m.in, LIMIT_BODY_WEBHOOK);
	base_buf_init(&m.out, LIMIT_BODY_WEBHOOK);
	rc = run(&m, argv[1]);
	if (rc == 0)
		puts(m.out.p);
	base_jwt_key_free(m.key);
	base_buf_free(&m.in);
	base_buf_free(&m.out);
	base_arena_free(&m.arena);
	return rc;
}

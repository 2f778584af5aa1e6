/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LiveKit's events: the Authorization header on the first line, the raw body after it. Without one, the body is
 * read as if it were proven.
 */
#include "tests/fuzz/fuzz.h"

#include "base/limits.h"
#include "livekit/event.h"

#define KEY "APIfuzz"
#define SECRET "fuzz-secret-fuzz-secret-fuzz-sec"

static struct base_jwt_key *key;

static void
check(const struct livekit_event *ev)
{
	const char *const texts[] = { ev->id, ev->event, ev->room_sid, ev->room_name, ev->who.sid, ev->who.identity,
	    ev->who.admission, ev->who.name, ev->who.metadata };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		FUZZ_MUST(texts[i] != NULL && strlen(texts[i]) <= LIMIT_BODY_WEBHOOK);
	FUZZ_MUST((ev->who.is_person & ~1) == 0 && (ev->who.is_recorder & ~1) == 0);
	FUZZ_MUST(!(ev->who.is_person && ev->who.is_recorder));
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	const uint8_t *line = n > 0 ? memchr(p, '\n', n) : NULL;
	size_t head_n = line == NULL ? 0 : (size_t)(line - p);
	const char *authorization;
	struct livekit_event ev;
	struct base_arena a;
	enum err e;

	if (key == NULL)
		FUZZ_MUST(base_jwt_key_new(SECRET, strlen(SECRET), &key) == ERR_OK);
	base_arena_init(&a, 64 << 20);
	authorization = base_arena_dup(&a, (const char *)p, head_n);
	if (line != NULL) {
		p = line + 1;
		n -= head_n + 1;
	}
	/* Nobody here can sign: all are forged. */
	FUZZ_MUST(livekit_event_verify(key, KEY, &a, authorization, (const char *)p, n, 1800000000) == ERR_AUTH);
	e = livekit_event_parse(&a, (const char *)p, n, &ev);
	FUZZ_MUST(e == ERR_OK || e == ERR_INPUT);
	if (e == ERR_OK)
		check(&ev);
	base_arena_free(&a);
	return 0;
}

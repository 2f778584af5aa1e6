/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole responder, from CGI variables to the reply: path, query, cookies, origin, forwarded addresses, tokens,
 * JSON bodies, webhooks. Input: a request as tests/house/house.h writes it. One program for each responder.
 */
#include "config.h"
#include "tests/fuzz/fuzz.h"

#include "base/json.h"
#include "tests/house/house.h"

static void
check_headers(const struct base_buf *h)
{
	for (size_t i = 0; i < h->n; i++) {
		unsigned char c = (unsigned char)h->p[i];

		FUZZ_MUST(
		    c == '\r' ? i + 1 < h->n && h->p[i + 1] == '\n' : c != '\n' || (i > 0 && h->p[i - 1] == '\r'));
		FUZZ_MUST(c >= 0x20 || c == '\r' || c == '\n');
		FUZZ_MUST(c != '\n' || i + 1 == h->n || h->p[i + 1] != '\r'); /* an empty line ends the headers */
	}
	FUZZ_MUST(h->n == 0 || h->p[h->n - 1] == '\n');
}

/* Whatever was asked: a status that says what to do, and JSON. 500 would be a fault of ours. */
static void
check_reply(const struct web_reply *r)
{
	struct base_arena a;
	json_object *o;

	FUZZ_MUST(r->status >= 200 && r->status < 600 && r->status != 500);
	FUZZ_MUST(r->body.err == ERR_OK && r->headers.err == ERR_OK);
	check_headers(&r->headers);
	if (r->status == 204 || r->status == 302 || (r->body.n > 0 && r->body.p[0] == '['))
		return;
	base_arena_init(&a, 16 << 20);
	FUZZ_MUST(base_json_object(&a, r->body.p, r->body.n, &o) == ERR_OK);
	FUZZ_MUST(r->status < 400 || base_json_get(o, "error") != NULL);
	base_arena_free(&a);
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	struct web_reply reply;

#ifdef FUZZING
	static int served;

	if (served++ % 200 == 0) /* each afresh costs too much here; replayed, each means the same every time */
#endif
		house_reset();
	web_reply_init(&reply);
	house_request((const char *)p, n, &reply);
	if (getenv("HOUSE_SHOW") != NULL)
		printf("%.*s\n%d %.*s\n\n", (int)n, (const char *)p, reply.status, (int)reply.body.n,
		    reply.body.n > 0 ? reply.body.p : "");
	check_reply(&reply);
	web_reply_free(&reply);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "store/store_impl.h"
#include "store/webhook.h"

enum { MOST = 100 };	/* an operator has a handful */

enum err
store_webhook_wanting(struct store *s, struct base_arena *a, const char *event, const char ***out, size_t *n)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT id FROM webhooks WHERE is_active<>0 AND instr(events,'\"'||?1||"
	    "'\"')>0 ORDER BY id LIMIT 100", ARGS(ARG_TEXT(event)));

	*out = NULL;
	*n = 0;
	if (e == ERR_OK && (*out = base_arena_alloc(a, MOST * sizeof(**out))) == NULL) {
		store_finish(r.st);
		return ERR_NOMEM;
	}
	for (; e == ERR_OK; e = store_next(s, r.st)) {
		r.column = 0;
		(*out)[*n] = store_read_text(&r);
		if (r.err != ERR_OK) {
			store_finish(r.st);
			return r.err;
		}
		++*n;
	}
	return e == ERR_ABSENT ? ERR_OK : e;
}

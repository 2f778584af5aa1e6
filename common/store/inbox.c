/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "store/inbox.h"
#include "store/store_impl.h"

/* LiveKit tries again for seconds; a person may look weeks later. */
#define KEPT (30 * INT64_C(86400) * BASE_CLOCK_SECOND)

static enum err
add(struct store *s, const char *event_id, const char *event, const char *state, const char *detail, int64_t now,
    int *fresh)
{
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	*fresh = 0;
	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_DURABLE, "INSERT INTO webhook_inbox(event_id,event,received_at,state,detail) "
	    "VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING", ARGS(ARG_TEXT(event_id), ARG_TEXT(event), ARG_INT(now),
	    ARG_TEXT(state), ARG_TEXT(detail)));
	if (e == ERR_OK && store_changes(s) > 0) {
		*fresh = 1;
		e = store_write(s, STORE_DURABLE, "DELETE FROM webhook_inbox WHERE event_id IN (SELECT event_id FROM "
		    "webhook_inbox WHERE received_at<?1 ORDER BY received_at LIMIT 4)",
		    ARGS(ARG_INT(now - KEPT)));
	}
	return store_leave(s, own, e);
}

enum err
store_inbox_add(struct store *s, const char *event_id, const char *event, int64_t now, int *fresh)
{
	return add(s, event_id, event, "done", "", now, fresh);
}

enum err
store_inbox_bury(struct store *s, const char *event_id, const char *event, const char *detail, int64_t now, int *fresh)
{
	return add(s, event_id, event, "dead", detail, now, fresh);
}

enum err
store_inbox_last(struct store *s, char *event, size_t size, int64_t *received_at)
{
	struct base_arena a;
	struct store_reader r = { NULL, &a, 0, ERR_OK };
	const char *text;
	enum err e = store_select(s, &r.st, "SELECT event,received_at FROM webhook_inbox ORDER BY received_at DESC "
	    "LIMIT 1", NULL, 0);

	event[0] = '\0';
	*received_at = 0;
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	base_arena_init(&a, LIMIT_ARENA);
	text = store_read_text(&r);
	(void)snprintf(event, size, "%s", text != NULL ? text : "");
	*received_at = store_read_number(&r);
	store_finish(r.st);
	base_arena_free(&a);
	return r.err;
}

enum err
store_inbox_dead(struct store *s, int64_t since, int64_t *n, char *event, char *detail, size_t size)
{
	struct base_arena a;
	struct store_reader r = { NULL, &a, 0, ERR_OK };
	const char *texts[2];
	enum err e = store_select(s, &r.st, "SELECT event,detail,count(*) OVER () FROM webhook_inbox WHERE "
	    "received_at>=?1 AND state='dead' ORDER BY received_at DESC LIMIT 1", ARGS(ARG_INT(since)));

	*event = *detail = '\0';
	*n = 0;
	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_OK : e;
	base_arena_init(&a, LIMIT_ARENA);
	for (int i = 0; i < 2; i++)
		texts[i] = store_read_text(&r);
	*n = store_read_number(&r);
	(void)snprintf(event, size, "%s", texts[0] != NULL ? texts[0] : "");
	(void)snprintf(detail, size, "%s", texts[1] != NULL ? texts[1] : "");
	store_finish(r.st);
	base_arena_free(&a);
	return r.err;
}

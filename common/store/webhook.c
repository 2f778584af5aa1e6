/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_impl.h"
#include "store/webhook.h"

enum { MOST = 100 };	/* an operator has a handful */

enum err
store_webhook_wanting(struct store *s, struct base_arena *a, const char *event, const char ***out, size_t *n)
{
	return store_texts(s, a, "SELECT id FROM webhooks WHERE is_active<>0 AND instr(events,'\"'||?1||'\"')>0 "
	    "ORDER BY id LIMIT 100", ARGS(ARG_TEXT(event)), MOST, out, n);
}

enum err
store_webhook_get(struct store *s, struct base_arena *a, const char *id, struct store_webhook *out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT id,name,url,secret,is_active FROM webhooks WHERE id=?1",
	    ARGS(ARG_TEXT(id)));

	if (e != ERR_OK)
		return e;
	out->id = store_read_text(&r);
	out->name = store_read_text(&r);
	out->url = store_read_text(&r);
	out->secret = store_read_text(&r);
	out->is_active = store_read_bool(&r);
	store_finish(r.st);
	return r.err;
}

enum err
store_webhook_result(struct store *s, const struct store_webhook_result *r)
{
	int own;
	enum err e = store_enter(s, STORE_FAST, &own);

	if (e != ERR_OK)
		return e;
	e = store_write(s, STORE_FAST, "INSERT INTO webhook_results(webhook_id,delivery_id,event,at,http_status,"
	    "latency_ms,attempts,error) VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(webhook_id) DO UPDATE SET "
	    "delivery_id=?2,event=?3,at=?4,http_status=?5,latency_ms=?6,attempts=?7,error=?8",
	    ARGS(ARG_TEXT(r->webhook_id), ARG_TEXT(r->delivery_id), ARG_TEXT(r->event), ARG_INT(r->at),
	    ARG_INT(r->http_status), ARG_INT(r->latency_ms), ARG_INT(r->attempts), ARG_TEXT(r->error)));
	if (e == ERR_OK && r->http_status >= 200 && r->http_status < 300)
		e = store_write(s, STORE_FAST, "UPDATE webhooks SET last_seen=?2 WHERE id=?1",
		    ARGS(ARG_TEXT(r->webhook_id), ARG_TIME(r->at)));
	return store_leave(s, own, e);
}

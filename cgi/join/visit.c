/* SPDX-License-Identifier: Apache-2.0 */
#include "cgi/join/join.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "livekit/status.h"
#include "meeting/rights.h"
#include "meeting/room.h"
#include "store/seat.h"

enum err
join_visit_read(struct door *d, struct join_visit *v, json_object **body)
{
	const char *text = "";
	enum err e = web_request_json(d->req, 0, body);
	char *name;

	if (e == ERR_OK)
		e = base_json_str(*body, "roomName", &text);
	if (e == ERR_INPUT)
		return door_fail(d, e, "The request must be a JSON object with the text roomName.");
	if (e != ERR_OK)
		return e;
	name = base_arena_strdup(d->arena, text);
	if (name == NULL)
		return ERR_NOMEM;
	name = base_text_trim(name);
	base_text_lower(name);
	v->name = name;
	return ERR_OK;
}

/* What the rules need to know about an open room, and no more: each question costs a look-up on the hot path. */
static enum err
gather(struct door *d, struct join_visit *v, struct meeting_facts *f)
{
	const char *id = v->room.id, *who = *v->identity != '\0' ? v->identity : NULL;
	const struct store_standing *t = &v->standing;
	enum err e;

	if (who != NULL && (e = store_standing_get(d->store, id, who, &v->standing)) != ERR_OK)
		return e;
	f->is_banned = t->is_banned;
	f->is_member = !t->is_banned && (t->is_active || t->is_approved);
	if (v->room.max_participants > 0)
		return store_seat_count(d->store, id, who, &f->others);
	return ERR_OK;
}

/* Finds the room and decides, inside a transaction of the caller's. */
static enum err
look(struct door *d, struct join_visit *v)
{
	struct meeting_facts f = { .caller = v->identity, .guests_off = v->guests_off };
	enum err e = store_room_by_name(d->store, d->arena, v->name, &v->room);

	if (e != ERR_OK && e != ERR_ABSENT)
		return e;
	if (e == ERR_OK) {
		f.room = &v->room;
		if ((e = meeting_room_judge(d->store, d->arena, &v->room, d->now)) != ERR_OK ||
		    (v->room.is_active && (e = gather(d, v, &f)) != ERR_OK))
			return e;
	}
	v->verdict = v->judge(&f);
	return ERR_OK;
}

/* The rest of what an admitted visit needs, in the same transaction. */
static enum err
find(struct door *d, struct join_visit *v)
{
	enum err e;

	if ((e = store_seat_admission(d->store, v->room.id, v->identity, v->admission, NULL)) != ERR_OK)
		return e;
	if ((e = store_room_recording(d->store, d->arena, v->room.id, &v->recording)) != ERR_OK)
		return e;
	return v->guest != NULL ? join_guest_find(d, v->guest) : ERR_OK;
}

static enum err
refuse(struct door *d, const struct join_visit *v)
{
	const char *text;
	enum err kind = meeting_join_error(v->verdict, &text);

	return kind == ERR_OK ? ERR_OK : door_fail(d, kind, "%s", text);
}

/*
 * Something must be written. All is looked at again under the write lock, so that a ban or an end that came in
 * between is not answered with a fresh admission. Fast: a lost admission costs its holder one more request; but a
 * guest's session stands in the same transaction.
 */
static enum err
admit(struct door *d, struct join_visit *v)
{
	enum err e = store_begin(d->store, v->guest != NULL ? STORE_DURABLE : STORE_FAST);

	if (e != ERR_OK)
		return e;
	if ((e = look(d, v)) == ERR_OK && v->verdict == MEETING_ADMIT) {
		if ((e = find(d, v)) == ERR_OK && v->guest != NULL)
			e = join_guest_save(d, v->guest);
		if (e == ERR_OK)
			e = store_seat_admit(d->store, v->room.id, v->identity, "", d->now, v->admission);
		if (e == ERR_OK && (e = store_commit(d->store)) == ERR_OK)
			return ERR_OK;
	}
	store_rollback(d->store);
	return e != ERR_OK ? e : refuse(d, v);
}

static int
must_write(const struct join_visit *v)
{
	return v->admission[0] == '\0' || (v->guest != NULL && (v->guest->must_insert || v->guest->must_rename));
}

enum err
join_visit_peek(struct door *d, struct join_visit *v)
{
	enum err e = store_begin_read(d->store);

	if (e != ERR_OK)
		return e;
	e = look(d, v);
	store_rollback(d->store);
	return e != ERR_OK ? e : refuse(d, v);
}

enum err
join_visit_enter(struct door *d, struct join_visit *v)
{
	enum err e;

	if (d->process->livekit_key == NULL)
		return door_fail(d, ERR_CONFIG, "This server has no LiveKit to meet on: livekit.apiSecret is not set.");
	if (*d->process->livekit_status != '\0' &&
	    livekit_status_is_draining(d->process->livekit_status, d->now / BASE_CLOCK_SECOND))
		return door_fail(d, ERR_BUSY, "The server is about to restart; try again when it is back.");
	if ((e = store_begin_read(d->store)) != ERR_OK)
		return e;
	if ((e = look(d, v)) == ERR_OK && v->verdict == MEETING_ADMIT)
		e = find(d, v);
	store_rollback(d->store);
	if (e != ERR_OK || (e = refuse(d, v)) != ERR_OK)
		return e;
	return v->verdict == MEETING_ADMIT && must_write(v) ? admit(d, v) : ERR_OK;
}

enum err
join_visit_put_token(struct door *d, const struct join_visit *v, struct base_buf *b)
{
	enum meeting_role role = meeting_role_of(&v->room, v->identity, d->caller != NULL && d->caller->is_superadmin,
	    &v->standing);
	struct livekit_join j = { .room = v->room.name, .identity = v->identity, .name = v->display,
		.admission = v->admission, .grant = meeting_rights_grant(&v->room, role, &v->standing),
		.config = { v->room.max_participants, (int)conf_int(d->conf, CONF_livekit_emptyTimeout),
		    (int)conf_int(d->conf, CONF_livekit_departureTimeout) },
		.now_s = d->now / BASE_CLOCK_SECOND, .ttl_s = conf_int(d->conf, CONF_livekit_tokenTTL) };
	struct base_buf token, metadata;

	base_buf_init(&token, LIMIT_TOKEN);
	base_buf_init(&metadata, LIMIT_TOKEN);
	if (v->accesses != NULL) {
		/* For display only: no authority comes from it. */
		base_json_open(&metadata, NULL, '{');
		ident_session_put_accesses(&metadata, "accesses", v->accesses);
		base_json_close(&metadata, '}');
		j.metadata = metadata.p;
	}
	livekit_token_join(d->process->livekit_key, conf_str(d->conf, CONF_livekit_apiKey), &j, &token);
	if (token.err == ERR_OK)
		base_json_put_str(b, "token", token.p);
	base_buf_free(&metadata);
	base_buf_free(&token);
	return token.err == ERR_OK && metadata.err == ERR_OK ? b->err : ERR_NOMEM;
}

enum err
join_visit_put(struct door *d, const struct join_visit *v, struct base_buf *b)
{
	const char *host = door_livekit_host(d);

	if (host == NULL)
		return ERR_NOMEM;
	meeting_room_put_brief(b, &v->room);
	base_json_put_str(b, "livekitHost", host);
	base_json_put_str(b, "activeRecordingId", v->recording);
	return join_visit_put_token(d, v, b);
}

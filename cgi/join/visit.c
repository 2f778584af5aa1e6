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

	v->at.invitation = "";
	if (e == ERR_OK && (e = base_json_str(*body, "roomName", &text)) == ERR_OK)
		e = base_json_str(*body, "invitation", &v->at.invitation);
	if (e == ERR_INPUT)
		return door_fail(d, e, "The request must be a JSON object with the text roomName.");
	if (e != ERR_OK)
		return e;
	name = base_arena_strdup(d->arena, text);
	if (name == NULL)
		return ERR_NOMEM;
	name = base_text_trim(name);
	base_text_lower(name);
	v->at.name = name;
	return ERR_OK;
}

enum err
join_visit_caller(struct door *d, struct join_visit *v)
{
	const struct ident_caller *c = d->caller;
	char *address = base_arena_alloc(d->arena, IDENT_ADDRESS);

	if (address == NULL)
		return ERR_NOMEM;
	address[0] = '\0';
	if (c->is_guest)
		ident_address_hash(d->process->session_key, d->client_ip, address);
	v->at.identity = c->user.id;
	v->at.email = c->is_guest ? "" : c->user.email;
	v->at.address = address;
	v->at.is_superadmin = c->is_superadmin;
	v->display = c->user.name;
	v->accesses = c->user.accesses;
	return ERR_OK;
}

/* The rest of what an admitted visit needs, in the same transaction. */
static enum err
find(struct door *d, struct join_visit *v)
{
	enum err e = store_room_recording(d->store, d->arena, v->at.room.id, &v->recording);

	return e == ERR_OK && v->guest != NULL ? join_guest_find(d, v->guest) : e;
}

static enum err
look(struct door *d, struct join_visit *v)
{
	enum err e = meeting_entry_look(d->store, d->arena, &v->at, d->now);

	return e == ERR_OK && v->at.verdict == MEETING_ADMIT ? find(d, v) : e;
}

static enum err
refuse(struct door *d, const struct join_visit *v)
{
	const char *text;
	enum err kind = meeting_join_error(v->at.verdict, &text);

	if (v->at.verdict == MEETING_KICKED)
		return door_fail_for(d, kind, meeting_entry_wait_s(&v->at, d->now), text);
	return kind == ERR_OK ? ERR_OK : door_fail(d, kind, "%s", text);
}

/*
 * The admission remembers where it was given to, of accounts as well: who is banned or kicked by name must not come
 * back as a guest from there. Only guests are asked for it, so it is made here alone.
 */
static enum err
write_all(struct door *d, struct join_visit *v)
{
	char address[IDENT_ADDRESS];
	enum err e = v->guest != NULL ? join_guest_save(d, v->guest) : ERR_OK;

	ident_address_hash(d->process->session_key, d->client_ip, address);
	if (e == ERR_OK)
		e = meeting_entry_use_invitation(d->store, &v->at, d->now);
	if (e == ERR_OK)
		e = store_seat_admit(d->store, v->at.room.id, v->at.identity, address, d->now, v->at.admission);
	return e == ERR_OK ? store_commit(d->store) : e;
}

/*
 * Something must be written. All is looked at again under the write lock, so that a ban or an end that came in
 * between is not answered with a fresh admission. Fast: a lost admission costs its holder one more request; but a
 * guest's session stands in the same transaction, or an invitation that can't be used twice.
 */
static enum err
admit(struct door *d, struct join_visit *v)
{
	int durable = v->guest != NULL || *v->at.invitation_id != '\0';
	enum err e = store_begin(d->store, durable ? STORE_DURABLE : STORE_FAST);

	if (e != ERR_OK)
		return e;
	if ((e = look(d, v)) == ERR_OK && v->at.verdict == MEETING_ADMIT && (e = write_all(d, v)) == ERR_OK)
		return ERR_OK;
	store_rollback(d->store);
	return e != ERR_OK ? e : refuse(d, v);
}

static int
must_write(const struct join_visit *v)
{
	return v->at.admission[0] == '\0' || v->at.has_moved || *v->at.invitation_id != '\0' ||
	    (v->guest != NULL && (v->guest->must_insert || v->guest->must_rename));
}

enum err
join_visit_peek(struct door *d, struct join_visit *v)
{
	enum err e = store_begin_read(d->store);

	if (e != ERR_OK)
		return e;
	e = meeting_entry_look(d->store, d->arena, &v->at, d->now);
	store_rollback(d->store);
	return e != ERR_OK ? e : refuse(d, v);
}

/* LiveKit will be back within seconds of its last participant's leaving, which nobody knows beforehand. */
static enum err
refuse_while_draining(struct door *d)
{
	enum err e = web_reply_header(d->reply, "Retry-After", "10");

	return e != ERR_OK ? e :
	    door_fail(d, ERR_BUSY, "The server is about to restart; try again when it is back.");
}

enum err
join_visit_enter(struct door *d, struct join_visit *v)
{
	enum err e;

	if (d->process->livekit_key == NULL)
		return door_fail(d, ERR_CONFIG, "This server has no LiveKit to meet on: livekit.apiSecret is not set.");
	if (*d->process->livekit_status != '\0' &&
	    livekit_status_is_draining(d->process->livekit_status, d->now / BASE_CLOCK_SECOND))
		return refuse_while_draining(d);
	if ((e = store_begin_read(d->store)) != ERR_OK)
		return e;
	e = look(d, v);
	store_rollback(d->store);
	if (e != ERR_OK || (e = refuse(d, v)) != ERR_OK)
		return e;
	return v->at.verdict == MEETING_ADMIT && must_write(v) ? admit(d, v) : ERR_OK;
}

/*
 * For display only, no authority comes from it: what clients look for to show a moderator's controls, and that the
 * chat is shut. NULL when there is nothing to tell of a guest.
 */
static const char *
metadata(const struct join_visit *v, struct base_buf *b)
{
	const struct store_standing *t = &v->at.standing;
	const char *accesses = v->accesses != NULL ? v->accesses : "{}";

	if (v->accesses == NULL && !t->is_moderator && !t->is_chat_blocked)
		return NULL;
	base_json_open(b, NULL, '{');
	ident_session_put_accesses(b, "accesses", accesses, t->is_moderator ? "moderator" : NULL);
	if (t->is_chat_blocked)
		base_json_put_bool(b, "chatBlocked", 1);
	base_json_close(b, '}');
	return b->p;
}

enum err
join_visit_put_token(struct door *d, const struct join_visit *v, struct base_buf *b)
{
	const struct store_room *room = &v->at.room;
	struct livekit_join j = { .room = room->name, .identity = v->at.identity, .name = v->display,
		.admission = v->at.admission, .grant = meeting_rights_grant(room, v->at.role, &v->at.standing),
		.config = { meeting_join_livekit_limit(room->max_participants,
		    (int)conf_int(d->conf, CONF_server_maxParticipantsLimit)),
		    (int)conf_int(d->conf, CONF_livekit_emptyTimeout),
		    (int)conf_int(d->conf, CONF_livekit_departureTimeout) },
		.now_s = d->now / BASE_CLOCK_SECOND, .ttl_s = conf_int(d->conf, CONF_livekit_tokenTTL) };
	struct base_buf token, about;

	base_buf_init(&token, LIMIT_TOKEN);
	base_buf_init(&about, LIMIT_TOKEN);
	j.metadata = metadata(v, &about);
	livekit_token_join(d->process->livekit_key, conf_str(d->conf, CONF_livekit_apiKey), &j, &token);
	if (token.err == ERR_OK)
		base_json_put_str(b, "token", token.p);
	base_buf_free(&about);
	base_buf_free(&token);
	return token.err == ERR_OK && about.err == ERR_OK ? b->err : ERR_NOMEM;
}

enum err
join_visit_put(struct door *d, const struct join_visit *v, struct base_buf *b)
{
	const struct store_room *room = &v->at.room;
	const char *host = door_livekit_host(d);

	if (host == NULL)
		return ERR_NOMEM;
	meeting_room_put_brief(b, room);
	base_json_put_str(b, "livekitHost", host);
	base_json_put_str(b, "activeRecordingId", v->recording);
	base_json_put_str(b, "role", meeting_role_name(room, v->at.identity, v->at.role));
	return join_visit_put_token(d, v, b);
}

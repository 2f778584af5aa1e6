/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/room/knock: somebody whom a room doesn't let in waits at its door. The same request, made again every few
 * seconds, says that they are still there and hears what became of it.
 */
#include "cgi/room/room.h"

#include "base/text.h"
#include "meeting/entry.h"
#include "meeting/lobby.h"

struct knock {
	struct meeting_entry at;
	const char *display;
	char guest[IDENT_GUEST_ID], address[IDENT_ADDRESS];
	int is_new;			/* a guest whose cookie must be set */
	struct store_knock before;
	enum meeting_lobby_answer answer;
	int64_t again_at;		/* ns, when the answer is REFUSED */
};

static enum err
read_guest(struct door *d, struct knock *k, json_object *body)
{
	const struct store_setting *settings;
	enum err e;

	if ((e = door_guest_name(d, body, &k->display)) != ERR_OK || (e = door_settings(d, &settings)) != ERR_OK ||
	    (e = door_guest(d, k->guest, &k->is_new)) != ERR_OK)
		return e;
	k->at.guests_off = !settings->guest_login_enabled;
	k->at.identity = k->guest;
	return ERR_OK;
}

static enum err
read_body(struct door *d, struct knock *k)
{
	const char *name = "";
	json_object *body;
	enum err e = web_request_json(d->req, 0, &body);

	if (e == ERR_OK && (e = base_json_str(body, "roomName", &name)) == ERR_OK)
		e = base_json_str(body, "invitation", &k->at.invitation);
	if (e == ERR_OK)
		e = meeting_room_name(d->arena, name, &k->at.name);
	if (e == ERR_INPUT)
		return door_fail(d, e, "The request must be a JSON object with roomName. " MEETING_ROOM_NAME_RULE);
	if (e != ERR_OK)
		return e;
	if (d->caller == NULL || d->caller->is_guest)
		ident_address_hash(d->process->session_key, d->client_ip, k->address);
	if (d->caller == NULL)
		return read_guest(d, k, body);
	k->at.identity = d->caller->user.id;
	k->at.email = d->caller->is_guest ? "" : d->caller->user.email;
	k->at.is_superadmin = d->caller->is_superadmin;
	k->display = d->caller->user.name;
	return ERR_OK;
}

static int
is_outside(const struct knock *k)
{
	return k->at.verdict == MEETING_PRIVATE || k->at.verdict == MEETING_NEEDS_APPROVAL;
}

/* Inside a transaction of the caller's. */
static enum err
look(struct door *d, struct knock *k)
{
	int64_t decided_at;
	int refusals;
	enum err e = meeting_entry_look(d->store, d->arena, &k->at, d->now);

	if (e != ERR_OK || !is_outside(k))
		return e;
	if ((e = store_knock_get(d->store, d->arena, k->at.room.id, k->at.identity, &k->before)) != ERR_OK ||
	    (e = store_knock_refused_from(d->store, k->at.room.id, k->address, &refusals, &decided_at)) != ERR_OK)
		return e;
	meeting_lobby_share(&k->before, refusals, decided_at);
	k->answer = meeting_lobby_knock(&k->before, d->now, &k->again_at);
	return ERR_OK;
}

/* What is still so under the write lock: a moderator may have decided meanwhile. */
static enum err
write_answer(struct door *d, struct knock *k)
{
	const struct store_knock asks = { .user_id = k->at.identity, .name = k->display, .address = k->address,
		.refusals = k->before.refusals };
	enum err e;

	if (!is_outside(k))
		return meeting_entry_use_invitation(d->store, &k->at, d->now);
	if (k->answer == MEETING_LOBBY_SEEN)
		return store_knock_seen(d->store, k->at.room.id, k->at.identity, d->now);
	if (k->answer != MEETING_LOBBY_ASK)
		return ERR_OK;
	e = store_knock_ask(d->store, k->at.room.id, &asks, d->now - MEETING_LOBBY_GONE, d->now);
	if (e == ERR_LIMIT)
		return door_fail(d, e, "Too many people are waiting at this room. Try again in a moment.");
	return e;
}

static enum err
answer(struct door *d, const struct knock *k)
{
	struct base_buf *b = door_json(d);
	int is_refused = is_outside(k) && k->answer == MEETING_LOBBY_REFUSED;

	base_json_open(b, NULL, '{');
	base_json_put_str(b, "status", !is_outside(k) ? "admitted" : is_refused ? "refused" : "waiting");
	base_json_put_str(b, "roomId", k->at.room.id);
	if (is_refused && k->again_at != INT64_MAX)
		base_json_put_int(b, "retryAfter", (k->again_at - d->now) / BASE_CLOCK_SECOND + 1);
	base_json_close(b, '}');
	return b->err;
}

static enum err
refuse(struct door *d, const struct knock *k)
{
	const char *text;
	enum err kind = meeting_join_error(k->at.verdict, &text);

	if (k->at.verdict == MEETING_KICKED)
		return door_fail_for(d, kind, meeting_entry_wait_s(&k->at, d->now), text);
	return is_outside(k) || kind == ERR_OK ? ERR_OK : door_fail(d, kind, "%s", text);
}

/* Looks, and looks again under the write lock when there is something to write; *asked: they begin to wait. */
static enum err
decide(struct door *d, struct knock *k, int *asked)
{
	int begins;
	enum err e = store_begin_read(d->store);

	if (e == ERR_OK)
		e = look(d, k);
	store_rollback(d->store);
	if (e != ERR_OK || (e = refuse(d, k)) != ERR_OK)
		return e;
	begins = is_outside(k) && k->answer == MEETING_LOBBY_ASK;
	if (!begins && *k->at.invitation_id == '\0' && !(is_outside(k) && k->answer == MEETING_LOBBY_SEEN))
		return ERR_OK;
	/* Who asks again and again as somebody new doesn't fill the list. */
	if (begins && (e = door_rate(d, d->caller == NULL ? DOOR_RATE_GUEST : DOOR_RATE_API, "knock")) != ERR_OK)
		return e;
	if ((e = store_begin(d->store, *k->at.invitation_id != '\0' ? STORE_DURABLE : STORE_FAST)) != ERR_OK)
		return e;
	if ((e = look(d, k)) == ERR_OK && (e = refuse(d, k)) == ERR_OK && (e = write_answer(d, k)) == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK)
		store_rollback(d->store);
	*asked = e == ERR_OK && is_outside(k) && k->answer == MEETING_LOBBY_ASK;
	return e;
}

enum err
room_knock(struct door *d)
{
	struct knock k = { .at = { .judge = meeting_join_knock, .email = "", .address = k.address, .invitation = "" } };
	int asked = 0;
	enum err e;

	if ((e = read_body(d, &k)) != ERR_OK || (e = decide(d, &k, &asked)) != ERR_OK)
		return e;
	if (k.is_new && (e = door_guest_cookie(d, k.guest)) != ERR_OK)
		return e;
	if (asked)
		room_lobby_tell(d, &k.at.room, k.at.identity);
	return answer(d, &k);
}

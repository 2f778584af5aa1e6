/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bedrudctl room list, info, close, suspend, reactivate, kick: what an administrator does to a room without the web
 * app. As everywhere the books come first and LiveKit is told after the commit; what it can't be told, bedrud-worker
 * brings about within a minute.
 */
#include "ctl/ctl.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "ctl/owner.h"
#include "livekit/api.h"
#include "meeting/closing.h"
#include "meeting/ending.h"
#include "meeting/presence.h"
#include "meeting/room.h"
#include "store/truth.h"

#define BOTH (STORE_READ | STORE_WRITE)
static const struct store_right rights[] = {{"rooms", BOTH}, {"suspensions", BOTH}, {"seats", BOTH},
    {"room_participants", BOTH}, {"room_standing", BOTH}, {"admissions", BOTH}, {"shut_addresses", BOTH},
    {"bans", BOTH}, {"knocks", BOTH}, {"live_rooms", BOTH}, {"users", STORE_READ}, {"webhooks", STORE_READ},
    {"recordings", BOTH}, {"recording_facts", BOTH}, {"jobs", BOTH}, {NULL, 0}};

/* One run of a subcommand. */
struct run {
	const struct ctl *ctl;
	struct conf *conf;
	struct store *store;
	struct base_arena arena;
	struct store_room room;		/* of --name */
	struct base_buf out;
	int64_t now;
};

static const char *
state_of(const struct store_room *r)
{
	if (r->deleted_at != 0)
		return "deleted";
	return r->is_active ? "active" : r->is_suspended ? "suspended" : "over";
}

/* The row of --name; a sentence when there is none. */
static enum err
find(struct run *x)
{
	const char *name;
	enum err e = meeting_room_name(&x->arena, x->ctl->name, &name);

	if (e == ERR_OK)
		e = store_room_by_name(x->store, &x->arena, name, &x->room);
	return e == ERR_ABSENT || e == ERR_INPUT ? ctl_refuse("there is no room %s", x->ctl->name) : e;
}

static void
put_people(struct run *x, const struct store_truth_seat *seats, size_t n)
{
	if (x->ctl->json)
		base_json_open(&x->out, "participants", '[');
	for (size_t i = 0; i < n; i++) {
		if (seats[i].left_at != 0)
			continue;
		if (x->ctl->json)
			base_json_put_str(&x->out, NULL, seats[i].identity);
		else
			base_buf_printf(&x->out, "\n  in: %s", seats[i].identity);
	}
	if (x->ctl->json)
		base_json_close(&x->out, ']');
}

static void
put_line(struct run *x, const struct store_room *r)
{
	char when[BASE_CLOCK_TEXT];

	if (x->ctl->json) {
		base_json_put_str(&x->out, "state", state_of(r));
		meeting_room_put_members(&x->out, r);
		return;
	}
	base_clock_rfc3339(r->expires_at, when);
	base_buf_printf(&x->out, "%s: %s, %s%s%s, made by %s, id %s", r->name, state_of(r),
	    r->is_public ? "public" : "private", r->is_active && !r->is_persistent ? ", until " : "",
	    r->is_active && !r->is_persistent ? when : "", r->created_by, r->id);
}

static enum err
list(struct run *x)
{
	struct store_room *rooms;
	size_t n;
	enum err e = store_room_all(x->store, &x->arena, &rooms, &n);

	if (x->ctl->json)
		base_json_open(&x->out, NULL, '[');
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		if (x->ctl->json)
			base_json_open(&x->out, NULL, '{');
		else if (i > 0)
			base_buf_str(&x->out, "\n");
		put_line(x, &rooms[i]);
		if (x->ctl->json)
			base_json_close(&x->out, '}');
	}
	if (x->ctl->json)
		base_json_close(&x->out, ']');
	else if (n == 0)
		base_buf_str(&x->out, "no room is open or suspended");
	return e;
}

static enum err
info(struct run *x)
{
	struct store_truth_seat *seats;
	size_t n = 0;
	enum err e = store_truth_seats(x->store, &x->arena, x->room.id, x->now, &seats, &n);

	if (x->ctl->json)
		base_json_open(&x->out, NULL, '{');
	put_line(x, &x->room);
	if (e == ERR_OK)
		put_people(x, seats, n);
	if (x->ctl->json)
		base_json_close(&x->out, '}');
	return e;
}

static void
say(struct run *x, const char *what)
{
	if (!x->ctl->json) {
		base_buf_printf(&x->out, "%s %s", x->room.name, what);
		return;
	}
	base_json_open(&x->out, NULL, '{');
	base_json_put_str(&x->out, "room", x->room.name);
	base_json_put_str(&x->out, "id", x->room.id);
	base_json_put_str(&x->out, "text", what);
	base_json_close(&x->out, '}');
}

/* A handle to LiveKit for one call; logged when it can't be had. */
static enum err
reach(struct run *x, struct base_jwt_key **key, struct livekit_api **api)
{
	static char url[512];
	const char *secret = conf_str(x->conf, CONF_livekit_apiSecret);
	struct livekit_api_conf c = {.base_url = url, .api_key = conf_str(x->conf, CONF_livekit_apiKey),
	    .skip_tls_verify = conf_bool(x->conf, CONF_livekit_skipTLSVerify), .timeout_ms = 5000};
	enum err e = conf_livekit_api(x->conf, url, sizeof url);

	*api = NULL;
	*key = NULL;
	if (e != ERR_OK || secret[0] == '\0')
		return base_log_err(ERR_PEER, "LiveKit is not configured: set livekit.apiKey, livekit.apiSecret and "
		    "livekit.internalHost");
	e = base_jwt_key_new(secret, strlen(secret), key);
	c.key = *key;
	return e == ERR_OK ? livekit_api_new(&c, api) : e;
}

static enum err
stored_only(enum err e)
{
	if (e == ERR_OK || e == ERR_ABSENT)
		return ERR_OK;
	return base_log_err(e, "this is stored, but LiveKit could not be told: bedrud-worker will, within a minute");
}

static enum err
end(struct run *x, enum meeting_ending why, const struct meeting_closing *closing)
{
	struct base_jwt_key *key;
	struct livekit_api *api;
	enum err e = store_begin(x->store, STORE_DURABLE);

	if (e == ERR_OK)
		e = meeting_ending_apply(x->store, &x->arena, &x->room, why, NULL, x->ctl->reason, x->now);
	if (e == ERR_OK)
		e = store_commit(x->store);
	store_rollback(x->store);
	if (e != ERR_OK)
		return e;
	e = reach(x, &key, &api);
	if (e == ERR_OK)
		e = meeting_closing_tell(x->store, &x->arena, api, &x->room, closing);
	livekit_api_free(api);
	base_jwt_key_free(key);
	return stored_only(e);
}

static enum err
close_room(struct run *x)
{
	const struct meeting_closing c = {"room_closed", "This meeting was closed by the administrator.", NULL};

	if (!x->room.is_active)
		return ctl_refuse("%s is %s: there is nothing to close", x->room.name, state_of(&x->room));
	say(x, "is closed: everybody was sent home; its owner may open it again");
	return end(x, MEETING_ENDED_EMPTY, &c);
}

static enum err
suspend(struct run *x)
{
	const struct meeting_closing c = {"room_suspended", "This room was suspended by the administrator.", NULL};

	if (x->room.is_suspended || x->room.deleted_at != 0)
		return ctl_refuse("%s is %s already", x->room.name, state_of(&x->room));
	say(x, "is suspended: nobody opens it until `bedrudctl room reactivate`");
	return end(x, MEETING_ENDED_SUSPENDED, &c);
}

static enum err
reactivate(struct run *x)
{
	enum err e;

	if (x->room.is_active)
		return ctl_refuse("%s is active: there is nothing to do", x->room.name);
	e = store_room_reopen(x->store, x->room.id, x->now + MEETING_ROOM_LIFE, x->now);
	if (e == ERR_ABSENT)
		return ctl_refuse("%s was deleted and can't be opened again", x->room.name);
	if (e == ERR_CONFLICT)
		return ctl_refuse("another room has the name %s by now", x->room.name);
	say(x, "is open again, for a day");
	return e;
}

static enum err
kick(struct run *x)
{
	int64_t until = x->now + conf_int(x->conf, CONF_meeting_kickSecs) * BASE_CLOCK_SECOND;
	struct base_jwt_key *key;
	struct livekit_api *api;
	enum err e;

	if (!x->room.is_active)
		return ctl_refuse("%s is %s: nobody is in", x->room.name, state_of(&x->room));
	if ((e = store_begin(x->store, STORE_DURABLE)) != ERR_OK)
		return e;
	e = meeting_presence_put_out(x->store, &x->arena, &x->room, x->ctl->identity, "", until, x->now);
	if (e == ERR_OK)
		e = store_commit(x->store);
	store_rollback(x->store);
	if (e != ERR_OK)
		return e;
	say(x, "has one participant less, who may come back after meeting.kickSecs");
	e = reach(x, &key, &api);
	if (e == ERR_OK)
		e = livekit_api_remove_participant(api, x->room.name, x->ctl->identity);
	livekit_api_free(api);
	base_jwt_key_free(key);
	return stored_only(e);
}

static int
on_store(const struct ctl *ctl, enum err (*act)(struct run *x), int needs_room)
{
	struct run x = {.ctl = ctl, .now = base_clock_now()};
	const char *path;
	int code = ctl_load_database(ctl, &x.conf, &path);
	enum err e;

	if (code != CTL_DONE)
		return code;
	base_arena_init(&x.arena, LIMIT_ARENA);
	base_buf_init(&x.out, LIMIT_REPLY);
	e = store_open(path, rights, &x.store);
	if (e == ERR_OK && needs_room)
		e = find(&x);
	if (e == ERR_OK)
		e = act(&x);
	store_close(x.store);
	if (e == ERR_OK)
		code = ctl_print(&x.out);
	else
		base_buf_free(&x.out);
	base_arena_free(&x.arena);
	conf_free(x.conf);
	return e == ERR_OK ? code : ctl_code(e);
}

static int
on_room(const struct ctl *ctl, const char *verb, enum err (*act)(struct run *x))
{
	if (ctl->name != NULL)
		return on_store(ctl, act, 1);
	base_log(LOG_LEVEL_ERROR, "room %s needs --name, the room's", verb);
	return CTL_USAGE;
}

int
ctl_room_list(const struct ctl *ctl)
{
	return on_store(ctl, list, 0);
}

int
ctl_room_info(const struct ctl *ctl)
{
	return on_room(ctl, "info", info);
}

int
ctl_room_close(const struct ctl *ctl)
{
	return on_room(ctl, "close", close_room);
}

int
ctl_room_suspend(const struct ctl *ctl)
{
	return on_room(ctl, "suspend", suspend);
}

int
ctl_room_reactivate(const struct ctl *ctl)
{
	return on_room(ctl, "reactivate", reactivate);
}

int
ctl_room_kick(const struct ctl *ctl)
{
	if (ctl->identity != NULL)
		return on_room(ctl, "kick", kick);
	base_log(LOG_LEVEL_ERROR, "room kick needs --identity, as room info shows it");
	return CTL_USAGE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/room/guest-join: a person without an account enters by a link, with a name. */
#include "cgi/join/join.h"

#include <string.h>

enum err
join_guest_find(struct door *d, struct join_guest *g)
{
	const char *name = g->user.name;
	struct store_user row;
	enum err e;

	g->must_insert = g->must_rename = 0;
	g->tokens = (struct ident_tokens){ 0 };
	if ((e = store_user_by_id(d->store, d->arena, g->id, &row)) == ERR_ABSENT) {
		g->must_insert = 1;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	if (strcmp(row.provider, "guest") != 0)
		return door_fail(d, ERR_DENIED, "This guest cookie names an account. Delete the cookie and try again.");
	if (!row.is_active)
		return door_fail(d, ERR_DENIED, "This guest was turned away by the operator of the server.");
	g->must_rename = strcmp(row.name, name) != 0;
	g->user = row;
	g->user.name = name;
	if (g->must_rename)
		return ERR_OK;
	e = ident_session_resume(d->store, d->arena, d->process->jwt_key, &g->user, d->req->user_agent, d->now,
	    door_access_life(d), &g->tokens);
	return e == ERR_ABSENT ? ERR_OK : e;
}

static enum err
open_session(struct door *d, struct join_guest *g)
{
	return ident_session_open(d->store, d->arena, d->process->jwt_key, &g->user, d->req->user_agent,
	    door_access_life(d), &g->tokens);
}

enum err
join_guest_save(struct door *d, struct join_guest *g)
{
	enum err e = ERR_OK;

	if (g->must_insert)
		e = store_user_insert(d->store, &g->user);
	else if (g->must_rename)
		e = store_user_rename(d->store, g->id, g->user.name, d->now);
	/* A new id that is somebody's already must not become theirs: the next try makes another. */
	if (e == ERR_CONFLICT)
		return ERR_BUSY;
	return e == ERR_OK && g->tokens.access == NULL ? open_session(d, g) : e;
}

/* Who it is, and from where. */
static enum err
recognise(struct door *d, struct join_guest *g, const char *name)
{
	const char *email;
	enum err e = door_guest(d, g->id, &g->is_new);

	if (e != ERR_OK)
		return e;
	ident_address_hash(d->process->session_key, d->client_ip, g->address);
	email = base_arena_printf(d->arena, "%s@bedrud.guest", g->id);
	if (email == NULL)
		return ERR_NOMEM;
	g->user = (struct store_user){ .id = g->id, .email = email, .name = name, .provider = "guest", .avatar_url = "",
		.password = "", .refresh_token = "", .accesses = "{guest}", .is_active = 1, .created_at = d->now,
		.updated_at = d->now };
	return ERR_OK;
}

static enum err
answer(struct door *d, const struct join_visit *v, const struct ident_tokens *t)
{
	struct base_buf *b = door_json(d);
	enum err e;

	base_json_open(b, NULL, '{');
	if ((e = join_visit_put(d, v, b)) != ERR_OK)
		return e;
	base_json_put_str(b, "accessToken", t->access);
	base_json_put_str(b, "refreshToken", t->refresh);
	door_put_tokens(b, "tokens", t);
	base_json_close(b, '}');
	return b->err;
}

enum err
join_guest(struct door *d)
{
	struct join_guest g = { 0 };
	struct join_visit v = { .at.judge = meeting_join_guest, .guest = &g };
	const struct store_setting *settings;
	const char *name = "";
	json_object *body;
	enum err e;

	if ((e = join_visit_read(d, &v, &body)) != ERR_OK || (e = door_guest_name(d, body, &name)) != ERR_OK ||
	    (e = door_settings(d, &settings)) != ERR_OK || (e = recognise(d, &g, name)) != ERR_OK)
		return e;
	v.at.guests_off = !settings->guest_login_enabled;
	v.at.identity = g.id;
	v.at.email = "";
	v.at.address = g.address;
	v.display = name;
	if ((e = join_visit_enter(d, &v)) != ERR_OK)
		return e;
	/* Admitted as before, with a session that isn't fresh any more. */
	if (g.tokens.access == NULL && (e = open_session(d, &g)) != ERR_OK)
		return e;
	if (g.is_new && (e = door_guest_cookie(d, g.id)) != ERR_OK)
		return e;
	return answer(d, &v, &g.tokens);
}

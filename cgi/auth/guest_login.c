/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/auth/guest-login: come in with a name only. Each call makes a new guest. */
#include "cgi/auth/auth.h"
#include "base/limits.h"
#include "base/random.h"
#include "ident/normal.h"

/* The guest and the session, together or not at all. */
static enum err
insert(struct door *d, const struct store_user *u, struct ident_tokens *t)
{
	enum err e = store_begin(d->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	if ((e = store_user_insert(d->store, u)) == ERR_OK && (e = auth_open(d, u, t)) == ERR_OK)
		e = store_commit(d->store);
	if (e != ERR_OK)
		store_rollback(d->store);
	return e;
}

enum err
auth_guest_login(struct door *d)
{
	const char *name;
	const struct auth_field fields[] = {{"name", &name}};
	struct store_user u = {
		.provider = "guest", .accesses = "{guest}", .is_active = 1,
		.avatar_url = "", .password = "", .refresh_token = "", .created_at = d->now, .updated_at = d->now,
	};
	const struct store_setting *st;
	struct ident_tokens tokens;
	char id[37];
	enum err e;

	if ((e = auth_fields(d, 0, fields, 1)) != ERR_OK || (e = door_settings(d, &st)) != ERR_OK)
		return e;
	if (!st->registration_enabled || !st->guest_login_enabled)
		return door_fail(d, ERR_DENIED, "Guests are not admitted on this server. Sign in with an account.");
	e = ident_normal_name(d->arena, name, LIMIT_NAME_MIN, LIMIT_GUEST_NAME_MAX, &u.name);
	if (e == ERR_INPUT)
		return door_fail(d, e, "Give a name of %d to %d characters.", LIMIT_NAME_MIN,
		    LIMIT_GUEST_NAME_MAX);
	if (e != ERR_OK)
		return e;
	base_random_uuid(id);
	u.id = id;
	u.email = base_arena_printf(d->arena, "guest_%s@bedrud.guest", id);
	if (!u.email)
		return ERR_NOMEM;
	if ((e = insert(d, &u, &tokens)) != ERR_OK)
		return e;
	return auth_welcome(d, &u, &tokens);
}

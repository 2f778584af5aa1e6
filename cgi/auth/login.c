/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/auth/login: sign in with address and password. */
#include <string.h>
#include "cgi/auth/auth.h"
#include "base/limits.h"
#include "ident/normal.h"
#include "ident/password.h"

/* The account of an address as it is written: a local one, else one that was made with a passkey. */
static enum err
find_exact(struct door *d, const char *email, struct store_user *u)
{
	enum err e = store_user_by_email(d->store, d->arena, email, "local", u);

	return e == ERR_ABSENT ? store_user_by_email(d->store, d->arena, email, "passkey", u) : e;
}

/* ERR_ABSENT for an unknown address, and for what is no address. */
static enum err
find(struct door *d, const char *typed, struct store_user *u)
{
	const char *email, *unicode;
	enum err e = ident_normal_email(d->arena, typed, &email);

	if (e != ERR_OK)
		return e == ERR_INPUT ? ERR_ABSENT : e;
	if ((e = find_exact(d, email, u)) != ERR_ABSENT)
		return e;
	if ((e = ident_normal_email_unicode(d->arena, email, &unicode)) != ERR_OK)
		return e;
	return strcmp(unicode, email) ? find_exact(d, unicode, u) : ERR_ABSENT;
}

enum err
auth_login(struct door *d)
{
	const char *email, *password;
	const struct auth_field fields[] = {{"email", &email}, {"password", &password}};
	struct store_user u = {.password = ""};
	struct ident_tokens tokens;
	int good = 0, known;
	enum err e = auth_fields(d, 0, fields, sizeof fields / sizeof *fields);

	if (e != ERR_OK)
		return e;
	if (!*email || !*password || strlen(password) > LIMIT_PASSWORD_MAX)
		return door_fail(d, ERR_INPUT, "Give your e-mail address and your password "
		    "(at most %d characters).", LIMIT_PASSWORD_MAX);
	e = find(d, email, &u);
	if (e != ERR_OK && e != ERR_ABSENT)
		return e;
	known = e == ERR_OK;
	if ((e = ident_password_verify(password, known ? u.password : NULL, &good)) != ERR_OK)
		return e;
	if (!known || !good || !u.is_active)	/* one answer for all: nobody learns which */
		return door_fail(d, ERR_AUTH, "The e-mail address or the password is not right.");
	if (conf_bool(d->conf, CONF_auth_requireEmailVerification) && !u.email_verified_at)
		return auth_unverified(d, u.email);
	return (e = auth_open(d, &u, &tokens)) != ERR_OK ? e : auth_welcome(d, &u, &tokens);
}

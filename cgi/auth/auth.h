/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The auth responder: accounts, guests and their sessions, below /api/auth. One file per thing a person does.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H
#include "door/door.h"

door_handler auth_register, auth_login, auth_guest_login, auth_refresh, auth_logout, auth_me, auth_preferences,
    auth_settings;

/* Opens a session for the user, in the transaction that is open or in its own. */
enum err auth_open(struct door *d, const struct store_user *u, struct ident_tokens *t) BASE_MUST_CHECK;

/* Sets the cookies of an open session and answers LoginResult. */
enum err auth_welcome(struct door *d, const struct store_user *u, const struct ident_tokens *t) BASE_MUST_CHECK;

/* 403 for an account whose address must be verified first, with what clients look for. */
enum err auth_unverified(struct door *d, const char *email);

/* The body with its members as strings, each "" when absent. ERR_INPUT with a sentence that names what is missing. */
struct auth_field {
	const char *name;
	const char **value;
};
enum err auth_fields(struct door *d, int optional, const struct auth_field *fields, size_t n) BASE_MUST_CHECK;

/* The member refresh_token of the body, which may be missing, else the cookie of that name; "" = neither. */
enum err auth_refresh_token(struct door *d, const char **token) BASE_MUST_CHECK;

#endif

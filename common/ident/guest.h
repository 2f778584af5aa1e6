/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests of a join link: the signed cookie bedrud_guest_id = "guest-xxxxxxxx.<hex HMAC-SHA256(sessionSecret,
 * id)>", the same as Bedrud's Go server makes.
 */
#ifndef IDENT_GUEST_H
#define IDENT_GUEST_H
#include "base/jwt.h"

#define IDENT_GUEST_ID 65	/* room for an id */

/* The id in a cookie's value; ERR_AUTH when it is absent (NULL), malformed or forged. */
enum err ident_guest_read(const struct base_jwt_key *session_key, const char *cookie,
    char id[IDENT_GUEST_ID]) BASE_MUST_CHECK;
/* A new id, 8 characters of [a-z0-9]. */
void ident_guest_new(char id[IDENT_GUEST_ID]);
/* The cookie's value for an id, in the arena; NULL without memory. */
const char *ident_guest_cookie(const struct base_jwt_key *session_key, struct base_arena *a, const char *id);

#endif

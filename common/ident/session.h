/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is asking: Bedrud's application JWT bound to a session row of ours, one per device. New
 * tokens carry `typ` ("access" or "refresh"), `jti` and `sid`. An unmarked token with a jti is a refresh token
 * of Bedrud's Go server, without one its access token: both go on working. A refresh token is never an access
 * token. Name, roles and status always come from the users row, never from the token.
 */
#ifndef IDENT_SESSION_H
#define IDENT_SESSION_H
#include "base/jwt.h"
#include "store/session.h"
#include "store/user.h"

#define IDENT_REFRESH_LIFE (INT64_C(7) * 86400)	/* s */
#define IDENT_FRESH (INT64_C(600) * 1000000000)	/* ns: a guest who comes again so soon goes on with their session */

struct ident_tokens { const char *access, *refresh; };

/*
 * users.accesses, "{superadmin,user}" (PostgreSQL may put a name in quotes), as ["superadmin","user"] under key.
 * Anything else is []. more: one that follows unless it stands there already, or NULL.
 */
void ident_session_put_accesses(struct base_buf *b, const char *key, const char *accesses, const char *more);

/*
 * Opens a session (a row, in the caller's write transaction or else in its own; durable) and gives its two tokens,
 * in the arena. access_life_s from auth.tokenDuration.
 *
 * Table rights of this file: open writes sessions; check reads users, sessions, blocked_access_tokens; refresh and
 * close write users, sessions and both blocked lists.
 */
enum err ident_session_open(struct store *s, struct base_arena *a, const struct base_jwt_key *k,
    const struct store_user *u, const char *user_agent, int64_t access_life_s,
    struct ident_tokens *out) BASE_MUST_CHECK;

/*
 * The user's newest session again, for a guest who reloads the page: the same refresh token and a new access token.
 * ERR_ABSENT unless it was opened within IDENT_FRESH by the same user_agent, stands, and its refresh token was never
 * used. Reads only (sessions).
 */
enum err ident_session_resume(struct store *s, struct base_arena *a, const struct base_jwt_key *k,
    const struct store_user *u, const char *user_agent, int64_t now, int64_t access_life_s,
    struct ident_tokens *out) BASE_MUST_CHECK;

/*
 * Appends an access token for the account that is bound to no session, like those of Bedrud's Go server, and so can't
 * be revoked: for our own programs to ask our own site something within life_s seconds. ERR_NOMEM, ERR_TOO_BIG.
 */
enum err ident_session_brief(const struct base_jwt_key *k, const char *user_id, int64_t life_s,
    struct base_buf *out) BASE_MUST_CHECK;

struct ident_caller {
	struct store_user user;		/* the row as it is now */
	const char *session_id;		/* "" for a token of Bedrud's Go server */
	const char *token;		/* as presented */
	int64_t token_expires_at;	/* s */
	int is_guest;			/* provider "guest" */
	int is_superadmin;
};

/*
 * Judges an access token. ERR_AUTH: missing, forged, expired, a refresh or purpose-scoped token, revoked, user
 * gone. ERR_DENIED: account deactivated. On ERR_OK *out lives in the arena. Reads only.
 */
enum err ident_session_check(struct store *s, struct base_arena *a, const struct base_jwt_key *k,
    const char *token, struct ident_caller *out) BASE_MUST_CHECK;

/*
 * Refreshes: the presented refresh token becomes void, a new pair comes back. ERR_AUTH invalid,
 * blocked, not the stored one, user gone; ERR_DENIED deactivated (who->user.is_active is 0), or verified_only
 * and the account, no guest, has no verified e-mail address (is_active is 1): the token stays good; ERR_CONFLICT
 * lost the race. A token of Bedrud's Go server is good when users.refresh_token holds its hash; it becomes a
 * session of ours.
 */
enum err ident_session_refresh(struct store *s, struct base_arena *a, const struct base_jwt_key *k,
    const char *refresh_token, const char *user_agent, int64_t access_life_s,
    int verified_only, struct ident_caller *who, struct ident_tokens *out) BASE_MUST_CHECK;

/*
 * Ends the caller's session and voids the tokens presented. refresh_token may be NULL, expired or nonsense; one
 * of another user is left alone. All of it is done or nothing (durable; own transaction).
 */
enum err ident_session_close(struct store *s, struct base_arena *a, const struct base_jwt_key *k,
    const struct ident_caller *who, const char *refresh_token) BASE_MUST_CHECK;

#endif

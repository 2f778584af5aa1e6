/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logins. One row of ours per device (table sessions), so that a login elsewhere doesn't end this one; and Bedrud's
 * two lists of revoked tokens (blocked_refresh_tokens, blocked_access_tokens), which hold SHA-256 in lower-case hex.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H
#include "store/store.h"

struct store_session {
	const char *id, *user_id;	/* UUIDs; user_id may be guest-… */
	const char *refresh_hash;	/* of the one refresh token that is good now, hex */
	const char *user_agent;		/* "" = unknown */
	int64_t created_at, last_used_at, expires_at;	/* ns */
	int64_t revoked_at;		/* ns, 0 = alive */
};

enum err store_session_insert(struct store *s, const struct store_session *row) BASE_MUST_CHECK;
/* ERR_ABSENT. */
enum err store_session_by_id(struct store *s, struct base_arena *a, const char *id,
    struct store_session *out) BASE_MUST_CHECK;
/* The one that the user opened last, revoked or not. ERR_ABSENT. */
enum err store_session_newest(struct store *s, struct base_arena *a, const char *user_id,
    struct store_session *out) BASE_MUST_CHECK;
/* Whether the session exists, is the user's, isn't revoked and hasn't expired: *alive. One indexed read. */
enum err store_session_alive(struct store *s, const char *id, const char *user_id, int64_t now,
    int *alive) BASE_MUST_CHECK;
/*
 * Compare-and-swap of the refresh hash; ERR_CONFLICT when old is not the stored one any more or the session is
 * revoked.
 */
enum err store_session_rotate(struct store *s, const char *id, const char *old_hash, const char *new_hash,
    int64_t now, int64_t expires_at) BASE_MUST_CHECK;
/* Revoking what is revoked or absent is ERR_OK. */
enum err store_session_revoke(struct store *s, const char *id, int64_t now) BASE_MUST_CHECK;

/* Bedrud's lists. Blocking twice is ERR_OK. */
enum err store_session_block_refresh(struct store *s, const char *hash, const char *user_id, int64_t expires_at,
    int64_t now) BASE_MUST_CHECK;
enum err store_session_block_access(struct store *s, const char *hash, int64_t expires_at, int64_t now) BASE_MUST_CHECK;
enum err store_session_refresh_blocked(struct store *s, const char *hash, int *yes) BASE_MUST_CHECK;
enum err store_session_access_blocked(struct store *s, const char *hash, int *yes) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts and guests: table users. Ids are UUIDs, or "guest-xxxxxxxx" for guests of a join link. Strings of a row
 * are copied into the caller's arena.
 */
#ifndef STORE_USER_H
#define STORE_USER_H
#include "store/store.h"

struct store_user {
	const char *id, *email, *name, *provider;	/* never NULL */
	const char *avatar_url, *password, *refresh_token;	/* "" when null */
	const char *accesses;			/* as stored: "{superadmin,user}" */
	int is_active;
	int64_t email_verified_at, password_changed_at;	/* ns, 0 = null */
	int64_t created_at, updated_at;		/* ns */
};

/* ERR_ABSENT when there is none. */
enum err store_user_by_id(struct store *s, struct base_arena *a, const char *id,
    struct store_user *out) BASE_MUST_CHECK;
enum err store_user_by_email(struct store *s, struct base_arena *a, const char *email, const char *provider,
    struct store_user *out) BASE_MUST_CHECK;

/* Whether any account, of whatever provider, has the address: *yes. */
enum err store_user_email_taken(struct store *s, const char *email, int *yes) BASE_MUST_CHECK;

/* *yes = 1 for a deactivated account; 0 for an active one, and for an id that is no account's. */
enum err store_user_inactive(struct store *s, const char *id, int *yes) BASE_MUST_CHECK;

/* Inserts all fields. ERR_CONFLICT when (email, provider) or the id is taken. */
enum err store_user_insert(struct store *s, const struct store_user *u) BASE_MUST_CHECK;

/* Changes the display name (guests who come back under another). */
enum err store_user_rename(struct store *s, const char *id, const char *name, int64_t now) BASE_MUST_CHECK;
/* Sets users.refresh_token ("" clears it). */
enum err store_user_set_refresh(struct store *s, const char *id, const char *hash) BASE_MUST_CHECK;

/* 1 if the accesses text contains the role ("superadmin" in "{superadmin,user}"). Text not in braces is empty. */
int store_user_has(const char *accesses, const char *role);

#endif

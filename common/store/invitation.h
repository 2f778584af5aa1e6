/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invitations to a room: table room_invitations. The token itself is shown once, to whoever made it; the store keeps
 * its SHA-256. What makes one good is meeting/entry.h's to say.
 */
#ifndef STORE_INVITATION_H
#define STORE_INVITATION_H
#include "store/store.h"

#define STORE_INVITATION_MOST 1000	/* open ones of a room */

struct store_invitation {
	const char *id, *created_by;
	const char *email;		/* whom it is for; "" = whoever has it */
	const char *used_by;		/* "" = nobody yet */
	int64_t created_at, expires_at;	/* ns */
	int64_t revoked_at, used_at;	/* ns, 0 = not */
};

/* Inserts id, email, created_by, created_at, expires_at. ERR_LIMIT when STORE_INVITATION_MOST are open. Durable. */
enum err store_invitation_insert(struct store *s, const char *room_id, const char *token,
    const struct store_invitation *i) BASE_MUST_CHECK;

/* That of a token in a room, whatever has become of it. ERR_ABSENT. */
enum err store_invitation_find(struct store *s, struct base_arena *a, const char *room_id, const char *token,
    struct store_invitation *out) BASE_MUST_CHECK;

/* used_at and used_by, unless somebody has used it: a second use by the same person changes nothing. Durable. */
enum err store_invitation_use(struct store *s, const char *id, const char *user_id, int64_t now) BASE_MUST_CHECK;

/* Those of a room that are neither over nor taken back, used ones too, newest first. *out is an array in the arena. */
enum err store_invitation_list(struct store *s, struct base_arena *a, const char *room_id, int64_t now,
    struct store_invitation **out, size_t *n) BASE_MUST_CHECK;

/* Takes one back; who has used it stays approved. ERR_ABSENT: the room has none of this id. Durable. */
enum err store_invitation_revoke(struct store *s, const char *room_id, const char *id, int64_t now) BASE_MUST_CHECK;

#endif

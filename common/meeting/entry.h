/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody at a room's door: join.fcgi lets them in, room.fcgi hears them knock. Gathers what meeting/join.h's rules
 * need to know from the store, no more than that (each question costs a look-up on the hot path), and lets them judge.
 */
#ifndef MEETING_ENTRY_H
#define MEETING_ENTRY_H
#include "meeting/join.h"

struct meeting_entry {
	meeting_join_judge *judge;
	const char *name;		/* of the room, trimmed and in lower case */
	const char *identity;		/* "" for a check: nobody in particular */
	const char *email;		/* of an account; "" for guests */
	const char *address;		/* of a guest, ident/address.h; "" for accounts, and when it isn't known */
	const char *invitation;		/* the token that was shown; "" = none */
	int is_superadmin, guests_off;
	/* found by meeting_entry_look() */
	enum meeting_verdict verdict;
	struct store_room room;		/* when there is one */
	struct store_standing standing;	/* these four: when the room is open, and identity isn't "" */
	enum meeting_role role;
	char admission[33];		/* the live one; "" = none */
	int has_moved;			/* the admission was given to another address than this */
	const char *invitation_id;	/* the one without which they would be outside; "" = none */
	int64_t kicked_until;		/* ns, when the verdict is MEETING_KICKED */
};

/*
 * Decides, inside a transaction of the caller's; a second look begins anew. Reads only: rooms, suspensions,
 * room_participants, room_standing, bans, admissions; shut_addresses for guests without an admission; live_rooms when
 * the room's time seems up; room_invitations when one is shown that matters.
 */
enum err meeting_entry_look(struct store *s, struct base_arena *a, struct meeting_entry *e,
    int64_t now) BASE_MUST_CHECK;

/*
 * In the write transaction of somebody admitted: an invitation that let them in is theirs from now on, and they are
 * approved, so that they need not show it again. Nothing to do without one. Writes room_invitations, room_participants.
 */
enum err meeting_entry_use_invitation(struct store *s, const struct meeting_entry *e, int64_t now) BASE_MUST_CHECK;

/* Whole seconds from now until somebody who was kicked may try again; at least 1. */
int64_t meeting_entry_wait_s(const struct meeting_entry *e, int64_t now);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/entry.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "meeting/room.h"
#include "store/invitation.h"
#include "store/seat.h"

/* What shut the door to guests from an address. Somebody who was admitted before isn't taken for somebody else. */
static enum err
gather_address(struct store *s, struct meeting_entry *e, struct meeting_facts *f, int64_t now)
{
	int64_t until = 0;
	enum err err;

	if (*e->address == '\0' || e->admission[0] != '\0')
		return ERR_OK;
	err = store_standing_shut_until(s, e->room.id, e->address, now, &until);
	f->network_banned = until == INT64_MAX;
	if (until > e->kicked_until && until != INT64_MAX)
		e->kicked_until = until;
	return err;
}

static enum err
gather(struct store *s, struct meeting_entry *e, struct meeting_facts *f, int64_t now)
{
	const struct store_standing *t = &e->standing;
	char given_to[33] = "";
	enum err err;

	if (*e->identity != '\0') {
		if ((err = store_standing_get(s, e->room.id, e->identity, &e->standing)) != ERR_OK ||
		    (err = store_seat_admission(s, e->room.id, e->identity, e->admission, given_to)) != ERR_OK)
			return err;
		e->has_moved = e->admission[0] != '\0' && *e->address != '\0' && strcmp(e->address, given_to) != 0;
		e->kicked_until = t->kicked_until;
		if ((err = gather_address(s, e, f, now)) != ERR_OK)
			return err;
	}
	e->role = f->role = meeting_role_of(&e->room, e->identity, e->is_superadmin, t);
	f->is_banned = t->is_banned;
	f->is_kicked = e->kicked_until > now;
	f->is_member = !t->is_banned && (t->is_active || t->is_approved);
	if (e->room.max_participants > 0 && e->role == MEETING_PARTICIPANT)
		return store_seat_count(s, e->room.id, *e->identity != '\0' ? e->identity : NULL, &f->others);
	return ERR_OK;
}

/* It is for one person: for whoever has the e-mail address, if it names one, and for whoever used it first. */
static int
is_good(const struct store_invitation *i, const struct meeting_entry *e, int64_t now)
{
	return i->revoked_at == 0 && i->expires_at > now && (i->used_at == 0 || strcmp(i->used_by, e->identity) == 0) &&
	    (*i->email == '\0' || base_text_equal_nocase(i->email, e->email));
}

/* Who stands outside shows an invitation. */
static enum err
show_invitation(struct store *s, struct base_arena *a, struct meeting_entry *e, struct meeting_facts *f, int64_t now)
{
	struct store_invitation i;
	enum err err = store_invitation_find(s, a, e->room.id, e->invitation, &i);

	if (err != ERR_OK && err != ERR_ABSENT)
		return err;
	f->is_invited = err == ERR_OK && is_good(&i, e, now);
	if (f->is_invited)
		e->invitation_id = i.id;
	e->verdict = f->is_invited ? e->judge(f) : MEETING_INVITATION_VOID;
	return ERR_OK;
}

enum err
meeting_entry_look(struct store *s, struct base_arena *a, struct meeting_entry *e, int64_t now)
{
	struct meeting_facts f = { .caller = e->identity, .guests_off = e->guests_off };
	enum err err = store_room_by_name(s, a, e->name, &e->room);

	e->standing = (struct store_standing){ 0 };
	e->role = MEETING_PARTICIPANT;
	e->admission[0] = '\0';
	e->has_moved = 0;
	e->invitation_id = "";
	e->kicked_until = 0;
	if (err != ERR_OK && err != ERR_ABSENT)
		return err;
	if (err == ERR_OK) {
		f.room = &e->room;
		if ((err = meeting_room_judge(s, a, &e->room, now)) != ERR_OK ||
		    (e->room.is_active && (err = gather(s, e, &f, now)) != ERR_OK))
			return err;
	}
	e->verdict = e->judge(&f);
	if (*e->invitation != '\0' && f.room != NULL && f.room->is_active &&
	    (e->verdict == MEETING_PRIVATE || e->verdict == MEETING_NEEDS_APPROVAL))
		return show_invitation(s, a, e, &f, now);
	return ERR_OK;
}

enum err
meeting_entry_use_invitation(struct store *s, const struct meeting_entry *e, int64_t now)
{
	enum err err;

	if (*e->invitation_id == '\0')
		return ERR_OK;
	err = store_invitation_use(s, e->invitation_id, e->identity, now);
	return err != ERR_OK ? err : store_standing_mark(s, e->room.id, e->identity, STORE_APPROVED, 1, now);
}

int64_t
meeting_entry_wait_s(const struct meeting_entry *e, int64_t now)
{
	int64_t left = e->kicked_until - now;

	return left > 0 ? (left + BASE_CLOCK_SECOND - 1) / BASE_CLOCK_SECOND : 1;
}

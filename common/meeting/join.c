/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/join.h"

#include <string.h>

static int
is_full(const struct meeting_facts *f)
{
	return f->room->max_participants > 0 && f->others >= f->room->max_participants;
}

static int
is_creator(const struct meeting_facts *f)
{
	return *f->caller != '\0' && strcmp(f->room->created_by, f->caller) == 0;
}

enum meeting_verdict
meeting_join_account(const struct meeting_facts *f)
{
	if (f->room == NULL)
		return MEETING_NO_ROOM;
	if (!f->room->is_active)
		return is_creator(f) ? MEETING_ARCHIVED_OWNED : MEETING_ENDED;
	if (!f->room->is_public && !is_creator(f) && !f->is_member)
		return f->room->require_approval ? MEETING_NEEDS_APPROVAL : MEETING_PRIVATE;
	if (is_full(f))
		return MEETING_FULL;
	return f->is_banned ? MEETING_BANNED : MEETING_ADMIT;
}

enum meeting_verdict
meeting_join_guest(const struct meeting_facts *f)
{
	if (f->guests_off)
		return MEETING_GUESTS_OFF;
	if (f->room == NULL)
		return MEETING_NO_ROOM;
	if (!f->room->is_public)
		return MEETING_PRIVATE;
	if (!f->room->is_active)
		return MEETING_ENDED;
	if (f->is_banned)
		return MEETING_BANNED;
	return is_full(f) ? MEETING_FULL : MEETING_ADMIT;
}

enum meeting_verdict
meeting_join_check(const struct meeting_facts *f)
{
	if (f->room == NULL)
		return MEETING_NO_ROOM;
	if (!f->room->is_active)
		return MEETING_ENDED;
	if (!f->room->is_public)
		return MEETING_PRIVATE;
	return is_full(f) ? MEETING_FULL : MEETING_ADMIT;
}

enum meeting_verdict
meeting_join_refresh(const struct meeting_facts *f)
{
	if (f->room == NULL)
		return MEETING_NO_ROOM;
	if (!f->room->is_active)
		return MEETING_ENDED;
	if (f->is_banned)
		return MEETING_BANNED;
	if (!f->room->is_public && !is_creator(f) && !f->is_member)
		return MEETING_PRIVATE;
	return MEETING_ADMIT;
}

enum err
meeting_join_error(enum meeting_verdict v, const char **text)
{
	static const struct {
		enum err kind;
		const char *text;
	} table[MEETING__MAX] = {
		[MEETING_ADMIT] = { ERR_OK, "" },
		[MEETING_ARCHIVED_OWNED] = { ERR_OK, "" },
		[MEETING_NO_ROOM] = { ERR_ABSENT, "There is no room with this name. Check the link." },
		[MEETING_ENDED] = { ERR_GONE, "This meeting has ended. Ask its host for a new link." },
		[MEETING_PRIVATE] = { ERR_DENIED, "This room is private. Ask its owner to let you in." },
		[MEETING_NEEDS_APPROVAL] = { ERR_DENIED, "Joining this room needs the approval of its owner." },
		[MEETING_FULL] = { ERR_DENIED, "This room is full. Try again when somebody has left." },
		[MEETING_BANNED] = { ERR_DENIED, "You have been banned from this room." },
		[MEETING_GUESTS_OFF] = { ERR_DENIED, "Guests can't join here. Sign in, then open the link again." },
	};

	*text = table[v].text;
	return table[v].kind;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/join.h"

#include <string.h>

#include "base/limits.h"

enum { RESERVED = 10 };

static int
is_full(const struct meeting_facts *f)
{
	return f->role == MEETING_PARTICIPANT && f->room->max_participants > 0 &&
	    f->others >= f->room->max_participants;
}

static int
is_creator(const struct meeting_facts *f)
{
	return *f->caller != '\0' && strcmp(f->room->created_by, f->caller) == 0;
}

/* MEETING_ADMIT, or what keeps strangers out of an open room. */
static enum meeting_verdict
closed(const struct meeting_facts *f)
{
	if (f->role != MEETING_PARTICIPANT || f->is_member || f->is_invited)
		return MEETING_ADMIT;
	if (f->room->require_approval)
		return MEETING_NEEDS_APPROVAL;
	return f->room->is_public ? MEETING_ADMIT : MEETING_PRIVATE;
}

/* MEETING_ADMIT, or why nobody comes in. */
static enum meeting_verdict
over(const struct meeting_facts *f)
{
	if (f->room == NULL)
		return MEETING_NO_ROOM;
	if (f->room->is_suspended)
		return MEETING_SUSPENDED;
	return f->room->is_active ? MEETING_ADMIT : MEETING_ENDED;
}

/* MEETING_ADMIT, or that this person was sent away for good. */
static enum meeting_verdict
banned(const struct meeting_facts *f)
{
	if (f->is_banned)
		return MEETING_BANNED;
	return f->network_banned ? MEETING_NETWORK_BANNED : MEETING_ADMIT;
}

static int
kicked(const struct meeting_facts *f)
{
	return f->is_kicked && banned(f) == MEETING_ADMIT;
}

enum meeting_verdict
meeting_join_account(const struct meeting_facts *f)
{
	enum meeting_verdict v = over(f);

	if (v == MEETING_ENDED && is_creator(f))
		return MEETING_ARCHIVED_OWNED;
	if (v != MEETING_ADMIT)
		return v;
	if (kicked(f))
		return MEETING_KICKED;
	if ((v = closed(f)) != MEETING_ADMIT)
		return v;
	return is_full(f) ? MEETING_FULL : banned(f);
}

enum meeting_verdict
meeting_join_guest(const struct meeting_facts *f)
{
	enum meeting_verdict v;

	if (f->guests_off)
		return MEETING_GUESTS_OFF;
	v = over(f);
	if (v == MEETING_ENDED && !f->room->is_public)
		return MEETING_PRIVATE;
	if (v != MEETING_ADMIT)
		return v;
	if (kicked(f))
		return MEETING_KICKED;
	if ((v = closed(f)) != MEETING_ADMIT || (v = banned(f)) != MEETING_ADMIT)
		return v;
	return is_full(f) ? MEETING_FULL : MEETING_ADMIT;
}

enum meeting_verdict
meeting_join_check(const struct meeting_facts *f)
{
	enum meeting_verdict v = over(f);

	if (v != MEETING_ADMIT)
		return v;
	/* A public room is there for everybody; who needs approval hears of it at the door. */
	if (!f->room->is_public)
		return MEETING_PRIVATE;
	return is_full(f) ? MEETING_FULL : MEETING_ADMIT;
}

enum meeting_verdict
meeting_join_refresh(const struct meeting_facts *f)
{
	enum meeting_verdict v = over(f);

	if (v != MEETING_ADMIT || (v = banned(f)) != MEETING_ADMIT)
		return v;
	return kicked(f) ? MEETING_KICKED : closed(f);
}

enum meeting_verdict
meeting_join_knock(const struct meeting_facts *f)
{
	return f->guests_off ? MEETING_GUESTS_OFF : meeting_join_refresh(f);
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
		[MEETING_SUSPENDED] = { ERR_DENIED, "This room is suspended. Ask the administrator of this server." },
		[MEETING_ENDED] = { ERR_GONE, "This meeting has ended. Ask its host for a new link." },
		[MEETING_KICKED] = { ERR_DENIED, "You were kicked: a moderator removed you from this "
		    "room." },
		[MEETING_PRIVATE] = { ERR_DENIED, "This room is private. Ask its owner to let you in." },
		[MEETING_NEEDS_APPROVAL] = { ERR_DENIED, "Joining this room needs the approval of its owner." },
		[MEETING_INVITATION_VOID] = { ERR_DENIED, "This invitation was used, taken back, or has expired. Ask "
		    "for a new one, or for the approval of the room's owner." },
		[MEETING_FULL] = { ERR_DENIED, "This room is full. Try again when somebody has left." },
		[MEETING_BANNED] = { ERR_DENIED, "You have been banned from this room." },
		[MEETING_NETWORK_BANNED] = { ERR_DENIED, "A guest from your network has been banned from this room. "
		    "Sign in with an account to join." },
		[MEETING_GUESTS_OFF] = { ERR_DENIED, "Guests can't join here. Sign in, then open the link again." },
	};

	*text = table[v].text;
	return table[v].kind;
}

int
meeting_join_livekit_limit(int max_participants, int most)
{
	if (most == 0)
		most = LIMIT_PARTICIPANTS;
	return max_participants > 0 ? (most > max_participants ? most : max_participants) + RESERVED : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/lobby.h"

#include "base/clock.h"

#define SEEN_EVERY (5 * BASE_CLOCK_SECOND)	/* a write less for most of the polls */

/* From when on somebody who was refused may ask again. */
static int64_t
again(int refusals, int64_t decided_at)
{
	static const int64_t waits[] = { 0, 60 * BASE_CLOCK_SECOND, 300 * BASE_CLOCK_SECOND };

	return refusals < (int)(sizeof(waits) / sizeof(waits[0])) ? decided_at + waits[refusals] : INT64_MAX;
}

enum meeting_lobby_answer
meeting_lobby_knock(const struct store_knock *k, int64_t now, int64_t *again_at)
{
	*again_at = 0;
	switch (k->state) {
	case STORE_KNOCK_WAITING:
		if (k->seen_at <= now - MEETING_LOBBY_GONE)
			return MEETING_LOBBY_ASK;
		return k->seen_at <= now - SEEN_EVERY ? MEETING_LOBBY_SEEN : MEETING_LOBBY_WAIT;
	case STORE_KNOCK_REFUSED:
		*again_at = again(k->refusals, k->decided_at);
		return now < *again_at ? MEETING_LOBBY_REFUSED : MEETING_LOBBY_ASK;
	case STORE_KNOCK_NONE:
	case STORE_KNOCK_ADMITTED:	/* and since then outside again */
		break;
	}
	return MEETING_LOBBY_ASK;
}

void
meeting_lobby_share(struct store_knock *k, int refusals, int64_t decided_at)
{
	if (refusals == 0 || k->state == STORE_KNOCK_WAITING)
		return;
	k->state = STORE_KNOCK_REFUSED;
	if (refusals > k->refusals)
		k->refusals = refusals;
	if (decided_at > k->decided_at)
		k->decided_at = decided_at;
}

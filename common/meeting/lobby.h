/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lobby: what a knock means, given what was before. Whoever waits asks again every few seconds; who stops asking
 * has gone. A refusal holds for a while, the third until a moderator admits or invites. Pure.
 */
#ifndef MEETING_LOBBY_H
#define MEETING_LOBBY_H
#include "store/knock.h"

#define MEETING_LOBBY_GONE (INT64_C(30) * 1000000000)	/* ns unseen: not waiting any more */

enum meeting_lobby_answer {
	MEETING_LOBBY_ASK,	/* begins to wait: write it, and tell the moderators */
	MEETING_LOBBY_SEEN,	/* goes on waiting; worth writing that they are still there */
	MEETING_LOBBY_WAIT,	/* goes on waiting, nothing to write */
	MEETING_LOBBY_REFUSED,	/* was refused, and may not ask yet */
};

/*
 * Somebody who isn't let in knocks, at `now`: k as store_knock_get() found it, with what guests from the same address
 * heard taken into account (meeting_lobby_share()). For REFUSED *again_at is when they may ask again (ns; INT64_MAX =
 * not before somebody admits or invites them).
 */
enum meeting_lobby_answer meeting_lobby_knock(const struct store_knock *k, int64_t now, int64_t *again_at);

/* A guest who clears the cookie stands where the worst of those from the same address stands. */
void meeting_lobby_share(struct store_knock *k, int refusals, int64_t decided_at);

#endif

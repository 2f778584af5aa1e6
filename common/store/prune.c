/* SPDX-License-Identifier: Apache-2.0 */
#include "store/prune.h"
#include "base/clock.h"
#include "store/store_impl.h"

#define DAY (86400 * BASE_CLOCK_SECOND)
#define OLD(column) "julianday(" column ")<julianday(?2)"

/*
 * ?1 and ?2 are the moment before which a row is too old, as ours and as Bedrud's tables write it; ?3 is now. Voided
 * admissions are kept for as long as anybody could still have a token with them, many times over; so are those of
 * guests who are forgotten ("guests").
 */
static const struct kind {
	const char *name;
	int64_t keep;
	size_t n;	/* arguments that it takes */
	const char *sql;
} kinds[] = {
    {"refreshTokens", 0, 2, "DELETE FROM blocked_refresh_tokens WHERE id IN(SELECT id FROM blocked_refresh_tokens "
	"WHERE " OLD("expires_at") " LIMIT 1000)"},
    {"accessTokens", 0, 2, "DELETE FROM blocked_access_tokens WHERE id IN(SELECT id FROM blocked_access_tokens WHERE "
	OLD("expires_at") " LIMIT 1000)"},
    {"sessions", DAY, 1, "DELETE FROM sessions WHERE id IN(SELECT id FROM sessions WHERE expires_at<?1 LIMIT 1000)"},
    {"inbox", 30 * DAY, 1, "DELETE FROM webhook_inbox WHERE event_id IN(SELECT event_id FROM webhook_inbox WHERE "
	"received_at<?1 LIMIT 1000)"},
    {"doneJobs", 7 * DAY, 2, "DELETE FROM jobs WHERE id IN(SELECT id FROM jobs WHERE status='done' AND "
	OLD("updated_at") " LIMIT 1000)"},
    {"failedJobs", 30 * DAY, 2, "DELETE FROM jobs WHERE id IN(SELECT id FROM jobs WHERE status='failed' AND "
	OLD("updated_at") " LIMIT 1000)"},
    /* What a mail says has passed by then: it is for a version that sends some. */
    {"mail", 7 * DAY, 2, "DELETE FROM jobs WHERE id IN(SELECT id FROM jobs WHERE type='send_email' AND "
	"status='pending' AND " OLD("created_at") " LIMIT 1000)"},
    {"admissions", 30 * DAY, 1, "DELETE FROM admissions WHERE id IN(SELECT id FROM admissions WHERE voided_at<>0 AND "
	"voided_at<?1 OR voided_at=0 AND created_at<?1 AND NOT EXISTS(SELECT 1 FROM users AS u WHERE "
	"u.id=identity) LIMIT 1000)"},
    {"seats", DAY, 1, "DELETE FROM seats WHERE (room_id,identity,participant_sid) IN(SELECT room_id,identity,"
	"participant_sid FROM seats WHERE left_at<>0 AND left_at<?1 LIMIT 1000)"},
    {"liveRooms", 7 * DAY, 1, "DELETE FROM live_rooms WHERE (room_id,room_sid) IN(SELECT room_id,room_sid FROM "
	"live_rooms WHERE finished_at<>0 AND finished_at<?1 AND NOT EXISTS(SELECT 1 FROM rooms WHERE rooms.id=room_id "
	"AND is_active<>0) LIMIT 1000)"},
    {"knocks", 30 * DAY, 1, "DELETE FROM knocks WHERE (room_id,user_id) IN(SELECT room_id,user_id FROM knocks WHERE "
	"seen_at<?1 LIMIT 1000)"},
    {"addresses", 0, 1, "DELETE FROM shut_addresses WHERE (room_id,address,user_id) IN(SELECT room_id,address,user_id "
	"FROM shut_addresses WHERE until<>0 AND until<?1 LIMIT 1000)"},
    {"invitations", 30 * DAY, 1, "DELETE FROM room_invitations WHERE id IN(SELECT id FROM room_invitations WHERE "
	"(expires_at<>0 AND expires_at<?1) OR (revoked_at<>0 AND revoked_at<?1) OR (used_at<>0 AND used_at<?1) LIMIT "
	"1000)"},
    {"webhookResults", 0, 0, "DELETE FROM webhook_results WHERE webhook_id IN(SELECT webhook_id FROM webhook_results "
	"WHERE NOT EXISTS(SELECT 1 FROM webhooks WHERE id=webhook_id) LIMIT 1000)"},
    /* For longer than any token lives (livekit.tokenTTL is a day at most). */
    {"rooms", 2 * DAY, 2, "DELETE FROM rooms WHERE id IN(SELECT id FROM rooms WHERE created_by='' AND "
	OLD("deleted_at") " AND NOT EXISTS(SELECT 1 FROM recordings WHERE room_id=rooms.id) LIMIT 1000)"},
    {"guests", 7 * DAY, 3, "DELETE FROM users WHERE id IN(SELECT id FROM users WHERE provider='guest' AND "
	OLD("created_at") " AND NOT EXISTS(SELECT 1 FROM sessions WHERE user_id=users.id AND revoked_at=0 AND "
	"expires_at>?3) AND NOT EXISTS(SELECT 1 FROM room_participants AS p WHERE p.user_id=users.id AND "
	"(p.is_active<>0 OR julianday(p.joined_at)>julianday(?2))) AND NOT EXISTS(SELECT 1 FROM rooms WHERE "
	"created_by=users.id) LIMIT 1000)"},
    /* Bans and whoever sits stay. */
    {"participants", 7 * DAY, 2, "DELETE FROM room_participants WHERE id IN(SELECT id FROM room_participants AS p "
    "WHERE "
	"is_active=0 AND is_banned=0 AND julianday(coalesce(left_at,joined_at))<julianday(?2) AND NOT EXISTS(SELECT 1 "
	"FROM users WHERE id=p.user_id) LIMIT 1000)"},
    {"standings", 7 * DAY, 3, "DELETE FROM room_standing WHERE (room_id,user_id) IN(SELECT room_id,user_id FROM "
	"room_standing AS t WHERE updated_at<?1 AND kicked_until<?3 AND NOT EXISTS(SELECT 1 FROM users WHERE "
	"id=t.user_id) AND NOT EXISTS(SELECT 1 FROM room_participants AS p WHERE p.room_id=t.room_id AND "
	"p.user_id=t.user_id) LIMIT 1000)"},
};

static enum err
prune(struct store *s, const struct kind *k, int64_t now)
{
	int64_t before = now - k->keep;
	const struct store_arg arg[] = { ARG_INT(before), ARG_TIME(before), ARG_INT(now) };

	return store_write(s, STORE_FAST, k->sql, arg, k->n);
}

enum err
store_prune(struct store *s, size_t kind, int64_t now, const char **name, int *n)
{
	enum err e;

	*n = 0;
	if (kind >= sizeof kinds / sizeof *kinds)
		return ERR_ABSENT;
	*name = kinds[kind].name;
	e = prune(s, &kinds[kind], now);
	if (e == ERR_OK)
		*n = store_changes(s);
	return e;
}

enum err
store_prune_unverified(struct store *s, struct base_arena *a, int64_t before, const char ***out, size_t *n)
{
	return store_texts(s, a, "SELECT id FROM users AS u WHERE provider IN('local','passkey') AND "
	    "coalesce(email_verified_at,'')='' AND julianday(created_at)<julianday(?1) AND julianday(updated_at)<"
	    "julianday(?1) AND accesses IN('{user}','{}','') AND NOT EXISTS(SELECT 1 FROM rooms WHERE "
	    "created_by=u.id OR admin_id=u.id) AND NOT EXISTS(SELECT 1 FROM room_participants WHERE user_id=u.id) "
	    "AND NOT EXISTS(SELECT 1 FROM sessions WHERE user_id=u.id) LIMIT 1000", ARGS(ARG_TIME(before)),
	    STORE_PRUNE_BATCH, out, n);
}

enum err
store_prune_expired_rooms(struct store *s, struct base_arena *a, int64_t now, const char ***out, size_t *n)
{
	return store_texts(s, a, "SELECT id FROM rooms WHERE is_active<>0 AND settings_is_persistent=0 AND "
	    "julianday(expires_at)<julianday(?1) AND NOT EXISTS(SELECT 1 FROM live_rooms WHERE room_id=rooms.id AND "
	    "finished_at=0) LIMIT 1000", ARGS(ARG_TIME(now)), STORE_PRUNE_BATCH, out, n);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules about rooms that concern one room at a time: its name and mode, when its time is up, and the JSON forms
 * that several responders give.
 */
#ifndef MEETING_ROOM_H
#define MEETING_ROOM_H
#include "base/arena.h"
#include "base/buf.h"
#include "store/room.h"

#define MEETING_ROOM_LIFE (INT64_C(24) * 3600 * 1000000000)	/* ns: expires_at of a new room */

/* trim, lower case, then 3…63 bytes of a-z 0-9 and single inner hyphens. ERR_INPUT, ERR_NOMEM. *out in the arena. */
enum err meeting_room_name(struct base_arena *a, const char *in, const char **out) BASE_MUST_CHECK;
#define MEETING_ROOM_NAME_RULE "A room name has 3 to 63 letters a-z, digits and single hyphens between them."

/* "xxx-xxxx-xxx" of random letters into out[13]. */
void meeting_room_name_new(char out[13]);

/* "", standard, webinar, broadcast; *out is the stored form ("" becomes standard), a literal. ERR_INPUT. */
enum err meeting_room_mode(const char *in, const char **out) BASE_MUST_CHECK;

/* 1 if the row's time is up at `now` (ns): it isn't persistent, and no meeting is_live: none ends under its people. */
int meeting_room_expired(const struct store_room *room, int64_t now, int is_live);

/*
 * Clears room->is_active (of the struct; the row is left alone) when the room has expired. Asks for the live LiveKit
 * room only when the clock says so. All rules look at is_active alone: call this after each look-up.
 */
enum err meeting_room_judge(struct store *s, struct base_arena *a, struct store_room *room,
    int64_t now) BASE_MUST_CHECK;

/* Since when the row has been open (ns): again, if it was over before. Not earlier than that, perhaps later. */
int64_t meeting_room_opened_at(const struct store_room *room);

/* The room's settings as flags, and the room, as an object. Key is NULL inside arrays. */
void meeting_room_put_settings(struct base_buf *b, const char *key, const struct store_room *room);
void meeting_room_put(struct base_buf *b, const char *key, const struct store_room *room);

/*
 * Members of Room into an object that the caller has opened and closes, for replies that hold more than a Room: all of
 * them, or those that a person who enters is told.
 */
void meeting_room_put_brief(struct base_buf *b, const struct store_room *room);
void meeting_room_put_members(struct base_buf *b, const struct store_room *room);

#endif

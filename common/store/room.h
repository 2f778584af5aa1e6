/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rooms: table rooms (with room_permissions, which Bedrud writes at creation and never reads), and live_rooms, our
 * record of the LiveKit room that stands for a row right now. Names are unique among active rows only; a lookup by
 * name prefers the active row, else the newest.
 */
#ifndef STORE_ROOM_H
#define STORE_ROOM_H
#include "store/store.h"

struct store_room {
	const char *id, *name, *created_by, *admin_id, *mode;	/* never NULL */
	int is_active, is_public;
	int is_suspended;		/* by the operator; such a room isn't active */
	int max_participants;		/* 0 = unlimited */
	int allow_chat, allow_video, allow_audio, require_approval, e2ee, is_persistent, recordings_allowed;
	int64_t created_at, updated_at, expires_at;	/* ns */
	int64_t last_activity_at, deleted_at;		/* ns, 0 = null */
};

enum err store_room_by_id(struct store *s, struct base_arena *a, const char *id,
    struct store_room *out) BASE_MUST_CHECK;
enum err store_room_by_name(struct store *s, struct base_arena *a, const char *name,
    struct store_room *out) BASE_MUST_CHECK;

/*
 * Inserts the row and its room_permissions row. ERR_CONFLICT when an active room has the name: that room is
 * untouched.
 */
enum err store_room_insert(struct store *s, const struct store_room *r) BASE_MUST_CHECK;

/* Active rooms a user has created. */
enum err store_room_count_active(struct store *s, const char *user_id, int *count) BASE_MUST_CHECK;

/* Rooms created by the user, not deleted, newest first, one per name. *out is an array in the arena. */
enum err store_room_list(struct store *s, struct base_arena *a, const char *user_id, struct store_room **out,
    size_t *n) BASE_MUST_CHECK;

/* Those that the user created and archived, newest end first, page by page (from 1); *total counts all of them. */
struct store_archived { const char *id, *name; int64_t created_at, deleted_at; int recordings; };
enum err store_room_archived(struct store *s, struct base_arena *a, const char *user_id, int page, int limit,
    struct store_archived **out, size_t *n, int64_t *total) BASE_MUST_CHECK;

/* Stores what an owner may change: is_public, max_participants and the settings flags. Durable. */
enum err store_room_change(struct store *s, const struct store_room *r, int64_t now) BASE_MUST_CHECK;

/* Those that are active or suspended, by name; at most 10,000. */
enum err store_room_all(struct store *s, struct base_arena *a, struct store_room **out, size_t *n) BASE_MUST_CHECK;

/* is_active = 0; *ended = 1 when it was active, 0 when somebody had ended it before. */
enum err store_room_end(struct store *s, const char *id, int64_t now, int *ended) BASE_MUST_CHECK;
/* is_active = 0 and deleted_at = now, what Bedrud's archive job does. */
enum err store_room_archive(struct store *s, const char *id, int64_t now) BASE_MUST_CHECK;
/* is_active = 0, and a row in suspensions: nobody opens the room, or makes another of its name, until that is gone. */
enum err store_room_suspend(struct store *s, const char *id, const char *by, const char *reason,
    int64_t now) BASE_MUST_CHECK;
/*
 * Takes a suspension away, if there is one, and opens the room until expires_at (ns). ERR_CONFLICT: an active room has
 * the name. ERR_ABSENT: no such room, or it was deleted.
 */
enum err store_room_reopen(struct store *s, const char *id, int64_t expires_at, int64_t now) BASE_MUST_CHECK;
/*
 * last_activity_at = now, and expires_at is moved on to `until` (ns; never back), at most once a minute per room (skips
 * the write otherwise).
 */
enum err store_room_touch(struct store *s, const char *id, int64_t until, int64_t now) BASE_MUST_CHECK;

/*
 * The recording that runs in the room: its id in *out, or "" (table recordings, status pending, started or
 * processing).
 */
enum err store_room_recording(struct store *s, struct base_arena *a, const char *room_id,
    const char **out) BASE_MUST_CHECK;

/*
 * live_rooms: the LiveKit room sid that stands for the row. A start ends the older LiveKit rooms of the row, whose
 * room_finished may be lost, and frees the seats in them (tables seats, room_participants); a start reported after
 * its finish, or after a newer start, changes nothing.
 */
enum err store_room_live_start(struct store *s, const char *room_id, const char *room_sid,
    int64_t started_at) BASE_MUST_CHECK;
enum err store_room_live_finish(struct store *s, const char *room_id, const char *room_sid,
    int64_t now) BASE_MUST_CHECK;
/* The current sid, "" when none is live. */
enum err store_room_live_sid(struct store *s, struct base_arena *a, const char *room_id,
    const char **sid) BASE_MUST_CHECK;

#endif

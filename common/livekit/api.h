/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to LiveKit's RoomService (Twirp over JSON), as livekit-server 1.13.5 answers them, by base/http.h with answers
 * up to LIMIT_PEER_BODY. A handle belongs to one thread and is made when first needed.
 */
#ifndef LIVEKIT_API_H
#define LIVEKIT_API_H
#include "livekit/participant.h"

struct livekit_api;

struct livekit_api_conf {
	const char *base_url;		/* http(s)://host:port, no trailing slash; borrowed */
	const char *api_key;		/* borrowed */
	const struct base_jwt_key *key;	/* borrowed */
	int skip_tls_verify;
	int timeout_ms;			/* of a whole call */
};

enum err livekit_api_new(const struct livekit_api_conf *c, struct livekit_api **out) BASE_MUST_CHECK;
void livekit_api_free(struct livekit_api *api);	/* NULL is fine */

/*
 * Each: ERR_ABSENT when LiveKit answers not_found, ERR_PEER when it can't be reached, answers late, or refuses (logged
 * with why), ERR_NOMEM. What goes to an arena lives as long.
 */
enum err livekit_api_delete_room(struct livekit_api *api, const char *room) BASE_MUST_CHECK;
enum err livekit_api_remove_participant(struct livekit_api *api, const char *room,
    const char *identity) BASE_MUST_CHECK;

/* The rooms that LiveKit has, each with sid and name. ERR_PEER also for an answer without the list. */
struct livekit_room {
	const char *sid, *name;
	int64_t created_at;		/* ns */
	int num_participants;		/* up to 5 s late, recorders left out: who is in says list_participants */
	int is_recorded;		/* an egress records it */
};
enum err livekit_api_list_rooms(struct livekit_api *api, struct base_arena *a, struct livekit_room **out,
    size_t *n) BASE_MUST_CHECK;

/*
 * Who is in a room: people and machines alike (is_person tells). Nobody in an unknown room. ERR_PEER also for an answer
 * without the list.
 */
enum err livekit_api_list_participants(struct livekit_api *api, struct base_arena *a, const char *room,
    struct livekit_participant **out, size_t *n) BASE_MUST_CHECK;
enum err livekit_api_get_participant(struct livekit_api *api, struct base_arena *a, const char *room,
    const char *identity, struct livekit_participant *out) BASE_MUST_CHECK;

/*
 * What a participant may do from now on: the whole of it, as LiveKit replaces the whole. Tracks that it publishes and
 * no longer may are unpublished at once. metadata: JSON text that takes the place of its own, NULL = stays.
 */
enum err livekit_api_update_participant(struct livekit_api *api, const char *room, const char *identity,
    const struct livekit_grant *permission, const char *metadata) BASE_MUST_CHECK;

/* Mutes a track (a track that isn't there counts as muted). ERR_PEER after 3 s when the participant is away. */
enum err livekit_api_mute_track(struct livekit_api *api, const char *room, const char *identity,
    const char *track_sid) BASE_MUST_CHECK;

/*
 * Sends JSON text, reliably and on topic "system", to n participants of the room, or with n = 0 to all. Receivers see
 * that no participant sent it. Whoever isn't there doesn't get it; a room that isn't there is ERR_PEER after 3 s.
 */
enum err livekit_api_send_data(struct livekit_api *api, const char *room, const char *json,
    const char *const *identities, size_t n) BASE_MUST_CHECK;

/* A signed call that proves address, key and secret (ListRooms). */
enum err livekit_api_probe(struct livekit_api *api) BASE_MUST_CHECK;

#endif

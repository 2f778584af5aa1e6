/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to LiveKit's RoomService (Twirp over JSON). The transport is the only place that says curl_: no proxy from the
 * environment, no redirects, a time limit, an answer ceiling (LIMIT_PEER_BODY). A handle belongs to one thread and is
 * made when first needed.
 */
#ifndef LIVEKIT_API_H
#define LIVEKIT_API_H
#include "livekit/token.h"

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
 * with why), ERR_NOMEM.
 */
enum err livekit_api_delete_room(struct livekit_api *api, const char *room) BASE_MUST_CHECK;
enum err livekit_api_remove_participant(struct livekit_api *api, const char *room,
    const char *identity) BASE_MUST_CHECK;

/* Who is in a room: people and machines alike (is_person tells). Nobody in an unknown room. Lives with the arena. */
struct livekit_person { const char *identity, *name, *metadata, *sid; int is_person; };
enum err livekit_api_list_participants(struct livekit_api *api, struct base_arena *a, const char *room,
    struct livekit_person **out, size_t *n) BASE_MUST_CHECK;
/* A signed call that proves address, key and secret (ListRooms). */
enum err livekit_api_probe(struct livekit_api *api) BASE_MUST_CHECK;

#endif

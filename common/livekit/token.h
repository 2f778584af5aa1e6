/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LiveKit access tokens: the grants of a participant (browser join) and of a server call. HS256 with the API secret.
 * Measured on livekit-server 1.13.5 and 1.11.0: canPublishSources is lower case in a token; canPublish false alone
 * also takes data away, so canPublishData and canSubscribe are always written out; roomConfig is honoured when the join
 * creates the room; attributes arrive with participant_joined.
 */
#ifndef LIVEKIT_TOKEN_H
#define LIVEKIT_TOKEN_H
#include "base/jwt.h"

enum {
	LIVEKIT_CAMERA = 1, LIVEKIT_MICROPHONE = 2, LIVEKIT_SCREEN_SHARE = 4, LIVEKIT_SCREEN_SHARE_AUDIO = 8,
	LIVEKIT_ALL_SOURCES = 15
};

/* The attribute that binds a participant to what the store admitted (HACKING.md, "Admission"). */
#define LIVEKIT_ADMISSION "bedrud.admission"

struct livekit_grant {
	unsigned sources;		/* LIVEKIT_CAMERA | …: none = canPublish false; all = no list is written */
	int can_publish_data, can_subscribe, can_update_own_metadata;
	int is_hidden;			/* others aren't told of it */
};

/* Whether both allow the same: 1 or 0. */
int livekit_token_grant_equal(const struct livekit_grant *a, const struct livekit_grant *b);

struct livekit_room_config {
	int max_participants;		/* 0 = unlimited */
	int empty_timeout_s, departure_timeout_s;	/* 0 = LiveKit's default */
};

struct livekit_join {
	const char *room, *identity, *name;
	const char *metadata;		/* JSON text or NULL */
	const char *admission;		/* attribute bedrud.admission, or NULL */
	struct livekit_grant grant;
	struct livekit_room_config config;
	int64_t now_s, ttl_s;
};

/*
 * The browser's token: iss, sub = identity, name, iat, nbf, exp, video (room, roomJoin, the grant), roomConfig, and
 * metadata and attributes where given. Appended to out; check out->err.
 */
void livekit_token_join(const struct base_jwt_key *k, const char *api_key, const struct livekit_join *j,
    struct base_buf *out);

/* What a server call needs: exactly the grant, one minute of life. room may be NULL. */
enum livekit_power { LIVEKIT_ROOM_CREATE, LIVEKIT_ROOM_LIST, LIVEKIT_ROOM_ADMIN, LIVEKIT_ROOM_RECORD };
void livekit_token_call(const struct base_jwt_key *k, const char *api_key, enum livekit_power power, const char *room,
    int64_t now_s, struct base_buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/token.h"

#include "base/limits.h"

enum { CALL_LIFE_S = 60 };

/* The names that LiveKit reads in a token: lower case (upper case publishes nothing). */
static const struct {
	unsigned bit;
	const char *name;
} sources[] = {
	{ LIVEKIT_CAMERA, "camera" },
	{ LIVEKIT_MICROPHONE, "microphone" },
	{ LIVEKIT_SCREEN_SHARE, "screen_share" },
	{ LIVEKIT_SCREEN_SHARE_AUDIO, "screen_share_audio" },
};

int
livekit_token_grant_equal(const struct livekit_grant *a, const struct livekit_grant *b)
{
	return a->sources == b->sources && !a->can_publish_data == !b->can_publish_data &&
	    !a->can_subscribe == !b->can_subscribe && !a->can_update_own_metadata == !b->can_update_own_metadata &&
	    !a->is_hidden == !b->is_hidden;
}

static void
put_grant(struct base_buf *b, const char *room, const struct livekit_grant *g)
{
	unsigned some = g->sources & LIVEKIT_ALL_SOURCES;

	base_json_open(b, "video", '{');
	base_json_put_bool(b, "roomJoin", 1);
	base_json_put_str(b, "room", room);
	base_json_put_bool(b, "canPublish", some != 0);
	if (some != 0 && some != LIVEKIT_ALL_SOURCES) {
		base_json_open(b, "canPublishSources", '[');
		for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
			if (g->sources & sources[i].bit)
				base_json_put_str(b, NULL, sources[i].name);
		base_json_close(b, ']');
	}
	base_json_put_bool(b, "canPublishData", g->can_publish_data);
	base_json_put_bool(b, "canSubscribe", g->can_subscribe);
	base_json_put_bool(b, "canUpdateOwnMetadata", g->can_update_own_metadata);
	if (g->is_hidden)
		base_json_put_bool(b, "hidden", 1);
	base_json_close(b, '}');
}

/* Protobuf JSON of livekit.RoomConfiguration: zero means LiveKit's own default and is left out. */
static void
put_room_config(struct base_buf *b, const struct livekit_room_config *c)
{
	if (c->max_participants <= 0 && c->empty_timeout_s <= 0 && c->departure_timeout_s <= 0)
		return;
	base_json_open(b, "roomConfig", '{');
	if (c->max_participants > 0)
		base_json_put_int(b, "maxParticipants", c->max_participants);
	if (c->empty_timeout_s > 0)
		base_json_put_int(b, "emptyTimeout", c->empty_timeout_s);
	if (c->departure_timeout_s > 0)
		base_json_put_int(b, "departureTimeout", c->departure_timeout_s);
	base_json_close(b, '}');
}

static void
put_times(struct base_buf *b, int64_t now_s, int64_t life_s)
{
	base_json_put_int(b, "iat", now_s);
	base_json_put_int(b, "nbf", now_s);
	base_json_put_int(b, "exp", now_s + life_s);
}

/* Signs what was written, hands a failure of the payload on, and frees it. */
static void
finish(const struct base_jwt_key *k, struct base_buf *payload, struct base_buf *out)
{
	base_json_close(payload, '}');
	if (payload->err == ERR_OK)
		base_jwt_sign(k, payload->p, payload->n, out);
	else if (out->err == ERR_OK)
		out->err = payload->err;
	base_buf_free(payload);
}

void
livekit_token_join(const struct base_jwt_key *k, const char *api_key, const struct livekit_join *j,
    struct base_buf *out)
{
	struct base_buf b;

	base_buf_init(&b, LIMIT_TOKEN / 4 * 3 - 128);
	base_json_open(&b, NULL, '{');
	base_json_put_str(&b, "iss", api_key);
	base_json_put_str(&b, "sub", j->identity);
	base_json_put_str(&b, "identity", j->identity);
	base_json_put_str(&b, "name", j->name);
	put_times(&b, j->now_s, j->ttl_s);
	put_grant(&b, j->room, &j->grant);
	if (j->metadata != NULL)
		base_json_put_str(&b, "metadata", j->metadata);
	if (j->admission != NULL) {
		base_json_open(&b, "attributes", '{');
		base_json_put_str(&b, LIVEKIT_ADMISSION, j->admission);
		base_json_close(&b, '}');
	}
	put_room_config(&b, &j->config);
	finish(k, &b, out);
}

void
livekit_token_call(const struct base_jwt_key *k, const char *api_key, enum livekit_power power, const char *room,
    int64_t now_s, struct base_buf *out)
{
	static const char *const grants[] = {
		[LIVEKIT_ROOM_CREATE] = "roomCreate", [LIVEKIT_ROOM_LIST] = "roomList",
		[LIVEKIT_ROOM_ADMIN] = "roomAdmin", [LIVEKIT_ROOM_RECORD] = "roomRecord",
	};
	struct base_buf b;

	base_buf_init(&b, LIMIT_TOKEN / 4 * 3 - 128);
	base_json_open(&b, NULL, '{');
	base_json_put_str(&b, "iss", api_key);
	put_times(&b, now_s, CALL_LIFE_S);
	base_json_open(&b, "video", '{');
	base_json_put_bool(&b, grants[power], 1);
	if (room != NULL)
		base_json_put_str(&b, "room", room);
	base_json_close(&b, '}');
	finish(k, &b, out);
}

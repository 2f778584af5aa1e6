/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/event.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "livekit/token.h"

enum { LEEWAY_S = 60 };

enum err
livekit_event_verify(const struct base_jwt_key *k, const char *api_key, struct base_arena *a, const char *authorization,
    const char *body, size_t n, int64_t now_s)
{
	unsigned char digest[32];
	char expected[BASE_BASE64_SIZE(sizeof digest)];
	const char *issuer = "", *claimed = "";
	json_object *claims;
	size_t len;
	enum err e;

	if (authorization == NULL || n == 0)
		return ERR_AUTH;
	if (strncasecmp(authorization, "Bearer ", 7) == 0)
		authorization += 7;
	authorization += strspn(authorization, " ");
	e = base_jwt_verify(k, a, authorization, strlen(authorization), now_s, LEEWAY_S, &claims);
	if (e != ERR_OK)
		return e;
	if (base_json_str(claims, "iss", &issuer) != ERR_OK || base_json_str(claims, "sha256", &claimed) != ERR_OK)
		return ERR_AUTH;
	if (*api_key == '\0' || strcmp(issuer, api_key) != 0)
		return ERR_AUTH;
	base_text_sha256(body, n, digest);
	len = base_text_base64(digest, sizeof(digest), expected);
	return base_text_equal_ct(claimed, strlen(claimed), expected, len) ? ERR_OK : ERR_AUTH;
}

/* A time of so many units of `unit` ns each since 1970, under either spelling; 0 when absent. */
static enum err
get_time(json_object *o, const char *camel, const char *snake, int64_t unit, int64_t *out)
{
	int64_t v = 0;
	enum err e = base_json_int_lax(o, camel, &v);

	if (e == ERR_OK && v == 0)
		e = base_json_int_lax(o, snake, &v);
	if (e != ERR_OK)
		return e;
	if (v < 0 || v > INT64_MAX / unit)
		return ERR_INPUT;
	if (v != 0)
		*out = v * unit;
	return ERR_OK;
}

/* ParticipantInfo.Kind, a name or a number: 0 STANDARD, 2 EGRESS; all others are machines or telephones. */
static enum err
get_kind(json_object *participant, struct livekit_event *out)
{
	json_object *kind = base_json_get(participant, "kind");
	const char *name;

	if (kind == NULL)
		return ERR_OK;
	if (json_object_is_type(kind, json_type_int)) {
		out->is_person = json_object_get_int64(kind) == 0;
		out->is_recorder = json_object_get_int64(kind) == 2;
		return ERR_OK;
	}
	if (!json_object_is_type(kind, json_type_string))
		return ERR_INPUT;
	name = json_object_get_string(kind);
	out->is_person = strcmp(name, "STANDARD") == 0;
	out->is_recorder = strcmp(name, "EGRESS") == 0;
	return ERR_OK;
}

static enum err
parse_room(json_object *o, struct livekit_event *out)
{
	json_object *room = NULL;
	enum err e = base_json_sub(o, "room", &room);

	if (e != ERR_OK || room == NULL)
		return e;
	if ((e = base_json_str(room, "sid", &out->room_sid)) != ERR_OK ||
	    (e = base_json_str(room, "name", &out->room_name)) != ERR_OK ||
	    (e = get_time(room, "creationTime", "creation_time", BASE_CLOCK_SECOND, &out->room_created_at)) != ERR_OK)
		return e;
	return get_time(room, "creationTimeMs", "creation_time_ms", BASE_CLOCK_SECOND / 1000, &out->room_created_at);
}

static enum err
parse_participant(json_object *o, struct livekit_event *out)
{
	json_object *p = NULL, *attributes = NULL;
	enum err e = base_json_sub(o, "participant", &p);

	if (e != ERR_OK || p == NULL)
		return e;
	if ((e = base_json_str(p, "sid", &out->participant_sid)) != ERR_OK ||
	    (e = base_json_str(p, "identity", &out->identity)) != ERR_OK ||
	    (e = get_time(p, "joinedAt", "joined_at", BASE_CLOCK_SECOND, &out->joined_at)) != ERR_OK ||
	    (e = get_time(p, "joinedAtMs", "joined_at_ms", BASE_CLOCK_SECOND / 1000, &out->joined_at)) != ERR_OK ||
	    (e = get_kind(p, out)) != ERR_OK || (e = base_json_sub(p, "attributes", &attributes)) != ERR_OK)
		return e;
	/* Exact name: attributes are the participant's own map, not protobuf fields. */
	if (attributes == NULL || !json_object_object_get_ex(attributes, LIVEKIT_ADMISSION, &p))
		return ERR_OK;
	/* A client may overwrite it when it connects: a strange one is not good, but no reason to overlook them. */
	if (base_json_str(attributes, LIVEKIT_ADMISSION, &out->admission) == ERR_INPUT)
		out->admission = LIVEKIT_ADMISSION_STRANGE;
	return ERR_OK;
}

enum err
livekit_event_parse(struct base_arena *a, const char *body, size_t n, struct livekit_event *out)
{
	json_object *o;
	enum err e;

	*out = (struct livekit_event){ .id = "", .event = "", .room_sid = "", .room_name = "", .participant_sid = "",
		.identity = "", .admission = "", .is_person = 1 };
	e = base_json_object_lax(a, body, n, &o);
	if (e != ERR_OK)
		return e;
	if ((e = base_json_str(o, "id", &out->id)) != ERR_OK ||
	    (e = base_json_str(o, "event", &out->event)) != ERR_OK ||
	    (e = get_time(o, "createdAt", "created_at", BASE_CLOCK_SECOND, &out->created_at)) != ERR_OK ||
	    (e = parse_room(o, out)) != ERR_OK)
		return e;
	return parse_participant(o, out);
}

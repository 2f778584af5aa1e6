/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/event.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "livekit/proto_impl.h"

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

static enum err
parse_room(json_object *o, struct livekit_event *out)
{
	json_object *room = NULL;
	enum err e = base_json_sub(o, "room", &room);

	if (e != ERR_OK || room == NULL)
		return e;
	if ((e = base_json_str(room, "sid", &out->room_sid)) != ERR_OK ||
	    (e = base_json_str(room, "name", &out->room_name)) != ERR_OK ||
	    (e = livekit_proto_time(room, "creationTime", "creation_time", BASE_CLOCK_SECOND,
	    &out->room_created_at)) != ERR_OK)
		return e;
	return livekit_proto_time(room, "creationTimeMs", "creation_time_ms", BASE_CLOCK_SECOND / 1000,
	    &out->room_created_at);
}

enum err
livekit_event_parse(struct base_arena *a, const char *body, size_t n, struct livekit_event *out)
{
	json_object *o, *who = NULL, *egress = NULL;
	enum err e;

	*out = (struct livekit_event){ .id = "", .event = "", .room_sid = "", .room_name = "" };
	livekit_participant_none(&out->who);
	livekit_egress_none(&out->egress);
	e = base_json_object_lax(a, body, n, &o);
	if (e != ERR_OK)
		return e;
	if ((e = base_json_str(o, "id", &out->id)) != ERR_OK ||
	    (e = base_json_str(o, "event", &out->event)) != ERR_OK ||
	    (e = livekit_proto_time(o, "createdAt", "created_at", BASE_CLOCK_SECOND, &out->created_at)) != ERR_OK ||
	    (e = parse_room(o, out)) != ERR_OK || (e = base_json_sub(o, "participant", &who)) != ERR_OK ||
	    (e = base_json_sub(o, "egressInfo", &egress)) != ERR_OK)
		return e;
	if (egress == NULL && (e = base_json_sub(o, "egress_info", &egress)) != ERR_OK)
		return e;
	if (egress != NULL && (e = livekit_egress_read(egress, &out->egress)) != ERR_OK)
		return e;
	return who == NULL ? ERR_OK : livekit_participant_read(a, who, &out->who);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/api.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "livekit/api_impl.h"
#include "livekit/proto_impl.h"

#define SERVICE "livekit.RoomService/"

struct livekit_api {
	struct livekit_api_conf conf;
	struct base_http *http;
	struct base_buf url, token, body;	/* token: the header with it; of the call in hand */
};

enum err
livekit_api_new(const struct livekit_api_conf *c, struct livekit_api **out)
{
	const struct base_http_conf http = { .timeout_ms = c->timeout_ms, .skip_tls_verify = c->skip_tls_verify,
		.most = LIMIT_PEER_BODY };
	struct livekit_api *api = base_mem_alloc(1, sizeof(*api));
	enum err e;

	if (api == NULL)
		return ERR_NOMEM;
	api->conf = *c;
	base_buf_init(&api->url, LIMIT_URI);
	base_buf_init(&api->token, LIMIT_TOKEN + 64);
	base_buf_init(&api->body, LIMIT_PEER_BODY);
	e = base_http_new(&http, &api->http);
	if (e != ERR_OK) {
		livekit_api_free(api);
		return e;
	}
	*out = api;
	return ERR_OK;
}

void
livekit_api_free(struct livekit_api *api)
{
	if (api == NULL)
		return;
	base_http_free(api->http);
	base_buf_free(&api->url);
	base_buf_free(&api->token);
	base_buf_free(&api->body);
	base_mem_free(api);
}

/*
 * What an answer other than 200 means, by its status and Twirp's code; a 404 without that code is some other server's,
 * or a wrong base URL. Of the Egress service also (egress.h): no worker answers, it is over, LiveKit has no Redis.
 */
static const struct {
	long status;
	const char *code;
	int is_egress;
	enum err kind;
} refusals[] = {
	{ 404, "not_found", 0, ERR_ABSENT },
	{ 503, "unavailable", 1, ERR_BUSY },
	{ 408, "deadline_exceeded", 1, ERR_BUSY },
	{ 412, "failed_precondition", 1, ERR_GONE },
	{ 500, "internal", 1, ERR_CONFIG },
};

static enum err
kind_of(const char *method, long status, const char *code, const char *msg)
{
	int is_egress = strncmp(method, LIVEKIT_API_EGRESS, sizeof(LIVEKIT_API_EGRESS) - 1) == 0;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].status == status && strcmp(refusals[i].code, code) == 0 &&
		    is_egress >= refusals[i].is_egress &&
		    (refusals[i].kind != ERR_CONFIG || strstr(msg, "redis required") != NULL))
			return refusals[i].kind;
	return ERR_PEER;
}

static enum err
judge(const char *method, long status, const struct base_buf *answer)
{
	const char *code = "", *msg = "";
	struct base_arena a;
	json_object *o;
	enum err e = ERR_PEER;

	base_arena_init(&a, LIMIT_ARENA);
	if (answer->n > 0 && base_json_object(&a, answer->p, answer->n, &o) == ERR_OK &&
	    base_json_str(o, "code", &code) == ERR_OK && base_json_str(o, "msg", &msg) == ERR_OK)
		e = kind_of(method, status, code, msg);
	if (e == ERR_PEER || e == ERR_CONFIG)
		e = base_log_err(e, "LiveKit refused %s: HTTP %ld %s %s", method, status, code, msg);
	base_arena_free(&a);
	return e;
}

/* Sends api->body. *answer is borrowed until the next call. */
static enum err
post(struct livekit_api *api, enum livekit_power power, const char *room, const char *method,
    const struct base_buf **answer)
{
	const char *headers[] = { "Content-Type: application/json", NULL, NULL };
	struct base_http_request r = { .method = "POST", .headers = headers };
	struct base_http_answer got;
	enum err e;

	base_buf_clear(&api->url);
	base_buf_clear(&api->token);
	base_buf_printf(&api->url, "%s/twirp/%s", api->conf.base_url, method);
	base_buf_str(&api->token, "Authorization: Bearer ");
	livekit_token_call(api->conf.key, api->conf.api_key, power, room, base_clock_seconds(), &api->token);
	if (api->url.err != ERR_OK || api->token.err != ERR_OK || api->body.err != ERR_OK)
		return base_log_err(ERR_NOMEM, "unable to write a call of %s to LiveKit", method);
	r.url = api->url.p;
	r.body = api->body.p;
	r.body_n = api->body.n;
	headers[1] = api->token.p;
	e = base_http_send(api->http, &r, &got);
	base_mem_wipe(api->token.p, api->token.n);
	*answer = got.body;
	if (e == ERR_NOMEM)
		return e;
	if (e != ERR_OK)
		return base_log_err(ERR_PEER, "unable to call %s at %s: %s", method, api->conf.base_url, got.why);
	return got.status == 200 ? ERR_OK : judge(method, got.status, *answer);
}

struct base_buf *
livekit_api_body(struct livekit_api *api, const char *room)
{
	base_buf_clear(&api->body);
	base_json_open(&api->body, NULL, '{');
	if (room != NULL)
		base_json_put_str(&api->body, "room", room);
	return &api->body;
}

enum err
livekit_api_call(struct livekit_api *api, enum livekit_power power, const char *room, const char *method,
    struct base_arena *a, json_object **out)
{
	const struct base_buf *answer;
	enum err e;

	base_json_close(&api->body, '}');
	if ((e = post(api, power, room, method, &answer)) != ERR_OK || out == NULL)
		return e;
	/* Attributes are maps with names of strangers: two that look alike are no reason to overlook the rest. */
	e = base_json_object_lax(a, answer->n > 0 ? answer->p : "", answer->n, out);
	return e == ERR_INPUT ? base_log_err(ERR_PEER, "LiveKit's answer to %s is no JSON object", method) : e;
}

/* A call about one participant; the body is open for more. */
static struct base_buf *
about(struct livekit_api *api, const char *room, const char *identity)
{
	struct base_buf *b = livekit_api_body(api, room);

	base_json_put_str(b, "identity", identity);
	return b;
}

static enum err
administer(struct livekit_api *api, const char *room, const char *method)
{
	return livekit_api_call(api, LIVEKIT_ROOM_ADMIN, room, method, NULL, NULL);
}

enum err
livekit_api_delete_room(struct livekit_api *api, const char *room)
{
	(void)livekit_api_body(api, room);
	return livekit_api_call(api, LIVEKIT_ROOM_CREATE, room, SERVICE "DeleteRoom", NULL, NULL);
}

enum err
livekit_api_remove_participant(struct livekit_api *api, const char *room, const char *identity)
{
	(void)about(api, room, identity);
	return administer(api, room, SERVICE "RemoveParticipant");
}

/*
 * The list of that name in an answer. LiveKit writes empty lists, too: an object without one is somebody else's answer
 * (a health page, an API gateway), and taking it for "nobody" would free every seat.
 */
static enum err
get_list(json_object *answer, const char *name, json_object **list)
{
	*list = base_json_get(answer, name);
	return json_object_is_type(*list, json_type_array) ? ERR_OK : base_log_err(ERR_PEER,
	    "what answers at LiveKit's address gives no list of %s: it may not be LiveKit", name);
}

static enum err
read_room(json_object *o, struct livekit_room *r)
{
	int64_t n = 0;
	enum err e;

	*r = (struct livekit_room){ .sid = "", .name = "" };
	if (!json_object_is_type(o, json_type_object))
		return ERR_INPUT;
	if ((e = base_json_str(o, "sid", &r->sid)) != ERR_OK || (e = base_json_str(o, "name", &r->name)) != ERR_OK ||
	    (e = livekit_proto_time(o, "creationTime", "creation_time", BASE_CLOCK_SECOND, &r->created_at)) !=
	    ERR_OK || (e = livekit_proto_time(o, "creationTimeMs", "creation_time_ms", BASE_CLOCK_SECOND / 1000,
	    &r->created_at)) != ERR_OK || (e = base_json_bool(o, "active_recording", &r->is_recorded)) != ERR_OK ||
	    (e = base_json_int_lax(o, "num_participants", &n)) != ERR_OK)
		return e;
	r->num_participants = n < 0 || n > INT_MAX ? 0 : (int)n;
	return *r->sid != '\0' && *r->name != '\0' ? ERR_OK : ERR_INPUT;
}

enum err
livekit_api_list_rooms(struct livekit_api *api, struct base_arena *a, struct livekit_room **out, size_t *n)
{
	json_object *answer, *list;
	enum err e;

	*out = NULL;
	*n = 0;
	(void)livekit_api_body(api, NULL);
	if ((e = livekit_api_call(api, LIVEKIT_ROOM_LIST, NULL, SERVICE "ListRooms", a, &answer)) != ERR_OK ||
	    (e = get_list(answer, "rooms", &list)) != ERR_OK)
		return e;
	if ((*out = base_arena_alloc(a, (json_object_array_length(list) + 1) * sizeof(**out))) == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (read_room(json_object_array_get_idx(list, i), &(*out)[(*n)++]) != ERR_OK)
			return base_log_err(ERR_PEER, "LiveKit's list of rooms has a strange one");
	return ERR_OK;
}

static enum err
read_participant(struct base_arena *a, json_object *o, struct livekit_participant *out)
{
	enum err e = livekit_participant_read(a, o, out);

	return e == ERR_INPUT ? base_log_err(ERR_PEER, "LiveKit tells of a strange participant") : e;
}

enum err
livekit_api_list_participants(struct livekit_api *api, struct base_arena *a, const char *room,
    struct livekit_participant **out, size_t *n)
{
	json_object *answer, *list;
	enum err e;

	*out = NULL;
	*n = 0;
	(void)livekit_api_body(api, room);
	if ((e = livekit_api_call(api, LIVEKIT_ROOM_ADMIN, room, SERVICE "ListParticipants", a, &answer)) != ERR_OK ||
	    (e = get_list(answer, "participants", &list)) != ERR_OK)
		return e;
	if ((*out = base_arena_alloc(a, (json_object_array_length(list) + 1) * sizeof(**out))) == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if ((e = read_participant(a, json_object_array_get_idx(list, i), &(*out)[(*n)++])) != ERR_OK)
			return e;
	return ERR_OK;
}

enum err
livekit_api_get_participant(struct livekit_api *api, struct base_arena *a, const char *room, const char *identity,
    struct livekit_participant *out)
{
	json_object *answer;
	enum err e;

	(void)about(api, room, identity);
	e = livekit_api_call(api, LIVEKIT_ROOM_ADMIN, room, SERVICE "GetParticipant", a, &answer);
	return e == ERR_OK ? read_participant(a, answer, out) : e;
}

/*
 * It replaces the whole permission, so all of it is written. Sources are upper case: LiveKit drops those in lower case,
 * and an empty list allows everything.
 */
static void
put_permission(struct base_buf *b, const struct livekit_grant *g)
{
	unsigned some = g->sources & LIVEKIT_ALL_SOURCES;

	base_json_open(b, "permission", '{');
	base_json_put_bool(b, "can_publish", some != 0);
	if (some != 0 && some != LIVEKIT_ALL_SOURCES) {
		base_json_open(b, "can_publish_sources", '[');
		for (unsigned bit = 1; bit < LIVEKIT_ALL_SOURCES; bit <<= 1)
			if (some & bit)
				base_json_put_str(b, NULL, livekit_participant_source(bit));
		base_json_close(b, ']');
	}
	base_json_put_bool(b, "can_publish_data", g->can_publish_data);
	base_json_put_bool(b, "can_subscribe", g->can_subscribe);
	base_json_put_bool(b, "can_update_metadata", g->can_update_own_metadata);
	base_json_put_bool(b, "hidden", g->is_hidden);
	base_json_close(b, '}');
}

enum err
livekit_api_update_participant(struct livekit_api *api, const char *room, const char *identity,
    const struct livekit_grant *permission, const char *metadata)
{
	struct base_buf *b = about(api, room, identity);

	put_permission(b, permission);
	if (metadata != NULL)
		base_json_put_str(b, "metadata", metadata);
	return administer(api, room, SERVICE "UpdateParticipant");
}

enum err
livekit_api_mute_track(struct livekit_api *api, const char *room, const char *identity, const char *track_sid)
{
	struct base_buf *b = about(api, room, identity);

	base_json_put_str(b, "track_sid", track_sid);
	base_json_put_bool(b, "muted", 1);
	return administer(api, room, SERVICE "MutePublishedTrack");
}

enum err
livekit_api_send_data(struct livekit_api *api, const char *room, const char *json, const char *const *identities,
    size_t n)
{
	struct base_buf *b = livekit_api_body(api, room);
	size_t length = strlen(json);
	char *data = base_mem_alloc(BASE_BASE64_SIZE(length), 1);

	if (data == NULL)
		return ERR_NOMEM;
	base_text_base64(json, length, data);
	base_json_put_str(b, "data", data);
	base_mem_free(data);
	base_json_put_str(b, "kind", "RELIABLE");
	base_json_put_str(b, "topic", "system");
	base_json_open(b, "destination_identities", '[');
	for (size_t i = 0; i < n; i++)
		base_json_put_str(b, NULL, identities[i]);
	base_json_close(b, ']');
	return administer(api, room, SERVICE "SendData");
}

enum err
livekit_api_probe(struct livekit_api *api)
{
	(void)livekit_api_body(api, NULL);
	return livekit_api_call(api, LIVEKIT_ROOM_LIST, NULL, SERVICE "ListRooms", NULL, NULL);
}

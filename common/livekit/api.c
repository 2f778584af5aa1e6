/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/api.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "livekit/transport_impl.h"

struct livekit_api {
	struct livekit_api_conf conf;
	struct livekit_transport *transport;
	struct base_buf url, token, body;	/* of the call in hand */
};

enum err
livekit_api_new(const struct livekit_api_conf *c, struct livekit_api **out)
{
	struct livekit_api *api = base_mem_alloc(1, sizeof(*api));
	enum err e;

	if (api == NULL)
		return ERR_NOMEM;
	api->conf = *c;
	base_buf_init(&api->url, LIMIT_URI);
	base_buf_init(&api->token, LIMIT_TOKEN);
	base_buf_init(&api->body, LIMIT_PEER_BODY);
	e = livekit_transport_new(c->timeout_ms, c->skip_tls_verify, &api->transport);
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
	livekit_transport_free(api->transport);
	base_buf_free(&api->url);
	base_buf_free(&api->token);
	base_buf_free(&api->body);
	base_mem_free(api);
}

/*
 * What an answer other than 200 means. Twirp: {"code":"not_found","msg":"…"}; a 404 without that code is some other
 * server's, or a wrong base URL.
 */
static enum err
judge(const char *method, long status, const struct base_buf *answer)
{
	const char *code = "", *msg = "";
	struct base_arena a;
	json_object *o;
	enum err e = ERR_PEER;

	base_arena_init(&a, LIMIT_ARENA);
	if (answer->n > 0 && base_json_object(&a, answer->p, answer->n, &o) == ERR_OK &&
	    base_json_str(o, "code", &code) == ERR_OK && base_json_str(o, "msg", &msg) == ERR_OK &&
	    status == 404 && strcmp(code, "not_found") == 0)
		e = ERR_ABSENT;
	else
		e = base_log_err(ERR_PEER, "LiveKit refused %s: HTTP %ld %s %s", method, status, code, msg);
	base_arena_free(&a);
	return e;
}

/* Sends api->body. room names the grant's room, NULL for none. *answer is borrowed until the next call. */
static enum err
call(struct livekit_api *api, enum livekit_power power, const char *room, const char *method,
    const struct base_buf **answer)
{
	const char *why = "";
	long status = 0;
	enum err e;

	base_buf_clear(&api->url);
	base_buf_clear(&api->token);
	base_buf_printf(&api->url, "%s/twirp/livekit.RoomService/%s", api->conf.base_url, method);
	livekit_token_call(api->conf.key, api->conf.api_key, power, room, base_clock_seconds(), &api->token);
	if (api->url.err != ERR_OK || api->token.err != ERR_OK || api->body.err != ERR_OK)
		return base_log_err(ERR_NOMEM, "unable to write a call of %s to LiveKit", method);
	e = livekit_transport_post(api->transport, api->url.p, api->token.p, api->body.p, &status, answer, &why);
	base_mem_wipe(api->token.p, api->token.n);
	if (e == ERR_NOMEM)
		return e;
	if (e != ERR_OK)
		return base_log_err(ERR_PEER, "unable to call %s at %s: %s", method, api->conf.base_url, why);
	return status == 200 ? ERR_OK : judge(method, status, *answer);
}

/* {"room":…,"identity":…}; identity may be NULL. */
static void
write_body(struct livekit_api *api, const char *room, const char *identity)
{
	base_buf_clear(&api->body);
	base_json_open(&api->body, NULL, '{');
	if (room != NULL)
		base_json_put_str(&api->body, "room", room);
	if (identity != NULL)
		base_json_put_str(&api->body, "identity", identity);
	base_json_close(&api->body, '}');
}

enum err
livekit_api_delete_room(struct livekit_api *api, const char *room)
{
	const struct base_buf *answer;

	write_body(api, room, NULL);
	return call(api, LIVEKIT_ROOM_CREATE, room, "DeleteRoom", &answer);
}

enum err
livekit_api_remove_participant(struct livekit_api *api, const char *room, const char *identity)
{
	const struct base_buf *answer;

	write_body(api, room, identity);
	return call(api, LIVEKIT_ROOM_ADMIN, room, "RemoveParticipant", &answer);
}

static enum err
read_person(json_object *o, struct livekit_person *p)
{
	json_object *kind;

	*p = (struct livekit_person){ .identity = "", .name = "", .metadata = "", .sid = "", .is_person = 1 };
	if (!json_object_is_type(o, json_type_object) || base_json_str(o, "identity", &p->identity) != ERR_OK ||
	    base_json_str(o, "name", &p->name) != ERR_OK || base_json_str(o, "metadata", &p->metadata) != ERR_OK ||
	    base_json_str(o, "sid", &p->sid) != ERR_OK)
		return ERR_INPUT;
	kind = base_json_get(o, "kind");
	if (kind != NULL && json_object_is_type(kind, json_type_string))
		p->is_person = strcmp(json_object_get_string(kind), "STANDARD") == 0;
	else if (kind != NULL)
		p->is_person = json_object_get_int64(kind) == 0;
	return ERR_OK;
}

enum err
livekit_api_list_participants(struct livekit_api *api, struct base_arena *a, const char *room,
    struct livekit_person **out, size_t *n)
{
	const struct base_buf *answer;
	json_object *o, *list;
	enum err e;

	*out = NULL;
	*n = 0;
	write_body(api, room, NULL);
	if ((e = call(api, LIVEKIT_ROOM_ADMIN, room, "ListParticipants", &answer)) != ERR_OK)
		return e;
	if ((e = base_json_object(a, answer->p, answer->n, &o)) != ERR_OK)
		return e == ERR_NOMEM ? e : base_log_err(ERR_PEER, "LiveKit's list of participants is no JSON object");
	list = base_json_get(o, "participants");
	if (list == NULL)
		return ERR_OK;
	if (!json_object_is_type(list, json_type_array))
		return base_log_err(ERR_PEER, "LiveKit's list of participants is no list");
	*out = base_arena_alloc(a, (json_object_array_length(list) + 1) * sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (read_person(json_object_array_get_idx(list, i), &(*out)[(*n)++]) != ERR_OK)
			return base_log_err(ERR_PEER, "LiveKit's list of participants has a strange one");
	return ERR_OK;
}

enum err
livekit_api_probe(struct livekit_api *api)
{
	const struct base_buf *answer;

	write_body(api, NULL, NULL);
	return call(api, LIVEKIT_ROOM_LIST, NULL, "ListRooms", &answer);
}

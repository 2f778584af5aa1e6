/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/egress.h"

#include <limits.h>

#include "base/log.h"
#include "livekit/api_impl.h"
#include "livekit/proto_impl.h"

static const char *const states[] = { "EGRESS_STARTING", "EGRESS_ACTIVE", "EGRESS_ENDING", "EGRESS_COMPLETE",
	"EGRESS_FAILED", "EGRESS_ABORTED", "EGRESS_LIMIT_REACHED" };

void
livekit_egress_none(struct livekit_egress *out)
{
	*out = (struct livekit_egress){ .id = "", .room_sid = "", .room_name = "", .error = "", .details = "",
		.filename = "", .location = "" };
}

/* Protobuf's zero is absent: STARTING. */
static enum err
read_status(json_object *info, struct livekit_egress *out)
{
	json_object *value = base_json_get(info, "status");
	int i = 0;
	enum err e = ERR_OK;

	if (value != NULL)
		e = livekit_proto_enum(value, states, sizeof(states) / sizeof(states[0]), &i);
	if (e != ERR_OK || i < 0)
		return e != ERR_OK ? e : ERR_INPUT;
	out->status = (enum livekit_egress_status)i;
	return ERR_OK;
}

static enum err
read_times(json_object *info, struct livekit_egress *out)
{
	enum err e = livekit_proto_time(info, "startedAt", "started_at", 1, &out->started_at);

	if (e == ERR_OK)
		e = livekit_proto_time(info, "endedAt", "ended_at", 1, &out->ended_at);
	return e != ERR_OK ? e : livekit_proto_time(info, "updatedAt", "updated_at", 1, &out->updated_at);
}

static enum err
read_files(json_object *info, struct livekit_egress *out)
{
	json_object *files = base_json_get(info, "fileResults"), *file;
	enum err e;

	if (files == NULL)
		files = base_json_get(info, "file_results");
	if (files == NULL)
		return ERR_OK;
	if (!json_object_is_type(files, json_type_array))
		return ERR_INPUT;
	out->n_files = json_object_array_length(files) > INT_MAX ? INT_MAX : (int)json_object_array_length(files);
	if (out->n_files == 0)
		return ERR_OK;
	file = json_object_array_get_idx(files, 0);
	if (!json_object_is_type(file, json_type_object))
		return ERR_INPUT;
	if ((e = base_json_str(file, "filename", &out->filename)) != ERR_OK ||
	    (e = base_json_str(file, "location", &out->location)) != ERR_OK ||
	    (e = base_json_int_lax(file, "size", &out->size)) != ERR_OK)
		return e;
	e = base_json_int_lax(file, "duration", &out->duration_ns);
	return e == ERR_OK && (out->size < 0 || out->duration_ns < 0) ? ERR_INPUT : e;
}

enum err
livekit_egress_read(json_object *info, struct livekit_egress *out)
{
	int64_t code = 0;
	enum err e;

	livekit_egress_none(out);
	if (!json_object_is_type(info, json_type_object))
		return ERR_INPUT;
	if ((e = livekit_proto_str(info, "egressId", "egress_id", &out->id)) != ERR_OK ||
	    (e = livekit_proto_str(info, "roomId", "room_id", &out->room_sid)) != ERR_OK ||
	    (e = livekit_proto_str(info, "roomName", "room_name", &out->room_name)) != ERR_OK ||
	    (e = base_json_str(info, "error", &out->error)) != ERR_OK ||
	    (e = base_json_str(info, "details", &out->details)) != ERR_OK ||
	    (e = base_json_int_lax(info, "errorCode", &code)) != ERR_OK ||
	    (e = base_json_int_lax(info, "error_code", &code)) != ERR_OK ||
	    (e = read_status(info, out)) != ERR_OK || (e = read_times(info, out)) != ERR_OK)
		return e;
	if (*out->id == '\0')
		return ERR_INPUT;
	out->error_code = code < 0 || code > 999 ? 0 : (int)code;
	return read_files(info, out);
}

/* An answer that must be an egress. */
static enum err
read_answer(enum err e, json_object *info, struct livekit_egress *out)
{
	if (e != ERR_OK)
		return e;
	e = livekit_egress_read(info, out);
	return e == ERR_INPUT ? base_log_err(ERR_PEER, "LiveKit tells of a strange egress") : e;
}

static void
put_given(struct base_buf *b, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		base_json_put_str(b, name, value);
}

static void
put_s3(struct base_buf *b, const struct livekit_egress_s3 *s)
{
	base_json_open(b, "s3", '{');
	put_given(b, "endpoint", s->endpoint);
	put_given(b, "region", s->region);
	base_json_put_str(b, "bucket", s->bucket);
	base_json_put_str(b, "access_key", s->access_key);
	base_json_put_str(b, "secret", s->secret);
	base_json_put_bool(b, "force_path_style", s->is_path_style);
	base_json_close(b, '}');
}

enum err
livekit_egress_start(struct livekit_api *api, struct base_arena *a, const struct livekit_egress_wish *w,
    struct livekit_egress *out)
{
	struct base_buf *b = livekit_api_body(api, NULL);
	json_object *info = NULL;
	enum err e;

	base_json_put_str(b, "room_name", w->room);
	base_json_put_str(b, "layout", w->layout != NULL && *w->layout != '\0' ? w->layout : "grid");
	base_json_put_str(b, "preset", w->preset != NULL && *w->preset != '\0' ? w->preset : "H264_720P_30");
	put_given(b, "custom_base_url", w->template_url);
	base_json_put_bool(b, "audio_only", w->is_audio_only);
	base_json_open(b, "file_outputs", '[');
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "file_type", "MP4");
	base_json_put_str(b, "filepath", w->path);
	base_json_put_bool(b, "disable_manifest", !w->has_manifest);
	if (w->s3 != NULL)
		put_s3(b, w->s3);
	base_json_close(b, '}');
	base_json_close(b, ']');
	e = livekit_api_call(
	    api, LIVEKIT_ROOM_RECORD, w->room, LIVEKIT_API_EGRESS "StartRoomCompositeEgress", a, &info);
	return read_answer(e, info, out);
}

enum err
livekit_egress_stop(struct livekit_api *api, struct base_arena *a, const char *room, const char *id,
    struct livekit_egress *out)
{
	struct base_buf *b = livekit_api_body(api, NULL);
	json_object *info = NULL;
	enum err e;

	base_json_put_str(b, "egress_id", id);
	e = livekit_api_call(api, LIVEKIT_ROOM_RECORD, room, LIVEKIT_API_EGRESS "StopEgress", a, &info);
	return read_answer(e, info, out);
}

/* Sends the body and reads the list that comes. */
static enum err
list(struct livekit_api *api, struct base_arena *a, const char *room, struct livekit_egress **out, size_t *n)
{
	json_object *answer = NULL, *items;
	enum err e = livekit_api_call(api, LIVEKIT_ROOM_RECORD, room, LIVEKIT_API_EGRESS "ListEgress", a, &answer);

	*out = NULL;
	*n = 0;
	if (e != ERR_OK || (items = base_json_get(answer, "items")) == NULL)
		return e;
	if (!json_object_is_type(items, json_type_array))
		return base_log_err(ERR_PEER, "LiveKit's list of egresses is no list");
	if ((*out = base_arena_alloc(a, (json_object_array_length(items) + 1) * sizeof(**out))) == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < json_object_array_length(items) && e == ERR_OK; i++)
		e = read_answer(ERR_OK, json_object_array_get_idx(items, i), &(*out)[(*n)++]);
	return e;
}

enum err
livekit_egress_get(struct livekit_api *api, struct base_arena *a, const char *id, struct livekit_egress *out)
{
	struct base_buf *b = livekit_api_body(api, NULL);
	struct livekit_egress *found;
	size_t n;
	enum err e;

	base_json_put_str(b, "egress_id", id);
	if ((e = list(api, a, NULL, &found, &n)) != ERR_OK)
		return e;
	if (n == 0)
		return ERR_ABSENT;
	*out = found[0];
	return ERR_OK;
}

enum err
livekit_egress_list(struct livekit_api *api, struct base_arena *a, const char *room, int only_active,
    struct livekit_egress **out, size_t *n)
{
	struct base_buf *b = livekit_api_body(api, NULL);

	put_given(b, "room_name", room);
	base_json_put_bool(b, "active", only_active);
	return list(api, a, room, out, n);
}

const char *
livekit_egress_problem(enum err e, int was_start)
{
	switch (e) {
	case ERR_ABSENT:
		if (was_start)
			return "Nobody is in the room: join it, then start the recording.";
		return "LiveKit knows nothing of this recording: it ended long ago, or LiveKit's Redis was emptied.";
	case ERR_BUSY:
		if (was_start)
			return "No recorder took the job: the egress worker isn't running, is busy with another "
			       "recording, or has too few processors for one. The administrator finds out with "
			       "bedrudctl doctor.";
		return "The recorder that made this recording doesn't answer: it was killed, or its machine is gone.";
	case ERR_GONE:
		return "The recording has ended already.";
	case ERR_CONFIG:
		return "LiveKit has no Redis, without which nothing can be recorded: the administrator sets "
		       "livekit.redis.address and restarts livekit-launcher.";
	default:
		return "LiveKit can't be reached or refuses the call: the administrator finds out with bedrudctl "
		       "doctor.";
	}
}

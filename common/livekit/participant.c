/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/clock.h"
#include "livekit/participant.h"
#include "livekit/proto_impl.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

/* Enums of livekit_models.proto. Kinds beyond these are machines or telephones as well. */
static const char *const kinds[] = { "STANDARD", "INGRESS", "EGRESS" };
static const char *const states[] = { "JOINING", "JOINED", "ACTIVE", "DISCONNECTED" };
static const char *const track_types[] = { "AUDIO", "VIDEO", "DATA" };
static const char *const source_names[] = { "UNKNOWN", "CAMERA", "MICROPHONE", "SCREEN_SHARE", "SCREEN_SHARE_AUDIO" };
static const unsigned source_bits[] = { 0, LIVEKIT_CAMERA, LIVEKIT_MICROPHONE, LIVEKIT_SCREEN_SHARE,
	LIVEKIT_SCREEN_SHARE_AUDIO };

void
livekit_participant_none(struct livekit_participant *out)
{
	*out = (struct livekit_participant){ .sid = "", .identity = "", .name = "", .metadata = "", .admission = "",
		.is_person = 1 };
}

static enum err
read_source(json_object *value, unsigned *bit)
{
	int i = 0;
	enum err e = value == NULL ? ERR_OK : livekit_proto_enum(value, source_names, COUNT(source_names), &i);

	*bit = i < 0 ? 0 : source_bits[i];
	return e;
}

/* An empty list of sources means all of them. */
static enum err
read_sources(json_object *permission, unsigned *out)
{
	json_object *list = base_json_get(permission, "canPublishSources");
	unsigned bit;
	enum err e;

	if (list == NULL)
		list = base_json_get(permission, "can_publish_sources");
	*out = LIVEKIT_ALL_SOURCES;
	if (list == NULL)
		return ERR_OK;
	if (!json_object_is_type(list, json_type_array))
		return ERR_INPUT;
	if (json_object_array_length(list) > 0)
		*out = 0;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if ((e = read_source(json_object_array_get_idx(list, i), &bit)) != ERR_OK)
			return e;
		*out |= bit;
	}
	return ERR_OK;
}

static enum err
read_permission(json_object *o, struct livekit_participant *out)
{
	struct livekit_grant *g = &out->permission;
	json_object *p = NULL;
	int can_publish = 0;
	enum err e = base_json_sub(o, "permission", &p);

	if (e != ERR_OK || p == NULL)
		return e;
	out->has_permission = 1;
	if ((e = livekit_proto_bool(p, "canPublish", "can_publish", &can_publish)) != ERR_OK ||
	    (e = livekit_proto_bool(p, "canPublishData", "can_publish_data", &g->can_publish_data)) != ERR_OK ||
	    (e = livekit_proto_bool(p, "canSubscribe", "can_subscribe", &g->can_subscribe)) != ERR_OK ||
	    (e = livekit_proto_bool(p, "canUpdateMetadata", "can_update_metadata",
	    &g->can_update_own_metadata)) != ERR_OK ||
	    (e = base_json_bool(p, "hidden", &g->is_hidden)) != ERR_OK)
		return e;
	return can_publish ? read_sources(p, &g->sources) : ERR_OK;
}

static enum err
read_track(json_object *o, struct livekit_track *out)
{
	json_object *type;
	int i = 0;
	enum err e;

	*out = (struct livekit_track){ .sid = "" };
	if (!json_object_is_type(o, json_type_object))
		return ERR_INPUT;
	if ((e = base_json_str(o, "sid", &out->sid)) != ERR_OK ||
	    (e = base_json_bool(o, "muted", &out->is_muted)) != ERR_OK ||
	    (e = read_source(base_json_get(o, "source"), &out->source)) != ERR_OK)
		return e;
	if ((type = base_json_get(o, "type")) != NULL)
		e = livekit_proto_enum(type, track_types, COUNT(track_types), &i);
	out->is_audio = i == 0;
	return e;
}

static enum err
read_tracks(struct base_arena *a, json_object *o, struct livekit_participant *out)
{
	json_object *list = base_json_get(o, "tracks");
	size_t n;
	enum err e;

	if (list == NULL)
		return ERR_OK;
	if (!json_object_is_type(list, json_type_array))
		return ERR_INPUT;
	n = json_object_array_length(list);
	if (n > 0 && (out->tracks = base_arena_alloc(a, n * sizeof(*out->tracks))) == NULL)
		return ERR_NOMEM;
	for (; out->n_tracks < n; out->n_tracks++)
		if ((e = read_track(json_object_array_get_idx(list, out->n_tracks), &out->tracks[out->n_tracks])) !=
		    ERR_OK)
			return e;
	return ERR_OK;
}

static enum err
read_kind_and_state(json_object *o, struct livekit_participant *out)
{
	json_object *kind = base_json_get(o, "kind"), *state = base_json_get(o, "state");
	int i = 0;
	enum err e = ERR_OK;

	if (kind != NULL)
		e = livekit_proto_enum(kind, kinds, COUNT(kinds), &i);
	out->is_person = i == 0;
	out->is_recorder = i == 2;
	if (e == ERR_OK && state != NULL)
		e = livekit_proto_enum(state, states, COUNT(states), &out->state);
	return e;
}

/* What the participant wrote: an unreadable one is none. */
static const char *
own_words(json_object *o, const char *name)
{
	const char *text = "";

	return base_json_str(o, name, &text) == ERR_OK ? text : "";
}

static enum err
read_admission(json_object *o, struct livekit_participant *out)
{
	json_object *attributes = NULL, *value;
	enum err e = base_json_sub(o, "attributes", &attributes);

	/* Exact name: attributes are the participant's own map, not protobuf fields. */
	if (e != ERR_OK || attributes == NULL || !json_object_object_get_ex(attributes, LIVEKIT_ADMISSION, &value))
		return e;
	/* A client may overwrite it when it connects: a strange one is not good, but no reason to overlook them. */
	e = base_json_str(attributes, LIVEKIT_ADMISSION, &out->admission);
	if (e == ERR_INPUT)
		out->admission = LIVEKIT_ADMISSION_STRANGE;
	return e == ERR_INPUT ? ERR_OK : e;
}

enum err
livekit_participant_read(struct base_arena *a, json_object *o, struct livekit_participant *out)
{
	enum err e;

	livekit_participant_none(out);
	if (!json_object_is_type(o, json_type_object))
		return ERR_INPUT;
	if ((e = base_json_str(o, "sid", &out->sid)) != ERR_OK ||
	    (e = base_json_str(o, "identity", &out->identity)) != ERR_OK ||
	    (e = livekit_proto_time(o, "joinedAt", "joined_at", BASE_CLOCK_SECOND, &out->joined_at)) != ERR_OK ||
	    (e = livekit_proto_time(o, "joinedAtMs", "joined_at_ms", BASE_CLOCK_SECOND / 1000,
	    &out->joined_at)) != ERR_OK ||
	    (e = read_kind_and_state(o, out)) != ERR_OK || (e = read_admission(o, out)) != ERR_OK ||
	    (e = read_permission(o, out)) != ERR_OK)
		return e;
	out->name = own_words(o, "name");
	out->metadata = own_words(o, "metadata");
	return read_tracks(a, o, out);
}

const char *
livekit_participant_source(unsigned source)
{
	size_t i = COUNT(source_bits) - 1;

	while (i > 0 && source_bits[i] != source)
		i--;
	return source_names[i];
}

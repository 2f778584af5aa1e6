/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/moderation.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

enum { NOT_SELF = 1, NOT_OWNER = 2, NEITHER = NOT_SELF | NOT_OWNER };

static const struct {
	enum meeting_role least;
	int spared;
} rules[MEETING_ACTION__MAX] = {
	[MEETING_KICK] = { MEETING_MODERATOR, NEITHER },
	[MEETING_BAN] = { MEETING_MODERATOR, NEITHER },
	[MEETING_UNBAN] = { MEETING_MODERATOR, NOT_SELF },
	[MEETING_MUTE] = { MEETING_MODERATOR, NEITHER },
	[MEETING_VIDEO_OFF] = { MEETING_MODERATOR, NOT_OWNER },
	[MEETING_SCREEN_STOP] = { MEETING_MODERATOR, NEITHER },
	[MEETING_DEAFEN] = { MEETING_MODERATOR, NEITHER },
	[MEETING_UNDEAFEN] = { MEETING_MODERATOR, NEITHER },
	[MEETING_CHAT_BLOCK] = { MEETING_MODERATOR, NEITHER },
	[MEETING_CHAT_UNBLOCK] = { MEETING_MODERATOR, NEITHER },
	[MEETING_ASK_UNMUTE] = { MEETING_MODERATOR, NEITHER },
	[MEETING_ASK_CAMERA] = { MEETING_MODERATOR, NEITHER },
	[MEETING_SPOTLIGHT] = { MEETING_MODERATOR, 0 },
	[MEETING_STAGE_BRING] = { MEETING_MODERATOR, 0 },
	[MEETING_STAGE_REMOVE] = { MEETING_MODERATOR, 0 },
	[MEETING_PROMOTE] = { MEETING_OWNER, 0 },
	[MEETING_DEMOTE] = { MEETING_OWNER, 0 },
};

enum err
meeting_moderation_judge(enum meeting_action action, enum meeting_role actor, enum meeting_role target, int is_self,
    const char **text)
{
	*text = "";
	if (actor < rules[action].least) {
		*text = rules[action].least == MEETING_OWNER ? "Only the owner of this room can do that." :
		    "Only the owner of this room and its moderators can do that.";
		return ERR_DENIED;
	}
	if (is_self && rules[action].spared & NOT_SELF) {
		*text = "This is you: choose somebody else.";
		return ERR_INPUT;
	}
	if (target == MEETING_OWNER && !is_self && rules[action].spared & NOT_OWNER) {
		*text = "Nobody can do that to the owner of this room.";
		return ERR_DENIED;
	}
	return ERR_OK;
}

const char *
meeting_moderation_message(struct base_arena *a, const char *event, const char *actor, const char *target)
{
	const char *text = NULL;
	struct base_buf b;

	base_buf_init(&b, LIMIT_BODY_SMALL);
	base_json_open(&b, NULL, '{');
	base_json_put_str(&b, "type", "system");
	base_json_put_str(&b, "event", event);
	base_json_put_str(&b, "actor", actor);
	base_json_put_str(&b, "target", target);
	base_json_close(&b, '}');
	if (b.err == ERR_OK)
		text = base_arena_strdup(a, b.p);
	base_buf_free(&b);
	return text;
}

/* Adds value under key, or to the list o when key is NULL; takes it, also when it fails. */
static enum err
add(json_object *o, const char *key, json_object *value)
{
	if (value != NULL &&
	    (key != NULL ? json_object_object_add(o, key, value) : json_object_array_add(o, value)) == 0)
		return ERR_OK;
	json_object_put(value);
	return ERR_NOMEM;
}

/* The list `accesses`, with or without "moderator"; what isn't text goes. */
static enum err
set_moderator(json_object *o, int on)
{
	json_object *old = NULL, *list = json_object_new_array();
	size_t n = 0;
	enum err e;

	if (list == NULL)
		return ERR_NOMEM;
	if (json_object_object_get_ex(o, "accesses", &old) && json_object_is_type(old, json_type_array))
		n = json_object_array_length(old);
	for (size_t i = 0; i < n; i++) {
		json_object *one = json_object_array_get_idx(old, i);

		if (!json_object_is_type(one, json_type_string) ||
		    strcmp(json_object_get_string(one), "moderator") == 0)
			continue;
		if ((e = add(list, NULL, json_object_get(one))) != ERR_OK) {
			json_object_put(list);
			return e;
		}
	}
	if (on && (e = add(list, NULL, json_object_new_string("moderator"))) != ERR_OK) {
		json_object_put(list);
		return e;
	}
	return add(o, "accesses", list);
}

enum err
meeting_moderation_metadata(struct base_arena *a, enum meeting_action action, const char *metadata, const char **out)
{
	json_object *o;
	enum err e;

	*out = NULL;
	if (action != MEETING_PROMOTE && action != MEETING_DEMOTE && action != MEETING_CHAT_BLOCK &&
	    action != MEETING_CHAT_UNBLOCK)
		return ERR_OK;
	e = base_json_object_lax(a, metadata, strlen(metadata), &o);
	if (e == ERR_INPUT)
		e = base_json_object_lax(a, "{}", 2, &o);
	if (e != ERR_OK)
		return e;
	if (action == MEETING_PROMOTE || action == MEETING_DEMOTE)
		e = set_moderator(o, action == MEETING_PROMOTE);
	else
		e = add(o, "chatBlocked", json_object_new_boolean(action == MEETING_CHAT_BLOCK));
	if (e == ERR_OK)
		*out = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	return e == ERR_OK && *out == NULL ? ERR_NOMEM : e;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/room.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"

/* a-z 0-9, and hyphens that stand alone between two of them. */
static int
is_name(const char *s, size_t n)
{
	if (n < LIMIT_ROOM_NAME_MIN || n > LIMIT_ROOM_NAME_MAX || s[0] == '-' || s[n - 1] == '-')
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || (s[i] == '-' && s[i - 1] != '-')))
			return 0;
	return 1;
}

enum err
meeting_room_name(struct base_arena *a, const char *in, const char **out)
{
	char *name = base_arena_strdup(a, in);

	if (name == NULL)
		return in == NULL ? ERR_INPUT : ERR_NOMEM;
	name = base_text_trim(name);
	base_text_lower(name);
	if (!is_name(name, strlen(name)))
		return ERR_INPUT;
	*out = name;
	return ERR_OK;
}

void
meeting_room_name_new(char out[13])
{
	base_random_pick(out, 12, "abcdefghijklmnopqrstuvwxyz");
	out[3] = out[8] = '-';
}

enum err
meeting_room_mode(const char *in, const char **out)
{
	static const char *const modes[] = { "standard", "webinar", "broadcast" };

	if (*in == '\0')
		in = modes[0];
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(in, modes[i]) == 0) {
			*out = modes[i];
			return ERR_OK;
		}
	return ERR_INPUT;
}

int
meeting_room_expired(const struct store_room *room, int64_t now, int is_live)
{
	/* Very old rows may have no expires_at (0): they never expire. */
	return !room->is_persistent && room->expires_at != 0 && room->expires_at < now && !is_live;
}

/* Only opening sets both at once; settings and activity set one each. */
int64_t
meeting_room_opened_at(const struct store_room *room)
{
	int64_t began = room->expires_at - MEETING_ROOM_LIFE;

	return began < room->updated_at ? began : room->updated_at;
}

enum err
meeting_room_judge(struct store *s, struct base_arena *a, struct store_room *room, int64_t now)
{
	const char *sid;
	enum err e;

	if (!room->is_active || !meeting_room_expired(room, now, 0))
		return ERR_OK;
	if ((e = store_room_live_sid(s, a, room->id, &sid)) != ERR_OK)
		return e;
	room->is_active = !meeting_room_expired(room, now, *sid != '\0');
	return ERR_OK;
}

void
meeting_room_put_settings(struct base_buf *b, const char *key, const struct store_room *room)
{
	base_json_open(b, key, '{');
	base_json_put_bool(b, "allowChat", room->allow_chat);
	base_json_put_bool(b, "allowVideo", room->allow_video);
	base_json_put_bool(b, "allowAudio", room->allow_audio);
	base_json_put_bool(b, "requireApproval", room->require_approval);
	base_json_put_bool(b, "e2ee", room->e2ee);
	base_json_put_bool(b, "isPersistent", room->is_persistent);
	base_json_put_bool(b, "recordingsAllowed", room->recordings_allowed);
	base_json_close(b, '}');
}

void
meeting_room_put_brief(struct base_buf *b, const struct store_room *room)
{
	base_json_put_str(b, "id", room->id);
	base_json_put_str(b, "name", room->name);
	base_json_put_str(b, "createdBy", room->created_by);
	base_json_put_str(b, "adminId", room->admin_id);
	base_json_put_bool(b, "isActive", room->is_active);
	base_json_put_bool(b, "isPublic", room->is_public);
	base_json_put_int(b, "maxParticipants", room->max_participants);
	base_json_put_time(b, "expiresAt", room->expires_at);
	meeting_room_put_settings(b, "settings", room);
	base_json_put_str(b, "mode", room->mode);
}

void
meeting_room_put_members(struct base_buf *b, const struct store_room *room)
{
	meeting_room_put_brief(b, room);
	base_json_put_time(b, "createdAt", room->created_at);
	base_json_put_time(b, "updatedAt", room->updated_at);
	base_json_put_time(b, "lastActivityAt", room->last_activity_at);
	if (room->deleted_at != 0)
		base_json_put_time(b, "deletedAt", room->deleted_at);
}

void
meeting_room_put(struct base_buf *b, const char *key, const struct store_room *room)
{
	base_json_open(b, key, '{');
	meeting_room_put_members(b, room);
	base_json_close(b, '}');
}

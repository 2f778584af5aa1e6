/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/closing.h"

#include <string.h>
#include <time.h>

#include "base/limits.h"

static enum err
send_message(struct livekit_api *api, const char *room, const struct meeting_closing *c)
{
	/* Nobody confirms a data packet; clients that haven't shown it yet see a room that is gone instead. */
	const struct timespec pause = {0, 400000000};
	struct base_buf b;
	enum err e;

	base_buf_init(&b, LIMIT_BODY_SMALL);
	base_json_open(&b, NULL, '{');
	base_json_put_str(&b, "type", "system");
	base_json_put_str(&b, "event", c->event);
	base_json_put_str(&b, "message", c->message == NULL ? "" : c->message);
	if (c->deleted_identity != NULL && *c->deleted_identity != '\0')
		base_json_put_str(&b, "deletedIdentity", c->deleted_identity);
	base_json_close(&b, '}');
	e = b.err != ERR_OK ? b.err : livekit_api_send_data(api, room, b.p, NULL, 0);
	base_buf_free(&b);
	if (e == ERR_OK)
		(void)nanosleep(&pause, NULL);
	return e;
}

/* LiveKit takes 3 s to say that it can't send to a room which isn't there; so who is in is asked first. */
enum err
meeting_closing_tell(struct store *s, struct base_arena *a, struct livekit_api *api, const struct store_room *room,
    const struct meeting_closing *c)
{
	struct livekit_participant *people;
	struct store_room other;
	size_t n;
	enum err e = store_room_by_name(s, a, room->name, &other);

	if (e == ERR_OK && other.is_active && strcmp(other.id, room->id) != 0)
		return ERR_OK;
	if (e != ERR_OK && e != ERR_ABSENT)
		return e;
	if ((e = livekit_api_list_participants(api, a, room->name, &people, &n)) != ERR_OK)
		return e;
	if (n > 0 && (e = send_message(api, room->name, c)) != ERR_OK && e != ERR_PEER)
		return e;
	e = livekit_api_delete_room(api, room->name);
	return e == ERR_ABSENT ? ERR_OK : e;
}

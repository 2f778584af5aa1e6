/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/room/:roomId/WHAT/:identity: a moderator acts on somebody. In this order: what must last is written, in one
 * durable transaction; then, with no lock held, LiveKit is told; then the clients. So whoever is taken a right from, or
 * sent away, can't come back round it; and when LiveKit can't be told, the caller hears so, and the reconciler does it.
 */
#include "cgi/room/room.h"

#include <string.h>

#include "base/log.h"
#include "meeting/moderation.h"
#include "meeting/presence.h"
#include "meeting/rights.h"

enum { NO_MARK = -1 };

static const struct step {
	int mark;			/* enum store_mark, or NO_MARK */
	int on;
	const char *event;		/* that clients are told */
	enum { TO_NOBODY, TO_TARGET, TO_ALL } to;
	int must_be_here;		/* nothing to be done to somebody who is away */
	int is_removal;
	unsigned mutes;			/* sources whose tracks are muted */
} steps[MEETING_ACTION__MAX] = {
	[MEETING_KICK] = { NO_MARK, 0, "kick", TO_ALL, 0, 1, 0 },
	[MEETING_BAN] = { NO_MARK, 0, "ban", TO_ALL, 0, 1, 0 },
	[MEETING_UNBAN] = { NO_MARK, 0, NULL, TO_NOBODY, 0, 0, 0 },
	/* Sound of whatever source: a screen has some, too. */
	[MEETING_MUTE] = { STORE_MAY_SPEAK, 0, "mute", TO_TARGET, 1, 0, LIVEKIT_MICROPHONE },
	[MEETING_VIDEO_OFF] = { STORE_MAY_SHOW, 0, "video_off", TO_TARGET, 1, 0, LIVEKIT_CAMERA },
	[MEETING_SCREEN_STOP] = { NO_MARK, 0, "screen_stop", TO_TARGET, 1, 0,
	    LIVEKIT_SCREEN_SHARE | LIVEKIT_SCREEN_SHARE_AUDIO },
	[MEETING_DEAFEN] = { STORE_DEAFENED, 1, "deafen", TO_TARGET, 0, 0, 0 },
	[MEETING_UNDEAFEN] = { STORE_DEAFENED, 0, "undeafen", TO_TARGET, 0, 0, 0 },
	[MEETING_CHAT_BLOCK] = { STORE_CHAT_BLOCKED, 1, "chat_block", TO_TARGET, 0, 0, 0 },
	[MEETING_CHAT_UNBLOCK] = { STORE_CHAT_BLOCKED, 0, "chat_unblock", TO_TARGET, 0, 0, 0 },
	[MEETING_ASK_UNMUTE] = { STORE_MAY_SPEAK, 1, "ask_unmute", TO_TARGET, 1, 0, 0 },
	[MEETING_ASK_CAMERA] = { STORE_MAY_SHOW, 1, "ask_camera", TO_TARGET, 1, 0, 0 },
	[MEETING_SPOTLIGHT] = { NO_MARK, 0, "spotlight", TO_ALL, 1, 0, 0 },
	[MEETING_STAGE_BRING] = { STORE_ON_STAGE, 1, "stage_bring", TO_TARGET, 0, 0, 0 },
	[MEETING_STAGE_REMOVE] = { STORE_ON_STAGE, 0, "stage_remove", TO_TARGET, 0, 0, 0 },
	[MEETING_PROMOTE] = { STORE_MODERATOR, 1, "promote", TO_TARGET, 0, 0, 0 },
	[MEETING_DEMOTE] = { STORE_MODERATOR, 0, "demote", TO_TARGET, 0, 0, 0 },
};

struct deed {
	enum meeting_action action;
	const struct step *step;
	const char *identity;
	struct room_scene scene;	/* the room, and who acts */
	struct store_standing target;
	enum meeting_role role;		/* the target's in the room, superadmin or not */
	int is_superadmin, is_known;	/* the target: of the server; has a row of its own */
	int was_so;			/* the mark stood that way before */
};

static enum err
find_target(struct door *d, struct deed *x)
{
	struct store_user u = { .accesses = "" };
	enum err e = store_user_by_id(d->store, d->arena, x->identity, &u);

	if (e != ERR_OK && e != ERR_ABSENT)
		return e;
	x->is_superadmin = store_user_has(u.accesses, "superadmin");
	x->is_known = e == ERR_OK;
	if ((e = store_standing_get(d->store, x->scene.room.id, x->identity, &x->target)) != ERR_OK)
		return e;
	x->is_known = x->is_known || x->target.exists;
	x->role = meeting_role_of(&x->scene.room, x->identity, 0, &x->target);
	return ERR_OK;
}

/* Reads what is needed and refuses what isn't allowed, inside a transaction of the caller's. */
static enum err
look(struct door *d, struct deed *x)
{
	const char *text;
	enum err e = room_scene_read(d, &x->scene);

	if (e != ERR_OK || (e = find_target(d, x)) != ERR_OK)
		return e;
	e = meeting_moderation_judge(x->action, x->scene.role, x->role,
	    strcmp(x->identity, d->caller->user.id) == 0, &text);
	if (e != ERR_OK)
		return door_fail(d, e, "%s", text);
	if (!x->scene.room.is_active)
		return door_fail(d, ERR_GONE, "This meeting has ended.");
	if ((x->action == MEETING_STAGE_BRING || x->action == MEETING_STAGE_REMOVE) &&
	    !meeting_rights_has_stage(&x->scene.room))
		return door_fail(d, ERR_CONFLICT, "This room has no stage: only webinars and broadcasts have one.");
	return ERR_OK;
}

static int *
flag(struct store_standing *t, int mark)
{
	switch (mark) {
	case STORE_CHAT_BLOCKED: return &t->is_chat_blocked;
	case STORE_MODERATOR: return &t->is_moderator;
	case STORE_ON_STAGE: return &t->is_on_stage;
	case STORE_DEAFENED: return &t->is_deafened;
	case STORE_MAY_SPEAK: return &t->may_speak;
	case STORE_MAY_SHOW: return &t->may_show;
	default: return &t->is_approved;
	}
}

static int
may_send(const struct deed *x, unsigned source)
{
	enum meeting_role role = x->is_superadmin ? MEETING_SUPERADMIN : x->role;

	return (meeting_rights_grant(&x->scene.room, role, &x->target).sources & source) != 0;
}

/* Who is asked to speak or to show must be able to: they are given the right first where the room withholds it. */
static enum err
give_before_asking(struct door *d, struct deed *x)
{
	unsigned source = x->action == MEETING_ASK_UNMUTE ? LIVEKIT_MICROPHONE : LIVEKIT_CAMERA;

	if (may_send(x, source))
		return ERR_OK;
	*flag(&x->target, x->step->mark) = 1;
	if (!may_send(x, source))
		return door_fail(d, ERR_CONFLICT, "Only people on the stage can be asked that here. Bring them there "
		    "first.");
	return store_standing_mark(d->store, x->scene.room.id, x->identity, (enum store_mark)x->step->mark, 1, d->now);
}

static enum err
write_deed(struct door *d, struct deed *x)
{
	const char *room = x->scene.room.id, *by = d->caller->user.id;
	int64_t kick = conf_int(d->conf, CONF_meeting_kickSecs) * BASE_CLOCK_SECOND;
	enum err e;

	switch (x->action) {
	case MEETING_KICK:
		return meeting_presence_put_out(d->store, d->arena, &x->scene.room, x->identity, by, d->now + kick,
		    d->now);
	case MEETING_BAN:
		return meeting_presence_put_out(d->store, d->arena, &x->scene.room, x->identity, by, 0, d->now);
	case MEETING_UNBAN:
		e = store_standing_unban(d->store, room, x->identity, d->now);
		return e != ERR_ABSENT ? e : door_fail(d, e, "Nobody of that identity is kept out of this room.");
	case MEETING_ASK_UNMUTE:
	case MEETING_ASK_CAMERA:
		return give_before_asking(d, x);
	default:
		break;
	}
	if (x->step->mark == NO_MARK)
		return ERR_OK;
	x->was_so = *flag(&x->target, x->step->mark) == x->step->on;
	return x->was_so ? ERR_OK : store_standing_mark(d->store, room, x->identity, (enum store_mark)x->step->mark,
	    x->step->on, d->now);
}

/* Strangers to the store (agents, telephones) are looked for in LiveKit before anything is written about them. */
static enum err
must_exist(struct door *d, const struct deed *x)
{
	struct livekit_participant p;
	struct livekit_api *api;
	enum err e;

	if (x->is_known || x->action == MEETING_UNBAN)
		return ERR_OK;
	if ((e = door_livekit(d, &api)) == ERR_OK)
		e = livekit_api_get_participant(api, d->arena, x->scene.room.name, x->identity, &p);
	if (e == ERR_ABSENT || (e == ERR_OK && p.is_recorder))
		return door_fail(d, ERR_ABSENT, "There is nobody of that identity in this room.");
	if (e == ERR_OK && x->step->mark != NO_MARK && x->step->mutes == 0)
		return door_fail(d, ERR_CONFLICT, "This participant was not let in by this server: it can only be "
		    "muted or sent away.");
	return e;
}

static enum err
mute_tracks(struct livekit_api *api, const struct deed *x, const struct livekit_participant *p)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < p->n_tracks && e == ERR_OK; i++) {
		const struct livekit_track *t = &p->tracks[i];

		if (!t->is_muted && (t->source & x->step->mutes || (x->action == MEETING_MUTE && t->is_audio)))
			e = livekit_api_mute_track(api, x->scene.room.name, x->identity, t->sid);
	}
	return e;
}

static enum err
tell_clients(struct door *d, struct livekit_api *api, const struct deed *x)
{
	const char *text;

	if (x->step->to == TO_NOBODY)
		return ERR_OK;
	text = meeting_moderation_message(d->arena, x->step->event, d->caller->user.id, x->identity);
	if (text == NULL)
		return ERR_NOMEM;
	return livekit_api_send_data(api, x->scene.room.name, text, &x->identity, x->step->to == TO_TARGET);
}

/* Whom LiveKit doesn't have is out already, and hears of it when they come. */
static enum err
tell_livekit(struct door *d, const struct deed *x)
{
	const char *room = x->scene.room.name, *metadata;
	struct livekit_participant p;
	struct livekit_api *api;
	enum err e = door_livekit(d, &api);

	if (e != ERR_OK)
		return e;
	if (x->step->is_removal)
		e = livekit_api_remove_participant(api, room, x->identity);
	else if ((e = livekit_api_get_participant(api, d->arena, room, x->identity, &p)) == ERR_OK &&
	    (e = mute_tracks(api, x, &p)) == ERR_OK && p.is_person &&
	    (e = meeting_moderation_metadata(d->arena, x->action, p.metadata, &metadata)) == ERR_OK)
		e = room_scene_push(d, api, &x->scene.room, &p, metadata);
	if (e != ERR_OK)
		return e;
	e = tell_clients(d, api, x);
	/* What took effect already needs no message; what is only a message does. */
	return x->step->is_removal || (x->step->mark != NO_MARK && !x->step->must_be_here) ? ERR_OK : e;
}

static enum err
finish(struct door *d, const struct deed *x, enum err e)
{
	struct base_buf *b = door_json(d);
	int is_stored = x->step->is_removal || (x->step->mark != NO_MARK && !x->step->must_be_here);

	if (e == ERR_ABSENT && x->step->must_be_here)
		return door_fail(d, e, "They are not in the meeting right now.");
	if (e != ERR_OK && e != ERR_ABSENT && is_stored) {
		base_log(LOG_LEVEL_WARN, "%s of %s in room %s is stored, but LiveKit was not told: %s", x->step->event,
		    x->identity, x->scene.room.name, base_err_name(e));
		return door_fail(d, ERR_PEER, ROOM_STORED);
	}
	if (e != ERR_OK && e != ERR_ABSENT)
		return door_fail(d, ERR_PEER, "LiveKit could not be reached. Try again in a moment.");
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "status", x->action == MEETING_PROMOTE && x->was_so ? "already_moderator" : "success");
	base_json_close(b, '}');
	return b->err;
}

static enum err
moderate(struct door *d, enum meeting_action action)
{
	struct deed x = { .action = action, .step = &steps[action], .identity = d->req->params[1] };
	enum err e = store_begin_read(d->store);

	if (e == ERR_OK)
		e = look(d, &x);
	store_rollback(d->store);
	if (e != ERR_OK || (e = must_exist(d, &x)) != ERR_OK)
		return e;
	/* Looked at again under the write lock: the actor may have lost the right meanwhile. */
	if (x.step->mark != NO_MARK || x.step->is_removal || action == MEETING_UNBAN) {
		if ((e = store_begin(d->store, STORE_DURABLE)) != ERR_OK)
			return e;
		if ((e = look(d, &x)) == ERR_OK && (e = write_deed(d, &x)) == ERR_OK)
			e = store_commit(d->store);
		if (e != ERR_OK) {
			store_rollback(d->store);
			return e;
		}
	}
	return finish(d, &x, action == MEETING_UNBAN ? ERR_OK : tell_livekit(d, &x));
}

enum err
room_ask(struct door *d)
{
	if (strcmp(d->req->params[2], "unmute") == 0)
		return moderate(d, MEETING_ASK_UNMUTE);
	if (strcmp(d->req->params[2], "camera") == 0)
		return moderate(d, MEETING_ASK_CAMERA);
	return door_fail(d, ERR_INPUT, "Ask for unmute or camera.");
}

#define ROUTE(name, action) enum err name(struct door *d) { return moderate(d, action); }
ROUTE(room_kick, MEETING_KICK)
ROUTE(room_ban, MEETING_BAN)
ROUTE(room_unban, MEETING_UNBAN)
ROUTE(room_mute, MEETING_MUTE)
ROUTE(room_video_off, MEETING_VIDEO_OFF)
ROUTE(room_screen_stop, MEETING_SCREEN_STOP)
ROUTE(room_deafen, MEETING_DEAFEN)
ROUTE(room_undeafen, MEETING_UNDEAFEN)
ROUTE(room_chat_block, MEETING_CHAT_BLOCK)
ROUTE(room_chat_unblock, MEETING_CHAT_UNBLOCK)
ROUTE(room_spotlight, MEETING_SPOTLIGHT)
ROUTE(room_stage_bring, MEETING_STAGE_BRING)
ROUTE(room_stage_remove, MEETING_STAGE_REMOVE)
ROUTE(room_promote, MEETING_PROMOTE)
ROUTE(room_demote, MEETING_DEMOTE)

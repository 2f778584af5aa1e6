/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The responder room: making, listing and ending rooms, who is in one, and what moderators do there. A room is a row;
 * LiveKit hears of it when its first participant joins with a token of the responder join. So making one can't touch a
 * meeting that runs.
 */
#ifndef CGI_ROOM_ROOM_H
#define CGI_ROOM_ROOM_H
#include "door/door.h"
#include "meeting/role.h"
#include "meeting/room.h"

/* What a caller hears when the store knows it and LiveKit doesn't: bedrud-worker's reconciler sees to it. */
#define ROOM_STORED "That is stored, but LiveKit could not be told yet. The server will do it within a minute."

/* A room that a request names (:roomId), and the caller in it. */
struct room_scene {
	struct store_room room;		/* is_active as meeting_room_judge() left it */
	struct store_standing standing;
	enum meeting_role role;		/* of the caller: a moderator who is banned or sent away has no say */
};

/* scene.c: reads both in a transaction of the caller's, for callers with an account. Refuses an unknown room. */
enum err room_scene_read(struct door *d, struct room_scene *s) BASE_MUST_CHECK;
/* scene.c: the same in a transaction of its own, and refuses whoever isn't a moderator at least. */
enum err room_scene_moderated(struct door *d, struct room_scene *s) BASE_MUST_CHECK;
/* scene.c: what the store lets somebody do right now, in a transaction of its own. */
enum err room_scene_grant(struct door *d, const char *room_id, const char *identity,
    struct livekit_grant *out) BASE_MUST_CHECK;
/*
 * scene.c: has LiveKit let p do what the store says, until that is so. metadata: JSON text, or NULL to leave it; then
 * nothing is sent where the permission is right already. Kinds of livekit/api.h, and of the store.
 */
enum err room_scene_push(struct door *d, struct livekit_api *api, const struct store_room *room,
    const struct livekit_participant *p, const char *metadata) BASE_MUST_CHECK;

/*
 * create.c: maxParticipants of a body into r, where it is given: 0 for no limit or less than none. Refuses more than
 * the server allows.
 */
enum err room_read_limits(struct door *d, json_object *body, struct store_room *r) BASE_MUST_CHECK;
/* create.c: the flags of settings that are there; isPersistent counts for superadmins only. ERR_INPUT. */
enum err room_read_flags(struct door *d, json_object *settings, struct store_room *r) BASE_MUST_CHECK;

/* lobby.c: tells the moderators who sit in the room that somebody has knocked or was answered; or logs why not. */
void room_lobby_tell(struct door *d, const struct store_room *room, const char *who);

/* The routes. */
enum err room_create(struct door *d);	/* POST /api/room/create: create.c */
enum err room_list(struct door *d);	/* GET /api/room/list: list.c */
enum err room_delete(struct door *d);	/* DELETE /api/room/:roomId: delete.c */
enum err room_presence(struct door *d);	/* GET /api/room/:roomId/presence: presence.c */
enum err room_archived(struct door *d);	/* GET /api/room/archived: archived.c */
enum err room_settings(struct door *d);	/* PUT /api/room/:roomId/settings: settings.c */
enum err room_profile(struct door *d);	/* GET /api/room/:roomId/participant/:identity/profile: participant.c */
enum err room_info(struct door *d);	/* GET /api/room/:roomId/participant/:identity/info: participant.c */
enum err room_standing(struct door *d);	/* GET /api/room/:roomId/standing: people.c */
enum err room_bans(struct door *d);	/* GET /api/room/:roomId/bans: people.c */
enum err room_knock(struct door *d);	/* POST /api/room/knock: knock.c */
enum err room_knocks(struct door *d);	/* GET /api/room/:roomId/knocks: lobby.c */
enum err room_admit(struct door *d);	/* POST /api/room/:roomId/admit/:identity: lobby.c */
enum err room_refuse(struct door *d);	/* POST /api/room/:roomId/refuse/:identity: lobby.c */
enum err room_invitations(struct door *d);	/* GET /api/room/:roomId/invitations: invitations.c */
enum err room_invite(struct door *d);		/* POST /api/room/:roomId/invitations: invitations.c */
enum err room_uninvite(struct door *d);		/* DELETE /api/room/:roomId/invitations/:id: invitations.c */
/* POST /api/room/:roomId/…/:identity: moderate.c */
enum err room_kick(struct door *d);
enum err room_ban(struct door *d);
enum err room_unban(struct door *d);
enum err room_mute(struct door *d);
enum err room_video_off(struct door *d);
enum err room_screen_stop(struct door *d);
enum err room_deafen(struct door *d);
enum err room_undeafen(struct door *d);
enum err room_chat_block(struct door *d);
enum err room_chat_unblock(struct door *d);
enum err room_ask(struct door *d);
enum err room_spotlight(struct door *d);
enum err room_stage_bring(struct door *d);
enum err room_stage_remove(struct door *d);
enum err room_promote(struct door *d);
enum err room_demote(struct door *d);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A participant as LiveKit describes it (ParticipantInfo), in a webhook and in the lists of its HTTP API. What a
 * participant writes about itself (name, metadata, attributes) never makes the reading fail: nobody can hide so.
 */
#ifndef LIVEKIT_PARTICIPANT_H
#define LIVEKIT_PARTICIPANT_H
#include "base/json.h"
#include "livekit/token.h"

struct livekit_track {
	const char *sid;
	unsigned source;	/* LIVEKIT_CAMERA …; 0 = unknown */
	int is_audio, is_muted;
};

enum livekit_state { LIVEKIT_JOINING, LIVEKIT_JOINED, LIVEKIT_ACTIVE, LIVEKIT_DISCONNECTED };

struct livekit_participant {
	const char *sid, *identity;	/* "" when absent */
	const char *name, *metadata;	/* the participant's own words; "" when absent or unreadable */
	const char *admission;		/* attribute bedrud.admission, "" when there is none; or, of no use: */
#define LIVEKIT_ADMISSION_STRANGE "?"	/* it is no text, or has a NUL in it */
	int is_person;			/* kind STANDARD (or absent) */
	int is_recorder;		/* kind EGRESS */
	int state;			/* enum livekit_state; -1 = another */
	int64_t joined_at;		/* ns; joinedAtMs preferred over joinedAt; 0 = absent */
	int has_permission;		/* LiveKit says one, in `permission`: what this participant may do right now */
	struct livekit_grant permission;
	struct livekit_track *tracks;	/* those it publishes */
	size_t n_tracks;
};

/* Nobody: all "" and 0, a person. */
void livekit_participant_none(struct livekit_participant *out);

/* ERR_INPUT when o isn't an object or a member has another type; ERR_NOMEM. Strings live as long as o's arena. */
enum err livekit_participant_read(struct base_arena *a, json_object *o,
    struct livekit_participant *out) BASE_MUST_CHECK;

/* LiveKit's name of one source: CAMERA, MICROPHONE, SCREEN_SHARE or SCREEN_SHARE_AUDIO; UNKNOWN for 0. A literal. */
const char *livekit_participant_source(unsigned source);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A webhook of LiveKit: proof that it is genuine, and its content. The body is protobuf-JSON with random spaces: the
 * proof is over the raw bytes. Either spelling of names and numbers is read; absent means zero.
 */
#ifndef LIVEKIT_EVENT_H
#define LIVEKIT_EVENT_H
#include "base/jwt.h"
#include "livekit/egress.h"
#include "livekit/participant.h"

/*
 * authorization is the header's value, with or without "Bearer ". Checks: HS256 under the key, iss = api_key, exp and
 * nbf with one minute of leeway, claim sha256 = standard base64 of SHA-256(body) in constant time. ERR_AUTH, ERR_NOMEM.
 */
enum err livekit_event_verify(const struct base_jwt_key *k, const char *api_key, struct base_arena *a,
    const char *authorization, const char *body, size_t n, int64_t now_s) BASE_MUST_CHECK;

/*
 * The events that we ask LiveKit for (webhook.filter_params.include_events): those that cgi/webhook/effect.c acts on,
 * and the egress worker's. One that isn't here never arrives from a LiveKit that livekit-launcher configures.
 */
#define LIVEKIT_EVENTS_WANTED \
	{ "room_started", "room_finished", "participant_joined", "participant_left", \
	    "participant_connection_aborted", "egress_started", "egress_updated", "egress_ended" }

struct livekit_event {
	const char *id, *event;			/* "" when absent */
	const char *room_sid, *room_name;	/* "" when absent */
	struct livekit_participant who;		/* nobody when absent */
	struct livekit_egress egress;		/* none when absent */
	int64_t created_at;			/* ns */
	int64_t room_created_at;		/* ns */
};

/* ERR_INPUT when the body isn't a JSON object or a known field has another type. Participants write their own names,
 * metadata and attributes: whatever these hold, the event counts. Strings live as long as the arena. */
enum err livekit_event_parse(struct base_arena *a, const char *body, size_t n,
    struct livekit_event *out) BASE_MUST_CHECK;

#endif

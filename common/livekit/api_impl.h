/* SPDX-License-Identifier: Apache-2.0 */
/* One call to LiveKit, for the files of livekit/ that make them. */
#ifndef LIVEKIT_API_IMPL_H
#define LIVEKIT_API_IMPL_H
#include "livekit/api.h"

#define LIVEKIT_API_EGRESS "livekit.Egress/"

/* Where the next call's body is written: emptied, with the outermost brace open and room (unless NULL) in it. */
struct base_buf *livekit_api_body(struct livekit_api *api, const char *room);

/*
 * Closes that brace and posts the body to method ("livekit.RoomService/ListRooms"), with a grant for that room (NULL:
 * for none). The answer's object lives with the arena; out may be NULL. ERR_ABSENT, ERR_PEER, ERR_NOMEM as in api.h;
 * of the Egress service also ERR_BUSY, ERR_GONE, ERR_CONFIG as in egress.h.
 */
enum err livekit_api_call(struct livekit_api *api, enum livekit_power power, const char *room, const char *method,
    struct base_arena *a, json_object **out) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a recording (meeting/recording.h) and LiveKit's egress (livekit/egress.h): what a report means for it, and
 * what LiveKit and the people in the room are told after a move.
 */
#ifndef MEETING_RECORDER_H
#define MEETING_RECORDER_H
#include "livekit/api.h"
#include "livekit/egress.h"
#include "meeting/recording.h"

/*
 * The event that LiveKit's word about an egress stands for, and what is new in it (in the arena). An end without a file
 * brings a sentence for people as its error. ERR_NOMEM.
 */
enum err meeting_recorder_read(struct base_arena *a, const struct livekit_egress *eg,
    enum meeting_recording_event *event, struct meeting_recording_news *news) BASE_MUST_CHECK;

/*
 * The id of the recording that an egress belongs to: the last part of its file's name without the extension, as
 * meeting_recorder_path() made it; "" when it isn't one of ours. For reports that come before LiveKit's answer.
 */
enum err meeting_recorder_id(struct base_arena *a, const struct livekit_egress *eg, const char **id) BASE_MUST_CHECK;

/*
 * The recording that an egress belongs to, by its egress id or its file's name. ERR_ABSENT: none of ours, or deleted.
 */
enum err meeting_recorder_find(struct store *s, struct base_arena *a, const struct livekit_egress *eg,
    struct store_recording *out) BASE_MUST_CHECK;

/*
 * Does what a move left to do, outside any transaction: StopEgress for MEETING_RECORDING_DO_STOP, and for
 * MEETING_RECORDING_DO_TELL data to everybody in the room, {"type":"system","event":"recording_started" or
 * "recording_stopped","recordingId":…}. One that LiveKit doesn't know, or that is over, needs no stop. ERR_PEER and
 * ERR_BUSY when LiveKit couldn't be told to stop: the worker asks again within a minute.
 */
enum err meeting_recorder_follow(struct livekit_api *api, struct base_arena *a, const struct store_recording *r,
    unsigned todo) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside livekit/ only: members of protobuf-JSON as LiveKit writes them. Webhooks have camelCase names, answers of its
 * HTTP API snake_case; 64-bit numbers are strings or numbers, enums names or numbers; zero values are absent. Each
 * leaves *out as it was when the member is absent; a wrong type is ERR_INPUT.
 */
#ifndef LIVEKIT_PROTO_IMPL_H
#define LIVEKIT_PROTO_IMPL_H
#include "base/json.h"

/* A time of so many units of `unit` ns each since 1970. */
enum err livekit_proto_time(json_object *o, const char *camel, const char *snake, int64_t unit,
    int64_t *out) BASE_MUST_CHECK;
enum err livekit_proto_bool(json_object *o, const char *camel, const char *snake, int *out) BASE_MUST_CHECK;
enum err livekit_proto_str(json_object *o, const char *camel, const char *snake, const char **out) BASE_MUST_CHECK;

/* An enum's value, by its place in names[n]; -1 for one that isn't there. value: the member itself, not NULL. */
enum err livekit_proto_enum(json_object *value, const char *const *names, size_t n, int *out) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules about rooms that need no database: names, creation limits, modes.
 */
#ifndef MEETING_ROOM_H
#define MEETING_ROOM_H
#include "base/arena.h"

/* trim, lower case, then 3…63 bytes of a-z 0-9 and single inner hyphens. ERR_INPUT. *out in the arena. */
enum err meeting_room_name(struct base_arena *a, const char *in, const char **out) BASE_MUST_CHECK;
/* "xxx-xxxx-xxx" of random letters into out[13]. */
void meeting_room_name_new(char out[13]);
/* "", standard, webinar, broadcast; *out is the stored form ("" becomes standard). ERR_INPUT. */
enum err meeting_room_mode(const char *in, const char **out) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/arrival.h"

#include <stddef.h>

const char *
meeting_arrival_objection(const struct meeting_arrival *a)
{
	if (a->is_recorder)
		return NULL;
	if (!a->room_known)
		return a->strict ? "no room of ours has this name" : NULL;
	if (a->is_banned)
		return "this identity may not be in the room";
	if (a->is_kicked)
		return "this identity was sent away and may not come back yet";
	if (a->is_inactive)
		return "the account is deactivated";
	if (!a->room_open)
		return "the room is not active";
	if (!a->has_admission)
		return a->strict ? "no admission was presented" : NULL;
	return a->admission_good ? NULL : "the admission is void or another's";
}

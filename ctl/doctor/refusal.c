/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/refusal.h"

#include <stddef.h>
#include <string.h>

enum refusal
refusal_judge(int status, const char *body)
{
	static const struct {
		const char *words;
		enum refusal refusal;
	} known[] = {
	    {"invalid API key", REFUSAL_KEY},
	    {"signature is invalid", REFUSAL_SECRET},
	    {"error in cryptographic primitive", REFUSAL_SECRET},
	    {"not valid yet", REFUSAL_EARLY},
	    {"expired", REFUSAL_LATE},
	};

	if (status == 200)
		return REFUSAL_NONE;
	if (status != 401 && status != 403)
		return REFUSAL_STRANGER;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strstr(body, known[i].words) != NULL)
			return known[i].refusal;
	return REFUSAL_OTHER;
}

const char *
refusal_text(enum refusal r)
{
	switch (r) {
	case REFUSAL_KEY:
		return "it doesn't know the API key of livekit.apiKey";
	case REFUSAL_SECRET:
		return "it knows livekit.apiKey, but with another secret than livekit.apiSecret";
	case REFUSAL_EARLY:
		return "its clock is more than a minute behind ours, so that our tokens aren't valid yet";
	case REFUSAL_LATE:
		return "its clock is more than a minute ahead of ours, so that our tokens have expired";
	case REFUSAL_OTHER:
		return "it, or something before it, refuses us";
	case REFUSAL_STRANGER:
		return "this is no answer of LiveKit's";
	case REFUSAL_NONE:
	default:
		return NULL;
	}
}

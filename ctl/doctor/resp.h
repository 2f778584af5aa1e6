/* SPDX-License-Identifier: Apache-2.0 */
/* Redis's protocol (RESP2: https://redis.io/docs/latest/develop/reference/protocol-spec/), as far as we ask. */
#ifndef CTL_DOCTOR_RESP_H
#define CTL_DOCTOR_RESP_H
#include "ctl/doctor/net.h"

struct resp {
	char type;		/* '+' text, '-' error, ':' number, '$' bytes, '*' list */
	char text[256];		/* the text; of a list the first text in it; cut */
	long long number;	/* the number; of a list how many elements it has; -1 = nil */
};

/* Sends a command of n words, reads the answer. ERR_PEER (n->why): there is none, or it is no Redis's; ERR_NOMEM. */
enum err resp_ask(struct net *n, const char *const *words, size_t words_n, struct resp *r) BASE_MUST_CHECK;

#endif

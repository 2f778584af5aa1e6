/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LiveKit's log on its way to ours: cut into lines, key, secret and join tokens taken out, control bytes made
 * harmless, written to standard error as "livekit: …". Remembers the line in which LiveKit says why it ends.
 */
#ifndef LAUNCHER_RELAY_H
#define LAUNCHER_RELAY_H
#include "base/buf.h"

#define LAUNCHER_RELAY_LINE	8192	/* a longer line loses its end */
#define LAUNCHER_REASON		600

struct launcher_relay {
	const char *key, *secret;		/* borrowed */
	char line[LAUNCHER_RELAY_LINE];
	size_t n;
	int is_cut;				/* the rest of an overlong line is being dropped */
	char reason[LAUNCHER_REASON];		/* redacted; "" = it gave none */
	char version[64];			/* as its line "starting LiveKit server" has it; "" = not said */
	int fd;					/* where lines go */
};

void launcher_relay_init(struct launcher_relay *r, const char *key, const char *secret, int fd);

/* A new process speaks: the old reason is forgotten. */
void launcher_relay_begin(struct launcher_relay *r);

/* Takes what was read; whole lines go on. */
void launcher_relay_feed(struct launcher_relay *r, const char *p, size_t n);

/* The process is gone: a last line without its newline goes on too. */
void launcher_relay_end(struct launcher_relay *r);

/* Appends n bytes without key, secret (plain or as JSON writes it), access_token values and other JWTs. */
void launcher_relay_redact(const struct launcher_relay *r, const char *p, size_t n, struct base_buf *out);

#endif

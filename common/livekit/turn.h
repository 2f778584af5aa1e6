/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials that LiveKit's own TURN server accepts: the scheme of livekit-server 1.13.5 (pkg/service/turn.go; 1.11.0
 * answers them with error 400), by which anybody who knows an API key can make them. A client that has them may relay
 * through the server until they expire; they open nothing else.
 */
#ifndef LIVEKIT_TURN_H
#define LIVEKIT_TURN_H
#include <stdint.h>
#include "base/buf.h"

/*
 * Appends base62("KEY|ID|EXPIRY") and base62(sha256("SECRET|ID|EXPIRY")). `id` is a name for LiveKit's log; key and id
 * have no "|" in them. expires_s is in seconds since 1970. Check out->err.
 */
void livekit_turn_username(const char *api_key, const char *id, int64_t expires_s, struct base_buf *out);
void livekit_turn_credential(const char *api_secret, const char *id, int64_t expires_s, struct base_buf *out);

/* The radix-62 of both, as github.com/jxskiss/base62 has it: five or six bits a letter, from the last bit on. */
void livekit_turn_base62(const unsigned char *p, size_t n, struct base_buf *out);

#endif

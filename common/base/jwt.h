/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compact JWS with HMAC-SHA256 (RFC 7515, RFC 7519), the only form that LiveKit and Bedrud use. The key carries the
 * algorithm: there is no way to verify with another one, and "none" or RS256 in a header is a forgery. Used by
 * livekit/ (join tokens, webhooks) and ident/ (sessions).
 *
 * A key is prepared once per process: the HMAC pads are hashed ahead (a token takes 0.6 µs instead of 1.7).
 * A prepared key is read-only and may be used by many threads.
 */
#ifndef BASE_JWT_H
#define BASE_JWT_H
#include <stdint.h>
#include "base/json.h"

struct base_jwt_key;

/* Prepares a key of n >= 1 bytes. ERR_NOMEM, ERR_BUG (OpenSSL). Free wipes. */
enum err base_jwt_key_new(const void *secret, size_t n, struct base_jwt_key **out) BASE_MUST_CHECK;
void base_jwt_key_free(struct base_jwt_key *k);

/* HMAC-SHA256 of a message under the key, into out[32]. */
void base_jwt_mac(const struct base_jwt_key *k, const void *p, size_t n, unsigned char out[32]);

/* Signs a payload (a JSON object as text): appends "header.payload.signature" to out. Check out->err. */
void base_jwt_sign(const struct base_jwt_key *k, const char *payload, size_t n, struct base_buf *out);

/*
 * Verifies signature and header (alg HS256 only, typ absent or JWT, no "crit"), then the payload: one JSON object
 * without duplicate keys. `exp` must be there as an integer; exp and nbf (if present) are judged at now_s with
 * leeway_s seconds. ERR_AUTH for anything wrong with the token (nothing of it is trusted then), ERR_NOMEM. *claims
 * lives as long as the arena. Tokens beyond LIMIT_TOKEN bytes are ERR_AUTH.
 */
enum err base_jwt_verify(const struct base_jwt_key *k, struct base_arena *a, const char *token, size_t n,
    int64_t now_s, int64_t leeway_s, json_object **claims) BASE_MUST_CHECK;

#endif

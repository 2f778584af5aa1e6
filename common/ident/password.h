/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords. New hashes: libcrypt's yescrypt ($y$). Bedrud's: bcrypt $2a$ cost 10 over the raw 32-byte SHA-256
 * of the password; libcrypt stops at a NUL byte, which 12 % of digests have, so those go through our own
 * binary-safe bcrypt (ident/bcrypt.h). Legacy rows: plain bcrypt(password).
 *
 * What it costs (one core of 2026's build machine): yescrypt 24 ms and 32 MiB while it runs; a Bedrud row 2 x 50
 * ms. A process computes at most IDENT_PASSWORD_AT_ONCE at a time, the others wait their turn: memory stays
 * bounded when many log in together.
 */
#ifndef IDENT_PASSWORD_H
#define IDENT_PASSWORD_H
#include "base/arena.h"

#define IDENT_PASSWORD_AT_ONCE 2

/*
 * A new hash into out (arena). 12…128 bytes, no NUL: ERR_INPUT. ERR_NOMEM, ERR_BUG. Slow on purpose (tens of
 * ms).
 */
enum err ident_password_hash(struct base_arena *a, const char *password, const char **out) BASE_MUST_CHECK;

/*
 * Compares in constant time; *good is 1 only with ERR_OK. For a NULL, empty or unknown hash a dummy is computed
 * with the cost of a new hash, so that time doesn't tell (a row of Bedrud's Go server takes longer: both its
 * forms are always tried). Passwords beyond 128 bytes are never good. ERR_NOMEM, ERR_BUG.
 */
enum err ident_password_verify(const char *password, const char *hash, int *good) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords. New hashes: libcrypt's yescrypt ($y$). Bedrud's: bcrypt $2a$ cost 10 over the raw 32-byte SHA-256 of the password; libcrypt stops at a NUL byte, which
 * 12 % of digests have, so those go through our own binary-safe bcrypt (ident/bcrypt.h). Legacy rows: plain bcrypt(password).
 */
#ifndef IDENT_PASSWORD_H
#define IDENT_PASSWORD_H
#include "base/arena.h"

/* A new hash into out (arena). 12…128 bytes, no NUL: ERR_INPUT. ERR_NOMEM, ERR_BUG. Slow on purpose (tens of ms). */
enum err ident_password_hash(struct base_arena *a, const char *password, const char **out) BASE_MUST_CHECK;

/* Compares in constant time; for an empty or unknown hash a dummy is computed, so that time doesn't tell. *good. */
enum err ident_password_verify(const char *password, const char *hash, int *good) BASE_MUST_CHECK;

#endif

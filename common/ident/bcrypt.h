/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bcrypt over a key of bytes (Provos and Mazieres, "A Future-Adaptable Password Scheme", 1999), for what
 * libcrypt can't do: a key with a NUL in the middle. Blowfish's first boxes are the fraction of pi in binary;
 * they are computed at first use (about 30 ms once per process, 4 KiB kept), not pasted. Only ident/password.c
 * and tests call this.
 */
#ifndef IDENT_BCRYPT_H
#define IDENT_BCRYPT_H
#include <stddef.h>
#include "base/err.h"

#define IDENT_BCRYPT_SIZE 61	/* "$2a$10$", 22 characters of salt, 31 of hash, NUL */

/*
 * Hashes key[0..n) under setting ("$2a$", "$2b$" or "$2y$", two digits of cost 04…14, "$", 22 characters of
 * salt; what follows is not looked at). The key is cycled as it is: pass a password with its terminating NUL. 1
 * <= n. At most 72 bytes count. ERR_INPUT for another setting, ERR_NOMEM when the boxes can't be computed. Cost
 * 10 takes about 50 ms.
 */
enum err ident_bcrypt_hash(const void *key, size_t n, const char *setting, char out[IDENT_BCRYPT_SIZE]) BASE_MUST_CHECK;

#endif

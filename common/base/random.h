/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that says getrandom. Never fails after boot: a kernel that can't give random bytes ends the process.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H
#include <stddef.h>

void base_random_fill(void *p, size_t n);

/* n random bytes as lower-case hex into out[2n+1]. */
void base_random_hex(char *out, size_t n);

/* n characters of the alphabet (2 to 256 characters), without bias, and a NUL, into out[n+1]. */
void base_random_pick(char *out, size_t n, const char *alphabet);

/* A version 4 UUID, lower case, into out[37]. */
void base_random_uuid(char out[37]);

#endif

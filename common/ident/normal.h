/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normal forms of what people type (CONTRACT 2.5): e-mail address, display name.
 */
#ifndef IDENT_NORMAL_H
#define IDENT_NORMAL_H
#include "base/arena.h"

/* trim, NFKC, drop U+FEFF, split at the last @, domain to IDNA ASCII, lower case. ERR_INPUT when it isn't an address (addr-spec only, no display name). */
enum err ident_normal_email(struct base_arena *a, const char *in, const char **out) BASE_MUST_CHECK;

/* Deletes control characters and < > & " ' ; trims; ERR_INPUT when the result isn't min…max bytes of UTF-8. */
enum err ident_normal_name(struct base_arena *a, const char *in, size_t min, size_t max, const char **out) BASE_MUST_CHECK;

#endif

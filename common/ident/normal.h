/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normal forms of what people type: e-mail address, display name.
 */
#ifndef IDENT_NORMAL_H
#define IDENT_NORMAL_H
#include "base/arena.h"

/*
 * trim, NFKC, drop U+FEFF, split at the last @, domain to IDNA ASCII, lower case (code point by code point, as
 * Bedrud's Go server does). ERR_INPUT when it isn't an address (addr-spec of RFC 5322 with RFC 6532's UTF-8, no
 * display name, no domain literal) or is longer than LIMIT_EMAIL. ERR_NOMEM.
 */
enum err ident_normal_email(struct base_arena *a, const char *in, const char **out) BASE_MUST_CHECK;

/*
 * The same address with its domain in Unicode, for rows from before Bedrud normalised domains; the address
 * itself when there is no other form. ERR_NOMEM.
 */
enum err ident_normal_email_unicode(struct base_arena *a, const char *email, const char **out) BASE_MUST_CHECK;

/* Deletes control characters and < > & " ' ; trims; ERR_INPUT when the result isn't min…max bytes of UTF-8. */
enum err ident_normal_name(struct base_arena *a, const char *in, size_t min, size_t max,
    const char **out) BASE_MUST_CHECK;

#endif

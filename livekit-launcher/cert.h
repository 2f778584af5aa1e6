/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a certificate and its key will do for TURN over TLS: LiveKit ends itself over a pair that doesn't load, and
 * browsers refuse a relay whose name or time is wrong.
 */
#ifndef LAUNCHER_CERT_H
#define LAUNCHER_CERT_H
#include <stdint.h>
#include "base/err.h"

#define LAUNCHER_CERT_TEXT 512

/*
 * Looks at PEM files `cert` (leaf first, then its chain) and `key` for `domain` at now_s (seconds since 1970). ERR_OK:
 * usable; `text` is "", or a warning (it ends within a week). ERR_CONFIG: `text` says why not and what to do.
 */
enum err launcher_cert_check(const char *cert, const char *key, const char *domain, int64_t now_s,
    char text[LAUNCHER_CERT_TEXT]) BASE_MUST_CHECK;

/* When the (first) certificate in the file ends, in seconds since 1970; 0 when it can't be read. */
int64_t launcher_cert_expiry(const char *cert);

#endif

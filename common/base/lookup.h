/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name's addresses, with a deadline. getaddrinfo(3) has none: the resolver waits 5 s for each try at each server
 * (resolv.conf(5): timeout, attempts), 20 s with two servers that are silent.
 */
#ifndef BASE_LOOKUP_H
#define BASE_LOOKUP_H
#include <netdb.h>
#include "base/err.h"

/*
 * All addresses of a name, or of an address in text, for a port (0 to 65535) and a SOCK_…, in the order of
 * getaddrinfo(3); both families are asked at once. ERR_OK: *out, for freeaddrinfo(). ERR_ABSENT: there are none within
 * timeout_ms; ERR_NOMEM. Then *why is a clause for people, a constant.
 */
enum err base_lookup(const char *host, int port, int socktype, int timeout_ms, struct addrinfo **out,
    const char **why) BASE_MUST_CHECK;

#endif

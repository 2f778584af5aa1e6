/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a guest comes from, as far as the store keeps it: a keyed hash, so that a database that gets lost names no
 * addresses, of what one household or host has: the IPv4 address, or the first 64 bits of the IPv6 one (RFC 6177
 * section 2: a subnet; privacy extensions, RFC 8981, change the rest at will).
 */
#ifndef IDENT_ADDRESS_H
#define IDENT_ADDRESS_H
#include "base/jwt.h"

#define IDENT_ADDRESS 33	/* 32 hex digits and a NUL */

/* An address as 16 bytes, IPv4 in its IPv6 form (::ffff:a.b.c.d), so that both compare alike. 0 when it is none. */
int ident_address_parse(const char *text, unsigned char out[16]);

/* The keyed hash of an address's network; "" for what is no address (a web server on a Unix socket may send none). */
void ident_address_hash(const struct base_jwt_key *session_key, const char *text, char out[IDENT_ADDRESS]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of address a node IP is, and which names LiveKit takes: facts that livekit-launcher decides by and
 * `bedrudctl doctor` explains. Pure: no lookup, no socket.
 */
#ifndef LIVEKIT_ADDRESS_H
#define LIVEKIT_ADDRESS_H

/*
 * "loopback", "link-local", "Docker bridge" (172.17.0.0/16, Docker's default network), "private", "carrier-grade NAT"
 * (RFC 6598), "public"; NULL when `text` is no address that a client could send media to (unspecified, multicast, a
 * name, anything with a port or a zone).
 */
const char *livekit_address_kind(const char *text);

/*
 * 1 if LiveKit takes the name as turn.domain: two or more labels of ASCII letters, digits and hyphens, and no address.
 * (LiveKit 1.13.5 itself lets an IPv4 address pass; no certificate authority and no browser would agree on it.)
 */
int livekit_address_is_domain(const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a webhook may be delivered to. Its address is typed into the admin pages, and whoever may do that must not
 * reach what only this machine reaches: itself, its network, the cloud's metadata service. Pure: the caller asks about
 * the address that is connected to, not about a name that may mean another one the next time.
 */
#ifndef WORKER_GUARD_H
#define WORKER_GUARD_H
#include <sys/socket.h>

/*
 * NULL for an address that anybody on the Internet may be reached at; else what it is, for people: "loopback",
 * "private" … By the special-purpose registries of IANA (RFC 6890 and its updates, as of 2026); an IPv6 address that
 * stands for an IPv4 one (mapped, NAT64) is judged by that.
 */
const char *worker_guard_kind(const struct sockaddr *to);

#endif

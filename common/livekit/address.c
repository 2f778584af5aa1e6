/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DOMAIN_MOST 253

static const char *
kind_v4(uint32_t a)
{
	if (a == 0 || a >> 28 >= 0xe)
		return NULL;
	if (a >> 24 == 127)
		return "loopback";
	if (a >> 16 == 0xa9fe)
		return "link-local";
	if (a >> 16 == 0xac11)
		return "Docker bridge";
	if (a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8)
		return "private";
	if (a >> 22 == 0x6440 >> 6)
		return "carrier-grade NAT";
	return "public";
}

static const char *
kind_v6(const struct in6_addr *a)
{
	if (IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_MULTICAST(a) || IN6_IS_ADDR_V4MAPPED(a))
		return NULL;
	if (IN6_IS_ADDR_LOOPBACK(a))
		return "loopback";
	if (IN6_IS_ADDR_LINKLOCAL(a))
		return "link-local";
	return (a->s6_addr[0] & 0xfe) == 0xfc ? "private" : "public";
}

const char *
livekit_address_kind(const char *text)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return kind_v4(ntohl(v4.s_addr));
	if (inet_pton(AF_INET6, text, &v6) == 1)
		return kind_v6(&v6);
	return NULL;
}

int
livekit_address_is_domain(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	size_t label, labels = 0;
	struct in_addr v4;
	const char *p = name;

	if (strlen(name) > DOMAIN_MOST || inet_pton(AF_INET, name, &v4) == 1)
		return 0;
	for (;; p++) {
		label = strspn(p, letters);
		if (label == 0)
			return 0;
		labels++;
		p += label;
		if (*p != '.')
			return *p == '\0' && labels > 1;
	}
}

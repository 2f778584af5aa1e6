/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const struct net4 {
	uint32_t net;
	int bits;
	const char *kind;
} nets4[] = {
    {0x00000000, 8, "of no host"},
    {0x0a000000, 8, "private"},
    {0x64400000, 10, "carrier-grade NAT"},
    {0x7f000000, 8, "loopback"},
    {0xa9fe0000, 16, "link-local"},
    {0xac100000, 12, "private"},
    {0xc0000000, 24, "reserved"},
    {0xc0000200, 24, "for documentation"},
    {0xc0586300, 24, "reserved"},
    {0xc0a80000, 16, "private"},
    {0xc6120000, 15, "for benchmarks"},
    {0xc6336400, 24, "for documentation"},
    {0xcb007100, 24, "for documentation"},
    {0xe0000000, 4, "multicast"},
    {0xf0000000, 4, "reserved"},
};

/* First match counts. What is outside 2000::/3 and not named here has never been given to anybody. */
static const struct net6 {
	unsigned char net[16];
	int bits;
	const char *kind;	/* NULL: public */
} nets6[] = {
    {{0}, 128, "of no host"},
    {{[15] = 1}, 128, "loopback"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "private"},
    {{0xfc}, 7, "private"},
    {{0xff}, 8, "multicast"},
    {{0x20, 0x01}, 23, "reserved"},	/* Teredo among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "for documentation"},
    {{0x20, 0x02}, 16, "reserved"},	/* 6to4 leads to any IPv4 address */
    {{0x3f, 0xff}, 20, "for documentation"},
    {{0x20}, 3, NULL},
    {{0}, 0, "reserved"},
};

static const char *
kind4(uint32_t a)
{
	for (size_t i = 0; i < sizeof nets4 / sizeof *nets4; i++)
		if ((a ^ nets4[i].net) >> (32 - nets4[i].bits) == 0)
			return nets4[i].kind;
	return NULL;
}

static int
is_in(const unsigned char *a, const struct net6 *n)
{
	int whole = n->bits / 8, rest = n->bits % 8;

	return memcmp(a, n->net, (size_t)whole) == 0 &&
	    (rest == 0 || (a[whole] ^ n->net[whole]) >> (8 - rest) == 0);
}

static const char *
kind6(const unsigned char a[16])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff}, nat64[12] = {0, 0x64, 0xff, 0x9b};
	uint32_t last;

	memcpy(&last, a + 12, sizeof last);
	if (memcmp(a, mapped, sizeof mapped) == 0 || memcmp(a, nat64, sizeof nat64) == 0)
		return kind4(ntohl(last));
	for (size_t i = 0; i < sizeof nets6 / sizeof *nets6; i++)
		if (is_in(a, &nets6[i]))
			return nets6[i].kind;
	return "reserved";
}

const char *
worker_guard_kind(const struct sockaddr *to)
{
	if (to->sa_family == AF_INET)
		return kind4(ntohl(((const struct sockaddr_in *)(const void *)to)->sin_addr.s_addr));
	if (to->sa_family == AF_INET6)
		return kind6(((const struct sockaddr_in6 *)(const void *)to)->sin6_addr.s6_addr);
	return "no Internet address";
}

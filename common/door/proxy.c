/* SPDX-License-Identifier: Apache-2.0 */
#include "door/proxy.h"

#include <netinet/in.h>
#include <string.h>

#include "base/text.h"
#include "ident/address.h"

/* "10.0.0.0/8" or "10.0.0.1". */
static int
in_block(const char *block, const unsigned char address[16])
{
	char text[INET6_ADDRSTRLEN + 1];
	unsigned char net[16];
	size_t n = strcspn(block, "/");
	long long bits = 128;
	int v4 = memchr(block, ':', n) == NULL;

	if (n >= sizeof text)
		return 0;
	memcpy(text, block, n);
	text[n] = '\0';
	if (!ident_address_parse(text, net))
		return 0;
	if (block[n] == '/' && base_text_int(block + n + 1, 0, v4 ? 32 : 128, &bits) != ERR_OK)
		return 0;
	if (block[n] == '/' && v4)
		bits += 96;
	for (size_t i = 0; bits > 0; i++, bits -= 8) {
		unsigned mask = bits >= 8 ? 0xffu : 0xffu << (8 - bits) & 0xffu;

		if ((net[i] ^ address[i]) & mask)
			return 0;
	}
	return 1;
}

int
door_proxy_trusted(const struct conf *c, const char *address)
{
	unsigned char bytes[16];
	const char *block;

	if (!ident_address_parse(address, bytes))
		return 0;
	for (size_t i = 0; (block = conf_list(c, CONF_server_trustedProxies, i)) != NULL; i++)
		if (in_block(block, bytes))
			return 1;
	return 0;
}

const char *
door_proxy_client(const struct conf *c, struct base_arena *a, const char *peer, const char *header)
{
	const char *client = peer;
	unsigned char bytes[16];
	char *list, *part;

	if (header == NULL || !door_proxy_trusted(c, peer))
		return peer;
	list = base_arena_strdup(a, header);
	if (list == NULL)
		return NULL;
	while ((part = strrchr(list, ',')) != NULL || list[0] != '\0') {
		char *address = base_text_trim(part != NULL ? part + 1 : list);

		/* Garbage ends what can be believed. */
		if (!ident_address_parse(address, bytes))
			return client;
		client = address;
		if (part == NULL || !door_proxy_trusted(c, address))
			return client;
		*part = '\0';
	}
	return client;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ident/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

int
ident_address_parse(const char *text, unsigned char out[16])
{
	memcpy(out, mapped, sizeof mapped);
	return inet_pton(AF_INET, text, out + 12) == 1 || inet_pton(AF_INET6, text, out) == 1;
}

void
ident_address_hash(const struct base_jwt_key *session_key, const char *text, char out[IDENT_ADDRESS])
{
	/* The same key signs guests' cookies, whose ids begin otherwise. */
	unsigned char message[8 + 16] = "address:", mac[32];
	unsigned char *address = message + 8;

	out[0] = '\0';
	if (!ident_address_parse(text, address))
		return;
	if (memcmp(address, mapped, sizeof mapped) != 0)
		memset(address + 8, 0, 8);
	base_jwt_mac(session_key, message, sizeof message, mac);
	base_text_hex(mac, (IDENT_ADDRESS - 1) / 2, out);
}

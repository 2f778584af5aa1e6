/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/random.h"
#include "base/text.h"
#include "ident/guest.h"

static const char prefix[] = "guest-";
enum { PREFIX = sizeof prefix - 1, RANDOM_CHARS = 8, MAC = 32 };

static void
mac_hex(const struct base_jwt_key *key, const char *id, size_t n, char out[BASE_HEX_SIZE(MAC)])
{
	unsigned char mac[MAC];

	base_jwt_mac(key, id, n, mac);
	base_text_hex(mac, sizeof mac, out);
}

enum err
ident_guest_read(const struct base_jwt_key *session_key, const char *cookie, char id[IDENT_GUEST_ID])
{
	const char *dot = cookie ? strrchr(cookie, '.') : NULL;
	char mac[BASE_HEX_SIZE(MAC)];
	size_t n;

	if (!dot)
		return ERR_AUTH;
	n = (size_t)(dot - cookie);
	if (n <= PREFIX || n >= IDENT_GUEST_ID || strncmp(cookie, prefix, PREFIX) != 0)
		return ERR_AUTH;
	mac_hex(session_key, cookie, n, mac);
	if (!base_text_equal_ct(mac, strlen(mac), dot + 1, strlen(dot + 1)))
		return ERR_AUTH;
	memcpy(id, cookie, n);
	id[n] = '\0';
	return ERR_OK;
}

void
ident_guest_new(char id[IDENT_GUEST_ID])
{
	memcpy(id, prefix, PREFIX);
	base_random_pick(id + PREFIX, RANDOM_CHARS, "abcdefghijklmnopqrstuvwxyz0123456789");
}

const char *
ident_guest_cookie(const struct base_jwt_key *session_key, struct base_arena *a, const char *id)
{
	char mac[BASE_HEX_SIZE(MAC)];

	mac_hex(session_key, id, strlen(id), mac);
	return base_arena_printf(a, "%s.%s", id, mac);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/stun.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/random.h"
#include "base/text.h"

#define COOKIE 0x2112a442U
#define MAC 20	    /* bytes of HMAC-SHA1 */
#define ATTRIBUTE 4 /* bytes before its value */
#define FINGERPRINT_XOR 0x5354554eU

static unsigned
get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
set16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static void
set32(unsigned char *p, uint32_t v)
{
	set16(p, v >> 16);
	set16(p + 2, v & 0xffff);
}

static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* CRC-32 of ITU V.42; a table would be longer than what it saves on a few messages. */
static uint32_t
crc32_of(const unsigned char *p, size_t n)
{
	uint32_t crc = 0xffffffffU;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320U & (0U - (crc & 1)));
	}
	return ~crc;
}

/* HMAC of the message up to p[n), as if it ended after its own attribute (RFC 8489 section 14.5). */
static void
mac_of(const unsigned char *p, size_t n, const void *key, size_t key_n, unsigned char out[MAC])
{
	unsigned char copy[STUN_MOST];
	unsigned length = MAC;

	memcpy(copy, p, n);
	set16(copy + 2, (unsigned)(n + ATTRIBUTE + MAC - STUN_HEAD));
	memset(out, 0, MAC);
	(void)HMAC(EVP_sha1(), key, (int)key_n, copy, n, out, &length);
}

void
stun_begin(struct stun *m, unsigned type)
{
	memset(m, 0, sizeof *m);
	set16(m->p, type);
	set32(m->p + 4, COOKIE);
	base_random_fill(m->p + 8, 12);
	m->n = STUN_HEAD;
}

void
stun_put(struct stun *m, unsigned attribute, const void *p, size_t n)
{
	if (m->is_full || n > STUN_MOST || ATTRIBUTE + padded(n) > STUN_MOST - m->n) {
		m->is_full = 1;
		return;
	}
	set16(m->p + m->n, attribute);
	set16(m->p + m->n + 2, (unsigned)n);
	if (n > 0)
		memcpy(m->p + m->n + ATTRIBUTE, p, n);
	m->n += ATTRIBUTE + padded(n);
	set16(m->p + 2, (unsigned)(m->n - STUN_HEAD));
}

void
stun_put_u32(struct stun *m, unsigned attribute, uint32_t v)
{
	unsigned char p[4];

	set32(p, v);
	stun_put(m, attribute, p, sizeof p);
}

void
stun_put_address(struct stun *m, unsigned attribute, const struct sockaddr_storage *a)
{
	const struct sockaddr_in *v4 = (const void *)a;
	const struct sockaddr_in6 *v6 = (const void *)a;
	int is_v6 = a->ss_family == AF_INET6;
	size_t n = is_v6 ? 16 : 4;
	unsigned char p[20] = {0, is_v6 ? 2 : 1};

	set16(p + 2, ntohs(is_v6 ? v6->sin6_port : v4->sin_port) ^ COOKIE >> 16);
	memcpy(p + 4, is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr, n);
	for (size_t i = 0; i < n; i++) /* cookie and transaction id stand one after the other */
		p[4 + i] ^= m->p[4 + i];
	stun_put(m, attribute, p, 4 + n);
}

void
stun_sign(struct stun *m, const void *key, size_t n)
{
	unsigned char mac[MAC];

	mac_of(m->p, m->n, key, n, mac);
	stun_put(m, STUN_INTEGRITY, mac, sizeof mac);
}

enum err
stun_end(struct stun *m)
{
	size_t n = m->n;

	stun_put_u32(m, STUN_FINGERPRINT, 0);
	if (m->is_full)
		return ERR_TOO_BIG;
	set32(m->p + n + ATTRIBUTE, crc32_of(m->p, n) ^ FINGERPRINT_XOR);
	return ERR_OK;
}

void
stun_key(const char *username, const char *realm, const char *password, unsigned char out[STUN_KEY])
{
	const char *parts[] = {username, ":", realm, ":", password};
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int is_good = md != NULL && EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && is_good; i++)
		is_good = EVP_DigestUpdate(md, parts[i], strlen(parts[i])) == 1;
	if (!is_good || EVP_DigestFinal_ex(md, out, NULL) != 1)
		memset(out, 0, STUN_KEY); /* without memory: the server refuses it */
	EVP_MD_CTX_free(md);
}

size_t
stun_length(const unsigned char head[STUN_HEAD])
{
	size_t n = get16(head + 2);

	if ((head[0] & 0xc0) != 0 || n % 4 != 0 || n > STUN_MOST - STUN_HEAD || get32(head + 4) != COOKIE)
		return 0;
	return STUN_HEAD + n;
}

enum err
stun_check(const unsigned char *p, size_t n)
{
	size_t at = STUN_HEAD, length;

	if (n < STUN_HEAD || stun_length(p) != n)
		return ERR_INPUT;
	while (at < n) {
		if (n - at < ATTRIBUTE)
			return ERR_INPUT;
		length = get16(p + at + 2);
		if (padded(length) > n - at - ATTRIBUTE)
			return ERR_INPUT;
		if (get16(p + at) == STUN_FINGERPRINT &&
		    (length != 4 || get32(p + at + ATTRIBUTE) != (crc32_of(p, at) ^ FINGERPRINT_XOR)))
			return ERR_INPUT;
		at += ATTRIBUTE + padded(length);
	}
	return ERR_OK;
}

unsigned
stun_type(const unsigned char *p)
{
	return get16(p);
}

int
stun_answers(const unsigned char *p, const struct stun *m)
{
	return memcmp(p + 4, m->p + 4, 16) == 0;
}

/* What follows MESSAGE-INTEGRITY isn't covered by it, and doesn't count (RFC 8489 section 14.5). */
const unsigned char *
stun_find(const unsigned char *p, size_t n, unsigned attribute, size_t *length)
{
	size_t at = STUN_HEAD;

	while (at < n) {
		*length = get16(p + at + 2);
		if (get16(p + at) == attribute)
			return p + at + ATTRIBUTE;
		if (get16(p + at) == STUN_INTEGRITY)
			break;
		at += ATTRIBUTE + padded(*length);
	}
	*length = 0;
	return NULL;
}

int
stun_signed_by(const unsigned char *p, size_t n, const void *key, size_t key_n)
{
	unsigned char mac[MAC];
	const unsigned char *found;
	size_t length;

	found = stun_find(p, n, STUN_INTEGRITY, &length);
	if (found == NULL || length != MAC)
		return 0;
	mac_of(p, (size_t)(found - p) - ATTRIBUTE, key, key_n, mac);
	return base_text_equal_ct(found, MAC, mac, MAC);
}

enum err
stun_address(const unsigned char *p, size_t n, unsigned attribute, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;
	size_t length, bytes;
	const unsigned char *a = stun_find(p, n, attribute, &length);
	unsigned char *to;

	memset(out, 0, sizeof *out);
	if (a == NULL)
		return ERR_ABSENT;
	if (length == 8 && a[1] == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)(get16(a + 2) ^ COOKIE >> 16));
		to = (unsigned char *)&v4->sin_addr;
		bytes = 4;
	} else if (length == 20 && a[1] == 2) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)(get16(a + 2) ^ COOKIE >> 16));
		to = (unsigned char *)&v6->sin6_addr;
		bytes = 16;
	} else {
		return ERR_INPUT;
	}
	for (size_t i = 0; i < bytes; i++)
		to[i] = a[4 + i] ^ p[4 + i];
	return ERR_OK;
}

int
stun_error(const unsigned char *p, size_t n)
{
	size_t length;
	const unsigned char *a = stun_find(p, n, STUN_ERROR_CODE, &length);

	if (a == NULL || length < 4 || (a[2] & 7) < 3 || (a[2] & 7) > 6 || a[3] > 99)
		return 0;
	return (a[2] & 7) * 100 + a[3];
}

const char *
stun_meaning(int code)
{
	static const struct {
		int code;
		const char *text;
	} known[] = {
	    {300, "it sends clients to another server"},
	    {400, "it can't read the request, or the user name of the credentials"},
	    {401, "it doesn't accept the credentials: they are wrong, or have expired"},
	    {403, "its rules forbid it"},
	    {437, "it doesn't know the allocation, or this client has one already"},
	    {438, "it finds its own nonce stale, again and again"},
	    {441, "the allocation was made with other credentials"},
	    {442, "it doesn't relay to UDP"},
	    {443, "it has no relay address of this address family"},
	    {486, "this user has as many allocations as it may have"},
	    {487, "both sides say that they lead"},
	    {500, "it has an error of its own"},
	    {508, "it has no relay port left"},
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].code == code)
			return known[i].text;
	return "it gives an error that STUN and TURN don't list";
}

void
stun_address_text(const struct sockaddr_storage *a, char out[STUN_ADDRESS_TEXT])
{
	const struct sockaddr_in *v4 = (const void *)a;
	const struct sockaddr_in6 *v6 = (const void *)a;
	char text[INET6_ADDRSTRLEN] = "?";

	if (a->ss_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
	else
		(void)inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
	(void)snprintf(out, STUN_ADDRESS_TEXT, a->ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", text,
	    ntohs(a->ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 3 calls SHA256_* old; SHA256() looks its algorithm up by name each time, which costs a join 3 %,
 * and can fail for want of memory. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

int
base_text_equal_ct(const void *a, size_t an, const void *b, size_t bn)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned diff = an != bn;

	/* Walks the length of a whatever b is; b is never read beyond its end. */
	for (size_t i = 0; i < an; i++)
		diff |= x[i] ^ (i < bn ? y[i] : 0u);
	return diff == 0;
}

void
base_text_hex(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[s[i] >> 4];
		*out++ = digits[s[i] & 15];
	}
	*out = '\0';
}

static const char alphabet_std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t
encode64(const unsigned char *s, size_t n, char *out, const char *alphabet, int pad)
{
	char *o = out;
	size_t i;

	for (i = 0; i + 2 < n; i += 3, o += 4) {
		unsigned v = (unsigned)s[i] << 16 | (unsigned)s[i + 1] << 8 | s[i + 2];

		o[0] = alphabet[v >> 18];
		o[1] = alphabet[v >> 12 & 63];
		o[2] = alphabet[v >> 6 & 63];
		o[3] = alphabet[v & 63];
	}
	if (i < n) {
		unsigned second = i + 1 < n ? s[i + 1] : 0u;

		*o++ = alphabet[s[i] >> 2];
		*o++ = alphabet[(s[i] & 3) << 4 | second >> 4];
		if (i + 1 < n)
			*o++ = alphabet[(second & 15) << 2];
		else if (pad)
			*o++ = '=';
		if (pad)
			*o++ = '=';
	}
	*o = '\0';
	return (size_t)(o - out);
}

size_t
base_text_base64(const void *p, size_t n, char *out)
{
	return encode64(p, n, out, alphabet_std, 1);
}

size_t
base_text_base64url(const void *p, size_t n, char *out)
{
	return encode64(p, n, out, alphabet_url, 0);
}

/* The digits of base64url, one more than they count for; 0 for any other byte. */
static const unsigned char digits64[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['-'] = 63, ['_'] = 64
};

enum err
base_text_base64url_decode(const char *s, size_t sn, void *out, size_t *n)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + sn;
	unsigned char *o = out;
	uint32_t bits = 0;
	unsigned have = 0;

	if (sn % 4 == 1)
		return ERR_INPUT;
	*n = 0;
	for (; end - p >= 4; p += 4) {
		uint32_t a = digits64[p[0]], b = digits64[p[1]], c = digits64[p[2]], d = digits64[p[3]];

		if (a == 0 || b == 0 || c == 0 || d == 0)
			return ERR_INPUT;
		bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
		*o++ = (unsigned char)(bits >> 16);
		*o++ = (unsigned char)(bits >> 8);
		*o++ = (unsigned char)bits;
	}
	/* One byte more for two digits, two for three; what is left over must be zero. */
	for (bits = 0; p < end; p++, have += 6) {
		if (digits64[*p] == 0)
			return ERR_INPUT;
		bits = bits << 6 | (uint32_t)(digits64[*p] - 1);
	}
	for (; have >= 8; bits &= (1u << have) - 1) {
		have -= 8;
		*o++ = (unsigned char)(bits >> have);
	}
	*n = (size_t)(o - (unsigned char *)out);
	return bits == 0 ? ERR_OK : ERR_INPUT;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

void
base_text_lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = lower(*s);
}

int
base_text_equal_nocase(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

static int
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *
base_text_trim(char *s)
{
	size_t n;

	while (is_space(*s))
		s++;
	n = strlen(s);
	while (n > 0 && is_space(s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* Length of the UTF-8 sequence at s (at most n bytes), 0 if it is none (RFC 3629). */
static size_t
sequence(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	if (len == 0 || len > n || s[0] == 0)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

int
base_text_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
	uint64_t eight;

	while (n > 0) {
		size_t len;

		/* Eight bytes of ASCII at once, none of them NUL. */
		for (; n >= 8; p += 8, n -= 8) {
			memcpy(&eight, p, 8);
			if (((eight | (eight - ones)) & tops) != 0)
				break;
		}
		if (n == 0)
			break;
		len = sequence(p, n);

		if (len == 0)
			return 0;
		p += len;
		n -= len;
	}
	return 1;
}

enum err
base_text_int(const char *s, long long min, long long max, long long *out)
{
	char *end;
	long long v;

	if (!((*s >= '0' && *s <= '9') || (*s == '-' && s[1] >= '0' && s[1] <= '9')))
		return ERR_INPUT;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || v < min || v > max)
		return ERR_INPUT;
	*out = v;
	return ERR_OK;
}

void
base_text_sha256(const void *p, size_t n, unsigned char out[32])
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, p, n);
	SHA256_Final(out, &c);
}

void
base_text_sha256_hex(const void *p, size_t n, char out[65])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	base_text_sha256(p, n, digest);
	base_text_hex(digest, sizeof digest, out);
}

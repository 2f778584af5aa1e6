/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <openssl/bn.h>
#include "base/log.h"
#include "base/mem.h"
#include "ident/bcrypt.h"

enum {
	SUBKEYS = 18,
	WORDS = SUBKEYS + 4 * 256,
	GUARD = 64,			/* bits beyond those wanted, for what the divisions cut off */
	SALT = 16, SALT_CHARS = 22,
	HASH = 23, HASH_CHARS = 31,	/* the last byte of 24 is dropped, as OpenBSD did first and all since */
	PREFIX = 7,			/* "$2a$10$" */
	COST_MIN = 4, COST_MAX = 14,	/* 14 is near a second: a row with more would be a way to stop us */
};

struct blowfish {
	uint32_t p[SUBKEYS];
	uint32_t s[4][256];
};

static const char alphabet[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static struct blowfish first;	/* the boxes before any key; written once under the lock */
static int first_done;

/* sum += sign * (factor << bits) * arctan(1/x), by the series 1/x - 1/3x^3 + 1/5x^5 … */
static int
add_arctan(BIGNUM *sum, int sign, BN_ULONG factor, BN_ULONG x, int bits)
{
	BIGNUM *power = BN_new(), *term = BN_new();
	int ok = power && term && BN_set_word(power, factor) && BN_lshift(power, power, bits) &&
	    BN_div_word(power, x) != (BN_ULONG)-1;

	for (BN_ULONG n = 1; ok && !BN_is_zero(power); n += 2) {
		ok = BN_copy(term, power) != NULL && BN_div_word(term, n) != (BN_ULONG)-1;
		ok = ok && (sign > 0 ? BN_add(sum, sum, term) : BN_sub(sum, sum, term));
		ok = ok && BN_div_word(power, x * x) != (BN_ULONG)-1;
		sign = -sign;
	}
	BN_free(power);
	BN_free(term);
	return ok;
}

/* Machin: pi = 16 arctan(1/5) - 4 arctan(1/239). The words of its fraction, most significant first. */
static int
pi_words(uint32_t words[WORDS])
{
	unsigned char bytes[WORDS * 4];
	BIGNUM *pi = BN_new();
	int bits = WORDS * 32 + GUARD;
	int ok = pi && add_arctan(pi, 1, 16, 5, bits) && add_arctan(pi, -1, 4, 239, bits);

	ok = ok && BN_mask_bits(pi, bits) && BN_rshift(pi, pi, GUARD) &&
	    BN_bn2binpad(pi, bytes, sizeof bytes) == (int)sizeof bytes;
	BN_free(pi);
	for (size_t i = 0; ok && i < WORDS; i++)
		words[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
		    (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
	return ok;
}

static enum err
first_boxes(struct blowfish *b)
{
	enum err e = ERR_OK;

	pthread_mutex_lock(&first_lock);
	if (!first_done) {
		uint32_t words[WORDS];

		if (pi_words(words)) {
			memcpy(first.p, words, sizeof first.p);
			memcpy(first.s, words + SUBKEYS, sizeof first.s);
			first_done = 1;
		} else {
			e = base_log_err(ERR_NOMEM, "unable to compute Blowfish's boxes");
		}
	}
	if (e == ERR_OK)
		*b = first;
	pthread_mutex_unlock(&first_lock);
	return e;
}

static inline uint32_t
mix(const struct blowfish *b, uint32_t x)
{
	return ((b->s[0][x >> 24] + b->s[1][x >> 16 & 255]) ^ b->s[2][x >> 8 & 255]) + b->s[3][x & 255];
}

static void
encipher(const struct blowfish *b, uint32_t *left, uint32_t *right)
{
	uint32_t l = *left ^ b->p[0], r = *right;

	for (int i = 1; i < SUBKEYS - 1; i += 2) {
		r ^= mix(b, l) ^ b->p[i];
		l ^= mix(b, r) ^ b->p[i + 1];
	}
	*left = r ^ b->p[SUBKEYS - 1];
	*right = l;
}

/* The paper's ExpandKey. key18: the key's bytes cycled into 18 words. salt: 4 words, or NULL for the all-zero one. */
static void
expand(struct blowfish *b, const uint32_t key18[SUBKEYS], const uint32_t salt[4])
{
	static const uint32_t zero[4];
	const uint32_t *t = salt ? salt : zero;
	uint32_t l = 0, r = 0;
	unsigned turn = 0;

	for (int i = 0; i < SUBKEYS; i++)
		b->p[i] ^= key18[i];
	for (int i = 0; i < SUBKEYS; i += 2, turn ^= 2) {
		l ^= t[turn];
		r ^= t[turn + 1];
		encipher(b, &l, &r);
		b->p[i] = l;
		b->p[i + 1] = r;
	}
	for (int box = 0; box < 4; box++) {
		for (int i = 0; i < 256; i += 2, turn ^= 2) {
			l ^= t[turn];
			r ^= t[turn + 1];
			encipher(b, &l, &r);
			b->s[box][i] = l;
			b->s[box][i + 1] = r;
		}
	}
}

static void
cycle(const unsigned char *p, size_t n, uint32_t *words, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		words[i] = 0;
		for (int j = 0; j < 4; j++, at++)
			words[i] = words[i] << 8 | p[at % n];
	}
}

/* n bytes in bcrypt's base 64 (its own alphabet, most significant bits first), NUL. */
static void
encode(const unsigned char *p, size_t n, char *out)
{
	unsigned held = 0, bits = 0;

	for (size_t i = 0; i < n; i++) {
		held = held << 8 | p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = alphabet[held >> (bits - 6) & 63];
	}
	if (bits)
		*out++ = alphabet[held << (6 - bits) & 63];
	*out = '\0';
}

static enum err
decode_salt(const char *s, unsigned char salt[SALT])
{
	unsigned held = 0, bits = 0;
	size_t n = 0;

	for (int i = 0; i < SALT_CHARS; i++) {
		const char *c = s[i] ? strchr(alphabet, s[i]) : NULL;

		if (!c)
			return ERR_INPUT;
		held = held << 6 | (unsigned)(c - alphabet);
		bits += 6;
		if (bits >= 8 && n < SALT) {
			bits -= 8;
			salt[n++] = (unsigned char)(held >> bits);
		}
	}
	return ERR_OK;
}

static enum err
read_setting(const char *s, int *cost, unsigned char salt[SALT])
{
	if (strncmp(s, "$2", 2) != 0 || !s[2] || !strchr("aby", s[2]) || s[3] != '$')
		return ERR_INPUT;
	if (s[4] < '0' || s[4] > '9' || s[5] < '0' || s[5] > '9' || s[6] != '$')
		return ERR_INPUT;
	*cost = (s[4] - '0') * 10 + s[5] - '0';
	if (*cost < COST_MIN || *cost > COST_MAX)
		return ERR_INPUT;
	return decode_salt(s + PREFIX, salt);
}

enum err
ident_bcrypt_hash(const void *key, size_t n, const char *setting, char out[IDENT_BCRYPT_SIZE])
{
	unsigned char salt[SALT], text[24 + 1] = "OrpheanBeholderScryDoubt";
	uint32_t key18[SUBKEYS], salt18[SUBKEYS], block[6];
	struct blowfish b;
	int cost;
	enum err e;

	if (n == 0)
		return ERR_INPUT;
	if ((e = read_setting(setting, &cost, salt)) != ERR_OK || (e = first_boxes(&b)) != ERR_OK)
		return e;
	cycle(key, n, key18, SUBKEYS);
	cycle(salt, SALT, salt18, SUBKEYS);
	expand(&b, key18, salt18);
	for (unsigned long i = 0; i < 1ul << cost; i++) {
		expand(&b, key18, NULL);
		expand(&b, salt18, NULL);
	}
	cycle(text, 24, block, 6);
	for (int i = 0; i < 64; i++)
		for (int j = 0; j < 6; j += 2)
			encipher(&b, &block[j], &block[j + 1]);
	for (int i = 0; i < 24; i++)
		text[i] = (unsigned char)(block[i / 4] >> (24 - i % 4 * 8));
	memcpy(out, setting, PREFIX);
	encode(salt, SALT, out + PREFIX);
	encode(text, HASH, out + PREFIX + SALT_CHARS);
	base_mem_wipe(&b, sizeof b);
	base_mem_wipe(key18, sizeof key18);
	return ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL marks the SHA256_* calls as old; no newer call lets an HMAC start from pads that were hashed ahead without
 * an allocation per token.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/jwt.h"

#include <string.h>

#include <openssl/sha.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define BLOCK 64	/* SHA-256's block, RFC 2104's B */
#define MAC 32

/* {"alg":"HS256","typ":"JWT"} */
static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

struct base_jwt_key {
	SHA256_CTX inner, outer;	/* after one block of key xor ipad, opad */
};

static void
start(SHA256_CTX *c, const unsigned char key[BLOCK], unsigned char pad)
{
	unsigned char block[BLOCK];

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	SHA256_Init(c);
	SHA256_Update(c, block, BLOCK);
	base_mem_wipe(block, sizeof block);
}

enum err
base_jwt_key_new(const void *secret, size_t n, struct base_jwt_key **out)
{
	unsigned char key[BLOCK] = {0};
	struct base_jwt_key *k;

	if (n == 0)
		return ERR_BUG;
	k = base_mem_alloc(1, sizeof *k);
	if (k == NULL)
		return ERR_NOMEM;
	if (n > BLOCK)
		base_text_sha256(secret, n, key);
	else
		memcpy(key, secret, n);
	start(&k->inner, key, 0x36);
	start(&k->outer, key, 0x5c);
	base_mem_wipe(key, sizeof key);
	*out = k;
	return ERR_OK;
}

void
base_jwt_key_free(struct base_jwt_key *k)
{
	if (k != NULL)
		base_mem_wipe(k, sizeof *k);
	base_mem_free(k);
}

void
base_jwt_mac(const struct base_jwt_key *k, const void *p, size_t n, unsigned char out[MAC])
{
	SHA256_CTX c = k->inner;

	SHA256_Update(&c, p, n);
	SHA256_Final(out, &c);
	c = k->outer;
	SHA256_Update(&c, out, MAC);
	SHA256_Final(out, &c);
}

void
base_jwt_sign(const struct base_jwt_key *k, const char *payload, size_t n, struct base_buf *out)
{
	unsigned char mac[MAC];
	char signature[BASE_BASE64_SIZE(MAC)], *to;
	size_t from = out->n;

	base_buf_str(out, header);
	base_buf_add(out, ".", 1);
	to = base_buf_room(out, n / 3 * 4 + (n % 3 * 4 + 2) / 3);
	if (to == NULL)
		return;
	(void)base_text_base64url(payload, n, to);
	base_jwt_mac(k, out->p + from, out->n - from, mac);
	base_buf_add(out, ".", 1);
	base_buf_add(out, signature, base_text_base64url(mac, MAC, signature));
}

/* One base64url part as a JSON object. ERR_INPUT, ERR_NOMEM. */
static enum err
decode_object(struct base_arena *a, const char *p, size_t n, json_object **out)
{
	char *text = base_arena_alloc(a, n + 1);
	size_t len;

	if (text == NULL)
		return ERR_NOMEM;
	if (base_text_base64url_decode(p, n, text, &len) != ERR_OK)
		return ERR_INPUT;
	return base_json_object(a, text, len, out);
}

/* ERR_AUTH unless the header says HS256, no other type than JWT, and nothing that we would have to understand. */
static enum err
check_header(struct base_arena *a, const char *p, size_t n)
{
	json_object *o, *unused;
	const char *alg = "", *typ = "JWT";
	enum err e;

	if (n == sizeof header - 1 && memcmp(p, header, n) == 0)
		return ERR_OK;
	e = decode_object(a, p, n, &o);
	if (e != ERR_OK)
		return e == ERR_NOMEM ? e : ERR_AUTH;
	if (base_json_str(o, "alg", &alg) != ERR_OK || base_json_str(o, "typ", &typ) != ERR_OK)
		return ERR_AUTH;
	if (strcmp(alg, "HS256") != 0 || !base_text_equal_nocase(typ, "JWT") ||
	    json_object_object_get_ex(o, "crit", &unused))
		return ERR_AUTH;
	return ERR_OK;
}

static enum err
check_times(json_object *claims, int64_t now_s, int64_t leeway_s)
{
	int64_t exp = INT64_MIN, nbf = INT64_MIN;

	if (base_json_int(claims, "exp", &exp) != ERR_OK || base_json_int(claims, "nbf", &nbf) != ERR_OK)
		return ERR_AUTH;
	if (exp <= now_s - leeway_s || nbf > now_s + leeway_s)
		return ERR_AUTH;
	return ERR_OK;
}

enum err
base_jwt_verify(const struct base_jwt_key *k, struct base_arena *a, const char *token, size_t n, int64_t now_s,
    int64_t leeway_s, json_object **claims)
{
	unsigned char mac[MAC], given[BASE_BASE64_SIZE(MAC)];
	const char *dot1, *dot2;
	size_t given_n, head_n, body_n, sig_n;
	enum err e;

	if (n > LIMIT_TOKEN || (dot1 = memchr(token, '.', n)) == NULL)
		return ERR_AUTH;
	head_n = (size_t)(dot1 - token);
	dot2 = memchr(dot1 + 1, '.', n - head_n - 1);
	if (dot2 == NULL)
		return ERR_AUTH;
	body_n = (size_t)(dot2 - dot1) - 1;
	sig_n = n - head_n - body_n - 2;
	if (sig_n != 43 || base_text_base64url_decode(dot2 + 1, sig_n, given, &given_n) != ERR_OK)
		return ERR_AUTH;
	/* The signature first: nothing unproven is parsed. */
	base_jwt_mac(k, token, (size_t)(dot2 - token), mac);
	if (!base_text_equal_ct(mac, MAC, given, given_n))
		return ERR_AUTH;
	e = check_header(a, token, head_n);
	if (e == ERR_OK)
		e = decode_object(a, dot1 + 1, body_n, claims);
	if (e == ERR_OK)
		e = check_times(*claims, now_s, leeway_s);
	return e == ERR_INPUT ? ERR_AUTH : e;
}

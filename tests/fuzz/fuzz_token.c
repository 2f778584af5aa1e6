/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens and the guest cookie. The first byte says which: 't' a token as it is, 's' header, newline and payload
 * that are signed with the right key, 'g' a guest cookie, 'm' a signature over anything. What is accepted must
 * have been signed, with HS256, and not have expired.
 */
#include "tests/fuzz/fuzz.h"

#include "base/jwt.h"
#include "base/limits.h"
#include "base/text.h"
#include "ident/guest.h"

#define SECRET "fuzz-secret-fuzz-secret-fuzz-sec"
enum { NOW = 1800000000, LEEWAY = 60 };

static struct base_jwt_key *key;

/* The third part is what our own key makes of the first two, letter by letter. */
static void
check_signature(const char *token, size_t n)
{
	char expected[BASE_BASE64_SIZE(32)];
	unsigned char mac[32];
	const char *last = memrchr(token, '.', n);
	size_t made;

	FUZZ_MUST(last != NULL);
	base_jwt_mac(key, token, (size_t)(last - token), mac);
	made = base_text_base64url(mac, 32, expected);
	FUZZ_MUST(made == (size_t)(token + n - last - 1) && memcmp(expected, last + 1, made) == 0);
}

static void
verify(struct base_arena *a, const char *token, size_t n)
{
	json_object *claims, *header;
	const char *alg = NULL, *dot;
	int64_t exp = 0, nbf = 0;
	unsigned char *head;
	size_t head_n;

	if (base_jwt_verify(key, a, token, n, NOW, LEEWAY, &claims) != ERR_OK)
		return;
	check_signature(token, n);
	FUZZ_MUST(n <= LIMIT_TOKEN);
	FUZZ_MUST(base_json_int(claims, "exp", &exp) == ERR_OK && exp > NOW - LEEWAY - 1);
	FUZZ_MUST(base_json_int(claims, "nbf", &nbf) == ERR_OK && nbf <= NOW + LEEWAY);
	dot = memchr(token, '.', n);
	head = base_arena_alloc(a, n);
	FUZZ_MUST(head != NULL && base_text_base64url_decode(token, (size_t)(dot - token), head, &head_n) == ERR_OK);
	FUZZ_MUST(base_json_object(a, (char *)head, head_n, &header) == ERR_OK);
	FUZZ_MUST(base_json_str(header, "alg", &alg) == ERR_OK && alg != NULL && strcmp(alg, "HS256") == 0);
}

static void
sign_and_verify(struct base_arena *a, const char *p, size_t n)
{
	const char *line = memchr(p, '\n', n);
	size_t head_n = line == NULL ? 0 : (size_t)(line - p), length;
	char *token = base_arena_alloc(a, BASE_BASE64_SIZE(head_n) + BASE_BASE64_SIZE(n) + 64);
	unsigned char mac[32];

	FUZZ_MUST(token != NULL);
	length = base_text_base64url(p, head_n, token);
	token[length++] = '.';
	length += line == NULL ? 0 : base_text_base64url(line + 1, n - head_n - 1, token + length);
	base_jwt_mac(key, token, length, mac);
	token[length++] = '.';
	length += base_text_base64url(mac, 32, token + length);
	verify(a, token, length);
}

static void
guest(struct base_arena *a, const char *cookie)
{
	char id[IDENT_GUEST_ID];
	const char *again;

	if (ident_guest_read(key, cookie, id) != ERR_OK)
		return;
	again = ident_guest_cookie(key, a, id);
	FUZZ_MUST(again != NULL && strcmp(again, cookie) == 0 && strlen(id) < IDENT_GUEST_ID);
}

/* Our own signature is always good, whatever the payload is; what is no object is refused all the same. */
static void
round_trip(struct base_arena *a, const char *p, size_t n)
{
	struct base_buf token;

	base_buf_init(&token, 16 << 20);
	base_jwt_sign(key, p, n, &token);
	FUZZ_MUST(token.err == ERR_OK);
	check_signature(token.p, token.n);
	verify(a, token.p, token.n);
	base_buf_free(&token);
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	struct base_arena a;
	const char *s = (const char *)p + 1;

	if (key == NULL)
		FUZZ_MUST(base_jwt_key_new(SECRET, strlen(SECRET), &key) == ERR_OK);
	if (n == 0)
		return 0;
	base_arena_init(&a, 64 << 20);
	switch (*p) {
	case 't':
		verify(&a, s, n - 1);
		break;
	case 's':
		sign_and_verify(&a, s, n - 1);
		break;
	case 'g':
		guest(&a, base_arena_dup(&a, s, n - 1));
		break;
	default:
		round_trip(&a, s, n - 1);
	}
	base_arena_free(&a);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small operations on bytes and strings that the C library lacks: constant-time compare, hex, base64, case, trim.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include <stddef.h>
#include "base/err.h"

/* Sizes of encodings of n bytes, with the terminating NUL. */
#define BASE_HEX_SIZE(n) ((n) * 2 + 1)
#define BASE_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)

/* 1 if both slices are equal. Time depends only on the lengths. */
int base_text_equal_ct(const void *a, size_t an, const void *b, size_t bn);

/* Lower-case hex into out[BASE_HEX_SIZE(n)]. */
void base_text_hex(const void *p, size_t n, char *out);

/* Base64 with padding (RFC 4648 section 4), and base64url without (section 5). Return the length without the NUL. */
size_t base_text_base64(const void *p, size_t n, char *out);
size_t base_text_base64url(const void *p, size_t n, char *out);

/*
 * Strict base64url decoder: no padding, no other bytes, no stray bits. *n = bytes written, at most sn*3/4. ERR_INPUT.
 */
enum err base_text_base64url_decode(const char *s, size_t sn, void *out, size_t *n) BASE_MUST_CHECK;

/* ASCII only, locale-free. */
void base_text_lower(char *s);
int base_text_equal_nocase(const char *a, const char *b);

/* Cuts white space (ASCII) at both ends in place; returns the first kept byte. */
char *base_text_trim(char *s);

/* 1 if s is valid UTF-8 without NUL (n bytes), no surrogates, no overlong forms. */
int base_text_utf8(const char *s, size_t n);

/* Decimal integer, whole string, within [min,max]. ERR_INPUT otherwise. */
enum err base_text_int(const char *s, long long min, long long max, long long *out) BASE_MUST_CHECK;

/* SHA-256 of n bytes, and the same as lower-case hex. Neither can fail. */
void base_text_sha256(const void *p, size_t n, unsigned char out[32]);
void base_text_sha256_hex(const void *p, size_t n, char out[65]);

#endif

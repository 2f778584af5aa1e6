/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/turn.h"

#include <inttypes.h>
#include <openssl/sha.h>

#include "base/mem.h"

#define TEXT_MOST 4096

/* 62 letters for 64 values: 30 and 31 stand for five bits only, and so 62 and 63 never occur. */
#define IS_FIVE(v) (((v) & 0x1e) == 0x1e)

void
livekit_turn_base62(const unsigned char *p, size_t n, struct base_buf *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t left = n * 8, last, used;
	unsigned v;

	while (left > 0) {
		/* The six bits before position `left`, counted from the first byte's highest bit. */
		last = (left - 1) / 8;
		v = p[last];
		if (last > 0)
			v |= (unsigned)p[last - 1] << 8;
		v = v >> ((8 - left % 8) % 8) & 0x3f;
		used = 6;
		if (IS_FIVE(v)) {
			used = left > 6 || v > 0x1f ? 5 : 6;
			v &= 0x1f;
		}
		base_buf_add(out, letters + v, 1);
		left -= used < left ? used : left;
	}
}

void
livekit_turn_username(const char *api_key, const char *id, int64_t expires_s, struct base_buf *out)
{
	struct base_buf text;

	base_buf_init(&text, TEXT_MOST);
	base_buf_printf(&text, "%s|%s|%" PRId64, api_key, id, expires_s);
	if (text.err == ERR_OK)
		livekit_turn_base62((const unsigned char *)text.p, text.n, out);
	else if (out->err == ERR_OK)
		out->err = text.err;
	base_buf_free(&text);
}

void
livekit_turn_credential(const char *api_secret, const char *id, int64_t expires_s, struct base_buf *out)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct base_buf text;

	base_buf_init(&text, TEXT_MOST);
	base_buf_printf(&text, "%s|%s|%" PRId64, api_secret, id, expires_s);
	if (text.err == ERR_OK) {
		SHA256((const unsigned char *)text.p, text.n, digest);
		livekit_turn_base62(digest, sizeof digest, out);
	} else if (out->err == ERR_OK) {
		out->err = text.err;
	}
	if (text.p != NULL)
		base_mem_wipe(text.p, text.n);
	base_buf_free(&text);
}

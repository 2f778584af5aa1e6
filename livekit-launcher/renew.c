/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/renew.h"

#include <string.h>

#include "base/text.h"

#define FILE_MOST (1u << 20)
#define BEFORE_S 60 /* so long before the end of what is in use, its successor must be there */

static int
is_watched(const struct launcher_turn *t)
{
	return t->is_on && !t->is_tls_outside && *t->cert != '\0';
}

static void
look_at(const char *path, struct stat *st)
{
	memset(st, 0, sizeof *st);
	if (stat(path, st) != 0)
		memset(st, 0, sizeof *st);
}

static int
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Of both files, and of where one ends and the other begins. A file that can't be read counts as an empty one. */
static void
digest(const struct launcher_turn *t, unsigned char out[32])
{
	const char *const paths[2] = {t->cert, t->key};
	unsigned char each[2][32];
	struct base_buf b;
	size_t i;

	for (i = 0; i < 2; i++) {
		base_buf_init(&b, FILE_MOST);
		if (base_buf_read_file(&b, paths[i]) != ERR_OK)
			base_buf_clear(&b);
		base_text_sha256(b.n == 0 ? "" : b.p, b.n, each[i]);
		base_buf_free(&b);
	}
	base_text_sha256(each, sizeof each, out);
}

void
launcher_renew_note(struct launcher_renew *r, const struct launcher_turn *t)
{
	memset(r, 0, sizeof *r);
	if (!is_watched(t))
		return;
	look_at(t->cert, &r->seen[0]);
	look_at(t->key, &r->seen[1]);
	digest(t, r->used);
	r->expires_s = t->tls_port == 0 ? 0 : launcher_cert_expiry(t->cert);
}

/* Whether rtc.turn_servers has credentials of ours: where nobody reaches the relay at 443. */
static int
has_credentials(const struct launcher_turn *t)
{
	return t->expires_s != 0 && t->tls_port != 0 && t->tls_port != 443 && !t->is_tls_outside;
}

/* Without TLS what is there is judged at each look: the clock, or who may read it, may have been what was wrong. */
static enum launcher_news
look_at_files(struct launcher_renew *r, const struct launcher_turn *t, int64_t now_s, char text[LAUNCHER_CERT_TEXT])
{
	unsigned char is[32];
	struct stat st[2];
	int is_used;

	look_at(t->cert, &st[0]);
	look_at(t->key, &st[1]);
	if (t->tls_port != 0 && is_same(&st[0], &r->seen[0]) && is_same(&st[1], &r->seen[1]))
		return NEWS_NONE;
	digest(t, is);
	is_used = memcmp(is, r->used, sizeof is) == 0;
	if (is_used)
		memcpy(r->seen, st, sizeof st);
	if (is_used && t->tls_port != 0)
		return NEWS_NONE;
	if (launcher_cert_check(t->cert, t->key, t->domain, now_s, text) == ERR_OK)
		return NEWS_CERTIFICATE;
	if (is_used || memcmp(is, r->refused, sizeof is) == 0)
		return NEWS_NONE;
	memcpy(r->refused, is, sizeof is);
	return NEWS_UNFIT;
}

enum launcher_news
launcher_renew_look(
    struct launcher_renew *r, const struct launcher_turn *t, int64_t now_s, char text[LAUNCHER_CERT_TEXT])
{
	enum launcher_news news = NEWS_NONE;

	*text = '\0';
	if (is_watched(t))
		news = look_at_files(r, t, now_s, text);
	if (news == NEWS_NONE && has_credentials(t) && t->expires_s - now_s < LAUNCHER_RENEW_CREDENTIALS_S)
		news = NEWS_CREDENTIALS;
	return news;
}

int64_t
launcher_renew_patience(const struct launcher_renew *r, const struct launcher_turn *t, enum launcher_news news,
    int64_t now_s, int64_t patience_s)
{
	int64_t end = news == NEWS_CREDENTIALS ? t->expires_s : r->expires_s, left = end - BEFORE_S - now_s;

	if (end == 0 || left > patience_s)
		return patience_s;
	return left < 0 ? 0 : left;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/relay.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define KEY_LEAST 4 /* a shorter key would take words apart */

static const char token[] = "access_token=";

void
launcher_relay_init(struct launcher_relay *r, const char *key, const char *secret, int fd)
{
	memset(r, 0, sizeof *r);
	r->key = key;
	r->secret = secret;
	r->fd = fd;
}

void
launcher_relay_begin(struct launcher_relay *r)
{
	r->n = 0;
	r->is_cut = 0;
	r->reason[0] = '\0';
}

static size_t
match_quoted(const char *p, size_t n, const char *word)
{
	size_t i = 0, w;

	for (w = 0; word[w] != '\0'; w++) {
		if ((word[w] == '"' || word[w] == '\\') && (i >= n || p[i++] != '\\'))
			return 0;
		if (i >= n || p[i] != word[w])
			return 0;
		i++;
	}
	return i;
}

/* How many bytes at p are `word`, plain or with the backslashes that JSON and Go's %q put before " and \; 0 = none. */
static size_t
match(const char *p, size_t n, const char *word)
{
	size_t length = strlen(word);

	return length <= n && memcmp(p, word, length) == 0 ? length : match_quoted(p, n, word);
}

static int
is_token_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       c == '.';
}

/* A token wherever it stands: LiveKit quotes the one it refuses in its error line. 0 = none. */
static size_t
match_jwt(const char *p, size_t n)
{
	size_t m = 0;

	if (n < 4 || memcmp(p, "eyJ", 3) != 0)		/* {" in base64url */
		return 0;
	while (m < n && is_token_byte(p[m]))
		m++;
	return memchr(p, '.', m) != NULL ? m : 0;
}

void
launcher_relay_redact(const struct launcher_relay *r, const char *p, size_t n, struct base_buf *out)
{
	size_t i = 0, m;

	while (i < n) {
		if ((m = match(p + i, n - i, r->secret)) > 0) {
			base_buf_str(out, "<livekit.apiSecret>");
		} else if (strlen(r->key) >= KEY_LEAST && (m = match(p + i, n - i, r->key)) > 0) {
			base_buf_str(out, "<livekit.apiKey>");
		} else if ((m = match(p + i, n - i, token)) > 0) {
			while (i + m < n && is_token_byte(p[i + m]))
				m++;
			base_buf_str(out, "access_token=<hidden>");
		} else if ((m = match_jwt(p + i, n - i)) > 0) {
			base_buf_str(out, "<token>");
		} else {
			base_buf_add(out, p + i, 1);
			m = 1;
		}
		i += m;
	}
}

/*
 * What isn't JSON is said before LiveKit's logger exists or as its last word: why it ends. Indented lines go on with
 * it.
 */
static void
note_reason(struct launcher_relay *r, const char *line)
{
	size_t have = strlen(r->reason);

	if (line[0] == '{' || line[0] == '\0')
		return;
	if (strncmp(r->reason, "panic:", 6) == 0 || strncmp(r->reason, "fatal error:", 12) == 0)
		return; /* a stack trace follows */
	if (line[0] != ' ' && line[0] != '\t')
		have = 0;
	(void)snprintf(r->reason + have, sizeof r->reason - have, "%s", line);
}

static void
note_version(struct launcher_relay *r, const char *line)
{
	static const char started[] = "\"msg\":\"starting LiveKit server\"", member[] = "\"version\":\"";
	const char *p = strstr(line, started);

	p = p == NULL ? NULL : strstr(p, member);
	if (p == NULL)
		return;
	p += sizeof member - 1;
	(void)snprintf(r->version, sizeof r->version, "%.*s", (int)strcspn(p, "\"\\"), p);
}

static void
write_line(struct launcher_relay *r)
{
	struct base_buf clean, out;
	size_t i;

	/* Half a secret at the cut would not be recognised as one. */
	if (r->is_cut)
		r->n -= strlen(r->secret) < r->n ? strlen(r->secret) : r->n;
	base_buf_init(&clean, (size_t)4 * LAUNCHER_RELAY_LINE);
	base_buf_init(&out, (size_t)16 * LAUNCHER_RELAY_LINE);
	launcher_relay_redact(r, r->line, r->n, &clean);
	base_buf_str(&out, "livekit: ");
	for (i = 0; i < clean.n; i++) {
		if ((unsigned char)clean.p[i] < 0x20 || clean.p[i] == 0x7f)
			base_buf_printf(&out, clean.p[i] == '\t' ? " " : "\\x%02X", (unsigned char)clean.p[i]);
		else
			base_buf_add(&out, clean.p + i, 1);
	}
	base_buf_str(&out, r->is_cut ? "…\n" : "\n");
	if (out.err == ERR_OK && clean.err == ERR_OK) {
		note_reason(r, clean.p == NULL ? "" : clean.p);
		if (r->version[0] == '\0')
			note_version(r, clean.p == NULL ? "" : clean.p);
		base_log_bytes(r->fd, out.p, out.n);
	}
	base_buf_free(&clean);
	base_buf_free(&out);
}

void
launcher_relay_feed(struct launcher_relay *r, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '\n') {
			write_line(r);
			r->n = 0;
			r->is_cut = 0;
		} else if (r->n < sizeof r->line) {
			r->line[r->n++] = p[i];
		} else {
			r->is_cut = 1;
		}
	}
}

void
launcher_relay_end(struct launcher_relay *r)
{
	if (r->n > 0)
		write_line(r);
	r->n = 0;
	r->is_cut = 0;
}

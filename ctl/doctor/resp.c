/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/resp.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define LINE 1024
#define MOST 65536 /* bytes of a text, elements of a list */
#define DEPTH 4

static enum err
strange(struct net *n)
{
	(void)snprintf(n->why, sizeof n->why, "%s doesn't answer as Redis does", n->address);
	return ERR_PEER;
}

/* One line without its CRLF; a longer one is no Redis's. */
static enum err
read_line(struct net *n, char out[LINE])
{
	size_t used = 0;
	enum err e;

	do {
		if (used == LINE)
			return strange(n);
		if ((e = net_read_all(n, out + used, 1)) != ERR_OK)
			return e;
		used++;
	} while (used < 2 || out[used - 2] != '\r' || out[used - 1] != '\n');
	out[used - 2] = '\0';
	return ERR_OK;
}

static void
keep(struct resp *r, const char *text)
{
	if (r->text[0] == '\0')
		(void)snprintf(r->text, sizeof r->text, "%.255s", text);
}

static enum err
read_bytes(struct net *n, struct resp *r, long long size)
{
	char piece[LINE];
	enum err e = ERR_OK;

	if (size < 0)
		return ERR_OK;
	for (size += 2; e == ERR_OK && size > 0;) {
		size_t part = size < LINE - 1 ? (size_t)size : LINE - 1;

		e = net_read_all(n, piece, part);
		piece[part] = '\0';
		piece[strcspn(piece, "\r\n")] = '\0';
		if (e == ERR_OK)
			keep(r, piece);
		size -= (long long)part;
	}
	return e;
}

/* The first value says type and number. */
static enum err
read_value(struct net *n, struct resp *r, int depth)
{
	char line[LINE];
	long long number = 0;
	enum err e = read_line(n, line);

	if (e != ERR_OK)
		return e;
	if (line[0] == '\0' || strchr("+-:$*", line[0]) == NULL ||
	    (strchr(":$*", line[0]) != NULL && base_text_int(line + 1, -1, MOST, &number) != ERR_OK))
		return strange(n);
	if (depth == 0) {
		r->type = line[0];
		r->number = number;
	}
	if (line[0] == '+' || line[0] == '-')
		keep(r, line + 1);
	if (line[0] == '$')
		return read_bytes(n, r, number);
	if (line[0] == '*' && depth == DEPTH)
		return strange(n);
	for (long long i = 0; line[0] == '*' && e == ERR_OK && i < number; i++)
		e = read_value(n, r, depth + 1);
	return e;
}

enum err
resp_ask(struct net *n, const char *const *words, size_t words_n, struct resp *r)
{
	struct base_buf b;
	enum err e;

	*r = (struct resp){.type = 0};
	base_buf_init(&b, LIMIT_BODY_SMALL);
	base_buf_printf(&b, "*%zu\r\n", words_n);
	for (size_t i = 0; i < words_n; i++)
		base_buf_printf(&b, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
	e = b.err != ERR_OK ? ERR_NOMEM : net_write(n, b.p, b.n);
	base_mem_wipe(b.p, b.n); /* it may hold the password */
	base_buf_free(&b);
	return e != ERR_OK ? e : read_value(n, r, 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define FIRST 1024	/* bytes at first: a token, nearly any reply */

void
base_buf_init(struct base_buf *b, size_t ceiling)
{
	*b = (struct base_buf){.ceiling = ceiling};
}

/* Makes room for more bytes and the NUL; the sticky error is set when there is none. */
static int
reserve(struct base_buf *b, size_t more)
{
	size_t cap = b->cap > 0 ? b->cap : FIRST;
	char *p;

	if (b->err != ERR_OK)
		return 0;
	if (more > b->ceiling || b->n > b->ceiling - more) {
		b->err = ERR_TOO_BIG;
		return 0;
	}
	if (b->n + more + 1 <= b->cap)
		return 1;
	while (cap < b->n + more + 1)
		cap *= 2;
	p = base_mem_resize(b->p, cap);
	if (p == NULL) {
		b->err = ERR_NOMEM;
		return 0;
	}
	b->p = p;
	b->cap = cap;
	return 1;
}

char *
base_buf_room(struct base_buf *b, size_t n)
{
	char *p;

	if (!reserve(b, n))
		return NULL;
	p = b->p + b->n;
	b->n += n;
	p[n] = '\0';
	return p;
}

void
base_buf_add(struct base_buf *b, const void *p, size_t n)
{
	char *to = base_buf_room(b, n);

	if (to != NULL && n > 0)
		memcpy(to, p, n);
}

void
base_buf_str(struct base_buf *b, const char *s)
{
	base_buf_add(b, s, strlen(s));
}

/* Not printf: a join's reply and token have a dozen numbers, and it would cost 3 % of it. */
void
base_buf_int(struct base_buf *b, int64_t v)
{
	char digits[20], *p = digits + sizeof digits;
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (v < 0)
		*--p = '-';
	base_buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

void
base_buf_printf(struct base_buf *b, const char *fmt, ...)
{
	size_t room = b->cap > b->n ? b->cap - b->n : 0;
	va_list ap;
	int n;

	/* Most often it fits at once. */
	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(b, (size_t)n)) {
		if (room > 0)
			b->p[b->n] = '\0';
		return;
	}
	if ((size_t)n < room) {
		b->n += (size_t)n;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
base_buf_clear(struct base_buf *b)
{
	b->n = 0;
	b->err = ERR_OK;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void
base_buf_free(struct base_buf *b)
{
	base_mem_free(b->p);
	base_buf_init(b, b->ceiling);
}

static enum err
read_all(struct base_buf *b, int fd)
{
	char part[8192];
	ssize_t n;

	while ((n = read(fd, part, sizeof part)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		base_buf_add(b, part, (size_t)n);
		if (b->err != ERR_OK)
			break;
	}
	base_mem_wipe(part, sizeof part);
	base_buf_add(b, "", 0);
	return b->err;
}

enum err
base_buf_read_file(struct base_buf *b, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	enum err e;

	if (fd < 0)
		return errno == ENOENT ? ERR_ABSENT : ERR_IO;
	e = read_all(b, fd);
	saved = errno;
	close(fd);
	errno = saved;
	return e;
}

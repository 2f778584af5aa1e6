/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a ceiling and a sticky error: append ten things, check once (b->err or base_buf_done).
 * Always NUL-terminated while b->p is not NULL. Owned by whoever called init; free with base_buf_free().
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct base_buf {
	char *p;		/* NULL until the first byte */
	size_t n, cap, ceiling;
	enum err err;		/* ERR_OK, ERR_NOMEM, or ERR_TOO_BIG at the ceiling */
};

void base_buf_init(struct base_buf *b, size_t ceiling);
void base_buf_add(struct base_buf *b, const void *p, size_t n);
void base_buf_str(struct base_buf *b, const char *s);
void base_buf_int(struct base_buf *b, int64_t v);	/* in decimal */
/* Room for n more bytes, which are there from now on and which the caller writes; NULL once b->err is set. */
char *base_buf_room(struct base_buf *b, size_t n);
void base_buf_printf(struct base_buf *b, const char *fmt, ...) BASE_PRINTF(2, 3);

/* Empties, keeps the memory, clears the error. */
void base_buf_clear(struct base_buf *b);
void base_buf_free(struct base_buf *b);

/* Reads a whole file (at most the ceiling) into b. ERR_ABSENT, ERR_IO, ERR_TOO_BIG, ERR_NOMEM; errno is kept. */
enum err base_buf_read_file(struct base_buf *b, const char *path) BASE_MUST_CHECK;

#endif

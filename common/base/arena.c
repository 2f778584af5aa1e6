/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* The first block serves nearly every request; it is the one that stays. */
#define FIRST_BLOCK ((size_t)16384)

struct base_arena_block {
	struct base_arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char bytes[];
};

struct base_arena_defer {
	struct base_arena_defer *next;
	void (*fn)(void *);
	void *object;
};

void
base_arena_init(struct base_arena *a, size_t ceiling)
{
	*a = (struct base_arena){.ceiling = ceiling};
}

/* The newest block is at the head, so that small requests after a big one still find room in it. */
static struct base_arena_block *
block_with(struct base_arena *a, size_t size)
{
	struct base_arena_block *b = a->blocks;
	size_t want = size > FIRST_BLOCK ? size : FIRST_BLOCK;

	if (b != NULL && b->size - b->used >= size)
		return b;
	b = base_mem_alloc(1, sizeof *b + want);
	if (b == NULL)
		return NULL;
	b->size = want;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *
base_arena_alloc(struct base_arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct base_arena_block *b;
	void *p;

	if (size > a->ceiling || a->ceiling - size < a->used)
		return NULL;
	size = (size + align - 1) / align * align;
	if (size == 0)
		size = align;
	b = block_with(a, size);
	if (b == NULL)
		return NULL;
	p = b->bytes + b->used;
	b->used += size;
	a->used += size;
	return p;
}

char *
base_arena_dup(struct base_arena *a, const char *s, size_t n)
{
	char *p = s == NULL || n == SIZE_MAX ? NULL : base_arena_alloc(a, n + 1);

	if (p != NULL)
		memcpy(p, s, n);
	return p;
}

char *
base_arena_strdup(struct base_arena *a, const char *s)
{
	return s == NULL ? NULL : base_arena_dup(a, s, strlen(s));
}

char *
base_arena_vprintf(struct base_arena *a, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *p = NULL;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0)
		p = base_arena_alloc(a, (size_t)n + 1);
	if (p != NULL)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

char *
base_arena_printf(struct base_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = base_arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

enum err
base_arena_defer(struct base_arena *a, void (*fn)(void *), void *object)
{
	struct base_arena_defer *d = base_arena_alloc(a, sizeof *d);

	if (d == NULL) {
		fn(object);
		return ERR_NOMEM;
	}
	*d = (struct base_arena_defer){a->defers, fn, object};
	a->defers = d;
	return ERR_OK;
}

static void
run_defers(struct base_arena *a)
{
	while (a->defers != NULL) {
		struct base_arena_defer *d = a->defers;

		a->defers = d->next;
		d->fn(d->object);
	}
}

void
base_arena_reset(struct base_arena *a)
{
	struct base_arena_block *keep = NULL;

	run_defers(a);
	while (a->blocks != NULL) {
		struct base_arena_block *b = a->blocks;

		a->blocks = b->next;
		base_mem_wipe(b->bytes, b->used);
		if (keep == NULL && b->size == FIRST_BLOCK)
			keep = b;
		else
			base_mem_free(b);
	}
	if (keep != NULL) {
		keep->next = NULL;
		keep->used = 0;
	}
	a->blocks = keep;
	a->used = 0;
}

void
base_arena_free(struct base_arena *a)
{
	base_arena_reset(a);
	base_mem_free(a->blocks);
	a->blocks = NULL;
}

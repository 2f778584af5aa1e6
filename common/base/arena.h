/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that lives as long as one request: taken in pieces, given back all at once. An arena has a ceiling from
 * birth. Foreign objects (a json_object, a CURL list) join by a deferred destructor, run in reverse order at reset, so
 * that an early return is always right. Not thread-safe: one arena belongs to one thread.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stdarg.h>
#include <stddef.h>
#include "base/err.h"

struct base_arena_block;
struct base_arena_defer;

struct base_arena {
	struct base_arena_block *blocks;
	struct base_arena_defer *defers;
	size_t used;		/* bytes handed out since the last reset */
	size_t ceiling;		/* most bytes that may be handed out */
};

void base_arena_init(struct base_arena *a, size_t ceiling);

/* Zeroed, aligned for anything; NULL when memory or the ceiling is reached. Lives until reset. */
void *base_arena_alloc(struct base_arena *a, size_t size);

/* A NUL-terminated copy of n bytes; NULL as above, or when s is NULL. */
char *base_arena_dup(struct base_arena *a, const char *s, size_t n);
char *base_arena_strdup(struct base_arena *a, const char *s);

char *base_arena_printf(struct base_arena *a, const char *fmt, ...) BASE_PRINTF(2, 3);
char *base_arena_vprintf(struct base_arena *a, const char *fmt, va_list ap);

/* Runs fn(object) at the next reset or free. On ERR_NOMEM fn has been run already: nothing leaks either way. */
enum err base_arena_defer(struct base_arena *a, void (*fn)(void *), void *object) BASE_MUST_CHECK;

/* Runs the destructors, keeps one block for the next request, wiped. */
void base_arena_reset(struct base_arena *a);
void base_arena_free(struct base_arena *a);

#endif

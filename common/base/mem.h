/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that says malloc. Everything else takes memory from an arena (base/arena.h) or from here.
 * In builds with BASE_MEM_FAULTS (unit tests) the n-th allocation can be made to fail, once or from then on.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H
#include <stddef.h>

/* Zeroed memory, or NULL. n*size is checked for overflow. Free with base_mem_free(). */
void *base_mem_alloc(size_t n, size_t size);

/* Like realloc(3); the old block stays valid when NULL comes back. */
void *base_mem_resize(void *old, size_t size);

/* A copy of a string, or NULL. NULL gives NULL. */
char *base_mem_strdup(const char *s);

void base_mem_free(void *p);

/* Overwrites n bytes with zeros in a way the compiler can't drop. */
void base_mem_wipe(void *p, size_t n);

/* For a program of several threads: few heaps, so that idle processes stay small (about 1 MB of their own each). */
void base_mem_tune(void);

/*
 * No core file of this process, nor of those it starts, from now on: a core holds every key. (A core_pattern that is a
 * pipe is asked all the same: core(5). That is the administrator's choice.)
 */
void base_mem_forbid_core(void);

/* Tests: fail the n-th allocation from now on (1 = the next), only it (forever=0) or all from it on. 0 = off. */
void base_mem_fail_at(unsigned long n, int forever);

#endif

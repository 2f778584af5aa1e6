/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/house/memory.h"

#include <errno.h>
#include <stddef.h>

#include "base/mem.h"

#ifdef __SANITIZE_ADDRESS__
void
memory_fail(unsigned long n, int forever)
{
	base_mem_fail_at(n, forever);
}

int
memory_calm(void)
{
	base_mem_fail_at(0, 0);
	return 1;
}

long
memory_blocks(void)
{
	return 0;
}
#else
/*
 * What glibc's own are called beside their public names: our names come first for the program and for its
 * libraries.
 */
void *__libc_malloc(size_t n);		    /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__libc_calloc(size_t n, size_t size); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__libc_realloc(void *p, size_t n);    /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void __libc_free(void *p);		    /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);
void free(void *p);

static _Thread_local unsigned long fail_in;
static _Thread_local int fail_forever, failed;
static _Thread_local long blocks;

static int
must_fail(void)
{
	if (fail_in == 0 || --fail_in > 0)
		return 0;
	fail_in = fail_forever ? 1 : 0;
	failed = 1;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	if (must_fail())
		return NULL;
	blocks++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	if (must_fail())
		return NULL;
	blocks++;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	if (must_fail())
		return NULL;
	blocks += p == NULL;
	return __libc_realloc(p, n);
}

void
free(void *p)
{
	blocks -= p != NULL;
	__libc_free(p);
}

void
memory_fail(unsigned long n, int forever)
{
	failed = 0;
	fail_forever = forever;
	fail_in = n;
}

int
memory_calm(void)
{
	fail_in = 0;
	return failed;
}

long
memory_blocks(void)
{
	return blocks;
}
#endif

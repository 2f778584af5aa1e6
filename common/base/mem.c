/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "config.h"

#ifdef BASE_MEM_FAULTS
static _Thread_local unsigned long fail_in;
static _Thread_local int fail_forever;

static int
must_fail(void)
{
	if (fail_in == 0)
		return 0;
	if (fail_in > 1) {
		fail_in--;
		return 0;
	}
	if (!fail_forever)
		fail_in = 0;
	return 1;
}

void
base_mem_fail_at(unsigned long n, int forever)
{
	fail_in = n;
	fail_forever = forever;
}
#else
static int
must_fail(void)
{
	return 0;
}

void
base_mem_fail_at(unsigned long n, int forever)
{
	(void)n;
	(void)forever;
}
#endif

void *
base_mem_alloc(size_t n, size_t size)
{
	return must_fail() ? NULL : calloc(n, size);
}

void *
base_mem_resize(void *old, size_t size)
{
	return must_fail() ? NULL : realloc(old, size);
}

char *
base_mem_strdup(const char *s)
{
	return s == NULL || must_fail() ? NULL : strdup(s);
}

void
base_mem_free(void *p)
{
	free(p);
}

void
base_mem_wipe(void *p, size_t n)
{
	if (p != NULL && n > 0)
		explicit_bzero(p, n);
}

void
base_mem_tune(void)
{
	mallopt(M_ARENA_MAX, 2);
}

void
base_mem_forbid_core(void)
{
	static const struct rlimit none = {0, 0};

	/* Less is always allowed. */
	(void)setrlimit(RLIMIT_CORE, &none);
}

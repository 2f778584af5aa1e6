/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails: every malloc, calloc and realloc of the program and of all its libraries is counted, and the
 * n-th one can be made to fail, once or from then on. Of this thread only. Under the sanitizers, which have a
 * malloc of their own, it reaches what common/base/mem.c hands out, and nothing else.
 */
#ifndef TESTS_HOUSE_MEMORY_H
#define TESTS_HOUSE_MEMORY_H

/* Whether that is every library's memory, too. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_IS_WHOLE 0
#else
#define MEMORY_IS_WHOLE 1
#endif

/* The n-th allocation from now on fails (1 = the next). */
void memory_fail(unsigned long n, int forever);

/*
 * Nothing fails any more. Whether any did; under the sanitizers always 1: there n ends at a ceiling of the
 * caller's.
 */
int memory_calm(void);

/* Blocks that are in use; 0 under the sanitizers, which look for leaks themselves. */
long memory_blocks(void);

#endif

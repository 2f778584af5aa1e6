/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target is one function: fuzz_one() takes bytes, and aborts when something that must hold doesn't. Built with
 * --enable-fuzzing (clang, libFuzzer) it is fed by the fuzzer; built as any other test it replays the kept corpus
 * in `make check`.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fuzz_one(const uint8_t *p, size_t n); /* always 0 */

/* assert(3) that no NDEBUG takes away */
#define FUZZ_MUST(c) ((c) ? (void)0 : (fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #c), abort()))

#endif

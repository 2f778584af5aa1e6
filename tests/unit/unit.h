/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka with the headers that it wants before it. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_err(expected, call) assert_string_equal(base_err_name(expected), base_err_name(call))
#define assert_ok(call) assert_err(ERR_OK, call)
/*
 * Ends a test that makes memory fail where this build can't: without --enable-development base_mem_fail_at() does
 * nothing.
 */
#ifdef BASE_MEM_FAULTS
#define skip_without_faults() ((void)0)
#else
#define skip_without_faults() skip()
#endif
#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"

static char order[8];

static void
note(void *p)
{
	strncat(order, p, 1);
}

static void
arena_gives_zeroed_aligned_memory_up_to_its_ceiling(void **state)
{
	struct base_arena a;
	char *p;

	(void)state;
	base_arena_init(&a, 100000);
	p = base_arena_alloc(&a, 3);
	assert_non_null(p);
	assert_int_equal((uintptr_t)base_arena_alloc(&a, 1) % 16, 0);
	p = base_arena_alloc(&a, 50000);
	assert_int_equal(p[0] | p[49999], 0);
	assert_null(base_arena_alloc(&a, 60000));
	assert_null(base_arena_alloc(&a, SIZE_MAX));
	memset(p, 'x', 50000);
	base_arena_reset(&a);
	p = base_arena_alloc(&a, 16);
	assert_int_equal(p[0], 0);
	base_arena_free(&a);
}

static void
arena_runs_destructors_in_reverse_order(void **state)
{
	struct base_arena a;
	char one[] = "1", two[] = "2";

	(void)state;
	order[0] = '\0';
	base_arena_init(&a, 1000);
	assert_ok(base_arena_defer(&a, note, one));
	assert_ok(base_arena_defer(&a, note, two));
	base_arena_reset(&a);
	assert_string_equal(order, "21");
	base_arena_free(&a);
	skip_without_faults();
	base_mem_fail_at(1, 0);
	assert_err(ERR_NOMEM, base_arena_defer(&a, note, one));
	assert_string_equal(order, "211");
	base_arena_free(&a);
}

static void
arena_strings_are_copies(void **state)
{
	struct base_arena a;
	char s[] = "hello";

	(void)state;
	base_arena_init(&a, 1000);
	assert_string_equal(base_arena_dup(&a, s, 4), "hell");
	assert_string_equal(base_arena_printf(&a, "%s-%d", s, 7), "hello-7");
	assert_null(base_arena_strdup(&a, NULL));
	base_arena_free(&a);
}

/* Formatted text that just fits the memory at hand, and just doesn't. */
static void
buffer_formats_at_its_end(void **state)
{
	struct base_buf b;

	(void)state;
	for (int n = 1000; n < 1040; n++) {
		base_buf_init(&b, 5000);
		base_buf_str(&b, "x");
		base_buf_printf(&b, "%*d", n, 7);
		assert_int_equal(b.n, n + 1);
		assert_int_equal(strlen(b.p), n + 1);
		assert_int_equal(b.p[n], '7');
		base_buf_free(&b);
	}
}

static void
buffer_keeps_its_first_error(void **state)
{
	struct base_buf b;

	(void)state;
	base_buf_init(&b, 10);
	base_buf_str(&b, "12345");
	base_buf_printf(&b, "%d", 67);
	assert_string_equal(b.p, "1234567");
	base_buf_str(&b, "89012");
	assert_err(ERR_TOO_BIG, b.err);
	base_buf_str(&b, "8");
	assert_string_equal(b.p, "1234567");
	base_buf_clear(&b);
	base_buf_str(&b, "1234567890");
	assert_err(ERR_OK, b.err);
	base_buf_printf(&b, "%s", "x");
	assert_err(ERR_TOO_BIG, b.err);
	assert_string_equal(b.p, "1234567890");
	base_buf_free(&b);
	skip_without_faults();
	base_mem_fail_at(1, 0);
	base_buf_str(&b, "x");
	assert_err(ERR_NOMEM, b.err);
	base_buf_free(&b);
}

static void
buffer_reads_files(void **state)
{
	char name[] = "/tmp/bedrud-test-XXXXXX";
	int fd = mkstemp(name);
	struct base_buf b;

	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	close(fd);
	base_buf_init(&b, 3);
	assert_ok(base_buf_read_file(&b, name));
	assert_string_equal(b.p, "abc");
	base_buf_free(&b);
	base_buf_init(&b, 2);
	assert_err(ERR_TOO_BIG, base_buf_read_file(&b, name));
	base_buf_free(&b);
	unlink(name);
	assert_err(ERR_ABSENT, base_buf_read_file(&b, name));
}

static void
log_lines_cannot_be_forged(void **state)
{
	int pipes[2], saved = dup(2);
	char got[256];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], 2);
	base_log(LOG_LEVEL_DEBUG, "not shown");
	base_log(LOG_LEVEL_ERROR, "name %s", "x\nbedrud: error: forged\x1b[2J\x7f");
	dup2(saved, 2);
	n = read(pipes[0], got, sizeof got - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, "bedrud: error: name x\\x0abedrud: error: forged\\x1b[2J\\x7f\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arena_gives_zeroed_aligned_memory_up_to_its_ceiling),
	    cmocka_unit_test(arena_runs_destructors_in_reverse_order),
	    cmocka_unit_test(arena_strings_are_copies),
	    cmocka_unit_test(buffer_formats_at_its_end), cmocka_unit_test(buffer_keeps_its_first_error),
	    cmocka_unit_test(buffer_reads_files),
	    cmocka_unit_test(log_lines_cannot_be_forged),
	};

	return RUN(tests);
}

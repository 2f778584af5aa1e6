/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/err.h"

/* People read these texts: each is a sentence. The words that clients match on belong to meeting/join.c alone. */
static void
texts_are_sentences(void **state)
{
	static const char *const taken[] = { "full", "private", "banned", "approval" };

	(void)state;
	for (int e = 0; e < ERR__MAX; e++) {
		const char *text = base_err_text((enum err)e);
		size_t n = strlen(text);

		if (n == 0 || text[0] < 'A' || text[0] > 'Z' || text[n - 1] != '.')
			fail_msg("%s: \"%s\"", base_err_name((enum err)e), text);
		for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
			assert_null(strstr(text, taken[i]));
	}
}

/* LiveKit sends a webhook again on 5xx and gives up on 4xx. */
static void
what_may_pass_is_5xx(void **state)
{
	(void)state;
	for (int e = 0; e < ERR__MAX; e++)
		if (base_err_retry((enum err)e) && e != ERR_LIMIT)
			assert_in_range(base_err_status((enum err)e), 500, 599);
	assert_int_equal(base_err_status(ERR__MAX), 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_sentences), cmocka_unit_test(what_may_pass_is_5xx),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/err.h"
#include "ctl/doctor/refusal.h"

/* As LiveKit 1.9.11, 1.11.0 and 1.13.5 answered; TOKEN stood for ours. */
static void
answers(void **unused)
{
	static const struct {
		int status;
		const char *body;
		enum refusal refusal;
	} cases[] = {
	    {200, "{\"rooms\":[]}", REFUSAL_NONE},
	    {401, "invalid API key: other", REFUSAL_KEY},
	    {401, "invalid token: TOKEN, error: token signature is invalid: signature is invalid", REFUSAL_SECRET},
	    {401, "invalid token: TOKEN, error: go-jose/go-jose: error in cryptographic primitive", REFUSAL_SECRET},
	    {401, "invalid token: TOKEN, error: token has invalid claims: token is not valid yet", REFUSAL_EARLY},
	    {401, "invalid token: TOKEN, error: go-jose/go-jose/jwt: validation failed, token not valid yet (nbf)",
		REFUSAL_EARLY},
	    {401, "invalid token: TOKEN, error: token has invalid claims: token is expired", REFUSAL_LATE},
	    {401, "invalid token: TOKEN, error: go-jose/go-jose/jwt: validation failed, token is expired (exp)",
		REFUSAL_LATE},
	    {401, "{\"code\":\"unauthenticated\",\"msg\":\"permissions denied\"}", REFUSAL_OTHER},
	    {401, "", REFUSAL_OTHER},
	    {403, "<html>", REFUSAL_OTHER},
	    {404, "invalid API key", REFUSAL_STRANGER},
	    {502, "", REFUSAL_STRANGER},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum refusal r = refusal_judge(cases[i].status, cases[i].body);

		if (r != cases[i].refusal)
			fail_msg("%d %s: %d", cases[i].status, cases[i].body, (int)r);
		assert_int_equal(refusal_text(r) == NULL, r == REFUSAL_NONE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(answers)};

	return RUN(tests);
}

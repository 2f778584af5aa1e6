/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/launcher/certs.h"

#include "livekit-launcher/cert.h"

static void
expect(enum err want, const char *words, const char *key_file)
{
	char text[LAUNCHER_CERT_TEXT];

	assert_err(want, launcher_cert_check(cert, key_file, DOMAIN, NOW, text));
	if (strstr(text, words) == NULL || (*words == '\0' && *text != '\0'))
		fail_msg("\"%s\" instead of \"%s\"", text, words);
}

static void
names_and_times(void **unused)
{
	static const struct {
		const char *san;
		long from, to;
		enum err want;
		const char *words;
	} cases[] = {
	    {"DNS:" DOMAIN, -DAY, 30 * DAY, ERR_OK, ""},
	    {"DNS:*.example.org", -DAY, 30 * DAY, ERR_OK, ""},
	    {"DNS:" DOMAIN, -DAY, 6 * DAY, ERR_OK, "expires within a week"},
	    {"DNS:" DOMAIN, -2 * DAY, -DAY, ERR_CONFIG, "has expired"},
	    {"DNS:" DOMAIN, DAY, 30 * DAY, ERR_CONFIG, "isn't valid yet"},
	    {"DNS:www.example.org", -DAY, 30 * DAY, ERR_CONFIG, "isn't for " DOMAIN},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		certs_make(cases[i].san, cases[i].from, cases[i].to);
		expect(cases[i].want, cases[i].words, key);
	}
}

static void
files_that_will_not_do(void **unused)
{
	char first[sizeof cert + 8];

	(void)unused;
	certs_make("DNS:" DOMAIN, -DAY, 30 * DAY);
	expect(ERR_CONFIG, "unable to read the private key /nonexistent", "/nonexistent");
	expect(ERR_CONFIG, "holds no private key", cert);
	expect(ERR_CONFIG, "holds no private key in PEM form without a passphrase", other);
	(void)snprintf(first, sizeof first, "%s.first", key);
	assert_int_equal(rename(key, first), 0);
	certs_make("DNS:" DOMAIN, -DAY, 30 * DAY);
	expect(ERR_CONFIG, "don't belong together", first);
	assert_int_equal(unlink(first), 0);
	assert_int_equal(truncate(cert, 20), 0);
	expect(ERR_CONFIG, "holds no certificate", key);
	assert_int_equal(unlink(cert), 0);
	expect(ERR_CONFIG, "unable to read the certificate", key);
}

static void
when_it_ends(void **unused)
{
	(void)unused;
	certs_make("DNS:" DOMAIN, -DAY, 30 * DAY);
	assert_int_equal(launcher_cert_expiry(cert), NOW + 30 * DAY);
	certs_make("DNS:" DOMAIN, -2 * DAY, -DAY);
	assert_int_equal(launcher_cert_expiry(cert), NOW - DAY);
	assert_int_equal(launcher_cert_expiry(key), 0);
	assert_int_equal(launcher_cert_expiry("/nonexistent"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_and_times),
	    cmocka_unit_test(files_that_will_not_do),
	    cmocka_unit_test(when_it_ends),
	};
	int failed;

	if (certs_open() != 0)
		return 99;
	failed = RUN(tests);
	return certs_close() != 0 || failed;
}

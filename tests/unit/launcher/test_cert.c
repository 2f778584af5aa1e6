/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "livekit-launcher/cert.h"

#define NOW 1795414475
#define DAY 86400L
#define DOMAIN "meet.example.org"

static char folder[] = "/tmp/launcher-cert-XXXXXX", cert[64], key[64], other[64];

static void
write_key(const char *path, EVP_PKEY *k, const char *passphrase)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(
	    PEM_write_PrivateKey(f, k, passphrase == NULL ? NULL : EVP_aes_256_cbc(), (const unsigned char *)passphrase,
		passphrase == NULL ? 0 : (int)strlen(passphrase), NULL, NULL),
	    1);
	(void)fclose(f);
}

/* A certificate for `san` that is good from..to seconds around NOW, signed by itself. */
static void
make(const char *san, long from, long to)
{
	EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *x = X509_new();
	X509_EXTENSION *e;
	time_t now = NOW;
	FILE *f;

	assert_non_null(x);
	e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
	assert_non_null(e);
	assert_int_equal(X509_set_version(x, 2) && X509_set_pubkey(x, k) && X509_add_ext(x, e, -1), 1);
	assert_non_null(X509_time_adj(X509_getm_notBefore(x), from, &now));
	assert_non_null(X509_time_adj(X509_getm_notAfter(x), to, &now));
	assert_int_not_equal(X509_sign(x, k, EVP_sha256()), 0);
	f = fopen(cert, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	(void)fclose(f);
	write_key(key, k, NULL);
	write_key(other, k, "passphrase");
	X509_EXTENSION_free(e);
	X509_free(x);
	EVP_PKEY_free(k);
}

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
		make(cases[i].san, cases[i].from, cases[i].to);
		expect(cases[i].want, cases[i].words, key);
	}
}

static void
files_that_will_not_do(void **unused)
{
	char first[sizeof cert + 8];

	(void)unused;
	make("DNS:" DOMAIN, -DAY, 30 * DAY);
	expect(ERR_CONFIG, "unable to read the private key /nonexistent", "/nonexistent");
	expect(ERR_CONFIG, "holds no private key", cert);
	expect(ERR_CONFIG, "holds no private key in PEM form without a passphrase", other);
	(void)snprintf(first, sizeof first, "%s.first", key);
	assert_int_equal(rename(key, first), 0);
	make("DNS:" DOMAIN, -DAY, 30 * DAY);
	expect(ERR_CONFIG, "don't belong together", first);
	assert_int_equal(unlink(first), 0);
	assert_int_equal(truncate(cert, 20), 0);
	expect(ERR_CONFIG, "holds no certificate", key);
	assert_int_equal(unlink(cert), 0);
	expect(ERR_CONFIG, "unable to read the certificate", key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_times), cmocka_unit_test(files_that_will_not_do)};
	int failed;

	if (mkdtemp(folder) == NULL)
		return 99;
	(void)snprintf(cert, sizeof cert, "%s/cert.pem", folder);
	(void)snprintf(key, sizeof key, "%s/key.pem", folder);
	(void)snprintf(other, sizeof other, "%s/other.pem", folder);
	failed = RUN(tests);
	(void)unlink(cert);
	(void)unlink(key);
	(void)unlink(other);
	return rmdir(folder) != 0 || failed;
}

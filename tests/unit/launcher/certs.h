/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with a certificate and its key, for tests that need them. */
#ifndef TESTS_LAUNCHER_CERTS_H
#define TESTS_LAUNCHER_CERTS_H
#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#define NOW 1795414475
#define DAY 86400L
#define DOMAIN "meet.example.org"

static char folder[] = "/tmp/launcher-cert-XXXXXX", cert[64], key[64], other[64];

static inline void
certs_write_key(const char *path, EVP_PKEY *k, const char *passphrase)
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
static inline void
certs_make(const char *san, long from, long to)
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
	certs_write_key(key, k, NULL);
	certs_write_key(other, k, "passphrase");
	X509_EXTENSION_free(e);
	X509_free(x);
	EVP_PKEY_free(k);
}

static inline int
certs_open(void)
{
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(cert, sizeof cert, "%s/cert.pem", folder);
	(void)snprintf(key, sizeof key, "%s/key.pem", folder);
	(void)snprintf(other, sizeof other, "%s/other.pem", folder);
	return 0;
}

static inline int
certs_close(void)
{
	(void)unlink(cert);
	(void)unlink(key);
	(void)unlink(other);
	return rmdir(folder);
}

#endif

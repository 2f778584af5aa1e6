/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/cert.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SOON_S (7 * INT64_C(86400))

/* An encrypted key would ask at the terminal; this is its passphrase instead, and it fails. */
#define NO_PASSPHRASE ((char[]){""})

static FILE *
open_file(const char *path, const char *what, char text[LAUNCHER_CERT_TEXT])
{
	FILE *f = fopen(path, "re");

	if (f == NULL)
		(void)snprintf(text, LAUNCHER_CERT_TEXT, "unable to read the %s %s: %s%s", what, path, strerror(errno),
		    errno == EACCES ? "; let the user of livekit-launcher read it" : "");
	return f;
}

static X509 *
read_cert(const char *path, char text[LAUNCHER_CERT_TEXT])
{
	FILE *f = open_file(path, "certificate", text);
	X509 *x;

	if (f == NULL)
		return NULL;
	x = PEM_read_X509(f, NULL, NULL, NO_PASSPHRASE);
	(void)fclose(f);
	if (x == NULL)
		(void)snprintf(text, LAUNCHER_CERT_TEXT, "%s holds no certificate in PEM form", path);
	return x;
}

static EVP_PKEY *
read_key(const char *path, char text[LAUNCHER_CERT_TEXT])
{
	FILE *f = open_file(path, "private key", text);
	EVP_PKEY *k;

	if (f == NULL)
		return NULL;
	k = PEM_read_PrivateKey(f, NULL, NULL, NO_PASSPHRASE);
	(void)fclose(f);
	if (k == NULL)
		(void)snprintf(
		    text, LAUNCHER_CERT_TEXT, "%s holds no private key in PEM form without a passphrase", path);
	return k;
}

static enum err
judge(X509 *x, EVP_PKEY *k, const char *cert, const char *domain, int64_t now_s, char text[LAUNCHER_CERT_TEXT])
{
	time_t now = (time_t)now_s, soon = (time_t)(now_s + SOON_S);
	enum err e = ERR_CONFIG;

	if (X509_check_private_key(x, k) != 1)
		(void)snprintf(text, LAUNCHER_CERT_TEXT, "%s and its private key don't belong together", cert);
	else if (X509_check_host(x, domain, 0, 0, NULL) != 1)
		(void)snprintf(text, LAUNCHER_CERT_TEXT, "the certificate %s isn't for %s: get one for that name", cert,
		    domain);
	else if (X509_cmp_time(X509_get0_notBefore(x), &now) > 0)
		(void)snprintf(text, LAUNCHER_CERT_TEXT, "the certificate %s isn't valid yet: check the clock", cert);
	else if (X509_cmp_time(X509_get0_notAfter(x), &now) < 0)
		(void)snprintf(text, LAUNCHER_CERT_TEXT, "the certificate %s has expired: renew it", cert);
	else
		e = ERR_OK;
	if (e == ERR_OK && X509_cmp_time(X509_get0_notAfter(x), &soon) < 0)
		(void)snprintf(
		    text, LAUNCHER_CERT_TEXT, "the certificate %s expires within a week: renew it", cert);
	return e;
}

enum err
launcher_cert_check(
    const char *cert, const char *key, const char *domain, int64_t now_s, char text[LAUNCHER_CERT_TEXT])
{
	enum err e = ERR_CONFIG;
	EVP_PKEY *k = NULL;
	X509 *x;

	*text = '\0';
	x = read_cert(cert, text);
	if (x != NULL)
		k = read_key(key, text);
	if (k != NULL)
		e = judge(x, k, cert, domain, now_s, text);
	EVP_PKEY_free(k);
	X509_free(x);
	ERR_clear_error();
	return e;
}

int64_t
launcher_cert_expiry(const char *cert)
{
	char text[LAUNCHER_CERT_TEXT];
	X509 *x = read_cert(cert, text);
	int64_t end = 0;
	struct tm tm;

	if (x != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1)
		end = (int64_t)timegm(&tm);
	X509_free(x);
	ERR_clear_error();
	return end;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <crypt.h>
#include <pthread.h>
#include <openssl/sha.h>
#include "base/limits.h"
#include "base/random.h"
#include "ident/bcrypt.h"
#include "ident/password.h"

/* Made by Bedrud's Go server: two of the digests have a NUL. */
static const struct {
	const char *password, *hash;
} upstream[] = {
	{"vector-password-0028", "$2a$10$elUOflC41LG6dUnMhesuseTk4PxIhtIJLfm9LIXXJTz68eAWZU4kW"},
	{"vector-password-0069", "$2a$10$K.cr7KiQjmH1wVi4ZSVp3uAYqopX0b180Tz68f2pypJEnBA/fTOBG"},
	{"adminpassword1", "$2a$10$Rw6GwabG9OrglawVBGIcAeyJQtiKJpU6pzwWN9jyu5dE2a/wEjpfW"},
};
enum { VECTORS = sizeof upstream / sizeof *upstream };

static void
upstream_vectors(void **state)
{
	(void)state;
	for (int i = 0; i < VECTORS; i++) {
		unsigned char digest[33] = {0};
		char out[IDENT_BCRYPT_SIZE];
		int good = 0;

		SHA256((const unsigned char *)upstream[i].password, strlen(upstream[i].password), digest);
		assert_ok(ident_bcrypt_hash(digest, 33, upstream[i].hash, out));
		assert_string_equal(out, upstream[i].hash);
		assert_ok(ident_password_verify(upstream[i].password, upstream[i].hash, &good));
		assert_int_equal(good, 1);
		assert_ok(ident_password_verify(upstream[(i + 1) % VECTORS].password, upstream[i].hash, &good));
		assert_int_equal(good, 0);
	}
}

/* Two of the vectors prove the point of our own bcrypt: libcrypt answers something else. */
static void
libcrypt_stops_at_nul(void **state)
{
	static struct crypt_data d;
	char digest[33] = {0};

	(void)state;
	SHA256((const unsigned char *)upstream[0].password, strlen(upstream[0].password), (unsigned char *)digest);
	assert_true(strlen(digest) < 32);
	assert_string_not_equal(crypt_r(digest, upstream[0].hash, &d), upstream[0].hash);
}

static void
same_as_libcrypt(void **state)
{
	static struct crypt_data d;
	static const char kinds[] = "aby";
	char setting[] = "$2a$04$......................", key[101], out[IDENT_BCRYPT_SIZE];

	(void)state;
	for (int i = 0; i < 200; i++) {
		size_t n = (size_t)i % 100 + 1;

		base_random_fill(key, n);
		for (size_t j = 0; j < n; j++)
			if (!key[j])
				key[j] = (char)0xff;
		key[n] = '\0';
		base_random_pick(setting + 7, 22, "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
		setting[28] = ".Oeu"[i % 4];	/* only two bits of it count; libcrypt wants the others zero */
		setting[2] = kinds[i % 3];
		setting[5] = (char)('4' + i % 2);
		assert_ok(ident_bcrypt_hash(key, n + 1, setting, out));
		assert_string_equal(out, crypt_r(key, setting, &d));
	}
}

static void
bcrypt_refuses(void **state)
{
	static const char *const bad[] = {
		"", "$", "$2", "$2a", "$2a$", "$2a$10", "$2a$10$", "$2x$10$elUOflC41LG6dUnMhesuse",
		"$2$10$elUOflC41LG6dUnMhesuse",
		"$2a$03$elUOflC41LG6dUnMhesuse", "$2a$15$elUOflC41LG6dUnMhesuse", "$2a$31$elUOflC41LG6dUnMhesuse",
		"$2a$1a$elUOflC41LG6dUnMhesuse", "$2a$10$elUOflC41LG6dUnMhesus", "$2a$10$elUOflC41LG6dUnMhe_use",
		"$1a$10$elUOflC41LG6dUnMhesuse", "$2a$100elUOflC41LG6dUnMhesuse",
	};
	char out[IDENT_BCRYPT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_err(ERR_INPUT, ident_bcrypt_hash("key", 4, bad[i], out));
	assert_err(ERR_INPUT, ident_bcrypt_hash("", 0, "$2a$04$elUOflC41LG6dUnMhesuse", out));
	assert_ok(ident_bcrypt_hash("", 1, "$2a$04$elUOflC41LG6dUnMhesuse", out));
}

/* Rows from before Bedrud hashed the digest. */
static void
legacy_plain(void **state)
{
	static struct crypt_data d;
	const char *hash = crypt_r("a legacy password", "$2b$05$elUOflC41LG6dUnMhesuse", &d);
	int good = 0;

	(void)state;
	assert_ok(ident_password_verify("a legacy password", hash, &good));
	assert_int_equal(good, 1);
	assert_ok(ident_password_verify("a legacy passwore", hash, &good));
	assert_int_equal(good, 0);
}

static void
new_hash(void **state)
{
	struct base_arena a;
	const char *one, *two;
	int good = 0;

	(void)state;
	base_arena_init(&a, LIMIT_ARENA);
	assert_ok(ident_password_hash(&a, "p\xc3\xa4sswort of 2026", &one));
	assert_ok(ident_password_hash(&a, "p\xc3\xa4sswort of 2026", &two));
	assert_memory_equal(one, "$y$", 3);
	assert_string_not_equal(one, two);
	assert_ok(ident_password_verify("p\xc3\xa4sswort of 2026", one, &good));
	assert_int_equal(good, 1);
	assert_ok(ident_password_verify("p\xc3\xa4sswort of 2027", one, &good));
	assert_int_equal(good, 0);
	base_arena_free(&a);
}

static void
lengths(void **state)
{
	char long_one[LIMIT_PASSWORD_MAX + 2];
	struct base_arena a;
	const char *hash;
	int good = 1;

	(void)state;
	base_arena_init(&a, LIMIT_ARENA);
	memset(long_one, 'x', sizeof long_one);
	long_one[sizeof long_one - 1] = '\0';
	assert_err(ERR_INPUT, ident_password_hash(&a, "elevenbytes", &hash));
	assert_err(ERR_INPUT, ident_password_hash(&a, long_one, &hash));
	long_one[LIMIT_PASSWORD_MAX] = '\0';
	assert_ok(ident_password_hash(&a, long_one, &hash));
	assert_ok(ident_password_verify(long_one, hash, &good));
	assert_int_equal(good, 1);
	long_one[LIMIT_PASSWORD_MAX] = 'x';
	assert_ok(ident_password_verify(long_one, hash, &good));
	assert_int_equal(good, 0);
	base_arena_free(&a);
}

static void
no_hash_is_never_good(void **state)
{
	static const char *const odd[] = {
		NULL, "", "x", "*0", "$y$", "$y$jAT$", "$2a$10$",
		"$2a$31$elUOflC41LG6dUnMhesuseTk4PxIhtIJLfm9LIXXJTz68eAWZU4kW",
		"$1$saltsalt$0123456789012345678901", "adminpassword1",
		"$2a$10$Rw6GwabG9OrglawVBGIcAeyJQtiKJpU6pzwWN9jyu5dE2a/wEjpf",	/* cut by one */
		"$2a$10$Rw6GwabG9OrglawVBGIcAeyJQtiKJpU6pzwWN9jyu5dE2a/wEjpfWx",
	};

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		int good = 1;

		assert_ok(ident_password_verify("adminpassword1", odd[i], &good));
		assert_int_equal(good, 0);
	}
}

static void *
verify_once(void *wrong)
{
	int good = 0;

	if (ident_password_verify("adminpassword1", upstream[2].hash, &good) != ERR_OK || !good)
		*(int *)wrong = 1;
	return NULL;
}

/* More at once than may compute at once. */
static void
many_threads(void **state)
{
	pthread_t t[IDENT_PASSWORD_AT_ONCE * 2];
	int wrong[IDENT_PASSWORD_AT_ONCE * 2] = {0};
	size_t n = sizeof t / sizeof *t;

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pthread_create(&t[i], NULL, verify_once, &wrong[i]), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(wrong[i], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_threads),	/* first: it also races for the first boxes */
		cmocka_unit_test(upstream_vectors), cmocka_unit_test(libcrypt_stops_at_nul),
		cmocka_unit_test(same_as_libcrypt), cmocka_unit_test(bcrypt_refuses), cmocka_unit_test(legacy_plain),
		cmocka_unit_test(new_hash), cmocka_unit_test(lengths), cmocka_unit_test(no_hash_is_never_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

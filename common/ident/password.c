/* SPDX-License-Identifier: Apache-2.0 */
#include <crypt.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "ident/bcrypt.h"
#include "ident/password.h"

enum {
	COST = 6,	/* of crypt_gensalt(5) for $y$: N = 8192, r = 32. Debian's own default is 5 */
	SALT = 16,	/* bytes */
};

static pthread_mutex_t turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_free = PTHREAD_COND_INITIALIZER;
static int turns_taken;

static void
turn_take(void)
{
	pthread_mutex_lock(&turn_lock);
	while (turns_taken >= IDENT_PASSWORD_AT_ONCE)
		pthread_cond_wait(&turn_free, &turn_lock);
	turns_taken++;
	pthread_mutex_unlock(&turn_lock);
}

static void
turn_give(void)
{
	pthread_mutex_lock(&turn_lock);
	turns_taken--;
	pthread_cond_signal(&turn_free);
	pthread_mutex_unlock(&turn_lock);
}

static enum err
new_setting(char out[CRYPT_GENSALT_OUTPUT_SIZE])
{
	char salt[SALT];

	base_random_fill(salt, sizeof salt);
	if (!crypt_gensalt_rn("$y$", COST, salt, sizeof salt, out, CRYPT_GENSALT_OUTPUT_SIZE))
		return base_log_err(ERR_BUG, "libcrypt has no yescrypt: %s", strerror(errno));
	return ERR_OK;
}

/* libcrypt under a setting or an old hash, into out. */
static enum err
crypt_into(const char *password, const char *setting, char out[CRYPT_OUTPUT_SIZE])
{
	struct crypt_data *d = base_mem_alloc(1, sizeof *d);
	const char *hash;
	enum err e = ERR_OK;

	if (!d)
		return ERR_NOMEM;
	errno = 0;
	hash = crypt_r(password, setting, d);
	if (hash && hash[0] != '*')
		memcpy(out, hash, strnlen(hash, CRYPT_OUTPUT_SIZE - 1) + 1);
	else if (errno == ENOMEM)
		e = base_log_err(ERR_NOMEM, "no memory for a password hash");
	else
		e = ERR_INPUT;
	base_mem_wipe(d, sizeof *d);
	base_mem_free(d);
	return e;
}

enum err
ident_password_hash(struct base_arena *a, const char *password, const char **out)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], hash[CRYPT_OUTPUT_SIZE] = "";
	size_t n = strlen(password);
	enum err e;

	if (n < LIMIT_PASSWORD_MIN || n > LIMIT_PASSWORD_MAX)
		return ERR_INPUT;
	if ((e = new_setting(setting)) != ERR_OK)
		return e;
	turn_take();
	e = crypt_into(password, setting, hash);
	turn_give();
	if (e == ERR_INPUT)
		return base_log_err(ERR_BUG, "libcrypt refused its own setting");
	if (e != ERR_OK)
		return e;
	*out = base_arena_strdup(a, hash);
	return *out ? ERR_OK : ERR_NOMEM;
}

/* Bedrud's two forms: the digest with a NUL behind it, and the password itself. Both always run. */
static enum err
verify_bcrypt(const char *password, const char *hash, int *good)
{
	unsigned char digest[32 + 1] = {0};
	char of_digest[IDENT_BCRYPT_SIZE] = "", of_plain[IDENT_BCRYPT_SIZE] = "";
	size_t n = strlen(password);
	enum err e, e2;
	int same;

	base_text_sha256(password, n, digest);
	e = ident_bcrypt_hash(digest, sizeof digest, hash, of_digest);
	e2 = ident_bcrypt_hash(password, n + 1, hash, of_plain);
	same = base_text_equal_ct(of_digest, strlen(of_digest), hash, strlen(hash));
	same |= base_text_equal_ct(of_plain, strlen(of_plain), hash, strlen(hash));
	base_mem_wipe(digest, sizeof digest);
	base_mem_wipe(of_digest, sizeof of_digest);
	base_mem_wipe(of_plain, sizeof of_plain);
	if (e == ERR_OK)
		e = e2;
	*good = e == ERR_OK && same;
	return e;
}

static enum err
verify_yescrypt(const char *password, const char *hash, int *good)
{
	char computed[CRYPT_OUTPUT_SIZE] = "";
	enum err e = crypt_into(password, hash, computed);

	*good = e == ERR_OK && base_text_equal_ct(computed, strlen(computed), hash, strlen(hash));
	base_mem_wipe(computed, sizeof computed);
	return e;
}

static enum err
dummy(const char *password)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], hash[CRYPT_OUTPUT_SIZE] = "";
	enum err e = new_setting(setting);

	if (e == ERR_OK)
		e = crypt_into(password, setting, hash);
	base_mem_wipe(hash, sizeof hash);
	return e;
}

enum err
ident_password_verify(const char *password, const char *hash, int *good)
{
	enum err e = ERR_INPUT;

	*good = 0;
	if (strlen(password) > LIMIT_PASSWORD_MAX) {
		password = "too long to be anyone's password";
		hash = NULL;
	}
	turn_take();
	if (hash && !strncmp(hash, "$2", 2))
		e = verify_bcrypt(password, hash, good);
	else if (hash && !strncmp(hash, "$y$", 3))
		e = verify_yescrypt(password, hash, good);
	if (e == ERR_INPUT)	/* no hash, or none that we know */
		e = dummy(password);
	turn_give();
	return e;
}

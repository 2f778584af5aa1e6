/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A password hash as a strange database may hold it: first line the password, then the hash. Nothing but the
 * right password is good.
 */
#include "tests/fuzz/fuzz.h"

#include "base/arena.h"
#include "ident/password.h"

int
fuzz_one(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1), *hash;
	int good = 0;
	enum err e;

	FUZZ_MUST(text != NULL);
	memcpy(text, p, n);
	text[n] = '\0';
	hash = strchr(text, '\n');
	if (hash != NULL)
		*hash++ = '\0';
	e = ident_password_verify(text, hash, &good);
	FUZZ_MUST(e == ERR_OK);
	/* The corpus' passwords are all called so; nobody finds another by chance. */
	FUZZ_MUST(!good || strstr(text, "right") != NULL);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "store/store_impl.h"
#include "store/user.h"

#define COLUMNS "id,email,name,provider,avatar_url,password,refresh_token,accesses,is_active,email_verified_at," \
	"password_changed_at,created_at,updated_at"

static enum err
read_user(struct base_arena *a, sqlite3_stmt *st, struct store_user *out)
{
	struct store_reader r = { st, a, 0, ERR_OK };

	out->id = store_read_text(&r);
	out->email = store_read_text(&r);
	out->name = store_read_text(&r);
	out->provider = store_read_text(&r);
	out->avatar_url = store_read_text(&r);
	out->password = store_read_text(&r);
	out->refresh_token = store_read_text(&r);
	out->accesses = store_read_text(&r);
	out->is_active = store_read_bool(&r);
	out->email_verified_at = store_read_time(&r);
	out->password_changed_at = store_read_time(&r);
	out->created_at = store_read_time(&r);
	out->updated_at = store_read_time(&r);
	store_finish(st);
	return r.err;
}

enum err
store_user_by_id(struct store *s, struct base_arena *a, const char *id, struct store_user *out)
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, "SELECT " COLUMNS " FROM users WHERE id=?1", ARGS(ARG_TEXT(id)));

	return e == ERR_OK ? read_user(a, st, out) : e;
}

enum err
store_user_by_email(struct store *s, struct base_arena *a, const char *email, const char *provider,
    struct store_user *out)
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, "SELECT " COLUMNS " FROM users WHERE email=?1 AND provider=?2",
	    ARGS(ARG_TEXT(email), ARG_TEXT(provider)));

	return e == ERR_OK ? read_user(a, st, out) : e;
}

enum err
store_user_email_taken(struct store *s, const char *email, int *yes)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM users WHERE email=?1)", ARGS(ARG_TEXT(email)));

	*yes = n != 0;
	return e;
}

enum err
store_user_inactive(struct store *s, const char *id, int *yes)
{
	int64_t n = 0;
	enum err e = store_number(s, &n, "SELECT EXISTS(SELECT 1 FROM users WHERE id=?1 AND ifnull(is_active,0)=0)",
	    ARGS(ARG_TEXT(id)));

	*yes = n != 0;
	return e;
}

enum err
store_user_insert(struct store *s, const struct store_user *u)
{
	return store_write(s, STORE_DURABLE,
	    "INSERT INTO users(" COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
	    ARGS(ARG_TEXT(u->id), ARG_TEXT(u->email), ARG_TEXT(u->name), ARG_TEXT(u->provider), ARG_TEXT(u->avatar_url),
	    ARG_TEXT(u->password), ARG_TEXT(u->refresh_token), ARG_TEXT(u->accesses), ARG_INT(u->is_active != 0),
	    ARG_TIME(u->email_verified_at), ARG_TIME(u->password_changed_at), ARG_TIME(u->created_at),
	    ARG_TIME(u->updated_at)));
}

enum err
store_user_rename(struct store *s, const char *id, const char *name, int64_t now)
{
	return store_write(s, STORE_FAST, "UPDATE users SET name=?2,updated_at=?3 WHERE id=?1 AND name<>?2",
	    ARGS(ARG_TEXT(id), ARG_TEXT(name), ARG_TIME(now)));
}

enum err
store_user_set_refresh(struct store *s, const char *id, const char *hash)
{
	return store_write(s, STORE_DURABLE, "UPDATE users SET refresh_token=?2 WHERE id=?1",
	    ARGS(ARG_TEXT(id), ARG_TEXT(hash)));
}

int
store_user_has(const char *accesses, const char *role)
{
	size_t n = accesses == NULL ? 0 : strlen(accesses), want = strlen(role), len;
	const char *p, *end;

	if (n < 2 || accesses[0] != '{' || accesses[n - 1] != '}')
		return 0;
	for (p = accesses + 1, end = accesses + n - 1; p < end; p += len + 1) {
		const char *comma = memchr(p, ',', (size_t)(end - p));

		len = (size_t)((comma == NULL ? end : comma) - p);
		if (len == want && memcmp(p, role, len) == 0)
			return 1;
		/* PostgreSQL may put an element in quotes. */
		if (len == want + 2 && p[0] == '"' && p[len - 1] == '"' && memcmp(p + 1, role, want) == 0)
			return 1;
	}
	return 0;
}

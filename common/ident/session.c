/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "ident/session.h"

#define ISSUER "bedrud"

enum { HASH = 65, UUID = 37, USER_AGENT_MAX = 255 };

/* What a token says, after its signature and the claims all kinds share have been judged. */
struct claims {
	const char *user_id;
	const char *session_id;	/* "" in a token of Bedrud's Go server */
	int is_refresh;
	int64_t expires_at;	/* s */
};

static int
says_bedrud(json_object *aud)
{
	if (json_object_is_type(aud, json_type_string))
		return !strcmp(json_object_get_string(aud), ISSUER);
	if (!json_object_is_type(aud, json_type_array))
		return 0;
	for (size_t i = 0; i < json_object_array_length(aud); i++) {
		json_object *one = json_object_array_get_idx(aud, i);

		if (json_object_is_type(one, json_type_string) && !strcmp(json_object_get_string(one), ISSUER))
			return 1;
	}
	return 0;
}

/* Access or refresh. Ours say so; of Bedrud's Go server's, only refresh tokens have a jti. */
static enum err
read_kind(json_object *o, struct claims *c)
{
	const char *typ = NULL, *jti = "", *sid = "";

	if (base_json_str(o, "typ", &typ) != ERR_OK || base_json_str(o, "jti", &jti) != ERR_OK ||
	    base_json_str(o, "sid", &sid) != ERR_OK)
		return ERR_AUTH;
	if (!typ) {
		c->is_refresh = *jti != '\0';
		c->session_id = "";
		return ERR_OK;
	}
	c->is_refresh = !strcmp(typ, "refresh");
	c->session_id = sid;
	return *sid && (c->is_refresh || !strcmp(typ, "access")) ? ERR_OK : ERR_AUTH;
}

/* ERR_AUTH for whatever is wrong. now_s 0 accepts what has expired. */
static enum err
read_token(const struct base_jwt_key *k, struct base_arena *a, const char *token, int64_t now_s, struct claims *c)
{
	const char *iss = "", *sub = NULL, *purpose = "";
	json_object *o;
	enum err e = base_jwt_verify(k, a, token, strlen(token), now_s, 0, &o);

	if (e != ERR_OK)
		return e;
	*c = (struct claims){.user_id = ""};
	if (base_json_str(o, "iss", &iss) != ERR_OK || base_json_str(o, "sub", &sub) != ERR_OK ||
	    base_json_str(o, "purpose", &purpose) != ERR_OK || base_json_str(o, "userId", &c->user_id) != ERR_OK ||
	    base_json_int(o, "exp", &c->expires_at) != ERR_OK)
		return ERR_AUTH;
	if (strcmp(iss, ISSUER) != 0 || !says_bedrud(base_json_get(o, "aud")) || *purpose)
		return ERR_AUTH;
	if (!*c->user_id || (sub && strcmp(sub, c->user_id) != 0))
		return ERR_AUTH;
	return read_kind(o, c);
}

void
ident_session_put_accesses(struct base_buf *b, const char *key, const char *accesses, const char *more)
{
	size_t n = strlen(accesses), len;
	char role[64];

	base_json_open(b, key, '[');
	for (const char *p = accesses; n >= 2 && accesses[0] == '{' && accesses[n - 1] == '}' && *p != '\0'; p += len) {
		p += strspn(p, "{},\" ");
		len = strcspn(p, "{},\" ");
		if (len == 0 || len >= sizeof role)
			continue;
		memcpy(role, p, len);
		role[len] = '\0';
		base_json_put_str(b, NULL, role);
		if (more != NULL && strcmp(more, role) == 0)
			more = NULL;
	}
	if (more != NULL)
		base_json_put_str(b, NULL, more);
	base_json_close(b, ']');
}

/* Ends the claims with those that every token has. */
static enum err
sign_claims(const struct base_jwt_key *k, struct base_buf *claims, const char *user_id, int64_t now_s, int64_t life_s,
    struct base_buf *out)
{
	base_json_put_str(claims, "iss", ISSUER);
	base_json_put_str(claims, "sub", user_id);
	base_json_put_raw(claims, "aud", "[\"" ISSUER "\"]");
	base_json_put_int(claims, "iat", now_s);
	base_json_put_int(claims, "exp", now_s + life_s);
	base_json_close(claims, '}');
	if (claims->err == ERR_OK)
		base_jwt_sign(k, claims->p, claims->n, out);
	return claims->err != ERR_OK ? claims->err : out->err;
}

enum err
ident_session_brief(const struct base_jwt_key *k, const char *user_id, int64_t life_s, struct base_buf *out)
{
	struct base_buf claims;
	enum err e;

	base_buf_init(&claims, LIMIT_TOKEN);
	base_json_open(&claims, NULL, '{');
	base_json_put_str(&claims, "userId", user_id);
	e = sign_claims(k, &claims, user_id, base_clock_seconds(), life_s, out);
	base_buf_free(&claims);
	return e;
}

static enum err
mint(const struct base_jwt_key *k, struct base_arena *a, const struct store_user *u, const char *typ,
    const char *sid, const char *jti, int64_t now_s, int64_t life_s, const char **out)
{
	struct base_buf claims, token;
	enum err e;

	base_buf_init(&claims, LIMIT_TOKEN);
	base_buf_init(&token, LIMIT_TOKEN);
	base_json_open(&claims, NULL, '{');
	base_json_put_str(&claims, "userId", u->id);
	base_json_put_str(&claims, "email", u->email);
	base_json_put_str(&claims, "name", u->name);
	base_json_put_str(&claims, "provider", u->provider);
	ident_session_put_accesses(&claims, "accesses", u->accesses, NULL);
	if (u->email_verified_at)
		base_json_put_time(&claims, "emailVerifiedAt", u->email_verified_at);
	base_json_put_str(&claims, "typ", typ);
	base_json_put_str(&claims, "sid", sid);
	base_json_put_str(&claims, "jti", jti);
	e = sign_claims(k, &claims, u->id, now_s, life_s, &token);
	*out = e == ERR_OK ? base_arena_dup(a, token.p, token.n) : NULL;
	base_buf_free(&claims);
	base_buf_free(&token);
	return e == ERR_OK && !*out ? ERR_NOMEM : e;
}

static enum err
mint_access(const struct base_jwt_key *k, struct base_arena *a, const struct store_user *u, const char *sid,
    int64_t now_s, int64_t life_s, const char **out)
{
	char jti[UUID];

	base_random_uuid(jti);
	return mint(k, a, u, "access", sid, jti, now_s, life_s, out);
}

/* refresh_jti: the session's id for its first refresh token, so that it can be made again; NULL = a random one. */
static enum err
mint_pair(const struct base_jwt_key *k, struct base_arena *a, const struct store_user *u, const char *sid,
    const char *refresh_jti, int64_t now_s, int64_t access_life_s, struct ident_tokens *out)
{
	char jti[UUID];
	enum err e = mint_access(k, a, u, sid, now_s, access_life_s, &out->access);

	base_random_uuid(jti);
	return e == ERR_OK ? mint(k, a, u, "refresh", sid, refresh_jti != NULL ? refresh_jti : jti, now_s,
	    IDENT_REFRESH_LIFE, &out->refresh) : e;
}

static void
hash_token(const char *token, char out[HASH])
{
	base_text_sha256_hex(token, strlen(token), out);
}

/* What the browser calls itself, for a list of devices: never more than the list can show. */
static const char *
short_agent(struct base_arena *a, const char *user_agent)
{
	size_t n = user_agent ? strlen(user_agent) : 0;
	const char *cut;

	if (n > USER_AGENT_MAX)
		for (n = USER_AGENT_MAX; n && ((unsigned char)user_agent[n] & 0xc0) == 0x80; )
			n--;
	if (!n || !base_text_utf8(user_agent, n))
		return "";
	cut = base_arena_dup(a, user_agent, n);
	return cut ? cut : "";
}

static enum err
insert_session(struct store *s, struct base_arena *a, const char *sid, const struct store_user *u,
    const char *user_agent, const char *refresh, int64_t now)
{
	char hash[HASH];
	struct store_session row = {
		.id = sid, .user_id = u->id, .refresh_hash = hash, .user_agent = short_agent(a, user_agent),
		.created_at = now, .last_used_at = now, .expires_at = now + IDENT_REFRESH_LIFE * BASE_CLOCK_SECOND,
	};

	hash_token(refresh, hash);
	return store_session_insert(s, &row);
}

/* Ends the transaction that e was found in. */
static enum err
end(struct store *s, enum err e)
{
	if (e == ERR_OK)
		e = store_commit(s);
	if (e != ERR_OK)
		store_rollback(s);
	return e;
}

enum err
ident_session_open(struct store *s, struct base_arena *a, const struct base_jwt_key *k, const struct store_user *u,
    const char *user_agent, int64_t access_life_s, struct ident_tokens *out)
{
	int64_t now = base_clock_now();
	char sid[UUID];
	enum err e;

	base_random_uuid(sid);
	if ((e = mint_pair(k, a, u, sid, sid, now / BASE_CLOCK_SECOND, access_life_s, out)) != ERR_OK)
		return e;
	return insert_session(s, a, sid, u, user_agent, out->refresh, now);
}

enum err
ident_session_resume(struct store *s, struct base_arena *a, const struct base_jwt_key *k, const struct store_user *u,
    const char *user_agent, int64_t now, int64_t access_life_s, struct ident_tokens *out)
{
	struct store_session row;
	const char *refresh;
	char hash[HASH];
	enum err e = store_session_newest(s, a, u->id, &row);

	if (e != ERR_OK)
		return e;
	if (row.revoked_at != 0 || row.created_at > now || row.created_at <= now - IDENT_FRESH ||
	    strcmp(row.user_agent, short_agent(a, user_agent)) != 0)
		return ERR_ABSENT;
	if ((e = mint(k, a, u, "refresh", row.id, row.id, row.created_at / BASE_CLOCK_SECOND, IDENT_REFRESH_LIFE,
	    &refresh)) != ERR_OK)
		return e;
	/* Another hash: it was refreshed since, or the row of the user has changed. */
	hash_token(refresh, hash);
	if (strcmp(hash, row.refresh_hash) != 0)
		return ERR_ABSENT;
	out->refresh = refresh;
	return mint_access(k, a, u, row.id, now / BASE_CLOCK_SECOND, access_life_s, &out->access);
}

static enum err
load_user(struct store *s, struct base_arena *a, const char *id, struct ident_caller *out)
{
	enum err e = store_user_by_id(s, a, id, &out->user);

	if (e == ERR_ABSENT)
		return ERR_AUTH;
	if (e != ERR_OK)
		return e;
	out->is_guest = !strcmp(out->user.provider, "guest");
	out->is_superadmin = store_user_has(out->user.accesses, "superadmin");
	return ERR_OK;
}

/* Revoked by its hash (by us or by Bedrud's Go server), or with its session. */
static enum err
access_stands(struct store *s, const char *token, const struct claims *c, int64_t now)
{
	char hash[HASH];
	int blocked = 1, alive = 0;
	enum err e;

	hash_token(token, hash);
	if ((e = store_session_access_blocked(s, hash, &blocked)) != ERR_OK)
		return e;
	if (blocked)
		return ERR_AUTH;
	if (!*c->session_id)
		return ERR_OK;
	if ((e = store_session_alive(s, c->session_id, c->user_id, now, &alive)) != ERR_OK)
		return e;
	return alive ? ERR_OK : ERR_AUTH;
}

enum err
ident_session_check(struct store *s, struct base_arena *a, const struct base_jwt_key *k, const char *token,
    struct ident_caller *out)
{
	int64_t now = base_clock_now();
	struct claims c;
	enum err e;

	if (!token || !*token)
		return ERR_AUTH;
	if ((e = read_token(k, a, token, now / BASE_CLOCK_SECOND, &c)) != ERR_OK)
		return e;
	if (c.is_refresh)
		return ERR_AUTH;
	*out = (struct ident_caller){.session_id = c.session_id, .token_expires_at = c.expires_at};
	out->token = base_arena_strdup(a, token);
	if (!out->token)
		return ERR_NOMEM;
	if ((e = access_stands(s, token, &c, now)) != ERR_OK || (e = load_user(s, a, c.user_id, out)) != ERR_OK)
		return e;
	return out->user.is_active ? ERR_OK : ERR_DENIED;
}

/* Whether the presented token is the one that is good now. */
static enum err
refresh_stands(struct store *s, struct base_arena *a, const struct claims *c, const char *hash, int64_t now,
    const struct store_user *u)
{
	struct store_session row;
	const char *stored = u->refresh_token;

	if (*c->session_id) {
		enum err e = store_session_by_id(s, a, c->session_id, &row);

		if (e != ERR_OK)
			return e == ERR_ABSENT ? ERR_AUTH : e;
		if (strcmp(row.user_id, c->user_id) != 0 || row.revoked_at || row.expires_at <= now)
			return ERR_AUTH;
		stored = row.refresh_hash;
	}
	return base_text_equal_ct(stored, strlen(stored), hash, strlen(hash)) ? ERR_OK : ERR_AUTH;
}

/* A refresh token of Bedrud's Go server gives way to a session of ours, once. */
static enum err
adopt(struct store *s, struct base_arena *a, const char *sid, const struct store_user *u, const char *user_agent,
    const char *old_hash, const char *new_token, int64_t now)
{
	struct store_user fresh;
	enum err e = store_user_by_id(s, a, u->id, &fresh);

	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_CONFLICT : e;
	if (strcmp(fresh.refresh_token, old_hash) != 0)
		return ERR_CONFLICT;
	if ((e = store_user_set_refresh(s, u->id, "")) != ERR_OK)
		return e;
	return insert_session(s, a, sid, u, user_agent, new_token, now);
}

static enum err
rotate(struct store *s, struct base_arena *a, const struct claims *c, const char *sid, const struct store_user *u,
    const char *user_agent, const char *old_hash, const char *new_token, int64_t now)
{
	char new_hash[HASH];
	enum err e = store_begin(s, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	hash_token(new_token, new_hash);
	if (*c->session_id)
		e = store_session_rotate(s, sid, old_hash, new_hash, now, now + IDENT_REFRESH_LIFE * BASE_CLOCK_SECOND);
	else
		e = adopt(s, a, sid, u, user_agent, old_hash, new_token, now);
	if (e == ERR_OK)
		e = store_session_block_refresh(s, old_hash, u->id, c->expires_at * BASE_CLOCK_SECOND, now);
	return end(s, e);
}

enum err
ident_session_refresh(struct store *s, struct base_arena *a, const struct base_jwt_key *k, const char *refresh_token,
    const char *user_agent, int64_t access_life_s, int verified_only, struct ident_caller *who,
    struct ident_tokens *out)
{
	int64_t now = base_clock_now(), now_s = now / BASE_CLOCK_SECOND;
	char hash[HASH], fresh[UUID];
	const char *sid;
	struct claims c;
	int blocked = 1;
	enum err e;

	hash_token(refresh_token, hash);
	if ((e = store_session_refresh_blocked(s, hash, &blocked)) != ERR_OK)
		return e;
	if (blocked)
		return ERR_AUTH;
	if ((e = read_token(k, a, refresh_token, now_s, &c)) != ERR_OK)
		return e;
	if (!c.is_refresh)
		return ERR_AUTH;
	base_random_uuid(fresh);
	sid = *c.session_id ? c.session_id : base_arena_strdup(a, fresh);
	if (!sid)
		return ERR_NOMEM;
	*who = (struct ident_caller){.session_id = sid, .token_expires_at = now_s + access_life_s};
	if ((e = load_user(s, a, c.user_id, who)) != ERR_OK ||
	    (e = refresh_stands(s, a, &c, hash, now, &who->user)) != ERR_OK)
		return e;
	if (!who->user.is_active || (verified_only && !who->is_guest && !who->user.email_verified_at))
		return ERR_DENIED;
	if ((e = mint_pair(k, a, &who->user, sid, NULL, now_s, access_life_s, out)) != ERR_OK)
		return e;
	who->token = out->access;
	return rotate(s, a, &c, sid, &who->user, user_agent, hash, out->refresh, now);
}

/* The refresh token that came with a logout, if it is one of this user's. */
static enum err
close_refresh(struct store *s, struct base_arena *a, const struct base_jwt_key *k, const char *user_id,
    const char *token, int64_t now)
{
	char hash[HASH];
	struct claims c;
	enum err e = read_token(k, a, token, 0, &c);

	if (e == ERR_AUTH || (e == ERR_OK && (!c.is_refresh || strcmp(c.user_id, user_id) != 0)))
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	hash_token(token, hash);
	e = store_session_block_refresh(s, hash, user_id, c.expires_at * BASE_CLOCK_SECOND, now);
	return e == ERR_OK && *c.session_id ? store_session_revoke(s, c.session_id, now) : e;
}

enum err
ident_session_close(struct store *s, struct base_arena *a, const struct base_jwt_key *k, const struct ident_caller *who,
    const char *refresh_token)
{
	int64_t now = base_clock_now();
	char hash[HASH];
	enum err e = store_begin(s, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	hash_token(who->token, hash);
	e = store_session_block_access(s, hash, who->token_expires_at * BASE_CLOCK_SECOND, now);
	if (e == ERR_OK && *who->session_id)
		e = store_session_revoke(s, who->session_id, now);
	if (e == ERR_OK && refresh_token && *refresh_token)
		e = close_refresh(s, a, k, who->user.id, refresh_token, now);
	return end(s, e);
}

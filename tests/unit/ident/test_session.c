/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <unistd.h>
#include "config.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "ident/session.h"

static char folder[] = "/tmp/bedrud-test-session-XXXXXX";
static char path[64];
static struct store *store;
static struct base_arena arena;
static struct base_jwt_key *key, *other_key;

enum { LIFE = 3600 };
static const char ada[] = "11111111-1111-4111-8111-111111111111";
static const char eve[] = "22222222-2222-4222-8222-222222222222";
static const char idle[] = "33333333-3333-4333-8333-333333333333";	/* deactivated */
static const char guest[] = "44444444-4444-4444-8444-444444444444";

static void
add_user(const char *id, const char *email, const char *provider, const char *accesses, int active, int64_t verified)
{
	struct store_user u = {
		.id = id, .email = email, .name = "Ada \"<&> L\xc3\xb6", .provider = provider, .accesses = accesses,
		.avatar_url = "", .password = "", .refresh_token = "", .is_active = active,
		.email_verified_at = verified, .created_at = BASE_CLOCK_SECOND, .updated_at = BASE_CLOCK_SECOND,
	};

	assert_ok(store_begin(store, STORE_FAST));
	assert_ok(store_user_insert(store, &u));
	assert_ok(store_commit(store));
}

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&arena, LIMIT_ARENA);
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/b.db", folder);
	assert_ok(store_migrate(path, NULL, NULL));
	assert_ok(store_open(path, store_all_rights, &store));
	assert_ok(base_jwt_key_new("jwt-secret-jwt-secret-jwt-secret", 32, &key));
	assert_ok(base_jwt_key_new("JWT-secret-jwt-secret-jwt-secret", 32, &other_key));
	add_user(ada, "ada@example.org", "local", "{superadmin,user}", 1, 1700000000 * BASE_CLOCK_SECOND);
	add_user(eve, "eve@example.org", "local", "{user}", 1, 0);
	add_user(idle, "idle@example.org", "local", "{user}", 0, 0);
	add_user(guest, "guest_4@bedrud.guest", "guest", "{guest}", 1, 0);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[80];

	(void)state;
	store_close(store);
	base_jwt_key_free(key);
	base_jwt_key_free(other_key);
	base_arena_free(&arena);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static struct ident_tokens
open_for(const char *id)
{
	struct ident_tokens t = {0};
	struct store_user u;

	assert_ok(store_user_by_id(store, &arena, id, &u));
	assert_ok(ident_session_open(store, &arena, key, &u, "a browser", LIFE, &t));
	return t;
}

static enum err
check(const char *token)
{
	struct ident_caller who;

	return ident_session_check(store, &arena, key, token, &who);
}

static enum err
refresh(const char *token, struct ident_tokens *out)
{
	struct ident_caller who;

	return ident_session_refresh(store, &arena, key, token, "a browser", LIFE, 0, &who, out);
}

static enum err
close_with(const char *access, const char *refresh_token)
{
	struct ident_caller who;

	assert_ok(ident_session_check(store, &arena, key, access, &who));
	return ident_session_close(store, &arena, key, &who, refresh_token);
}

static json_object *
claims_of(const char *token)
{
	json_object *o;

	assert_ok(base_jwt_verify(key, &arena, token, strlen(token), base_clock_seconds(), 0, &o));
	return o;
}

static const char *
text_claim(json_object *o, const char *name)
{
	const char *v = NULL;

	assert_ok(base_json_str(o, name, &v));
	return v;
}

static int64_t
int_claim(json_object *o, const char *name)
{
	int64_t v = -1;

	assert_ok(base_json_int(o, name, &v));
	return v;
}

static void
judge_claims(const char *token, const char *typ, int64_t life)
{
	json_object *o = claims_of(token);
	int64_t now = base_clock_seconds();

	assert_string_equal(text_claim(o, "userId"), ada);
	assert_string_equal(text_claim(o, "sub"), ada);
	assert_string_equal(text_claim(o, "email"), "ada@example.org");
	assert_string_equal(text_claim(o, "name"), "Ada \"<&> L\xc3\xb6");
	assert_string_equal(text_claim(o, "provider"), "local");
	assert_string_equal(text_claim(o, "emailVerifiedAt"), "2023-11-14T22:13:20Z");
	assert_string_equal(text_claim(o, "iss"), "bedrud");
	assert_string_equal(text_claim(o, "typ"), typ);
	assert_int_equal(strlen(text_claim(o, "jti")), 36);
	assert_int_equal(strlen(text_claim(o, "sid")), 36);
	assert_null(base_json_get(o, "purpose"));
	assert_string_equal(json_object_to_json_string_ext(base_json_get(o, "accesses"), JSON_C_TO_STRING_PLAIN),
	    "[\"superadmin\",\"user\"]");
	assert_string_equal(json_object_to_json_string_ext(base_json_get(o, "aud"), JSON_C_TO_STRING_PLAIN),
	    "[\"bedrud\"]");
	assert_in_range(int_claim(o, "iat"), now - 5, now);
	assert_int_equal(int_claim(o, "exp"), int_claim(o, "iat") + life);
}

static void
tokens_say_what_the_contract_says(void **state)
{
	struct ident_tokens t = open_for(ada), g = open_for(guest);

	(void)state;
	judge_claims(t.access, "access", LIFE);
	judge_claims(t.refresh, "refresh", IDENT_REFRESH_LIFE);
	assert_string_equal(text_claim(claims_of(t.access), "sid"), text_claim(claims_of(t.refresh), "sid"));
	assert_null(base_json_get(claims_of(g.access), "emailVerifiedAt"));
}

static void
caller_is_the_row_not_the_token(void **state)
{
	struct ident_tokens t = open_for(ada);
	struct ident_caller who;

	(void)state;
	assert_ok(store_begin(store, STORE_FAST));
	assert_ok(store_user_rename(store, ada, "Countess", base_clock_now()));
	assert_ok(store_commit(store));
	assert_ok(ident_session_check(store, &arena, key, t.access, &who));
	assert_string_equal(who.user.name, "Countess");
	assert_string_equal(who.user.id, ada);
	assert_string_equal(who.token, t.access);
	assert_string_equal(who.session_id, text_claim(claims_of(t.access), "sid"));
	assert_int_equal(who.token_expires_at, int_claim(claims_of(t.access), "exp"));
	assert_true(who.is_superadmin);
	assert_false(who.is_guest);
	assert_ok(ident_session_check(store, &arena, key, open_for(guest).access, &who));
	assert_false(who.is_superadmin);
	assert_true(who.is_guest);
}

static void
tokens_of_one_second_differ(void **state)
{
	struct ident_tokens a = open_for(ada), b = open_for(ada);

	(void)state;
	assert_string_not_equal(a.access, b.access);
	assert_string_not_equal(a.refresh, b.refresh);
}

static void
each_token_for_its_own_use(void **state)
{
	struct ident_tokens t = open_for(ada), fresh;

	(void)state;
	assert_ok(check(t.access));
	assert_err(ERR_AUTH, check(t.refresh));
	assert_err(ERR_AUTH, refresh(t.access, &fresh));
	assert_ok(check(t.access));
}

/* A token signed by hand. */
static const char *
signed_by(const struct base_jwt_key *k, const char *payload)
{
	struct base_buf b;
	char *token;

	base_buf_init(&b, LIMIT_TOKEN);
	base_jwt_sign(k, payload, strlen(payload), &b);
	assert_ok(b.err);
	token = base_arena_dup(&arena, b.p, b.n);
	base_buf_free(&b);
	assert_non_null(token);
	return token;
}

#define GO_BASE \
	"\"userId\":\"%s\",\"email\":\"ada@example.org\",\"name\":\"Ada\",\"provider\":\"local\",\"accesses\":[]"

/* As Bedrud's Go server writes it, with more in front. */
static const char *
go_token(const char *more, const char *id, int64_t exp)
{
	const char *p = base_arena_printf(&arena,
	    "{" GO_BASE ",\"iss\":\"bedrud\",\"sub\":\"%s\",\"aud\":[\"bedrud\"],\"iat\":1,\"exp\":%lld%s}",
	    id, id, (long long)exp, more);

	assert_non_null(p);
	return signed_by(key, p);
}

static void
go_server_tokens(void **state)
{
	int64_t later = base_clock_seconds() + 100;
	struct ident_caller who;

	(void)state;
	assert_ok(ident_session_check(store, &arena, key, go_token("", ada, later), &who));
	assert_string_equal(who.session_id, "");
	assert_true(who.is_superadmin);		/* the row says so, the token doesn't */
	assert_ok(check(go_token(",\"jti\":\"\",\"purpose\":\"\"", ada, later)));
	assert_err(ERR_AUTH, check(go_token(",\"jti\":\"x\"", ada, later)));
	assert_err(ERR_AUTH, check(go_token(",\"purpose\":\"email_verify\"", ada, later)));
	assert_err(ERR_AUTH, check(go_token(",\"purpose\":\"password_reset\",\"typ\":\"access\"", ada, later)));
	assert_err(ERR_AUTH, check(go_token("", "55555555-5555-4555-8555-555555555555", later)));
	assert_err(ERR_DENIED, check(go_token("", idle, later)));
	assert_err(ERR_AUTH, check(go_token("", ada, base_clock_seconds())));	/* no leeway */
	assert_err(ERR_AUTH, check(go_token("", ada, 1)));
}

static void
type_confusion(void **state)
{
	static const char *const more[] = {
		",\"typ\":\"access\"", ",\"typ\":\"access\",\"sid\":\"\"", ",\"typ\":\"Access\",\"sid\":\"%s\"",
		",\"typ\":\"\",\"sid\":\"%s\"", ",\"typ\":1,\"sid\":\"%s\"", ",\"typ\":[\"access\"],\"sid\":\"%s\"",
		",\"typ\":\"access\",\"sid\":7", ",\"typ\":\"verify\",\"sid\":\"%s\"", ",\"jti\":{}", ",\"jti\":1",
		",\"purpose\":1", ",\"purpose\":{}", ",\"typ\":\"access\",\"sid\":\"no such session\"",
		",\"typ\":\"access\",\"typ\":\"access\",\"sid\":\"%s\"",
		",\"typ\":\"access\",\"sid\":\"%s\",\"jti\":[]",
	};
	int64_t later = base_clock_seconds() + 100;
	const char *sid = text_claim(claims_of(open_for(ada).access), "sid"), *ours;

	(void)state;
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		const char *cut = strstr(more[i], "%s");
		const char *text = more[i];

		if (cut)
			text = base_arena_printf(&arena, "%.*s%s%s", (int)(cut - more[i]), more[i], sid, cut + 2);
		if (check(go_token(text, ada, later)) != ERR_AUTH)
			fail_msg("%s", text);
	}
	ours = base_arena_printf(&arena, ",\"typ\":\"access\",\"sid\":\"%s\"", sid);
	assert_ok(check(go_token(ours, ada, later)));
	assert_err(ERR_AUTH, check(go_token(ours, eve, later)));	/* the session is another user's */
}

static void
issuer_audience_and_subject(void **state)
{
	static const struct {
		const char *claims;
		enum err e;
	} rows[] = {
		{"\"iss\":\"bedrud\",\"aud\":[\"bedrud\"]", ERR_OK},
		{"\"iss\":\"bedrud\",\"aud\":\"bedrud\"", ERR_OK},
		{"\"iss\":\"bedrud\",\"aud\":[\"x\",1,\"bedrud\"]", ERR_OK},
		{"\"iss\":\"bedrud\",\"aud\":[\"bedrud\"],\"sub\":\"11111111-1111-4111-8111-111111111111\"", ERR_OK},
		{"\"iss\":\"bedrud\",\"aud\":[\"bedrud\"],\"sub\":\"22222222-2222-4222-8222-222222222222\"", ERR_AUTH},
		{"\"iss\":\"bedrud\",\"aud\":[\"bedrud\"],\"sub\":1", ERR_AUTH},
		{"\"iss\":\"Bedrud\",\"aud\":[\"bedrud\"]", ERR_AUTH},
		{"\"iss\":[\"bedrud\"],\"aud\":[\"bedrud\"]", ERR_AUTH},
		{"\"aud\":[\"bedrud\"]", ERR_AUTH},
		{"\"iss\":\"bedrud\"", ERR_AUTH},
		{"\"iss\":\"bedrud\",\"aud\":[]", ERR_AUTH},
		{"\"iss\":\"bedrud\",\"aud\":\"bedrud2\"", ERR_AUTH},
		{"\"iss\":\"bedrud\",\"aud\":{\"bedrud\":1}", ERR_AUTH},
		{"\"iss\":\"bedrud\",\"aud\":[[\"bedrud\"]]", ERR_AUTH},
		{"\"iss\":\"bedrud\",\"aud\":null", ERR_AUTH},
	};
	const char *p;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		p = base_arena_printf(&arena, "{\"userId\":\"%s\",\"exp\":4000000000,%s}", ada, rows[i].claims);
		if (check(signed_by(key, p)) != rows[i].e)
			fail_msg("%s", rows[i].claims);
	}
	p = "{\"exp\":4000000000,\"iss\":\"bedrud\",\"aud\":\"bedrud\",\"sub\":\"u\"}";
	assert_err(ERR_AUTH, check(signed_by(key, p)));	/* no userId */
	p = base_arena_printf(&arena, "{\"userId\":\"%s\",\"iss\":\"bedrud\",\"aud\":\"bedrud\"}", ada);
	assert_err(ERR_AUTH, check(signed_by(key, p)));	/* no exp */
}

/* The same claims under another header, signed by whoever knows only what is public. */
static const char *
with_header(const char *header, const char *token, const char *signature)
{
	char head[256];
	const char *payload = strchr(token, '.');
	size_t n = base_text_base64url(header, strlen(header), head);

	return base_arena_printf(&arena, "%.*s%.*s.%s", (int)n, head, (int)(strrchr(token, '.') - payload), payload,
	    signature);
}

static void
forgeries(void **state)
{
	const char *good = go_token("", ada, base_clock_seconds() + 100), *sig = strrchr(good, '.') + 1;
	const char *p = base_arena_printf(&arena,
	    "{\"userId\":\"%s\",\"exp\":4000000000,\"iss\":\"bedrud\",\"aud\":\"bedrud\"}", ada);
	const char *bad[] = {
		NULL, "", ".", "..", "...", "x", "Bearer x",
		with_header("{\"alg\":\"none\",\"typ\":\"JWT\"}", good, ""),
		with_header("{\"alg\":\"none\"}", good, sig), with_header("{\"alg\":\"None\"}", good, ""),
		with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\"}", good, sig),
		with_header("{\"alg\":\"HS512\",\"typ\":\"JWT\"}", good, sig),
		with_header("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", good, "AAAA"),
		base_arena_dup(&arena, good, strlen(good) - 1), base_arena_dup(&arena, good, (size_t)(sig - good)),
		base_arena_printf(&arena, "%sA", good), base_arena_printf(&arena, "%s.", good), signed_by(other_key, p),
	};

	(void)state;
	assert_ok(check(good));
	assert_ok(check(signed_by(key, p)));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (check(bad[i]) != ERR_AUTH)
			fail_msg("%zu: %s", i, bad[i]);
}

static void
one_device_does_not_end_another(void **state)
{
	struct ident_tokens a = open_for(ada), b = open_for(ada), fresh;

	(void)state;
	assert_ok(check(a.access));
	assert_ok(refresh(a.refresh, &fresh));
	assert_ok(close_with(fresh.access, NULL));
	assert_err(ERR_AUTH, check(a.access));	/* of the same session */
	assert_err(ERR_AUTH, check(fresh.access));
	assert_err(ERR_AUTH, refresh(fresh.refresh, &fresh));
	assert_ok(check(b.access));
	assert_ok(refresh(b.refresh, &fresh));
}

static enum err
resume(const struct store_user *u, int64_t now, struct ident_tokens *out)
{
	return ident_session_resume(store, &arena, key, u, "a browser", now, LIFE, out);
}

/* A guest who reloads the page goes on with the session, and nothing is written; whoever isn't that guest doesn't. */
static void
resumed_while_fresh(void **state)
{
	static const char late[] = "55555555-5555-4555-8555-555555555555";
	struct ident_tokens t, again, more;
	struct store_user u, renamed;
	int64_t now;

	(void)state;
	add_user(late, "guest_5@bedrud.guest", "guest", "{guest}", 1, 0);
	assert_ok(store_user_by_id(store, &arena, late, &u));
	assert_err(ERR_ABSENT, resume(&u, base_clock_now(), &again));
	t = open_for(late);
	now = base_clock_now();
	assert_ok(resume(&u, now, &again));
	assert_string_equal(again.refresh, t.refresh);
	assert_string_not_equal(again.access, t.access);
	assert_string_equal(text_claim(claims_of(again.access), "sid"), text_claim(claims_of(t.access), "sid"));
	assert_ok(check(again.access));
	assert_err(ERR_ABSENT, ident_session_resume(store, &arena, key, &u, "another", now, LIFE, &more));
	assert_err(ERR_ABSENT, ident_session_resume(store, &arena, other_key, &u, "a browser", now, LIFE, &more));
	assert_err(ERR_ABSENT, resume(&u, now + IDENT_FRESH, &more));
	assert_err(ERR_ABSENT, resume(&u, 1, &more));
	renamed = u;
	renamed.name = "Somebody";
	assert_err(ERR_ABSENT, resume(&renamed, now, &more));
	/* Once refreshed it isn't known any more what the token is. */
	assert_ok(refresh(again.refresh, &more));
	assert_err(ERR_ABSENT, resume(&u, now, &more));
	t = open_for(late);
	assert_ok(resume(&u, base_clock_now(), &again));
	assert_string_equal(again.refresh, t.refresh);
	assert_ok(close_with(t.access, NULL));
	assert_err(ERR_ABSENT, resume(&u, base_clock_now(), &more));
}

static void
refresh_is_good_once(void **state)
{
	struct ident_tokens t = open_for(ada), second, third;
	struct ident_caller who;

	(void)state;
	assert_ok(ident_session_refresh(store, &arena, key, t.refresh, NULL, LIFE, 1, &who, &second));
	assert_string_equal(who.user.id, ada);
	assert_string_equal(who.session_id, text_claim(claims_of(t.access), "sid"));
	assert_string_equal(who.session_id, text_claim(claims_of(second.refresh), "sid"));
	assert_string_not_equal(t.refresh, second.refresh);
	assert_err(ERR_AUTH, refresh(t.refresh, &third));
	assert_ok(check(t.access));	/* until it expires */
	assert_ok(check(second.access));
	assert_ok(refresh(second.refresh, &third));
	assert_err(ERR_AUTH, refresh("", &third));
	assert_err(ERR_AUTH, refresh("nonsense", &third));
}

static void
refresh_asks_the_row(void **state)
{
	struct ident_tokens t = open_for(eve), out;
	struct ident_caller who = {0};
	struct store_user u = {.id = idle, .email = "", .name = "", .provider = "local", .accesses = "{}"};

	(void)state;
	assert_err(ERR_DENIED, ident_session_refresh(store, &arena, key, t.refresh, "", LIFE, 1, &who, &out));
	assert_true(who.user.is_active);
	assert_string_equal(who.user.email, "eve@example.org");
	assert_ok(refresh(t.refresh, &out));		/* it wasn't used up */
	t = open_for(guest);				/* guests have no address to verify */
	assert_ok(ident_session_refresh(store, &arena, key, t.refresh, "", LIFE, 1, &who, &out));
	assert_ok(ident_session_open(store, &arena, key, &u, "", LIFE, &t));
	assert_err(ERR_DENIED, ident_session_refresh(store, &arena, key, t.refresh, "", LIFE, 0, &who, &out));
	assert_false(who.user.is_active);
	u.id = "66666666-6666-4666-8666-666666666666";	/* gone since */
	assert_ok(ident_session_open(store, &arena, key, &u, "", LIFE, &t));
	assert_err(ERR_AUTH, refresh(t.refresh, &out));
	assert_err(ERR_AUTH, check(t.access));
}

static void
insert_row(const char *sid, const char *token, int64_t expires_at, int64_t revoked_at)
{
	char hash[65];
	struct store_session row = {
		.id = sid, .user_id = ada, .refresh_hash = hash, .user_agent = "", .created_at = 1, .last_used_at = 1,
		.expires_at = expires_at, .revoked_at = revoked_at,
	};

	base_text_sha256_hex(token, strlen(token), hash);
	assert_ok(store_begin(store, STORE_FAST));
	assert_ok(store_session_insert(store, &row));
	assert_ok(store_commit(store));
}

static void
refresh_asks_the_session(void **state)
{
	static const struct {
		int64_t expires_in, revoked_at;
		int is_mine;
		enum err e;
	} rows[] = {{100, 0, 1, ERR_OK}, {-1, 0, 1, ERR_AUTH}, {100, 5, 1, ERR_AUTH}, {100, 0, 0, ERR_AUTH}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ident_tokens out;
		char sid[37];
		const char *token;

		base_random_uuid(sid);
		token = go_token(base_arena_printf(&arena, ",\"typ\":\"refresh\",\"jti\":\"1\",\"sid\":\"%s\"", sid),
		    rows[i].is_mine ? ada : eve, base_clock_seconds() + 100);
		insert_row(sid, token, base_clock_now() + rows[i].expires_in * BASE_CLOCK_SECOND, rows[i].revoked_at);
		assert_err(rows[i].e, refresh(token, &out));
	}
}

static void
go_server_session_is_adopted_once(void **state)
{
	const char *token = go_token(",\"jti\":\"7d\"", eve, base_clock_seconds() + 100);
	const char *access = go_token(",\"n\":2", eve, base_clock_seconds() + 100);
	struct ident_tokens out, again;
	struct ident_caller who;
	struct store_user u;
	char hash[65];

	(void)state;
	assert_err(ERR_AUTH, refresh(token, &out));	/* not the stored one */
	base_text_sha256_hex(token, strlen(token), hash);
	assert_ok(store_begin(store, STORE_FAST));
	assert_ok(store_user_set_refresh(store, eve, hash));
	assert_ok(store_commit(store));
	assert_err(ERR_AUTH, refresh(access, &out));
	assert_ok(refresh(token, &out));
	assert_err(ERR_AUTH, refresh(token, &again));
	assert_ok(store_user_by_id(store, &arena, eve, &u));
	assert_string_equal(u.refresh_token, "");
	assert_ok(ident_session_check(store, &arena, key, out.access, &who));
	assert_int_equal(strlen(who.session_id), 36);
	assert_ok(refresh(out.refresh, &again));
}

static void
close_takes_what_comes(void **state)
{
	struct ident_tokens a = open_for(ada), b = open_for(ada), hers = open_for(eve), out;
	const char *expired;
	char sid[37];

	(void)state;
	assert_ok(close_with(a.access, "nonsense"));
	assert_err(ERR_AUTH, check(a.access));
	assert_ok(close_with(b.access, hers.refresh));	/* not mine to end */
	assert_ok(refresh(hers.refresh, &out));
	a = open_for(ada);
	b = open_for(ada);
	assert_ok(close_with(a.access, b.refresh));	/* mine, of another device: both end */
	assert_err(ERR_AUTH, refresh(a.refresh, &out));
	assert_err(ERR_AUTH, refresh(b.refresh, &out));
	assert_err(ERR_AUTH, check(b.access));
	a = open_for(ada);
	b = open_for(ada);
	(void)snprintf(sid, sizeof(sid), "%s", text_claim(claims_of(b.access), "sid"));
	expired = go_token(base_arena_printf(&arena, ",\"typ\":\"refresh\",\"sid\":\"%s\"", sid), ada, 1000);
	assert_ok(close_with(a.access, expired));
	assert_err(ERR_AUTH, check(b.access));
	a = open_for(ada);
	b = open_for(ada);
	assert_ok(close_with(a.access, b.access));	/* no refresh token */
	assert_ok(check(b.access));
}

/* Bedrud's tokens have no session row: their hashes are what can be revoked. */
static void
close_of_a_go_server_session(void **state)
{
	int64_t later = base_clock_seconds() + 100;
	const char *access = go_token(",\"n\":3", ada, later), *other = go_token(",\"n\":4", ada, later);
	const char *token = go_token(",\"jti\":\"8d\"", ada, later);
	struct ident_tokens out;
	char hash[65];

	(void)state;
	base_text_sha256_hex(token, strlen(token), hash);
	assert_ok(store_begin(store, STORE_FAST));
	assert_ok(store_user_set_refresh(store, ada, hash));
	assert_ok(store_commit(store));
	assert_ok(close_with(access, token));
	assert_err(ERR_AUTH, check(access));
	assert_err(ERR_AUTH, refresh(token, &out));
	assert_ok(check(other));
}

struct racer {
	pthread_barrier_t *start;
	const char *token;
	enum err e;
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	struct base_arena a;
	struct store *s = NULL;
	struct ident_caller who;
	struct ident_tokens out;

	base_arena_init(&a, LIMIT_ARENA);
	r->e = store_open(path, store_all_rights, &s);
	pthread_barrier_wait(r->start);
	if (r->e == ERR_OK)
		r->e = ident_session_refresh(s, &a, key, r->token, "", LIFE, 0, &who, &out);
	store_close(s);
	base_arena_free(&a);
	return NULL;
}

static void
one_of_many_refreshes_wins(void **state)
{
	enum { RACERS = 8 };
	struct racer r[RACERS];
	pthread_t t[RACERS];
	pthread_barrier_t start;
	int won = 0;
	const char *token = open_for(ada).refresh;

	(void)state;
	assert_int_equal(pthread_barrier_init(&start, NULL, RACERS), 0);
	for (int i = 0; i < RACERS; i++) {
		r[i] = (struct racer){&start, token, ERR_OK};
		assert_int_equal(pthread_create(&t[i], NULL, race, &r[i]), 0);
	}
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	pthread_barrier_destroy(&start);
	for (int i = 0; i < RACERS; i++) {
		won += r[i].e == ERR_OK;
		if (r[i].e != ERR_OK && r[i].e != ERR_CONFLICT && r[i].e != ERR_AUTH)
			fail_msg("%s", base_err_name(r[i].e));
	}
	assert_int_equal(won, 1);
}

/* Whichever allocation fails: ERR_NOMEM, no session half made, and the same call works again. */
static void
without_memory(void **state)
{
	struct ident_tokens t = open_for(ada), out;
	struct ident_caller who;
	struct store_user u;
	struct base_arena a;
	int failed = 0;

	(void)state;
	assert_ok(store_user_by_id(store, &arena, ada, &u));
	for (unsigned long n = 1; n < 40; n++) {
		enum err opened, checked;

		base_arena_init(&a, LIMIT_ARENA);
		base_mem_fail_at(n, 1);
		opened = ident_session_open(store, &a, key, &u, "a browser", LIFE, &out);
		base_mem_fail_at(n, 1);
		checked = ident_session_check(store, &a, key, t.access, &who);
		base_mem_fail_at(0, 0);
		if ((opened != ERR_OK && opened != ERR_NOMEM) || (checked != ERR_OK && checked != ERR_NOMEM))
			fail_msg("%lu: %s, %s", n, base_err_name(opened), base_err_name(checked));
		failed += opened == ERR_NOMEM;
		base_arena_free(&a);
	}
#ifdef BASE_MEM_FAULTS
	assert_true(failed > 0);
#endif
	assert_ok(check(t.access));
}

static void
forms_of_accesses(void **state)
{
	static const char *const rows[][2] = {
		{ "{superadmin,user}", "[\"superadmin\",\"user\"]" }, { "{\"user\",admin}", "[\"user\",\"admin\"]" },
		{ "{user}", "[\"user\"]" }, { "{}", "[]" }, { "", "[]" }, { "user", "[]" }, { "{user", "[]" },
		{ "{,user,,}", "[\"user\"]" },
	};
	struct base_buf b;

	(void)state;
	base_buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		base_buf_clear(&b);
		ident_session_put_accesses(&b, NULL, rows[i][0], NULL);
		assert_string_equal(b.p, rows[i][1]);
	}
	base_buf_clear(&b);
	base_json_open(&b, NULL, '[');
	ident_session_put_accesses(&b, NULL, "{user}", "moderator");
	ident_session_put_accesses(&b, NULL, "{moderator,user}", "moderator");
	ident_session_put_accesses(&b, NULL, "{}", "moderator");
	base_json_close(&b, ']');
	assert_string_equal(b.p, "[[\"user\",\"moderator\"],[\"moderator\",\"user\"],[\"moderator\"]]");
	base_buf_free(&b);
}

/* Good for its account alone, for as long as was said. */
static void
brief_tokens(void **state)
{
	struct ident_caller who;
	struct base_buf token;

	(void)state;
	base_buf_init(&token, LIMIT_TOKEN);
	assert_ok(ident_session_brief(key, eve, 30, &token));
	assert_ok(ident_session_check(store, &arena, key, token.p, &who));
	assert_string_equal(who.user.id, eve);
	assert_string_equal(who.session_id, "");
	assert_in_range(who.token_expires_at, base_clock_seconds() + 20, base_clock_seconds() + 30);
	base_buf_free(&token);
	base_buf_init(&token, LIMIT_TOKEN);
	assert_ok(ident_session_brief(key, eve, -1, &token));
	assert_int_equal(check(token.p), ERR_AUTH);
	base_buf_free(&token);
	base_buf_init(&token, 16);
	assert_int_equal(ident_session_brief(key, eve, 30, &token), ERR_TOO_BIG);
	base_buf_free(&token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_say_what_the_contract_says), cmocka_unit_test(caller_is_the_row_not_the_token),
		cmocka_unit_test(tokens_of_one_second_differ), cmocka_unit_test(each_token_for_its_own_use),
		cmocka_unit_test(go_server_tokens), cmocka_unit_test(type_confusion),
		cmocka_unit_test(issuer_audience_and_subject), cmocka_unit_test(forgeries),
		cmocka_unit_test(one_device_does_not_end_another), cmocka_unit_test(resumed_while_fresh),
		cmocka_unit_test(refresh_is_good_once),
		cmocka_unit_test(refresh_asks_the_row), cmocka_unit_test(refresh_asks_the_session),
		cmocka_unit_test(go_server_session_is_adopted_once), cmocka_unit_test(close_takes_what_comes),
		cmocka_unit_test(close_of_a_go_server_session), cmocka_unit_test(one_of_many_refreshes_wins),
		cmocka_unit_test(forms_of_accesses), cmocka_unit_test(brief_tokens),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

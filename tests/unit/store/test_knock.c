/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "store/knock.h"

static struct store_knock
get(struct scratch *x, const char *who)
{
	struct store_knock k;

	assert_ok(store_knock_get(x->s, &x->a, "r1", who, &k));
	return k;
}

static enum err
ask(struct scratch *x, const char *who, const char *address, int refusals, int64_t now)
{
	struct store_knock k = { .user_id = who, .name = "Name", .address = address, .refusals = refusals };

	return store_knock_ask(x->s, "r1", &k, now - MINUTE, now);
}

static size_t
waiting(struct scratch *x, int64_t since, struct store_knock **list)
{
	size_t n = 99;

	assert_ok(store_knock_waiting(x->s, &x->a, "r1", since, list, &n));
	return n;
}

static void
life_of_a_knock(void **state)
{
	struct scratch *x = *state;
	struct store_knock k = get(x, "u1"), *list;

	assert_int_equal(k.state, STORE_KNOCK_NONE);
	assert_string_equal(k.user_id, "");
	assert_ok(ask(x, "u1", "", 0, T0));
	assert_ok(ask(x, "u2", "addr", 0, T0 + 1));
	k = get(x, "u1");
	assert_int_equal(k.state, STORE_KNOCK_WAITING);
	assert_string_equal(k.name, "Name");
	assert_int_equal(k.asked_at, T0);
	assert_int_equal(k.seen_at, T0);
	assert_int_equal(waiting(x, T0 - 1, &list), 2);
	assert_string_equal(list[0].user_id, "u1");
	assert_string_equal(list[1].user_id, "u2");
	/* Who isn't seen any more has gone. */
	assert_ok(store_knock_seen(x->s, "r1", "u2", T0 + MINUTE));
	assert_int_equal(waiting(x, T0 + 1, &list), 1);
	assert_string_equal(list[0].user_id, "u2");
	assert_ok(store_knock_decide(x->s, "r1", "u2", STORE_KNOCK_REFUSED, "mod", T0 + MINUTE));
	assert_int_equal(waiting(x, 0, &list), 1);
	assert_int_equal(get(x, "u2").refusals, 1);
	assert_int_equal(get(x, "u2").decided_at, T0 + MINUTE);
	assert_ok(ask(x, "u2", "addr", 1, T0 + 2 * MINUTE));
	assert_ok(store_knock_decide(x->s, "r1", "u2", STORE_KNOCK_REFUSED, "mod", T0 + 2 * MINUTE));
	assert_int_equal(get(x, "u2").refusals, 2);
	assert_ok(store_knock_decide(x->s, "r1", "u2", STORE_KNOCK_ADMITTED, "mod", T0 + 3 * MINUTE));
	assert_int_equal(get(x, "u2").refusals, 0);
	assert_int_equal(get(x, "u2").state, STORE_KNOCK_ADMITTED);
}

static void
refused_from_an_address(void **state)
{
	struct scratch *x = *state;
	int64_t at = -1;
	int n = -1;

	assert_ok(ask(x, "u1", "addr", 0, T0));
	assert_ok(ask(x, "u2", "addr", 1, T0));
	assert_ok(ask(x, "u3", "", 0, T0));
	assert_ok(store_knock_refused_from(x->s, "r1", "addr", &n, &at));
	assert_int_equal(n, 1);		/* u2 was refused before, and waits again */
	assert_int_equal(at, 0);
	assert_ok(store_knock_decide(x->s, "r1", "u2", STORE_KNOCK_REFUSED, "mod", T0 + 1));
	assert_ok(store_knock_decide(x->s, "r1", "u1", STORE_KNOCK_REFUSED, "mod", T0 + 2));
	assert_ok(store_knock_decide(x->s, "r1", "u3", STORE_KNOCK_REFUSED, "mod", T0 + 3));
	assert_ok(store_knock_refused_from(x->s, "r1", "addr", &n, &at));
	assert_int_equal(n, 2);
	assert_int_equal(at, T0 + 2);
	assert_ok(store_knock_refused_from(x->s, "r2", "addr", &n, &at));
	assert_int_equal(n, 0);
	assert_ok(store_knock_refused_from(x->s, "r1", "", &n, &at));
	assert_int_equal(n, 0);
}

static void
a_full_lobby(void **state)
{
	struct scratch *x = *state;
	struct store_knock *list;
	char who[16];

	for (int i = 0; i < STORE_KNOCK_MOST; i++) {
		snprintf(who, sizeof who, "u%d", i);
		assert_ok(ask(x, who, "", 0, T0));
	}
	assert_err(ERR_LIMIT, ask(x, "late", "", 0, T0));
	assert_ok(ask(x, "u1", "", 0, T0));	/* one of them */
	assert_int_equal(waiting(x, 0, &list), STORE_KNOCK_MOST);
	assert_ok(ask(x, "late", "", 0, T0 + MINUTE));
}

static void
who_decides(void **state)
{
	struct scratch *x = *state;
	const char **who;
	size_t n;

	scratch_exec(x->path,
	    "INSERT INTO rooms(id,name,created_by,admin_id,created_at,updated_at) VALUES('r1','n','owner','admin','x',"
	    "'x'); INSERT INTO users(id,email,name,accesses,is_active,created_at,updated_at) VALUES('super','s','S',"
	    "'{superadmin,user}',1,'x','x'),('idle','i','I','{superadmin}',0,'x','x'),('plain','p','P','{user}',1,'x',"
	    "'x'); INSERT INTO room_participants(id,room_id,user_id,joined_at,is_active,is_moderator) VALUES"
	    "('1','r1','owner','x',1,0),('2','r1','admin','x',1,0),('3','r1','mod','x',1,1),('4','r1','away','x',0,1),"
	    "('5','r1','super','x',1,0),"
	    "('6','r1','idle','x',1,0),('7','r1','plain','x',1,0),('8','r2','other','x',1,1)");
	assert_ok(store_knock_deciders(x->s, &x->a, "r1", &who, &n));
	assert_int_equal(n, 4);
	assert_string_equal(who[0], "admin");
	assert_string_equal(who[1], "mod");
	assert_string_equal(who[2], "owner");
	assert_string_equal(who[3], "super");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(life_of_a_knock), NEW(refused_from_an_address), NEW(a_full_lobby),
		NEW(who_decides),
	};

	return RUN(tests);
}

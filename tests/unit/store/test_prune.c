/* SPDX-License-Identifier: Apache-2.0 */
/* What the hourly tidying up takes, and above all what it leaves. Moments are days and hours before T0. */
#include "tests/unit/store/scratch.h"

#include "store/prune.h"
#include "store/purge.h"

#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static char text[2][BASE_CLOCK_TEXT];

/* In the form of Bedrud's tables; two at a time. */
static const char *
when(int64_t ns)
{
	static int i;

	i = !i;
	base_clock_db(ns, text[i]);
	return text[i];
}

static void
put(struct scratch *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
put(struct scratch *x, const char *fmt, ...)
{
	char sql[1000];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	scratch_exec(x->path, sql);
}

/* All kinds once; how many rows of the one named went. */
static int
pruned(struct scratch *x, const char *kind)
{
	const char *name;
	int n, found = -1;
	enum err e;

	for (size_t i = 0; (e = store_prune(x->s, i, T0, &name, &n)) == ERR_OK; i++)
		if (strcmp(name, kind) == 0)
			found = n;
	assert_err(ERR_ABSENT, e);
	return found;
}

static int64_t
left(struct scratch *x, const char *table)
{
	char sql[100];

	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	return scratch_number(x->path, sql);
}

static void
what_is_over_goes(void **state)
{
	struct scratch *x = *state;

	put(x, "INSERT INTO blocked_refresh_tokens(id,token,user_id,expires_at,created_at) VALUES('1','a','u','%s',''),"
	    "('2','b','u','%s','')", when(T0 - 1000000000), when(T0 + 1000000000));
	assert_int_equal(pruned(x, "refreshTokens"), 1);
	put(x, "INSERT INTO blocked_access_tokens(id,token,expires_at,created_at) VALUES('1','a',"
	    "'2026-01-01T00:00:00Z',"
	    "''),('2','b','%s','')", when(T0 + 1000000000));
	assert_int_equal(pruned(x, "accessTokens"), 1);
	put(x, "INSERT INTO webhook_inbox(event_id,received_at) VALUES('1',%lld),('2',%lld)",
	    (long long)(T0 - 31 * DAY), (long long)(T0 - 29 * DAY));
	assert_int_equal(pruned(x, "inbox"), 1);
	put(x, "INSERT INTO jobs(id,type,run_at,status,updated_at) VALUES('1','x','','done','%s'),('2','x','','done',"
	    "'2026-01-01'),('3','x','','failed','%s'),('4','x','','pending','2026-01-01'),('5','x','','active',"
	    "'2026-01-01')", when(T0 - 6 * DAY), when(T0 - 29 * DAY));
	assert_int_equal(pruned(x, "doneJobs"), 1);
	assert_int_equal(left(x, "jobs"), 4);
	put(x, "INSERT INTO users(id,email,name,provider,created_at,updated_at) VALUES('u','u','n','local','','');"
	    "INSERT INTO admissions(id,identity,voided_at,created_at) VALUES('1','u',%lld,0),('2','u',%lld,0),"
	    "('3','u',0,0),('4','guest',0,0)",
	    (long long)(T0 - 31 * DAY), (long long)(T0 - 29 * DAY));
	put(x, "INSERT INTO admissions(id,identity,created_at) VALUES('5','guest2',%lld)", (long long)(T0 - 29 * DAY));
	/* Of an account that was deleted just now, however old: a token with it may be a day from its end. */
	put(x, "INSERT INTO admissions(id,identity,voided_at,created_at) VALUES('6','gone',%lld,0)",
	    (long long)(T0 - HOUR));
	assert_int_equal(pruned(x, "admissions"), 2);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM admissions WHERE id IN('2','3','5','6')"), 4);
	put(x, "INSERT INTO seats(room_id,identity,participant_sid,joined_at,left_at) VALUES('r','u','1',1,%lld),('r',"
	    "'u','2',1,%lld),('r','u','3',1,0)", (long long)(T0 - 2 * DAY), (long long)(T0 - HOUR));
	assert_int_equal(pruned(x, "seats"), 1);
	put(x, "INSERT INTO jobs(id,type,run_at,status,created_at) VALUES('6','send_email','','pending','%s'),('7',"
	    "'send_email','','pending','%s')", when(T0 - 8 * DAY), when(T0 - 6 * DAY));
	assert_int_equal(pruned(x, "mail"), 1);
	put(x, "INSERT INTO shut_addresses(room_id,address,user_id,until) VALUES('r','a','u',%lld),('r','b','u',%lld),"
	    "('r','c','u',0)", (long long)(T0 - 1), (long long)(T0 + 1));
	assert_int_equal(pruned(x, "addresses"), 1);
	assert_int_equal(left(x, "shut_addresses"), 2);
}

static void
user(struct scratch *x, const char *id, const char *provider, const char *accesses, int64_t made)
{
	put(x, "INSERT INTO users(id,email,name,provider,accesses,created_at,updated_at) VALUES('%s','%s','n','%s',"
	    "'%s',"
	    "'%s','%s')", id, id, provider, accesses, when(made), when(made));
}

static void
guests_go_when_they_have_long_gone(void **state)
{
	struct scratch *x = *state;

	user(x, "old", "guest", "{}", T0 - 8 * DAY);
	user(x, "young", "guest", "{}", T0 - 6 * DAY);
	user(x, "in", "guest", "{}", T0 - 8 * DAY);
	user(x, "lately", "guest", "{}", T0 - 80 * DAY);
	user(x, "session", "guest", "{}", T0 - 8 * DAY);
	user(x, "person", "local", "{user}", T0 - 800 * DAY);
	put(x, "INSERT INTO sessions(id,user_id,expires_at) VALUES('s','session',%lld)", (long long)(T0 + HOUR));
	put(x, "INSERT INTO room_participants(id,room_id,user_id,joined_at,left_at,is_active,is_banned) VALUES('1',"
	    "'r','old',"
	    "'2026-01-01','2026-01-01',0,0),('2','r2','old','2026-01-01','2026-01-01',0,1),('3','r','in',"
	    "'2026-01-01',NULL,1,0),"
	    "('4','r','lately','%s','%s',0,0)", when(T0 - DAY), when(T0 - DAY));
	assert_int_equal(pruned(x, "guests"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM users WHERE id='old'"), 0);
	/* The ban stays. */
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants WHERE user_id='old'"), 1);
	assert_int_equal(left(x, "room_participants"), 3);
}

static void
only_accounts_that_never_became_any_go(void **state)
{
	struct scratch *x = *state;
	const char **ids;
	size_t n;

	user(x, "never", "local", "{user}", T0 - 3 * DAY);
	user(x, "young", "local", "{user}", T0 - DAY);
	user(x, "chief", "local", "{superadmin,user}", T0 - 300 * DAY);
	user(x, "admin", "local", "{admin,user}", T0 - 300 * DAY);
	user(x, "owner", "local", "{user}", T0 - 300 * DAY);
	user(x, "visitor", "local", "{user}", T0 - 300 * DAY);
	user(x, "signed-in", "local", "{user}", T0 - 300 * DAY);
	user(x, "verified", "local", "{user}", T0 - 300 * DAY);
	user(x, "google", "google", "{user}", T0 - 300 * DAY);
	put(x, "UPDATE users SET email_verified_at='2026-01-01' WHERE id='verified';INSERT INTO rooms(id,name,"
	    "created_by,"
	    "admin_id,created_at,updated_at) VALUES('r','r','owner','owner','','');INSERT INTO room_participants(id,"
	    "room_id,user_id,joined_at,is_active) VALUES('1','r','visitor','',0);INSERT INTO sessions(id,user_id) "
	    "VALUES('s','signed-in')");
	assert_ok(store_prune_unverified(x->s, &x->a, T0 - 2 * DAY, &ids, &n));
	assert_int_equal(n, 1);
	assert_string_equal(ids[0], "never");
}

static void
rooms_expire_when_nobody_is_in(void **state)
{
	struct scratch *x = *state;
	const char **ids;
	size_t n;

	put(x, "INSERT INTO rooms(id,name,created_by,admin_id,created_at,updated_at,expires_at,is_active,"
	    "settings_is_persistent) VALUES('over','a','u','u','','','%s',1,0),('kept','b','u','u','','',"
	    "'2026-01-01',1,1),"
	    "('live','c','u','u','','','2026-01-01',1,0),('ended','d','u','u','','','2026-01-01',0,0),('time','e',"
	    "'u','u','',"
	    "'','%s',1,0),('ever','f','u','u','','',NULL,1,0)", when(T0 - HOUR), when(T0 + HOUR));
	put(x, "INSERT INTO live_rooms(room_id,room_sid,finished_at) VALUES('live','RM_1',0),('over','RM_2',5)");
	assert_ok(store_prune_expired_rooms(x->s, &x->a, T0, &ids, &n));
	assert_int_equal(n, 1);
	assert_string_equal(ids[0], "over");
}

/* Of a room that is purged the name and the void admissions keep old tokens out for more than a day. */
static void
a_purged_room_leaves_later(void **state)
{
	struct scratch *x = *state;

	put(x, "INSERT INTO rooms(id,name,created_by,admin_id,created_at,updated_at) VALUES('r','tea','u','u','',''),"
	    "('o',"
	    "'other','u','u','','');INSERT INTO admissions(id,room_id,identity,created_at) VALUES('a','r','u2',"
	    "%lld),('b','o','u2',%lld)", (long long)(T0 - 3 * DAY), (long long)(T0 - 3 * DAY));
	/* Void already, with the end of the meeting, say: where it was given to is forgotten as well. */
	put(x, "UPDATE admissions SET voided_at=%lld,address='somewhere' WHERE id='a'", (long long)(T0 - 3 * DAY));
	assert_ok(store_purge_room(x->s, "r", T0 - 2 * DAY - HOUR));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms WHERE id='r' AND is_active=0 AND "
	    "created_by='' AND name='tea'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM admissions WHERE voided_at<>0"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM admissions WHERE id='a' AND "
	    "address=''"), 1);
	assert_int_equal(pruned(x, "rooms"), 1);
	assert_int_equal(left(x, "rooms"), 1);
	assert_int_equal(left(x, "admissions"), 2);
	assert_ok(store_purge_room(x->s, "o", T0 - DAY - HOUR));
	assert_int_equal(pruned(x, "rooms"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(what_is_over_goes), NEW(guests_go_when_they_have_long_gone),
		NEW(only_accounts_that_never_became_any_go), NEW(rooms_expire_when_nobody_is_in),
		NEW(a_purged_room_leaves_later) };

	return RUN(tests);
}

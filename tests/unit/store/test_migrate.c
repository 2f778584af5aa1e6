/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/buf.h"
#include "store/room.h"
#include "store/seat.h"
#include "store/session.h"
#include "store/setting.h"
#include "store/user.h"

#define BEA "22222222-2222-4222-8222-222222222222"
#define ROOM "aaaaaaaa-0000-4000-8000-000000000001"

static void
end_room(struct scratch *x, const char *id, int64_t now)
{
	int ended;

	assert_ok(store_room_end(x->s, id, now, &ended));
}

static void
load(const char *path, const char *name)
{
	const char *dir = getenv("BEDRUD_FIXTURES");
	char file[512];
	struct base_buf b;

	snprintf(file, sizeof(file), "%s/%s", dir == NULL ? "tests/fixtures" : dir, name);
	base_buf_init(&b, 1u << 20);
	assert_ok(base_buf_read_file(&b, file));
	scratch_exec(path, b.p);
	base_buf_free(&b);
}

static void
migrate(struct scratch *x, int from)
{
	int was = -9, is = -9;

	assert_ok(store_migrate(x->path, &was, &is));
	assert_int_equal(was, from);
	assert_int_equal(is, STORE_VERSION);
	scratch_check(x->path);
	if (x->s == NULL)
		assert_ok(store_open(x->path, store_all_rights, &x->s));
}

static void
nothing_becomes_a_database(void **state)
{
	struct scratch *x = *state;
	struct stat st;

	migrate(x, -1);
	migrate(x, STORE_VERSION);
	assert_int_equal(stat(x->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(scratch_number(x->path, "SELECT journal_mode='wal' FROM pragma_journal_mode"), 1);
	store_close(x->s);
	x->s = NULL;
	assert_int_equal(unlink(x->path), 0);
	assert_int_equal(chmod(x->dir, 02770), 0);
	migrate(x, -1);
	assert_int_equal(stat(x->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

/* SQL over two files: a is the migrated one, b another. */
static int64_t
compare(const char *a, const char *b, const char *sql)
{
	char attach[200];
	sqlite3 *db;
	sqlite3_stmt *st;
	int64_t n;

	snprintf(attach, sizeof(attach), "ATTACH '%s' AS b", b);
	assert_int_equal(sqlite3_open(a, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, attach, NULL, NULL, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

/*
 * The fixture is written from Bedrud's tables, as schema.c is: a new file of ours is a file of theirs, down to declared
 * types and defaults.
 */
static void
a_new_file_is_bedruds_too(void **state)
{
	static const char columns[] = "SELECT count(*) FROM (SELECT m.name AS t, c.name, lower(c.type), c.\"notnull\", "
	    "replace(c.dflt_value,'\"',''''), c.pk FROM %s.sqlite_master m, pragma_table_info(m.name,'%s') c WHERE "
	    "m.type='table' AND m.name IN (SELECT name FROM b.sqlite_master) EXCEPT SELECT m.name, c.name, "
	    "lower(c.type), c.\"notnull\", replace(c.dflt_value,'\"',''''), c.pk FROM %s.sqlite_master m, "
	    "pragma_table_info(m.name,'%s') c WHERE m.type='table')";
	struct scratch *x = *state;
	char other[128], sql[1000];

	migrate(x, -1);
	snprintf(other, sizeof(other), "%s/theirs.db", x->dir);
	load(other, "upstream.sql");
	snprintf(sql, sizeof(sql), columns, "main", "main", "b", "b");
	assert_int_equal(compare(x->path, other, sql), 0);
	snprintf(sql, sizeof(sql), columns, "b", "b", "main", "main");
	assert_int_equal(compare(x->path, other, sql), 0);
	/* Each of their indexes: one of ours on the same columns. */
	assert_int_equal(compare(x->path, other, "SELECT count(*) FROM (SELECT m.name, l.\"unique\", l.partial, "
	    "(SELECT group_concat(name) FROM pragma_index_info(l.name,'b')) FROM b.sqlite_master m, "
	    "pragma_index_list(m.name,'b') l WHERE m.type='table' EXCEPT SELECT m.name, l.\"unique\", l.partial, "
	    "(SELECT group_concat(name) FROM pragma_index_info(l.name,'main')) FROM main.sqlite_master m, "
	    "pragma_index_list(m.name,'main') l WHERE m.type='table')"), 0);
}

static void
every_row_stays(const char *path, const char *other)
{
	/* Of room_participants, what says who sits there now is not kept: see nobody_sits_in_a_file_brought_over. */
	static const struct { const char *name, *columns; } tables[] = { { "users", "*" }, { "rooms", "*" },
		{ "room_participants", "id,room_id,user_id,joined_at,is_banned,is_moderator,is_on_stage" },
		{ "room_permissions", "*" }, { "system_settings", "*" }, { "blocked_refresh_tokens", "*" },
		{ "invite_tokens", "*" }, { "user_preferences", "*" }, { "verification_events", "*" },
		{ "recordings", "*" } };
	char sql[400];
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM (SELECT %s FROM b.%s EXCEPT SELECT %s FROM main.%s)",
		    tables[i].columns, tables[i].name, tables[i].columns, tables[i].name);
		assert_int_equal(compare(path, other, sql), 0);
		snprintf(sql, sizeof(sql), "SELECT count(*)>0 FROM b.%s", tables[i].name);
		assert_int_equal(compare(path, other, sql), 1);
	}
}

/*
 * Bedrud's server leaves people active who have left: its rooms would be full for good. Members of private rooms
 * stay.
 */
static void
nobody_sits_in_a_file_brought_over(void **state)
{
	struct scratch *x = *state;

	load(x->path, "upstream.sql");
	scratch_exec(x->path, "INSERT INTO room_participants(id,room_id,user_id,joined_at,is_active,is_banned) VALUES"
	    "('m1','aaaaaaaa-0000-4000-8000-000000000003','member','2026-11-20 08:00:00+00:00',1,0),"
	    "('m2','aaaaaaaa-0000-4000-8000-000000000003','banned','2026-11-20 08:00:00+00:00',1,1),"
	    "('m3','aaaaaaaa-0000-4000-8000-000000000003','gone','2026-11-20 08:00:00+00:00',0,0),"
	    "('m4','aaaaaaaa-0000-4000-8000-000000000001','stale','2026-11-20 08:00:00+00:00',1,0)");
	migrate(x, 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants WHERE is_active=1"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants WHERE id LIKE 'm%' AND "
	    "is_approved=1"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT is_approved FROM room_participants WHERE id='m1'"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants WHERE left_at IS NULL AND "
	    "id IN ('m1','m2','m4')"), 0);
}

static void
bedruds_file_keeps_working(void **state)
{
	struct scratch *x = *state;
	char other[128];
	struct store_user u;
	struct store_room r;
	struct store_setting set;
	int64_t ns;
	int n;

	snprintf(other, sizeof(other), "%s/theirs.db", x->dir);
	load(other, "upstream.sql");
	load(x->path, "upstream.sql");
	migrate(x, 0);
	every_row_stays(x->path, other);
	snprintf(other, sizeof(other), "%s.before-v%d", x->path, STORE_VERSION);
	every_row_stays(x->path, other);
	assert_int_equal(scratch_number(other, "PRAGMA user_version"), 0);
	assert_int_equal(scratch_number(other, "SELECT count(*) FROM sqlite_master WHERE name='seats'"), 0);
	scratch_check(other);
	/* No index that does what one there already does. */
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM pragma_index_list('recordings')"), 3);
	assert_ok(store_user_by_email(x->s, &x->a, "bea@example.org", "local", &u));
	assert_string_equal(u.password, "$2a$10$elUOflC41LG6dUnMhesuseTk4PxIhtIJLfm9LIXXJTz68eAWZU4kW");
	assert_string_equal(u.avatar_url, "");
	assert_ok(base_clock_parse("2026-11-02T10:00:00.25Z", &ns));
	assert_true(u.password_changed_at == ns);
	assert_ok(base_clock_parse("2026-11-02T10:00:00Z", &ns));
	assert_true(u.created_at == ns);
	assert_true(u.updated_at == ns);
	assert_ok(store_room_by_name(x->s, &x->a, "stand-up", &r));
	assert_string_equal(r.id, ROOM);
	assert_int_equal(r.is_persistent, 1);
	assert_ok(store_seat_count(x->s, ROOM, NULL, &n));
	assert_int_equal(n, 0);
	assert_ok(store_seat_banned(x->s, ROOM, "33333333-3333-4333-8333-333333333333", &n));
	assert_int_equal(n, 1);
	assert_ok(store_session_refresh_blocked(x->s,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &n));
	assert_int_equal(n, 1);
	assert_ok(store_setting_get(x->s, &x->a, &set));
	assert_int_equal(set.registration_enabled, 0);
	assert_int_equal(set.max_rooms_per_user, 3);
	assert_string_equal(set.server_name, "Beispiel");
	migrate(x, STORE_VERSION);
}

static void
a_very_old_file(void **state)
{
	struct scratch *x = *state;
	struct store_room r;
	struct store_user u;
	int n;

	/* A full unique index, columns not there yet, NULL in columns that have become NOT NULL,
	    tables not there yet. */
	scratch_exec(x->path, "CREATE TABLE users(id text PRIMARY KEY,email text,name text,provider text,password text,"
	    "accesses text,is_active numeric,created_at datetime,updated_at datetime);CREATE TABLE rooms(id text "
	    "PRIMARY KEY,name text,created_by text,is_active numeric,max_participants "
	    "integer,created_at datetime,updated_at datetime,expires_at datetime);CREATE UNIQUE INDEX idx_rooms_name "
	    "ON rooms(name);CREATE TABLE room_participants(id text PRIMARY KEY,room_id text,user_id text,joined_at "
	    "datetime,is_active numeric);INSERT INTO users "
	    "VALUES('u1','a@example.org','A',NULL,'p','{user}',NULL,'2024-01-01T00:00:00Z',NULL);INSERT INTO rooms "
	    "VALUES('r1','tea','u1',1,NULL,'2024-01-01T00:00:00Z',NULL,NULL);INSERT INTO room_participants "
	    "VALUES('p1','r1','u1','2024-01-01T00:00:00Z',NULL)");
	migrate(x, 0);
	assert_ok(store_room_by_name(x->s, &x->a, "tea", &r));
	assert_string_equal(r.admin_id, "u1");
	assert_string_equal(r.mode, "standard");
	assert_int_equal(r.max_participants, 20);
	assert_int_equal(r.allow_chat + r.allow_audio + r.allow_video, 3);
	assert_int_equal(r.is_public + r.e2ee, 0);
	assert_ok(store_user_by_email(x->s, &x->a, "a@example.org", "local", &u));
	assert_int_equal(u.is_active, 1);
	assert_ok(store_seat_count(x->s, "r1", NULL, &n));
	assert_int_equal(n, 0);
	/* The old name is free once the room is over. */
	end_room(x, "r1", T0);
	r.id = "r2";
	assert_ok(store_room_insert(x->s, &r));
	assert_int_equal(scratch_number(x->path, "SELECT \"unique\" FROM pragma_index_list('rooms') WHERE "
	    "name='idx_rooms_name'"),
	    0);
	assert_int_equal(scratch_number(x->path, "SELECT \"unique\"+partial FROM pragma_index_list('rooms') WHERE "
	    "name='idx_rooms_active_name'"), 2);
}

static void
two_active_rooms_of_one_name(void **state)
{
	struct scratch *x = *state;
	struct store_room r;

	load(x->path, "upstream.sql");
	scratch_exec(x->path, "DROP INDEX idx_rooms_active_name; UPDATE rooms SET is_active=1 WHERE name='stand-up'");
	migrate(x, 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms"), 3);
	assert_ok(store_room_by_name(x->s, &x->a, "stand-up", &r));
	assert_string_equal(r.id, ROOM);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM rooms WHERE is_active=1"), 1);
}

/* What can't be brought over is refused whole. */
static void
rows_that_break_a_rule(void **state)
{
	struct scratch *x = *state;
	int version = -1;

	load(x->path, "upstream.sql");
	scratch_exec(x->path, "DROP INDEX idx_room_user; UPDATE room_participants SET user_id='same'");
	assert_err(ERR_CONFLICT, store_migrate(x->path, NULL, NULL));
	assert_ok(store_version(x->path, &version));
	assert_int_equal(version, 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM sqlite_master WHERE name='seats'"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_participants WHERE user_id='same'"), 3);
}

/*
 * Version 1 had no doctor_reports, version 2 neither what is new in 3 nor the addresses of admissions. Whoever sits
 * there keeps the seat.
 */
static void
an_older_file_of_ours(void **state)
{
	struct scratch *x = *state;
	char copy[128];

	migrate(x, -1);
	scratch_exec(x->path, "DROP TABLE doctor_reports; DROP TABLE room_standing; DROP TABLE duties; ALTER TABLE "
	    "admissions DROP COLUMN address; PRAGMA user_version=1; INSERT INTO admissions(id) VALUES('old'); INSERT "
	    "INTO seats(room_id,identity,"
	    "participant_sid) VALUES('r','i','p'); INSERT INTO room_participants(id,room_id,user_id,joined_at,"
	    "is_active) VALUES('a','r','u','2026-01-01',1)");
	migrate(x, 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM doctor_reports"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM room_standing"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM admissions WHERE address=''"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM seats"), 1);
	assert_int_equal(scratch_number(x->path, "SELECT is_active FROM room_participants"), 1);
	assert_int_equal(scratch_number(x->path, "PRAGMA user_version"), STORE_VERSION);
	snprintf(copy, sizeof(copy), "%s.before-v%d", x->path, STORE_VERSION);
	assert_int_equal(scratch_number(copy, "PRAGMA user_version"), 1);
}

static void
newer_and_foreign_files_are_refused(void **state)
{
	struct scratch *x = *state;
	char copy[128];

	snprintf(copy, sizeof(copy), "%s.before-v%d", x->path, STORE_VERSION);
	scratch_exec(x->path, "CREATE TABLE notes(text); INSERT INTO notes VALUES('mine')");
	assert_err(ERR_CONFLICT, store_migrate(x->path, NULL, NULL));
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM sqlite_master"), 1);
	scratch_exec(x->path, "CREATE TABLE users(id); CREATE TABLE rooms(id); PRAGMA user_version=99");
	assert_err(ERR_CONFLICT, store_migrate(x->path, NULL, NULL));
	assert_int_equal(scratch_number(x->path, "PRAGMA user_version"), 99);
	scratch_exec(x->path, "PRAGMA user_version=-1");
	assert_err(ERR_CONFLICT, store_migrate(x->path, NULL, NULL));
	assert_int_equal(access(copy, F_OK), -1);
}

static void
a_copy_that_fails_stops_the_migration(void **state)
{
	struct scratch *x = *state;
	char copy[128];

	load(x->path, "upstream.sql");
	snprintf(copy, sizeof(copy), "%s.before-v%d", x->path, STORE_VERSION);
	assert_int_equal(mkdir(copy, 0700), 0);	/* a name that can't be taken, also not by root */
	assert_err(ERR_IO, store_migrate(x->path, NULL, NULL));
	assert_int_equal(rmdir(copy), 0);
	assert_int_equal(scratch_number(x->path, "PRAGMA user_version"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM sqlite_master WHERE name='seats'"), 0);
	migrate(x, 0);
}

static void *
migrate_too(void *path)
{
	static const int good = 1;

	return store_migrate(path, NULL, NULL) == ERR_OK ? (void *)(uintptr_t)&good : NULL;
}

static void
several_at_once(void **state)
{
	struct scratch *x = *state;
	char copy[128];
	pthread_t t[4];
	void *good;
	int i;

	load(x->path, "upstream.sql");
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, migrate_too, x->path), 0);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &good);
		assert_non_null(good);
	}
	migrate(x, STORE_VERSION);
	/* The copy is of the old state, whoever came second. */
	snprintf(copy, sizeof(copy), "%s.before-v%d", x->path, STORE_VERSION);
	assert_int_equal(scratch_number(copy, "PRAGMA user_version"), 0);
}

/* A child is killed at some moment of its migration. Returns the version that is then in the file. */
static int
killed_after(const char *path, useconds_t us)
{
	int version = -1, status;
	pid_t child = fork();

	if (child == 0)
		_exit(store_migrate(path, NULL, NULL) == ERR_OK ? 0 : 1);
	usleep(us);	/* the moment of death is what varies */
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	scratch_check(path);
	assert_ok(store_version(path, &version));
	return version;
}

static void
killed_in_the_middle(void **state)
{
	struct scratch *x = *state;
	char other[128], side[160];
	int64_t took;
	int i, old = 0, rounds = getenv("BEDRUD_LONG") != NULL ? 500 : 40;

	snprintf(other, sizeof(other), "%s/theirs.db", x->dir);
	load(other, "upstream.sql");
	/* Big enough that there is a middle. */
	scratch_exec(other, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO "
	    "users(id,email,name,accesses,created_at,updated_at) SELECT 'x'||i,'x'||i||'@example.org','X','{user}',"
	    "'2026-01-01 00:00:00+00:00','2026-01-01 00:00:00+00:00' FROM n; PRAGMA wal_checkpoint(TRUNCATE);PRAGMA "
	    "journal_mode=DELETE");
	for (i = 0, took = 60000; i < rounds; i++) {
		char cp[400];

		snprintf(side, sizeof(side), "%s-wal", x->path);
		unlink(side);
		snprintf(side, sizeof(side), "%s-shm", x->path);
		unlink(side);
		unlink(x->path);
		snprintf(cp, sizeof(cp), "VACUUM INTO '%s'", x->path);
		scratch_exec(other, cp);
		scratch_exec(x->path, "PRAGMA journal_mode=WAL");
		if (i == 0) {	/* undisturbed, to know how long it takes */
			took = base_clock_mono_ms();
			assert_ok(store_migrate(x->path, NULL, NULL));
			took = (base_clock_mono_ms() - took) * 1000 + 1000;
		} else if (killed_after(x->path, (useconds_t)(took * i / rounds)) == 0) {
			old++;
			assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM sqlite_master WHERE "
			    "name='seats'"), 0);
		}
		assert_int_equal(compare(x->path, other, "SELECT count(*) FROM (SELECT * FROM b.users EXCEPT SELECT "
		    "* FROM main.users)"), 0);
	}
	assert_in_range(old, 1, rounds);
	assert_ok(store_migrate(x->path, NULL, NULL));
	migrate(x, STORE_VERSION);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMPTY(nothing_becomes_a_database), EMPTY(a_new_file_is_bedruds_too), EMPTY(bedruds_file_keeps_working),
		EMPTY(nobody_sits_in_a_file_brought_over),
		EMPTY(a_very_old_file), EMPTY(two_active_rooms_of_one_name), EMPTY(rows_that_break_a_rule),
		EMPTY(an_older_file_of_ours), EMPTY(newer_and_foreign_files_are_refused),
		EMPTY(a_copy_that_fails_stops_the_migration),
		    EMPTY(several_at_once),
		EMPTY(killed_in_the_middle),
	};

	return RUN(tests);
}

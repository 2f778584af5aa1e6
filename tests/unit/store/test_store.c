/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "store/inbox.h"
#include "store/rate.h"
#include "store/room.h"
#include "store/seat.h"
#include "store/session.h"
#include "store/setting.h"
#include "store/user.h"

static const struct store_user ada = {
	.id = "u1", .email = "ada@example.org", .name = "Ada", .provider = "local", .avatar_url = "",
	    .password = "secret",
	.refresh_token = "", .accesses = "{user}", .is_active = 1, .created_at = T0, .updated_at = T0,
};

static void
opening(void **state)
{
	struct scratch *x = *state;
	struct store *s = (struct store *)1;
	int version = -2;

	assert_err(ERR_ABSENT, store_open(x->path, store_all_rights, &s));
	assert_null(s);
	assert_err(ERR_ABSENT, store_version(x->path, &version));
	assert_int_equal(access(x->path, F_OK), -1);
	store_close(NULL);
	/* Bedrud's own, not migrated: the responder says so and leaves it alone. */
	scratch_exec(x->path, "CREATE TABLE users(id); CREATE TABLE rooms(id)");
	assert_err(ERR_CONFLICT, store_open(x->path, store_all_rights, &s));
	assert_ok(store_version(x->path, &version));
	assert_int_equal(version, 0);
	scratch_exec(x->path, "PRAGMA user_version=9");
	assert_err(ERR_CONFLICT, store_open(x->path, store_all_rights, &s));
	assert_ok(store_version(x->path, &version));
	assert_int_equal(version, 9);
}

/* Another database, with something in it, as path. */
static void
put_another(struct scratch *x, const char *name)
{
	char other[128];

	snprintf(other, sizeof(other), "%s/other.db", x->dir);
	assert_ok(store_migrate(other, NULL, NULL));
	assert_int_equal(rename(other, name), 0);
}

static void
move(const char *from, const char *to, const char *suffix)
{
	char a[128], b[128];

	snprintf(a, sizeof(a), "%s%s", from, suffix);
	snprintf(b, sizeof(b), "%s%s", to, suffix);
	assert_int_equal(rename(a, b), 0);
}

/* Somebody replaces the file under a connection: nothing is promised that the next one would not find. */
static void
a_file_that_is_replaced(void **state)
{
	struct scratch *x = *state;
	struct store *s;
	char aside[112];
	int fresh;

	snprintf(aside, sizeof(aside), "%s/aside.db", x->dir);
	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));
	assert_ok(store_moved(x->s));
	move(x->path, aside, "");
	assert_err(ERR_ABSENT, store_moved(x->s));
	assert_err(ERR_IO, store_inbox_add(x->s, "EV_2", "room_started", T0, &fresh));
	put_another(x, x->path);
	assert_err(ERR_BUSY, store_moved(x->s));	/* the old log lies beside it */
	move(x->path, aside, "-wal");
	assert_err(ERR_BUSY, store_moved(x->s));
	assert_err(ERR_BUSY, store_open(x->path, store_all_rights, &s));	/* by another thread */
	move(x->path, aside, "-shm");
	assert_err(ERR_GONE, store_moved(x->s));
	assert_err(ERR_IO, store_inbox_add(x->s, "EV_3", "room_started", T0, &fresh));
	store_close(x->s);
	assert_ok(store_open(x->path, store_all_rights, &x->s));
	assert_ok(store_moved(x->s));
	assert_ok(store_inbox_add(x->s, "EV_1", "room_started", T0, &fresh));
	assert_int_equal(fresh, 1);
	assert_int_equal(scratch_number(aside, "SELECT count(*) FROM webhook_inbox WHERE event_id='EV_1'"), 1);
}

/* A path that is a symbolic link, turned to another folder: the old log doesn't lie beside the new file. */
static void
a_link_that_is_turned(void **state)
{
	struct scratch *x = *state;
	char link[112], other[112];
	struct store *s;

	snprintf(link, sizeof(link), "%s/link.db", x->dir);
	snprintf(other, sizeof(other), "%s/second.db", x->dir);
	assert_int_equal(symlink(x->path, link), 0);
	assert_ok(store_open(link, store_all_rights, &s));
	assert_ok(store_moved(s));
	put_another(x, other);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(other, link), 0);
	assert_err(ERR_GONE, store_moved(s));
	store_close(s);
}

static void
what_is_no_database_is_an_io_error(void **state)
{
	struct scratch *x = *state;
	struct store *s;
	int version;
	FILE *f = fopen(x->path, "w");
	int i;

	for (i = 0; f != NULL && i < 1000; i++)
		fputs("This is a letter, not a database.\n", f);
	assert_true(f != NULL && fclose(f) == 0);
	assert_err(ERR_IO, store_open(x->path, store_all_rights, &s));
	assert_err(ERR_IO, store_migrate(x->path, NULL, NULL));
	assert_err(ERR_IO, store_version(x->path, &version));
	assert_err(ERR_IO, store_migrate("/nowhere/at/all/bedrud.db", NULL, NULL));
	assert_err(ERR_IO, store_migrate(x->dir, NULL, NULL));
	unlink(x->path);
}

static void
migrated_under_us(void **state)
{
	struct scratch *x = *state;

	assert_ok(store_ping(x->s));
	scratch_exec(x->path, "PRAGMA user_version=4");
	assert_err(ERR_CONFLICT, store_ping(x->s));
}

static void
a_dropped_table_is_another_version(void **state)
{
	struct scratch *x = *state;
	int yes;

	scratch_exec(x->path, "DROP TABLE bans");
	assert_err(ERR_CONFLICT, store_seat_banned(x->s, "r1", "u1", &yes));
}

static void
pragmas(void **state)
{
	struct scratch *x = *state;

	(void)x;
	assert_int_equal(scratch_number(x->path, "SELECT journal_mode='wal' FROM pragma_journal_mode"), 1);
}

static void
a_rollback_undoes_and_a_commit_keeps(void **state)
{
	struct scratch *x = *state;
	struct store_user u;
	enum store_durability d;

	for (d = STORE_FAST; d <= STORE_DURABLE; d++) {
		assert_ok(store_begin(x->s, d));
		assert_ok(store_user_insert(x->s, &ada));
		assert_ok(store_user_by_id(x->s, &x->a, "u1", &u));
		store_rollback(x->s);
		store_rollback(x->s);
		assert_err(ERR_ABSENT, store_user_by_id(x->s, &x->a, "u1", &u));
	}
	assert_ok(store_begin(x->s, STORE_FAST));
	assert_ok(store_user_insert(x->s, &ada));
	assert_ok(store_commit(x->s));
	assert_ok(store_user_by_id(x->s, &x->a, "u1", &u));
}

static void
misuse_is_a_bug(void **state)
{
	struct scratch *x = *state;

	assert_err(ERR_BUG, store_commit(x->s));
	assert_ok(store_begin(x->s, STORE_FAST));
	assert_err(ERR_BUG, store_begin(x->s, STORE_FAST));
	assert_err(ERR_BUG, store_begin_read(x->s));
	store_rollback(x->s);
	assert_ok(store_begin_read(x->s));
	assert_err(ERR_BUG, store_commit(x->s));
	store_rollback(x->s);
}

/* Another connection has written since: a write that went on in the old snapshot would be refused as busy for ever. */
static void
a_write_ends_a_read_transaction(void **state)
{
	struct scratch *x = *state;
	struct store *other;
	struct store_user u;
	int yes, count, reset;

	assert_ok(store_open(x->path, store_all_rights, &other));
	assert_ok(store_begin_read(x->s));
	assert_ok(store_begin_read(x->s));
	assert_ok(store_user_email_taken(x->s, ada.email, &yes));
	assert_ok(store_user_insert(other, &ada));
	assert_err(ERR_CONFLICT, store_user_insert(x->s, &ada));
	assert_ok(store_user_by_id(x->s, &x->a, "u1", &u));
	assert_ok(store_begin_read(x->s));
	assert_ok(store_user_email_taken(x->s, ada.email, &yes));
	assert_ok(store_user_rename(other, "u1", "Eve", T0));
	assert_ok(store_begin(x->s, STORE_DURABLE));
	assert_ok(store_user_rename(x->s, "u1", "Ada", T0));
	assert_ok(store_commit(x->s));
	assert_ok(store_begin_read(x->s));
	assert_ok(store_rate_hit(x->s, "b", 1, 60, &count, &reset));
	assert_ok(store_user_by_id(other, &x->a, "u1", &u));
	assert_string_equal(u.name, "Ada");
	store_close(other);
}

static void
a_read_transaction_sees_one_state(void **state)
{
	struct scratch *x = *state;
	struct store *other;
	int yes;

	assert_ok(store_open(x->path, store_all_rights, &other));
	assert_ok(store_begin_read(x->s));
	assert_ok(store_user_email_taken(x->s, ada.email, &yes));
	assert_ok(store_user_insert(other, &ada));
	assert_ok(store_user_email_taken(x->s, ada.email, &yes));
	assert_int_equal(yes, 0);
	store_rollback(x->s);
	assert_ok(store_user_email_taken(x->s, ada.email, &yes));
	assert_int_equal(yes, 1);
	store_close(other);
}

/* Each program may touch what it declared, and the refusal comes before anything is read or written. */
static void
rights(void **state)
{
	static const struct store_right mine[] = { { "users", STORE_READ }, { "bans", STORE_READ | STORE_WRITE },
		{ "webhook_inbox", STORE_WRITE }, { 0 } };
	struct scratch *x = *state;
	struct store_user u;
	struct store *s;
	int n, r, yes;

	assert_ok(store_user_insert(x->s, &ada));
	assert_ok(store_open(x->path, mine, &s));
	assert_ok(store_ping(s));
	assert_ok(store_user_by_id(s, &x->a, "u1", &u));
	assert_err(ERR_BUG, store_user_rename(s, "u1", "Eve", T0));
	assert_err(ERR_BUG, store_user_set_refresh(s, "u1", "x"));
	assert_err(ERR_BUG, store_seat_banned(s, "r1", "u1", &yes));	/* room_participants too */
	assert_err(ERR_BUG, store_seat_count(s, "r1", NULL, &n));
	assert_err(ERR_BUG, store_session_refresh_blocked(s, "x", &yes));
	assert_err(ERR_BUG, store_rate_hit(s, "b", 1, 60, &n, &r));
	assert_err(ERR_BUG, store_inbox_add(s, "e", "x", T0, &yes));	/* its sweep reads */
	assert_ok(store_user_by_id(s, &x->a, "u1", &u));
	assert_string_equal(u.name, "Ada");
	store_close(s);
	assert_ok(store_open(x->path, NULL, &s));
	assert_err(ERR_BUG, store_user_by_id(s, &x->a, "u1", &u));
	store_close(s);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_inbox"), 0);
}

static void
all_rights_name_every_table(void **state)
{
	struct scratch *x = *state;
	const struct store_right *r;
	char sql[200];
	int n = 0;

	for (r = store_all_rights; r->table != NULL; r++, n++) {
		assert_int_equal(r->may, STORE_READ | STORE_WRITE);
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM sqlite_master WHERE type='table' AND name='%s'",
		    r->table);
		assert_int_equal(scratch_number(x->path, sql), 1);
	}
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM sqlite_master WHERE type='table' AND name NOT "
	    "LIKE 'sqlite_%'"), n);
}

struct holder {
	const char *path;
	int ms;
	pthread_barrier_t ready;
};

static void *
hold_the_lock(void *arg)
{
	struct holder *h = arg;
	struct store *s;

	assert_ok(store_open(h->path, store_all_rights, &s));
	assert_ok(store_begin(s, STORE_FAST));
	pthread_barrier_wait(&h->ready);
	usleep((useconds_t)h->ms * 1000);	/* the lock is held for this long: that is what is tested */
	assert_ok(store_commit(s));
	store_close(s);
	return NULL;
}

static int64_t
begin_while_held(struct scratch *x, int ms, enum err want)
{
	struct holder h = { x->path, ms, { { 0 } } };
	pthread_t t;
	int64_t start;

	pthread_barrier_init(&h.ready, NULL, 2);
	assert_int_equal(pthread_create(&t, NULL, hold_the_lock, &h), 0);
	pthread_barrier_wait(&h.ready);
	start = base_clock_mono_ms();
	assert_err(want, store_begin(x->s, STORE_FAST));
	start = base_clock_mono_ms() - start;
	store_rollback(x->s);
	pthread_join(t, NULL);
	pthread_barrier_destroy(&h.ready);
	return start;
}

static void
a_writer_waits_for_another(void **state)
{
	assert_in_range(begin_while_held(*state, 300, ERR_OK), 200, 2000);
}

static void
and_gives_up_in_time(void **state)
{
	struct scratch *x = *state;
	struct store_user u;

	assert_in_range(begin_while_held(x, STORE_BUSY_MS + 700, ERR_BUSY), STORE_BUSY_MS - 100, STORE_BUSY_MS + 600);
	assert_ok(store_user_insert(x->s, &ada));
	assert_ok(store_user_by_id(x->s, &x->a, "u1", &u));
}

/* The same between processes. */
static void
a_writer_waits_for_another_process(void **state)
{
	struct scratch *x = *state;
	int pipes[2], status;
	char byte;
	pid_t child;

	store_close(x->s);
	x->s = NULL;
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		struct store *s;

		if (store_open(x->path, store_all_rights, &s) != ERR_OK || store_begin(s, STORE_DURABLE) != ERR_OK ||
		    store_user_insert(s, &ada) != ERR_OK || write(pipes[1], "x", 1) != 1)
			_exit(1);
		usleep(200000);
		_exit(store_commit(s) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_ok(store_open(x->path, store_all_rights, &x->s));
	assert_err(ERR_CONFLICT, store_user_insert(x->s, &ada));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(pipes[0]);
	close(pipes[1]);
}

struct racer {
	const char *path;
	int n;
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	struct store *s;
	int i, count, reset;

	assert_ok(store_open(r->path, store_all_rights, &s));
	for (i = 0; i < r->n; i++)
		assert_ok(store_rate_hit(s, "one", 1000, 60, &count, &reset));
	store_close(s);
	return NULL;
}

static void
eight_threads_lose_no_count(void **state)
{
	struct scratch *x = *state;
	struct racer r = { x->path, 200 };
	pthread_t t[8];
	int i, count, reset;

	for (i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&t[i], NULL, race, &r), 0);
	for (i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	assert_ok(store_rate_hit(x->s, "one", 1001, 60, &count, &reset));
	assert_int_equal(count, 8 * 200 + 1);
}

/* Under a storm of writers the log stays bounded, and every durable commit is there. */
static void *
write_much(void *arg)
{
	struct racer *r = arg;
	struct store *s;
	char id[48];
	int i, fresh;

	assert_ok(store_open(r->path, store_all_rights, &s));
	for (i = 0; i < r->n; i++) {
		snprintf(id, sizeof(id), "EV_%p_%d", (void *)&id, i);
		assert_ok(store_inbox_add(s, id, "participant_joined", T0, &fresh));
		assert_int_equal(fresh, 1);
	}
	store_close(s);
	return NULL;
}

static void
the_log_stays_bounded(void **state)
{
	struct scratch *x = *state;
	struct racer r = { x->path, 1500 };
	pthread_t t[6];
	struct stat st;
	char log[128];
	int i;

	for (i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&t[i], NULL, write_much, &r), 0);
	for (i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	snprintf(log, sizeof(log), "%s-wal", x->path);
	assert_int_equal(stat(log, &st), 0);
	assert_in_range(st.st_size, 1, 12000 * 4096);	/* without tidying it would have more than 20000 pages */
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_inbox"), 6 * 1500);
}

/* While somebody always reads, the log can't start anew: its pages are brought home, but not after every commit. */
static void
a_long_log_costs_no_sync_per_commit(void **state)
{
	struct scratch *x = *state;
	struct store *reader;
	struct stat before, after;
	struct store_room room;
	int tidied = 0, fresh;
	char id[24];

	assert_ok(store_open(x->path, store_all_rights, &reader));
	for (int i = 0; i < 1500; i++) {
		store_rollback(reader);
		assert_ok(store_begin_read(reader));
		assert_err(ERR_ABSENT, store_room_by_id(reader, &x->a, "none", &room));
		assert_int_equal(stat(x->path, &before), 0);
		snprintf(id, sizeof(id), "EV_%d", i);
		assert_ok(store_inbox_add(x->s, id, "participant_left", T0, &fresh));
		assert_int_equal(stat(x->path, &after), 0);
		tidied += before.st_mtim.tv_nsec != after.st_mtim.tv_nsec;
	}
	assert_in_range(tidied, 1, 12);		/* of more than 5000 pages, each thousand */
	store_close(reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMPTY(opening), EMPTY(what_is_no_database_is_an_io_error), NEW(migrated_under_us),
		NEW(a_file_that_is_replaced), NEW(a_link_that_is_turned),
		NEW(a_dropped_table_is_another_version), NEW(pragmas), NEW(a_rollback_undoes_and_a_commit_keeps),
		NEW(misuse_is_a_bug), NEW(a_write_ends_a_read_transaction), NEW(a_read_transaction_sees_one_state),
		    NEW(rights),
		    NEW(all_rights_name_every_table),
		NEW(a_writer_waits_for_another), NEW(and_gives_up_in_time), NEW(a_writer_waits_for_another_process),
		NEW(eight_threads_lose_no_count), NEW(the_log_stays_bounded),
		NEW(a_long_log_costs_no_sync_per_commit),
	};

	return RUN(tests);
}

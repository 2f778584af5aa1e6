/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 in a storm: writer processes report each commit through a pipe; one is killed at a random
 * moment, again and again. Whatever was reported is there, nothing is half there, the file is sound, and opening it
 * again is quick.
 */
#include "tests/unit/store/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include "base/random.h"
#include "store/inbox.h"
#include "store/seat.h"

struct ack {
	int writer, n;
};

/* Each transaction: the event, and a seat taken as its effect. */
static void
writer(const char *path, int me, int from, int fd)
{
	struct store *s;
	char id[32], who[32];
	int fresh, taken;
	struct ack ack = { me, from };

	if (store_open(path, store_all_rights, &s) != ERR_OK)
		_exit(1);
	for (;; ack.n++) {
		snprintf(id, sizeof(id), "EV_%d_%d", me, ack.n);
		snprintf(who, sizeof(who), "u%d_%d", me, ack.n);
		if (store_begin(s, STORE_DURABLE) != ERR_OK || store_inbox_add(s, id, "participant_joined", T0,
		    &fresh) != ERR_OK ||
		    !fresh || store_seat_take(s, "r1", who, id, "RM_a", "", T0, &taken) != ERR_OK || !taken ||
		    store_commit(s) != ERR_OK)
			_exit(1);
		if (write(fd, &ack, sizeof(ack)) != sizeof(ack))
			_exit(0);
	}
}

/* Takes the acknowledgements that have come; last[] holds the highest per writer. */
static void
drain(int fd, int *last)
{
	struct ack ack;

	while (read(fd, &ack, sizeof(ack)) == (ssize_t)sizeof(ack)) {
		assert_in_range(ack.writer, 0, 1);
		last[ack.writer] = ack.n;
	}
}

static void
check_all(struct scratch *x, const int *last)
{
	char sql[200];
	int w;

	scratch_check(x->path);
	for (w = 0; w < 2; w++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM webhook_inbox WHERE event_id LIKE 'EV\\_%d\\_%%' "
		    "ESCAPE '\\' AND CAST(substr(event_id,6) AS integer)<=%d", w, last[w]);
		assert_int_equal(scratch_number(x->path, sql), last[w] + 1);
	}
	/* No half transaction: an event for each seat, a seat for each event. */
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM webhook_inbox WHERE event_id NOT IN (SELECT "
	    "participant_sid FROM seats)"), 0);
	assert_int_equal(scratch_number(x->path, "SELECT count(*) FROM seats WHERE participant_sid NOT IN (SELECT "
	    "event_id FROM webhook_inbox) OR identity NOT IN (SELECT user_id FROM room_participants)"), 0);
}

/* The number a restarted writer goes on with. */
static int
next_of(struct scratch *x, int w)
{
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT coalesce(max(CAST(substr(event_id,6) AS integer)),-1)+1 FROM "
	    "webhook_inbox WHERE event_id LIKE 'EV\\_%d\\_%%' ESCAPE '\\'", w);
	return (int)scratch_number(x->path, sql);
}

static pid_t
start(struct scratch *x, int w, const int *pipes)
{
	int from = next_of(x, w);
	pid_t child = fork();

	if (child == 0) {
		close(pipes[0]);
		writer(x->path, w, from, pipes[1]);
	}
	return child;
}

static void
storm(void **state)
{
	struct scratch *x = *state;
	int rounds = getenv("BEDRUD_LONG") != NULL ? 1000 : 50;
	int i, w, pipes[2], last[2] = { -1, -1 };
	pid_t child[2];
	int64_t t;
	uint16_t r;

	store_close(x->s);
	x->s = NULL;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(fcntl(pipes[0], F_SETFL, O_NONBLOCK), 0);
	(void)fcntl(pipes[0], F_SETPIPE_SZ, 1 << 20);
	for (w = 0; w < 2; w++)
		child[w] = start(x, w, pipes);
	for (i = 0; i < rounds; i++) {
		base_random_fill(&r, sizeof(r));
		usleep(r % 20000);	/* the moment of death is what varies */
		w = r % 2;
		assert_int_equal(kill(child[w], SIGKILL), 0);
		assert_int_equal(waitpid(child[w], NULL, 0), child[w]);
		drain(pipes[0], last);
		t = base_clock_mono_ms();
		assert_ok(store_open(x->path, store_all_rights, &x->s));
		assert_in_range(base_clock_mono_ms() - t, 0, 1000);
		store_close(x->s);
		x->s = NULL;
		if (i % 10 == 0)
			check_all(x, last);
		child[w] = start(x, w, pipes);
	}
	for (w = 0; w < 2; w++) {
		assert_int_equal(kill(child[w], SIGKILL), 0);
		assert_int_equal(waitpid(child[w], NULL, 0), child[w]);
	}
	drain(pipes[0], last);
	close(pipes[0]);
	close(pipes[1]);
	assert_true(last[0] > 0 && last[1] > 0);
	check_all(x, last);
	print_message("%d kills, %d commits reported\n", rounds, last[0] + last[1] + 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(storm) };

	signal(SIGPIPE, SIG_IGN);
	return RUN(tests);
}

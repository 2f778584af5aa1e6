/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LiveKit's life at random: people come, go and come back, rooms end, LiveKit is killed. Its events reach the webhook
 * responder in any order, some never, some twice; then one round of the reconciler, and the books say what LiveKit's
 * lists say. 10,000 lives with BEDRUD_TEST_LONG=1, fewer otherwise; a failure names its seed.
 */
#include "tests/unit/store/scratch.h"

#include <sys/stat.h>
#include "cgi/webhook/webhook.h"
#include "meeting/reconcile.h"
#include "meeting/room.h"
#include "store/seat.h"

#define PEOPLE 5		/* the last one is banned */
#define MOST_EVENTS 300
#define GOOD_CONF "database:\n  path: bedrud.db\n" \
	"livekit: {apiKey: key, apiSecret: 0123456789abcdef0123456789abcdef}\n" \
	"auth:\n  jwtSecret: 0123456789abcdef0123456789abcdef\n  sessionSecret: 0123456789abcdef0123456789abcdef\n"

struct life {
	struct scratch *x;
	uint64_t dice;
	struct store_room room;
	const char *admission[PEOPLE];
	int64_t now;
	const char *live;		/* sid of LiveKit's room, NULL = none */
	int64_t live_since;
	int n_sids;
	struct livekit_participant in[PEOPLE];	/* sid NULL: not in */
	struct livekit_event events[MOST_EVENTS];
	size_t n;
};

static struct conf *conf;

static unsigned
roll(struct life *l, unsigned below)
{
	/* xorshift64*: the same lives each time. */
	l->dice ^= l->dice >> 12;
	l->dice ^= l->dice << 25;
	l->dice ^= l->dice >> 27;
	return (unsigned)((l->dice * UINT64_C(2685821657736338717)) >> 33) % below;
}

static const char *
new_sid(struct life *l, const char *prefix)
{
	return base_arena_printf(&l->x->a, "%s_%d", prefix, ++l->n_sids);
}

static void
report(struct life *l, const char *event, const struct livekit_participant *who)
{
	struct livekit_event *e = &l->events[l->n++];

	assert_true(l->n <= MOST_EVENTS);
	*e = (struct livekit_event){ .id = "", .event = event, .room_sid = l->live, .room_name = l->room.name,
		.created_at = l->now / BASE_CLOCK_SECOND * BASE_CLOCK_SECOND, .room_created_at = l->live_since };
	livekit_participant_none(&e->who);
	if (who != NULL)
		e->who = *who;
}

static void
join(struct life *l, int i)
{
	struct livekit_participant old = l->in[i];

	livekit_participant_none(&l->in[i]);
	l->in[i].sid = new_sid(l, "PA");
	l->in[i].identity = base_arena_printf(&l->x->a, "u%d", i);
	l->in[i].admission = l->admission[i];
	l->in[i].joined_at = l->now / 1000000 * 1000000;
	l->in[i].state = LIVEKIT_ACTIVE;
	report(l, "participant_joined", &l->in[i]);
	/* The same identity once more: the first one is put out. */
	if (old.sid != NULL)
		report(l, "participant_left", &old);
}

static void
leave(struct life *l, int i)
{
	if (l->in[i].sid != NULL)
		report(l, roll(l, 8) == 0 ? "participant_connection_aborted" : "participant_left", &l->in[i]);
	l->in[i].sid = NULL;
}

/* Nobody hears of it. */
static void
livekit_is_killed(struct life *l)
{
	l->live = NULL;
	for (int i = 0; i < PEOPLE; i++)
		l->in[i].sid = NULL;
}

static void
step(struct life *l)
{
	unsigned what = roll(l, 100);
	int i = (int)roll(l, PEOPLE), people = 0;

	l->now += (1 + roll(l, 20000)) * INT64_C(1000000);
	for (int k = 0; k < PEOPLE; k++)
		people += l->in[k].sid != NULL;
	if (l->live == NULL) {
		l->live = new_sid(l, "RM");
		l->live_since = l->now / 1000000 * 1000000;
		report(l, "room_started", NULL);
		join(l, i);
	} else if (people == 0 && what < 40) {
		report(l, "room_finished", NULL);
		livekit_is_killed(l);
	} else if (what < 50) {
		join(l, i);
	} else if (what < 94) {
		leave(l, i);
	} else {
		livekit_is_killed(l);
	}
	/* Whom the responder sends away. */
	leave(l, PEOPLE - 1);
}

/* Some are lost, some come twice, all in any order. */
static void
garble(struct life *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (roll(l, 100) >= 15)
			l->events[n++] = l->events[i];
	for (size_t i = 0, once = n; i < once && n < MOST_EVENTS; i++)
		if (roll(l, 100) < 20)
			l->events[n++] = l->events[i];
	for (size_t i = n; i > 1; i--) {
		size_t k = roll(l, (unsigned)i);
		struct livekit_event e = l->events[k];

		l->events[k] = l->events[i - 1];
		l->events[i - 1] = e;
	}
	l->n = n;
}

static void
begin(struct life *l, struct scratch *x, unsigned seed)
{
	char admission[33];

	*l = (struct life){ .x = x, .dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1,
		.now = T0 + (int64_t)seed * 100 * MINUTE };
	l->room = (struct store_room){ .id = base_arena_printf(&x->a, "r%u", seed),
		.name = base_arena_printf(&x->a, "room-%u", seed), .created_by = "u0", .admin_id = "u0",
		.mode = "standard", .is_active = 1, .is_persistent = seed % 3 != 0, .created_at = l->now,
		.updated_at = l->now, .last_activity_at = l->now, .expires_at = l->now + MEETING_ROOM_LIFE };
	assert_ok(store_room_insert(x->s, &l->room));
	for (int i = 0; i < PEOPLE; i++) {
		assert_ok(store_seat_admit(x->s, l->room.id, base_arena_printf(&x->a, "u%d", i), "", l->now,
		    admission));
		l->admission[i] = base_arena_strdup(&x->a, admission);
	}
	assert_ok(store_seat_ban(x->s, l->room.id, "u4", "u0", "", l->now));
}

static void
deliver(struct life *l)
{
	struct door d = { .store = l->x->s, .arena = &l->x->a, .conf = conf, .now = l->now + MINUTE };
	struct meeting_presence p;

	for (size_t i = 0; i < l->n; i++)
		assert_ok(webhook_effect_apply(&d, &l->events[i], &p));
}

/* LiveKit's lists of a while later, once. */
static void
reconcile(struct life *l, struct meeting_reconcile_plan *plan)
{
	struct meeting_reconcile_count count = { 0 };
	struct livekit_participant people[PEOPLE];
	struct meeting_reconcile_room r = { .row = &l->room, .sid = l->live, .created_at = l->live_since,
		.people = people, .settled = l->now + 2 * MINUTE };

	for (int i = 0; i < PEOPLE; i++)
		if (l->in[i].sid != NULL)
			people[r.n++] = l->in[i];
	assert_ok(store_room_by_id(l->x->s, &l->x->a, l->room.id, &l->room));
	assert_ok(meeting_reconcile_look(l->x->s, &l->x->a, &r, l->now + 3 * MINUTE, plan));
	assert_ok(meeting_reconcile_mend(l->x->s, &l->x->a, &r, plan, l->now + 3 * MINUTE, &count));
	assert_ok(store_room_by_id(l->x->s, &l->x->a, l->room.id, &l->room));
}

/* The sid that holds the person's seat by the books; "" when none. */
static const char *
holds(struct life *l, int i, const struct store_truth_seat *seats, size_t n)
{
	const char *sid = "";
	char who[8];

	snprintf(who, sizeof(who), "u%d", i);
	for (size_t k = 0; k < n; k++)
		if (strcmp(seats[k].identity, who) == 0 && seats[k].left_at == 0) {
			if (*sid != '\0' || !seats[k].is_active)
				return "twice, or not in Bedrud's row";
			sid = seats[k].sid;
		}
	(void)l;
	return sid;
}

static void
judge(struct life *l, unsigned seed, const struct meeting_reconcile_plan *plan)
{
	struct store_truth_seat *seats;
	const char *live, *truth = l->room.is_active && l->live != NULL ? l->live : "";
	size_t n;

	assert_ok(store_truth_seats(l->x->s, &l->x->a, l->room.id, INT64_MAX, &seats, &n));
	for (int i = 0; i < PEOPLE; i++) {
		const char *wanted = l->room.is_active && l->in[i].sid != NULL ? l->in[i].sid : "";
		const char *found = holds(l, i, seats, n);

		if (strcmp(wanted, found) != 0)
			fail_msg("seed %u: u%d has the seat of \"%s\", LiveKit says \"%s\"", seed, i, found, wanted);
	}
	assert_ok(store_room_live_sid(l->x->s, &l->x->a, l->room.id, &live));
	if (l->room.is_active && strcmp(live, truth) != 0)
		fail_msg("seed %u: \"%s\" is live, and LiveKit says \"%s\"", seed, live, truth);
	if (l->room.is_persistent)
		assert_int_equal(l->room.is_active, 1);
	/* A room that the books ended while LiveKit goes on with it: it is closed there. */
	if (!l->room.is_active && l->live != NULL)
		assert_int_equal(plan->must_close, 1);
}

/* Whoever hears of joined and left knows who is in. A room's end stands for everybody's leaving. */
static void
judge_what_was_told(struct life *l, unsigned seed)
{
	char sql[900];
	int64_t n;

	snprintf(sql, sizeof(sql), "WITH told AS (SELECT json_extract(payload,'$.event') AS event, "
	    "json_extract(json_extract(payload,'$.body'),'$.data.userId') AS who FROM jobs), sums AS (SELECT who,"
	    "sum(CASE event WHEN 'participant.joined' THEN 1 WHEN 'participant.left' THEN -1 ELSE 0 END) AS n "
	    "FROM told WHERE who IS NOT NULL GROUP BY who) SELECT count(*) FROM room_participants AS p WHERE "
	    "room_id='%s' AND is_active<>coalesce((SELECT n FROM sums WHERE who=p.user_id),0)", l->room.id);
	n = scratch_number(l->x->path, sql);
	if (l->room.is_active && n != 0)
		fail_msg("seed %u: of %d people another thing was told", seed, (int)n);
	n = scratch_number(l->x->path, "SELECT count(*) FROM jobs WHERE json_extract(payload,'$.event')='room.ended'");
	assert_int_equal(n, l->room.is_active ? 0 : 1);
}

static void
every_life_converges(void **state)
{
	unsigned lives = getenv("BEDRUD_TEST_LONG") != NULL ? 10000 : 300;
	struct scratch *x = *state;
	struct meeting_reconcile_plan plan;
	static struct life l;

	scratch_exec(x->path, "INSERT INTO webhooks(id,name,url,secret,events,is_active,created_by) VALUES('w','w',"
	    "'https://w.example','s','[\"participant.joined\",\"participant.left\",\"room.ended\"]',1,'u0')");
	for (unsigned seed = 1; seed <= lives; seed++) {
		assert_ok(store_begin(x->s, STORE_FAST));
		begin(&l, x, seed);
		for (unsigned steps = 8 + roll(&l, 60); steps > 0; steps--)
			step(&l);
		garble(&l);
		deliver(&l);
		reconcile(&l, &plan);
		judge(&l, seed, &plan);
		assert_ok(store_commit(x->s));
		judge_what_was_told(&l, seed);
		scratch_exec(x->path, "PRAGMA synchronous=OFF; DELETE FROM jobs");
		base_arena_reset(&x->a);
	}
}

static int
setup(void **state)
{
	struct base_buf problems;
	struct scratch *x;
	char path[128];
	int is_written;
	FILE *f;
	enum err e;

	if (scratch_new(state) != 0)
		return -1;
	x = *state;
	snprintf(path, sizeof(path), "%s/config.yaml", x->dir);
	if ((f = fopen(path, "w")) == NULL)
		return -1;
	is_written = fputs(GOOD_CONF, f) >= 0;
	if (fclose(f) != 0 || !is_written || chmod(path, 0600) != 0)
		return -1;
	base_buf_init(&problems, 4096);
	e = conf_load(path, 0, &problems, &conf);
	base_buf_free(&problems);
	return e == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	conf_free(conf);
	return scratch_end(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_life_converges, setup, teardown),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "base/random.h"
#include "meeting/recording.h"

#define EVENT(e) MEETING_RECORDING_##e
#define STATE(s) STORE_RECORDING_##s

static int
runs(enum store_recording_state s)
{
	return s <= STATE(STOPPING);
}

/*
 * The whole table, in letters: where to (Pending, Starting, Active, stOpping, proceWing, Completed, Failed, Deleting),
 * and what is to be done (x stop it, h bring the file home, e erase, t tell people, r report, n refuse).
 */
static const char *const cells[STORE_RECORDING__MAX] = {
/*	accepted refused starting active ending file no-file lost stop good bad delete */
	"S Ft S At Ot Wh Ft Ft Ox P P Pn",
	"S S S At Ot Wht Ft Ftx Ox S S Sn",
	"A A A A Ot Wht Ft Whtx Oxt A A An",
	"Ox Ft Ox Ox O Wht Ft Whtx Ox O O On",
	"W W W W W W W Wh W Cr F De",
	"C C C C C C C C C C C De",
	"Fx F Fx Fx F Wh F F F Cr F De",
	"Dx D Dx Dx D De D De D D D De",
};

static void
each_cell(void **state)
{
	static const char places[] = "PSAOWCFD", deeds[] = "xhetrn";

	(void)state;
	for (int s = 0; s < STORE_RECORDING__MAX; s++) {
		const char *c = cells[s];

		for (int e = 0; e < MEETING_RECORDING__MAX; e++) {
			struct meeting_recording_move m = meeting_recording_step((enum store_recording_state)s,
			    (enum meeting_recording_event)e);
			unsigned todo = 0;

			if (*c != places[m.to])
				fail_msg("%d x %d goes to %d, not to %c", s, e, m.to, *c);
			for (c++; *c != ' ' && *c != '\0'; c++)
				todo |= 1u << (strchr(deeds, *c) - deeds);
			if (todo != m.todo)
				fail_msg("%d x %d does %#x, not %#x", s, e, m.todo, todo);
			c += *c == ' ';
		}
		assert_int_equal(*c, '\0');
	}
}

/* A recording goes forward: the one way back is a file that turns up after all. */
static void
every_cell(void **state)
{
	(void)state;
	for (int s = 0; s < STORE_RECORDING__MAX; s++)
		for (int e = 0; e < MEETING_RECORDING__MAX; e++) {
			struct meeting_recording_move m = meeting_recording_step((enum store_recording_state)s,
			    (enum meeting_recording_event)e);
			int back = s == STATE(FAILED) && m.to != STATE(FAILED) && m.to != STATE(DELETING);

			if ((int)m.to < s && !(back && (e == EVENT(FILE) || e == EVENT(GOOD))))
				fail_msg("%d x %d goes back to %d", s, e, m.to);
			/* A refusal changes nothing, and only a delete is refused, while it runs. */
			assert_int_equal((m.todo & MEETING_RECORDING_REFUSE) != 0,
			    e == EVENT(DELETE) && runs((enum store_recording_state)s));
			if (m.todo & MEETING_RECORDING_REFUSE)
				assert_int_equal(m.to, s);
			/* The file is fetched exactly while it is processed, erased exactly while it is deleted. */
			if (m.todo & MEETING_RECORDING_DO_FETCH)
				assert_int_equal(m.to, STATE(PROCESSING));
			if (m.todo & MEETING_RECORDING_DO_ERASE)
				assert_int_equal(m.to, STATE(DELETING));
			if ((int)m.to != s && m.to == STATE(PROCESSING))
				assert_true(m.todo & MEETING_RECORDING_DO_FETCH);
			assert_int_equal((m.todo & MEETING_RECORDING_DO_REPORT) != 0,
			    m.to == STATE(COMPLETED) && s != STATE(COMPLETED));
			/* Whoever saw that it runs sees that it doesn't any more. */
			if ((s == STATE(ACTIVE)) && !(m.to == STATE(ACTIVE)))
				assert_true(m.todo & MEETING_RECORDING_DO_TELL);
		}
}

/* What is over for us and still runs for LiveKit is stopped: nobody is recorded without seeing it. */
static void
nothing_runs_unseen(void **state)
{
	static const enum store_recording_state over[] = { STATE(FAILED), STATE(DELETING) };

	(void)state;
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		for (int e = EVENT(ACCEPTED); e <= EVENT(ACTIVE); e++)
			if (e != EVENT(REFUSED))
				assert_true(meeting_recording_step(over[i], (enum meeting_recording_event)e).todo &
				    MEETING_RECORDING_DO_STOP);
	/* Asked to stop before LiveKit had answered: the answer brings the stop. */
	assert_int_equal(meeting_recording_step(STATE(PENDING), EVENT(STOP)).to, STATE(STOPPING));
	assert_true(meeting_recording_step(STATE(STOPPING), EVENT(ACCEPTED)).todo & MEETING_RECORDING_DO_STOP);
}

/*
 * Reports in any order, some lost, some twice, and then the truth (the end that ListEgress knows, the look at the
 * file): always the same state.
 */
static void
reports_in_any_order(void **state)
{
	static const enum meeting_recording_event reports[] = { EVENT(ACCEPTED), EVENT(STARTING), EVENT(ACTIVE),
		EVENT(STOP), EVENT(ENDING), EVENT(FILE), EVENT(NO_FILE), EVENT(LOST), EVENT(REFUSED) };
	enum { N = sizeof(reports) / sizeof(reports[0]) };

	(void)state;
	for (int round = 0; round < 100000; round++) {
		enum store_recording_state s = STATE(PENDING);
		unsigned char dice[16];

		base_random_fill(dice, sizeof(dice));
		for (size_t i = 0; i < dice[15] % 15u; i++)
			s = meeting_recording_step(s, reports[dice[i] % N]).to;
		assert_true(s != STATE(COMPLETED) && s != STATE(DELETING));
		s = meeting_recording_step(s, EVENT(FILE)).to;
		assert_int_equal(s, STATE(PROCESSING));
		assert_int_equal(meeting_recording_step(s, EVENT(BAD)).to, STATE(FAILED));
		s = meeting_recording_step(s, EVENT(GOOD)).to;
		assert_int_equal(s, STATE(COMPLETED));
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(meeting_recording_step(s, reports[dice[i] % N]).to, STATE(COMPLETED));
		s = meeting_recording_step(s, EVENT(DELETE)).to;
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(meeting_recording_step(s, reports[dice[i] % N]).to, STATE(DELETING));
	}
}

static int64_t
jobs(struct scratch *x, const char *type)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM jobs WHERE type='%s'", type);
	return scratch_number(x->path, sql);
}

/* One recording's whole way, with the jobs and the report that go with it. */
static void
applied(void **state)
{
	static const struct meeting_recording_news none = { 0 };
	struct scratch *x = *state;
	struct store_recording r = { .id = "a", .room_id = "r1", .room_name = "daily", .created_by = "u1",
		.egress_id = "", .type = "composite", .error = "", .file_url = "", .storage = "local",
		.object_key = "k", .file_name = "f.mp4", .layout = "", .preset = "", .stop_reason = "",
		.created_at = T0 }, out;
	struct meeting_recording_news news = { .egress_id = "EG_1" };
	unsigned todo = 99;

	scratch_exec(x->path, "INSERT INTO webhooks(id,name,url,secret,events,is_active,created_by) VALUES('w','a',"
	    "'https://a.example','s','[\"recording.completed\"]',1,'u1')");
	assert_err(ERR_ABSENT, meeting_recording_apply(x->s, &x->a, "a", EVENT(ACCEPTED), &none, T0, &out, &todo));
	assert_ok(store_recording_insert(x->s, &r));
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(ACCEPTED), &news, T0 + 1, &out, &todo));
	assert_int_equal(todo, 0);
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(ACTIVE), &none, T0 + 2, &out, &todo));
	assert_int_equal(todo, MEETING_RECORDING_DO_TELL);
	assert_true(out.started_at == T0 + 2);
	assert_err(ERR_CONFLICT, meeting_recording_apply(x->s, &x->a, "a", EVENT(DELETE), &none, T0 + 3, &out, &todo));
	news = (struct meeting_recording_news){ .stop_reason = "the room ended" };
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(STOP), &news, T0 + 4, &out, &todo));
	assert_int_equal(todo, MEETING_RECORDING_DO_STOP | MEETING_RECORDING_DO_TELL);
	news.stop_reason = "asked again";
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(STOP), &news, T0 + 4, &out, &todo));
	assert_string_equal(out.stop_reason, "the room ended");
	news = (struct meeting_recording_news){ .file_size = 1000, .duration_ms = 2000 };
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(FILE), &news, T0 + 5, &out, &todo));
	assert_int_equal(jobs(x, "process_recording"), 1);
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(FILE), &news, T0 + 5, &out, &todo));
	assert_int_equal(jobs(x, "process_recording"), 1);
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(GOOD), &none, T0 + 6, &out, &todo));
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(GOOD), &none, T0 + 7, &out, &todo));
	assert_true(out.completed_at == T0 + 6 && out.file_size == 1000 && out.duration_ms == 2000);
	assert_string_equal(out.egress_id, "EG_1");
	assert_int_equal(jobs(x, "dispatch_webhook"), 1);
	assert_ok(meeting_recording_apply(x->s, &x->a, "a", EVENT(DELETE), &none, T0 + 8, &out, &todo));
	assert_int_equal(jobs(x, "recording_delete"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cell), cmocka_unit_test(every_cell), cmocka_unit_test(nothing_runs_unseen),
		cmocka_unit_test(reports_in_any_order), NEW(applied),
	};

	return RUN(tests);
}

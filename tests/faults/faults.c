/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each request of tests/fixtures/requests/RESPONDER, with memory or the disk failing at every call, once and from
 * then on (the sums are printed). What may come of it: the right answer; or "try again" (503, or 502 where LiveKit
 * is asked) and a database as it was, or, where the disk didn't confirm it, wholly changed. Never a crash, never a
 * 500. Each route of the responder must have a request that it answers well.
 *
 * Requests counted by the rate limit don't count as a change: they were made. Nor does a recording that pends, whose
 * row stands there before LiveKit is asked: bedrud-worker asks what became of it, and ends it.
 */
#include "config.h"
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/limits.h"
#include "door/door.h"
#include "tests/house/disk.h"
#include "tests/house/house.h"
#include "tests/house/memory.h"

#ifndef FAULT_CASES /* `make analyze` */
#define FAULT_CASES "auth"
#define FAULT_STEP 2
#endif

/*
 * SLACK: blocks that libraries keep for the next time. A leak at one of a case's failing calls is more than that
 * over all of them.
 */
enum { MOST_CASES = 100, MOST_TEXT = 65536, SLACK = 20 };

static struct {
	char name[256], text[MOST_TEXT];
	size_t n;
	int status; /* when nothing fails */
} cases[MOST_CASES];
static size_t n_cases;
static long runs, refused, problems;
static sqlite3 *watch; /* the test's own look at the database */

#define SAY(...) (problems++, printf(__VA_ARGS__))

/* --- the cases --- */

static int
load(const char *folder)
{
	struct dirent *entry;
	char path[4400];
	DIR *d = opendir(folder);

	while (d != NULL && (entry = readdir(d)) != NULL && n_cases < MOST_CASES) {
		FILE *f;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		(void)snprintf(cases[n_cases].name, sizeof cases->name, "%s", entry->d_name);
		f = fopen(path, "rb");
		if (f == NULL)
			continue;
		cases[n_cases].n = fread(cases[n_cases].text, 1, MOST_TEXT, f);
		fclose(f);
		n_cases++;
	}
	if (d != NULL)
		closedir(d);
	return n_cases > 0;
}

static int
ask(size_t i)
{
	struct web_reply reply;
	int status;

	web_reply_init(&reply);
	house_request(cases[i].text, cases[i].n, &reply);
	/* The loop sends a 503 in place of a reply that memory did not suffice for. */
	status = reply.body.err != ERR_OK || reply.headers.err != ERR_OK ? 503 : reply.status;
	web_reply_free(&reply);
	return status;
}

/* --- what the database holds --- */

static uint64_t
mix(uint64_t h, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

static uint64_t
table(const char *name, uint64_t h)
{
	sqlite3_stmt *st = NULL;
	char sql[200];

	(void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"%s", name,
	    strcmp(name, "recordings") == 0 ? " WHERE status<>'pending'" :
	    strcmp(name, "recording_facts") == 0 ? " WHERE state<>'pending'" : "");
	if (sqlite3_prepare_v2(watch, sql, -1, &st, NULL) != SQLITE_OK)
		SAY("%s: %s\n", name, sqlite3_errmsg(watch));
	while (sqlite3_step(st) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			const unsigned char *text = sqlite3_column_text(st, i);

			h = mix(h, text == NULL ? (const unsigned char *)"" : text,
			    text == NULL ? 1 : strlen((const char *)text) + 1);
		}
	sqlite3_finalize(st);
	return h;
}

static void
look(void)
{
	if (watch == NULL && sqlite3_open(house_database(), &watch) != SQLITE_OK)
		abort();
}

static uint64_t
content(void)
{
	uint64_t h = UINT64_C(14695981039346656037);
	sqlite3_stmt *st = NULL;

	look();
	if (sqlite3_prepare_v2(watch,
		"SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' AND "
		"name<>'rate_limits'",
		-1, &st, NULL) != SQLITE_OK)
		abort();
	while (sqlite3_step(st) == SQLITE_ROW)
		h = table((const char *)sqlite3_column_text(st, 0), h);
	sqlite3_finalize(st);
	return h;
}

static void
afresh(void)
{
	if (watch != NULL)
		sqlite3_close(watch);
	watch = NULL;
	house_reset();
}

/* Sound, and nothing in it that can't be. */
static void
check_database(const char *name)
{
	static const char *const rules[] = {
	    "SELECT count(*)-1 FROM pragma_integrity_check WHERE integrity_check='ok'",
	    "SELECT count(*) FROM pragma_foreign_key_check",
	    "SELECT count(*) FROM seats WHERE room_id NOT IN (SELECT id FROM rooms)",
	    "SELECT count(*) FROM room_participants WHERE room_id NOT IN (SELECT id FROM rooms)",
	    "SELECT count(*) FROM sessions WHERE user_id NOT IN (SELECT id FROM users)",
	    "SELECT count(*) FROM (SELECT event_id FROM webhook_inbox GROUP BY event_id HAVING count(*)>1)",
	    "SELECT count(*) FROM (SELECT name FROM rooms WHERE is_active=1 GROUP BY name HAVING count(*)>1)",
	};

	look();
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		sqlite3_stmt *st = NULL;

		if (sqlite3_prepare_v2(watch, rules[i], -1, &st, NULL) != SQLITE_OK || sqlite3_step(st) != SQLITE_ROW ||
		    sqlite3_column_int(st, 0) != 0)
			SAY("%s: broken: %s (%s)\n", name, rules[i], sqlite3_errmsg(watch));
		sqlite3_finalize(st);
	}
}

/* --- one request, something failing --- */

static struct {
	int is_memory, rc, forever;
	enum disk_call call;
	int n;
	int fired;
} fault;

static void
arm(void)
{
	if (fault.is_memory)
		memory_fail((unsigned long)fault.n, fault.forever);
	else
		disk_fail(fault.call, fault.rc, fault.n, fault.forever);
}

static void
calm(void)
{
	fault.fired = fault.is_memory ? memory_calm() : disk_calm();
}

static void
judge(size_t i, int status, uint64_t before, uint64_t after)
{
	char what[100];

	if (status == cases[i].status)
		return;
	refused++;
	if (fault.is_memory)
		(void)snprintf(what, sizeof what, "allocation %d", fault.n);
	else
		(void)snprintf(what, sizeof what, "disk call %d/%d, answer %d", (int)fault.call, fault.n, fault.rc);
	if (status != 503 && status != 502)
		SAY("%s: %s fails%s: %d, not %d or 503\n", cases[i].name, what, fault.forever ? " for good" : "",
		    status, cases[i].status);
	/*
	 * Where SQLite still has memory it may commit before the reply finds none: as if the connection had broken.
	 * And a commit that the disk doesn't confirm is there, only not for certain (store_commit).
	 */
	else if (before != after && (fault.is_memory ? MEMORY_IS_WHOLE : fault.call != DISK_SYNC))
		SAY("%s: %s fails%s: %d, but the database has changed\n", cases[i].name, what,
		    fault.forever ? " for good" : "", status);
}

/* n = 1, 2, 3 … until nothing fails. step > 1 leaves some of the later ones out. */
static void
every(size_t i, int step, int most)
{
	uint64_t before, after;
	long blocks;
	int status;

	afresh();
	(void)ask(i); /* what is done once in a process is done */
	afresh();
	blocks = memory_blocks();
	before = content();
	for (fault.n = 1; fault.n <= most; fault.n += fault.n < 4 ? 1 : step) {
		house_hooks(arm, calm);
		status = ask(i);
		house_hooks(NULL, NULL);
		runs++;
		after = content();
		if (!fault.fired && status != cases[i].status)
			SAY("%s: %d without a fault, not %d\n", cases[i].name, status, cases[i].status);
		if (fault.fired)
			judge(i, status, before, after);
		if (!fault.fired)
			break;
		/* A sync that failed makes the process refuse durable writes until its last connection is closed. */
		if (after != before || !fault.is_memory) {
			check_database(cases[i].name);
			afresh();
		}
	}
	check_database(cases[i].name);
	afresh();
	blocks = memory_blocks() - blocks;
	if (blocks > SLACK || blocks < -SLACK)
		SAY("%s: %ld blocks of memory more than before\n", cases[i].name, blocks);
	/* The same process goes on well. */
	status = ask(i);
	if (status != cases[i].status)
		SAY("%s: afterwards %d, not %d\n", cases[i].name, status, cases[i].status);
}

static void
memory_of(size_t i, int step)
{
#ifdef __SANITIZE_ADDRESS__
	const int most = 120; /* memory_calm() can't say where the end is */
#else
	const int most = 20000;
#endif
	fault.is_memory = 1;
	for (fault.forever = 0; fault.forever <= 1; fault.forever++)
		every(i, step, most);
	fault.is_memory = 0;
}

static void
disk_of(size_t i, int step)
{
	static const int answers[] = {SQLITE_IOERR_WRITE, SQLITE_FULL, SQLITE_BUSY};

	for (fault.call = 0; fault.call < DISK_CALLS; fault.call++)
		for (size_t a = 0; a < 3; a++) {
			int is_lock = fault.call == DISK_LOCK || fault.call == DISK_SHM_LOCK;

			if ((answers[a] == SQLITE_BUSY && !is_lock) ||
			    (answers[a] == SQLITE_FULL && fault.call != DISK_WRITE))
				continue;
			fault.rc = answers[a];
			fault.forever = 0;
			every(i, step, 2000);
			/* Busy for good costs the whole patience of a request: that is tests/system/test_store.py's. */
			if (answers[a] == SQLITE_BUSY)
				continue;
			fault.forever = 1;
			every(i, step, 2000);
		}
}

/* --- all of them --- */

static int
within(void)
{
	const char *route, *wants_all = getenv("BEDRUD_TEST_LONG");
	int step = wants_all != NULL ? 1 : FAULT_STEP;

	for (size_t i = 0; i < n_cases; i++) {
		afresh();
		cases[i].status = ask(i);
		if (cases[i].status >= 500 && cases[i].status != 502)
			SAY("%s: %d without a fault\n", cases[i].name, cases[i].status);
	}
	while ((route = house_unasked()) != NULL)
		SAY("no request in tests/fixtures/requests succeeds on %s\n", route);
	for (size_t i = 0; i < n_cases; i++) {
		memory_of(i, step);
		disk_of(i, step);
	}
	if (watch != NULL)
		sqlite3_close(watch);
	printf("%zu requests, %ld runs, %ld refused, %ld problems\n", n_cases, runs, refused, problems);
	return 0;
}

int
main(void)
{
	const char *fixtures = getenv("BEDRUD_FIXTURES");
	char folder[4096];

	(void)snprintf(
	    folder, sizeof folder, "%s/requests/%s", fixtures == NULL ? "tests/fixtures" : fixtures, FAULT_CASES);
	if (!load(folder)) {
		printf("no requests in %s\n", folder);
		return 1;
	}
	if (disk_install() != SQLITE_OK || house_run(within) != 0)
		return 1;
	return problems > 0;
}

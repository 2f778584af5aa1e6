/* SPDX-License-Identifier: Apache-2.0 */
/* Who may enter, row by row, then every combination of facts against a second, plain telling of the rules. */
#include "tests/unit/unit.h"

#include <dirent.h>

#include "meeting/join.h"

/* The two rooms and the facts that a row starts from. */
static struct store_room
room(int is_public)
{
	return (struct store_room){ .id = "r", .name = "daily", .created_by = "owner", .admin_id = "owner",
		.mode = "standard", .is_active = 1, .is_public = is_public, .allow_chat = 1, .allow_video = 1,
		.allow_audio = 1 };
}

typedef enum meeting_verdict judge(const struct meeting_facts *f);

static const struct {
	const char *what;
	judge *judge;
	const char *caller;
	int exists, active, public, approval, member, banned, others, max, guests_off;
	enum meeting_verdict expected;
} cases[] = {
	/* R2                                          ex ac pu ap me ba ot mx go */
	{ "no room", meeting_join_account, "u",         0, 0, 0, 0, 0, 0, 0, 0, 0, MEETING_NO_ROOM },
	{ "own, ended", meeting_join_account, "owner",  1, 0, 0, 0, 0, 0, 0, 0, 0, MEETING_ARCHIVED_OWNED },
	{ "own, ended, banned", meeting_join_account, "owner",
	                                                1, 0, 1, 0, 0, 1, 9, 1, 0, MEETING_ARCHIVED_OWNED },
	{ "ended", meeting_join_account, "u",           1, 0, 1, 0, 1, 1, 9, 1, 0, MEETING_ENDED },
	{ "private, approval", meeting_join_account, "u", 1, 1, 0, 1, 0, 1, 9, 1, 0, MEETING_NEEDS_APPROVAL },
	{ "private", meeting_join_account, "u",         1, 1, 0, 0, 0, 1, 9, 1, 0, MEETING_PRIVATE },
	{ "private, member", meeting_join_account, "u", 1, 1, 0, 0, 1, 0, 0, 0, 0, MEETING_ADMIT },
	{ "private, approval, member", meeting_join_account, "u", 1, 1, 0, 1, 1, 0, 0, 0, 0, MEETING_ADMIT },
	{ "private, own", meeting_join_account, "owner", 1, 1, 0, 1, 0, 0, 0, 0, 0, MEETING_ADMIT },
	{ "full before banned", meeting_join_account, "u", 1, 1, 1, 0, 0, 1, 2, 2, 0, MEETING_FULL },
	{ "full, own", meeting_join_account, "owner",   1, 1, 1, 0, 0, 0, 2, 2, 0, MEETING_FULL },
	{ "counted already", meeting_join_account, "u", 1, 1, 1, 0, 1, 0, 1, 2, 0, MEETING_ADMIT },
	{ "alone, limit 1", meeting_join_account, "owner", 1, 1, 1, 0, 0, 0, 0, 1, 0, MEETING_ADMIT },
	{ "no limit", meeting_join_account, "u",        1, 1, 1, 0, 0, 0, 999, 0, 0, MEETING_ADMIT },
	{ "banned", meeting_join_account, "u",          1, 1, 1, 0, 0, 1, 0, 2, 0, MEETING_BANNED },
	{ "guests off is of no concern", meeting_join_account, "u", 1, 1, 1, 0, 0, 0, 0, 0, 1, MEETING_ADMIT },
	{ "public asks no approval", meeting_join_account, "u", 1, 1, 1, 1, 0, 0, 0, 0, 0, MEETING_ADMIT },
	/* R3 */
	{ "guests off first", meeting_join_guest, "g",  0, 0, 0, 0, 0, 0, 0, 0, 1, MEETING_GUESTS_OFF },
	{ "no room", meeting_join_guest, "g",           0, 0, 0, 0, 0, 0, 0, 0, 0, MEETING_NO_ROOM },
	{ "private before ended", meeting_join_guest, "g", 1, 0, 0, 0, 0, 0, 0, 0, 0, MEETING_PRIVATE },
	{ "private to a member too", meeting_join_guest, "g", 1, 1, 0, 1, 1, 0, 0, 0, 0, MEETING_PRIVATE },
	{ "ended", meeting_join_guest, "g",             1, 0, 1, 0, 0, 1, 0, 0, 0, MEETING_ENDED },
	{ "banned before full", meeting_join_guest, "g", 1, 1, 1, 0, 0, 1, 2, 2, 0, MEETING_BANNED },
	{ "full", meeting_join_guest, "g",              1, 1, 1, 0, 0, 0, 2, 2, 0, MEETING_FULL },
	{ "guest", meeting_join_guest, "g",             1, 1, 1, 0, 0, 0, 1, 2, 0, MEETING_ADMIT },
	/* R4 */
	{ "no room", meeting_join_check, "",            0, 0, 0, 0, 0, 0, 0, 0, 0, MEETING_NO_ROOM },
	{ "ended before private", meeting_join_check, "", 1, 0, 0, 0, 0, 0, 9, 1, 0, MEETING_ENDED },
	{ "private before full", meeting_join_check, "", 1, 1, 0, 0, 0, 0, 9, 1, 0, MEETING_PRIVATE },
	{ "full", meeting_join_check, "",               1, 1, 1, 0, 0, 0, 1, 1, 0, MEETING_FULL },
	{ "no limit is never full", meeting_join_check, "", 1, 1, 1, 0, 0, 0, 0, 0, 0, MEETING_ADMIT },
	/* R5 */
	{ "no room", meeting_join_refresh, "u",         0, 0, 0, 0, 0, 0, 0, 0, 0, MEETING_NO_ROOM },
	{ "own, ended", meeting_join_refresh, "owner",  1, 0, 1, 0, 0, 1, 0, 0, 0, MEETING_ENDED },
	{ "banned before private", meeting_join_refresh, "u", 1, 1, 0, 0, 0, 1, 0, 0, 0, MEETING_BANNED },
	{ "private", meeting_join_refresh, "u",         1, 1, 0, 1, 0, 0, 0, 0, 0, MEETING_PRIVATE },
	{ "private, member", meeting_join_refresh, "u", 1, 1, 0, 0, 1, 0, 9, 1, 0, MEETING_ADMIT },
	{ "private, own", meeting_join_refresh, "owner", 1, 1, 0, 0, 0, 0, 9, 1, 0, MEETING_ADMIT },
	{ "public", meeting_join_refresh, "u",          1, 1, 1, 0, 0, 0, 9, 1, 0, MEETING_ADMIT },
};

static void
rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_room r = room(cases[i].public);
		struct meeting_facts f = { cases[i].exists ? &r : NULL, cases[i].caller, cases[i].member,
			cases[i].banned, cases[i].others, cases[i].guests_off };
		enum meeting_verdict v;

		r.is_active = cases[i].active;
		r.require_approval = cases[i].approval;
		r.max_participants = cases[i].max;
		if ((v = cases[i].judge(&f)) != cases[i].expected)
			fail_msg("row %zu, %s: %d, not %d", i, cases[i].what, (int)v, (int)cases[i].expected);
	}
}

/* The first condition of a list that holds. */
struct rule {
	int holds;
	enum meeting_verdict then;
};

static enum meeting_verdict
first(const struct rule *rules)
{
	while (!rules->holds)
		rules++;
	return rules->then;
}

static void
every_combination(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 1u << 9; bits++) {
		int owner = bits & 1, active = bits >> 1 & 1, public = bits >> 2 & 1, approval = bits >> 3 & 1;
		int member = bits >> 4 & 1, banned = bits >> 5 & 1, full = bits >> 6 & 1, off = bits >> 7 & 1;
		int exists = bits >> 8 & 1;
		struct store_room r = room(public);
		struct meeting_facts f = { exists ? &r : NULL, owner ? "owner" : "u", member, banned, full ? 3 : 2,
			off };
		int out = !public && !owner && !member;
		const struct rule account[] = { { !exists, MEETING_NO_ROOM },
			{ !active && owner, MEETING_ARCHIVED_OWNED }, { !active, MEETING_ENDED },
			{ out && approval, MEETING_NEEDS_APPROVAL }, { out, MEETING_PRIVATE },
			{ full, MEETING_FULL }, { banned, MEETING_BANNED }, { 1, MEETING_ADMIT } };
		const struct rule guest[] = { { off, MEETING_GUESTS_OFF }, { !exists, MEETING_NO_ROOM },
			{ !public, MEETING_PRIVATE }, { !active, MEETING_ENDED }, { banned, MEETING_BANNED },
			{ full, MEETING_FULL }, { 1, MEETING_ADMIT } };
		const struct rule check[] = { { !exists, MEETING_NO_ROOM }, { !active, MEETING_ENDED },
			{ !public, MEETING_PRIVATE }, { full, MEETING_FULL }, { 1, MEETING_ADMIT } };
		const struct rule refresh[] = { { !exists, MEETING_NO_ROOM }, { !active, MEETING_ENDED },
			{ banned, MEETING_BANNED }, { out, MEETING_PRIVATE }, { 1, MEETING_ADMIT } };

		r.is_active = active;
		r.require_approval = approval;
		r.max_participants = 3;
		assert_int_equal(meeting_join_account(&f), first(account));
		assert_int_equal(meeting_join_guest(&f), first(guest));
		assert_int_equal(meeting_join_check(&f), first(check));
		assert_int_equal(meeting_join_refresh(&f), first(refresh));
	}
}

static const char *const match_words[] = { "full", "private", "banned", "approval" };

static void
each_text_has_its_match_word_and_no_other(void **state)
{
	static const struct {
		enum meeting_verdict verdict;
		enum err kind;
		const char *word;
	} table[] = {
		{ MEETING_ADMIT, ERR_OK, "" }, { MEETING_ARCHIVED_OWNED, ERR_OK, "" },
		{ MEETING_NO_ROOM, ERR_ABSENT, "" }, { MEETING_ENDED, ERR_GONE, "" },
		{ MEETING_PRIVATE, ERR_DENIED, "private" },
		{ MEETING_NEEDS_APPROVAL, ERR_DENIED, "approval" }, { MEETING_FULL, ERR_DENIED, "full" },
		{ MEETING_BANNED, ERR_DENIED, "banned" }, { MEETING_GUESTS_OFF, ERR_DENIED, "" },
	};

	(void)state;
	assert_int_equal(sizeof(table) / sizeof(table[0]), MEETING__MAX);
	for (size_t i = 0; i < MEETING__MAX; i++) {
		const char *text;

		assert_int_equal(table[i].verdict, i);
		assert_err(table[i].kind, meeting_join_error(table[i].verdict, &text));
		assert_int_equal(table[i].kind == ERR_OK, *text == '\0');
		for (size_t w = 0; w < sizeof(match_words) / sizeof(match_words[0]); w++)
			assert_int_equal(strcasestr(text, match_words[w]) != NULL,
			    strcmp(table[i].word, match_words[w]) == 0);
	}
}

/* The string literals of a C line that are shown to somebody: fails when one holds a match word. */
static void
check_line(const char *path, int number, const char *line)
{
	const char *p = strstr(line, "door_fail(") != NULL || strspn(line, " \t\"") > 1 ? strchr(line, '"') : NULL;

	for (; p != NULL && *p == '"'; p = strchr(p, '"')) {
		size_t n = strcspn(++p, "\"");
		char text[500];

		snprintf(text, sizeof(text), "%.*s", (int)n, p);
		p += n + (p[n] == '"');
		for (size_t w = 0; w < sizeof(match_words) / sizeof(match_words[0]); w++)
			if (strcasestr(text, match_words[w]) != NULL && strchr(text, ' ') != NULL)
				fail_msg("%s:%d: \"%s\" has the match word %s", path, number, text, match_words[w]);
	}
}

static int
check_folder(const char *folder)
{
	char path[2000], line[1000];
	struct dirent *entry;
	int files = 0;
	DIR *d = opendir(folder);

	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL) {
		const char *dot = strrchr(entry->d_name, '.');
		FILE *f;

		if (dot == NULL || strcmp(dot, ".c") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		f = fopen(path, "r");
		assert_non_null(f);
		for (int n = 1; fgets(line, sizeof(line), f) != NULL; n++)
			check_line(path, n, line);
		fclose(f);
		files++;
	}
	closedir(d);
	return files;
}

static void
no_other_text_has_a_match_word(void **state)
{
	static const char *const folders[] = { "cgi/join", "cgi/room", "cgi/webhook", "common/door" };
	char folder[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(folder, sizeof(folder), "%s/../../%s", getenv("BEDRUD_FIXTURES"), folders[i]);
		assert_true(check_folder(folder) >= 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(every_combination),
		cmocka_unit_test(each_text_has_its_match_word_and_no_other),
		cmocka_unit_test(no_other_text_has_a_match_word),
	};

	return RUN(tests);
}

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

enum {
	ENDED = 1, CLOSED = 2 /* private */, APPROVAL = 4, MEMBER = 8, BANNED = 16, FULL = 32, GUESTS_OFF = 64,
	ABSENT = 128, SUSPENDED = 256, INVITED = 512, KICKED = 1024, NETWORK = 2048, BITS = 4096
};

/* The facts that a set of bits stands for; the room goes to r. */
static struct meeting_facts
facts(unsigned bits, enum meeting_role role, struct store_room *r)
{
	struct meeting_facts f = { .room = bits & ABSENT ? NULL : r, .caller = role == MEETING_OWNER ? "owner" : "u",
		.role = role, .is_member = (bits & MEMBER) != 0, .is_banned = (bits & BANNED) != 0,
		.others = bits & FULL ? 3 : 2, .guests_off = (bits & GUESTS_OFF) != 0,
		.is_invited = (bits & INVITED) != 0, .is_kicked = (bits & KICKED) != 0,
		.network_banned = (bits & NETWORK) != 0 };

	*r = room((bits & CLOSED) == 0);
	r->is_active = (bits & (ENDED | SUSPENDED)) == 0;
	r->is_suspended = (bits & SUSPENDED) != 0;
	r->require_approval = (bits & APPROVAL) != 0;
	r->max_participants = 3;
	return f;
}

#define P MEETING_PARTICIPANT
#define M MEETING_MODERATOR
#define O MEETING_OWNER
#define S MEETING_SUPERADMIN
static const struct {
	meeting_join_judge *judge;
	enum meeting_role role;
	unsigned bits;
	enum meeting_verdict expected;
} cases[] = {
	/* R2 */
	{ meeting_join_account, P, 0, MEETING_ADMIT },
	{ meeting_join_account, P, ABSENT, MEETING_NO_ROOM },
	{ meeting_join_account, O, ENDED, MEETING_ARCHIVED_OWNED },
	{ meeting_join_account, O, ENDED | BANNED | FULL, MEETING_ARCHIVED_OWNED },
	{ meeting_join_account, P, ENDED | MEMBER | BANNED | FULL, MEETING_ENDED },
	{ meeting_join_account, M, ENDED, MEETING_ENDED },
	{ meeting_join_account, S, ENDED, MEETING_ENDED },
	{ meeting_join_account, P, SUSPENDED, MEETING_SUSPENDED },
	{ meeting_join_account, O, SUSPENDED, MEETING_SUSPENDED },
	{ meeting_join_account, S, SUSPENDED | BANNED, MEETING_SUSPENDED },
	{ meeting_join_account, P, CLOSED | APPROVAL | BANNED | FULL, MEETING_NEEDS_APPROVAL },
	{ meeting_join_account, P, CLOSED | BANNED | FULL, MEETING_PRIVATE },
	{ meeting_join_account, P, APPROVAL | FULL, MEETING_NEEDS_APPROVAL },
	{ meeting_join_account, P, CLOSED | MEMBER, MEETING_ADMIT },
	{ meeting_join_account, P, APPROVAL | MEMBER, MEETING_ADMIT },
	{ meeting_join_account, P, CLOSED | APPROVAL | MEMBER, MEETING_ADMIT },
	{ meeting_join_account, P, CLOSED | APPROVAL | INVITED, MEETING_ADMIT },
	{ meeting_join_account, P, CLOSED | INVITED | FULL, MEETING_FULL },
	{ meeting_join_account, P, CLOSED | INVITED | BANNED, MEETING_BANNED },
	{ meeting_join_account, P, FULL | BANNED, MEETING_FULL },
	{ meeting_join_account, P, BANNED, MEETING_BANNED },
	{ meeting_join_account, P, GUESTS_OFF, MEETING_ADMIT },
	{ meeting_join_account, P, KICKED, MEETING_KICKED },
	{ meeting_join_account, P, KICKED | CLOSED | FULL, MEETING_KICKED },
	{ meeting_join_account, P, KICKED | BANNED, MEETING_BANNED },
	{ meeting_join_account, P, NETWORK, MEETING_NETWORK_BANNED },
	{ meeting_join_account, O, CLOSED | APPROVAL | FULL, MEETING_ADMIT },
	{ meeting_join_account, M, CLOSED | APPROVAL | FULL, MEETING_ADMIT },
	{ meeting_join_account, S, CLOSED | APPROVAL | FULL, MEETING_ADMIT },
	{ meeting_join_account, M, BANNED, MEETING_BANNED },
	{ meeting_join_account, M, KICKED, MEETING_KICKED },
	{ meeting_join_account, S, KICKED, MEETING_KICKED },
	/* R3 */
	{ meeting_join_guest, P, 0, MEETING_ADMIT },
	{ meeting_join_guest, P, GUESTS_OFF | ABSENT, MEETING_GUESTS_OFF },
	{ meeting_join_guest, P, ABSENT, MEETING_NO_ROOM },
	{ meeting_join_guest, P, CLOSED | ENDED, MEETING_PRIVATE },
	{ meeting_join_guest, P, CLOSED | SUSPENDED, MEETING_SUSPENDED },
	{ meeting_join_guest, P, ENDED | BANNED, MEETING_ENDED },
	{ meeting_join_guest, P, ENDED | APPROVAL, MEETING_ENDED },
	{ meeting_join_guest, P, CLOSED | BANNED, MEETING_PRIVATE },
	{ meeting_join_guest, P, APPROVAL | BANNED, MEETING_NEEDS_APPROVAL },
	{ meeting_join_guest, P, CLOSED | MEMBER, MEETING_ADMIT },
	{ meeting_join_guest, P, APPROVAL | INVITED, MEETING_ADMIT },
	{ meeting_join_guest, P, BANNED | FULL, MEETING_BANNED },
	{ meeting_join_guest, P, NETWORK | FULL, MEETING_NETWORK_BANNED },
	{ meeting_join_guest, P, NETWORK | BANNED, MEETING_BANNED },
	{ meeting_join_guest, P, KICKED | CLOSED, MEETING_KICKED },
	{ meeting_join_guest, P, KICKED | NETWORK, MEETING_NETWORK_BANNED },
	{ meeting_join_guest, P, FULL, MEETING_FULL },
	{ meeting_join_guest, M, FULL | CLOSED | APPROVAL, MEETING_ADMIT },
	/* R4 */
	{ meeting_join_check, P, ABSENT, MEETING_NO_ROOM },
	{ meeting_join_check, P, SUSPENDED | CLOSED, MEETING_SUSPENDED },
	{ meeting_join_check, P, ENDED | CLOSED | FULL, MEETING_ENDED },
	{ meeting_join_check, P, CLOSED | FULL, MEETING_PRIVATE },
	{ meeting_join_check, P, FULL, MEETING_FULL },
	{ meeting_join_check, P, APPROVAL, MEETING_ADMIT },
	/* R5 */
	{ meeting_join_refresh, P, ABSENT, MEETING_NO_ROOM },
	{ meeting_join_refresh, O, SUSPENDED, MEETING_SUSPENDED },
	{ meeting_join_refresh, O, ENDED | BANNED, MEETING_ENDED },
	{ meeting_join_refresh, P, CLOSED | BANNED | KICKED, MEETING_BANNED },
	{ meeting_join_refresh, P, CLOSED | KICKED, MEETING_KICKED },
	{ meeting_join_refresh, P, CLOSED, MEETING_PRIVATE },
	{ meeting_join_refresh, P, APPROVAL, MEETING_NEEDS_APPROVAL },
	{ meeting_join_refresh, P, CLOSED | MEMBER | FULL, MEETING_ADMIT },
	{ meeting_join_refresh, M, CLOSED | APPROVAL | FULL, MEETING_ADMIT },
	{ meeting_join_refresh, P, FULL, MEETING_ADMIT },
	{ meeting_join_refresh, P, GUESTS_OFF, MEETING_ADMIT },
	/* the knock */
	{ meeting_join_knock, P, GUESTS_OFF | ABSENT, MEETING_GUESTS_OFF },
	{ meeting_join_knock, P, CLOSED | FULL, MEETING_PRIVATE },
	{ meeting_join_knock, P, CLOSED | BANNED, MEETING_BANNED },
	{ meeting_join_knock, P, APPROVAL | KICKED, MEETING_KICKED },
	{ meeting_join_knock, P, APPROVAL | NETWORK, MEETING_NETWORK_BANNED },
	{ meeting_join_knock, P, APPROVAL | INVITED | FULL, MEETING_ADMIT },
};

static void
rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_room r;
		struct meeting_facts f = facts(cases[i].bits, cases[i].role, &r);
		enum meeting_verdict v = cases[i].judge(&f);

		if (v != cases[i].expected)
			fail_msg("row %zu: %d, not %d", i, (int)v, (int)cases[i].expected);
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
combination(unsigned bits, enum meeting_role role)
{
	struct store_room r;
	struct meeting_facts f = facts(bits, role, &r);
	int ended = bits & ENDED, out = role == P && (bits & (MEMBER | INVITED)) == 0;
	int full = role == P && bits & FULL, off = bits & GUESTS_OFF, banned = bits & BANNED, network = bits & NETWORK;
	int kicked = bits & KICKED && !banned && !network, approval = out && bits & APPROVAL;
	int private = out && bits & CLOSED;
	const struct rule account[] = { { bits & ABSENT, MEETING_NO_ROOM }, { bits & SUSPENDED, MEETING_SUSPENDED },
		{ ended && role == O, MEETING_ARCHIVED_OWNED }, { ended, MEETING_ENDED }, { kicked, MEETING_KICKED },
		{ approval, MEETING_NEEDS_APPROVAL }, { private, MEETING_PRIVATE }, { full, MEETING_FULL },
		{ banned, MEETING_BANNED }, { network, MEETING_NETWORK_BANNED }, { 1, MEETING_ADMIT } };
	const struct rule guest[] = { { off, MEETING_GUESTS_OFF }, { bits & ABSENT, MEETING_NO_ROOM },
		{ bits & SUSPENDED, MEETING_SUSPENDED }, { ended && bits & CLOSED, MEETING_PRIVATE },
		{ ended, MEETING_ENDED }, { kicked, MEETING_KICKED }, { approval, MEETING_NEEDS_APPROVAL },
		{ private, MEETING_PRIVATE }, { banned, MEETING_BANNED }, { network, MEETING_NETWORK_BANNED },
		{ full, MEETING_FULL }, { 1, MEETING_ADMIT } };
	const struct rule check[] = { { bits & ABSENT, MEETING_NO_ROOM }, { bits & SUSPENDED, MEETING_SUSPENDED },
		{ ended, MEETING_ENDED }, { bits & CLOSED, MEETING_PRIVATE }, { full, MEETING_FULL },
		{ 1, MEETING_ADMIT } };
	const struct rule refresh[] = { { bits & ABSENT, MEETING_NO_ROOM }, { bits & SUSPENDED, MEETING_SUSPENDED },
		{ ended, MEETING_ENDED }, { banned, MEETING_BANNED }, { network, MEETING_NETWORK_BANNED },
		{ kicked, MEETING_KICKED }, { approval, MEETING_NEEDS_APPROVAL }, { private, MEETING_PRIVATE },
		{ 1, MEETING_ADMIT } };

	assert_int_equal(meeting_join_account(&f), first(account));
	assert_int_equal(meeting_join_guest(&f), first(guest));
	assert_int_equal(meeting_join_check(&f), first(check));
	assert_int_equal(meeting_join_refresh(&f), first(refresh));
	assert_int_equal(meeting_join_knock(&f), off ? MEETING_GUESTS_OFF : first(refresh));
}

static void
every_combination(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < BITS; bits++)
		for (int role = MEETING_PARTICIPANT; role <= MEETING_SUPERADMIN; role++)
			combination(bits, (enum meeting_role)role);
}

/* maxParticipants 0 is never full, and who is counted already comes back. */
static void
the_limit(void **state)
{
	struct store_room r;
	struct meeting_facts f = facts(FULL, MEETING_PARTICIPANT, &r);

	(void)state;
	r.max_participants = 0;
	f.others = 999;
	assert_int_equal(meeting_join_account(&f), MEETING_ADMIT);
	assert_int_equal(meeting_join_check(&f), MEETING_ADMIT);
	r.max_participants = 1;
	f.others = 0;
	assert_int_equal(meeting_join_account(&f), MEETING_ADMIT);
	assert_int_equal(meeting_join_livekit_limit(0, 1000), 0);
	assert_true(meeting_join_livekit_limit(1, 1000) > 1000);	/* it may be raised */
	assert_true(meeting_join_livekit_limit(2000, 1000) > 2000);
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
		{ MEETING_NO_ROOM, ERR_ABSENT, "" }, { MEETING_SUSPENDED, ERR_DENIED, "" },
		{ MEETING_ENDED, ERR_GONE, "" }, { MEETING_KICKED, ERR_DENIED, "" },
		{ MEETING_PRIVATE, ERR_DENIED, "private" },
		{ MEETING_NEEDS_APPROVAL, ERR_DENIED, "approval" },
		{ MEETING_INVITATION_VOID, ERR_DENIED, "approval" }, { MEETING_FULL, ERR_DENIED, "full" },
		{ MEETING_BANNED, ERR_DENIED, "banned" }, { MEETING_NETWORK_BANNED, ERR_DENIED, "banned" },
		{ MEETING_GUESTS_OFF, ERR_DENIED, "" },
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
		cmocka_unit_test(the_limit),
		cmocka_unit_test(each_text_has_its_match_word_and_no_other),
		cmocka_unit_test(no_other_text_has_a_match_word),
	};

	return RUN(tests);
}

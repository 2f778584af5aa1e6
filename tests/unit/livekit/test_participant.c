/* SPDX-License-Identifier: Apache-2.0 */
/* ParticipantInfo in both spellings: what LiveKit says somebody may do, and what they write about themselves. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "livekit/participant.h"

static struct base_arena a;

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&a, 1u << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	base_arena_free(&a);
	return 0;
}

static enum err
read_text(const char *text, struct livekit_participant *p)
{
	json_object *o;

	assert_ok(base_json_object_lax(&a, text, strlen(text), &o));
	return livekit_participant_read(&a, o, p);
}

static void
permissions(void **state)
{
	static const struct {
		const char *permission;
		struct livekit_grant g;		/* sources data subscribe metadata hidden */
	} rows[] = {
		{ "{}", { 0, 0, 0, 0, 0 } },
		/* As a recorded webhook has it. */
		{ "{\"canSubscribe\":true, \"canPublish\":true, \"canPublishData\":true}",
		    { LIVEKIT_ALL_SOURCES, 1, 1, 0, 0 } },
		{ "{\"can_publish\":true,\"can_publish_sources\":[],\"can_update_metadata\":true}",
		    { LIVEKIT_ALL_SOURCES, 0, 0, 1, 0 } },
		{ "{\"canPublish\":true,\"canPublishSources\":[\"MICROPHONE\",\"SCREEN_SHARE_AUDIO\"]}",
		    { LIVEKIT_MICROPHONE | LIVEKIT_SCREEN_SHARE_AUDIO, 0, 0, 0, 0 } },
		{ "{\"can_publish\":true,\"can_publish_sources\":[1,3],\"hidden\":true}",
		    { LIVEKIT_CAMERA | LIVEKIT_SCREEN_SHARE, 0, 0, 0, 1 } },
		/* A source of a later version is none that we know, and not all of them. */
		{ "{\"canPublish\":true,\"canPublishSources\":[\"HOLOGRAM\",99]}", { 0, 0, 0, 0, 0 } },
		/* Without canPublish the list means nothing. */
		{ "{\"canPublishSources\":[\"CAMERA\"],\"canPublishData\":true}", { 0, 1, 0, 0, 0 } },
	};
	struct livekit_participant p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_ok(read_text(base_arena_printf(&a, "{\"permission\":%s}", rows[i].permission), &p));
		if (!p.has_permission || !livekit_token_grant_equal(&p.permission, &rows[i].g))
			fail_msg("row %zu: %s", i, rows[i].permission);
	}
	assert_ok(read_text("{\"identity\":\"u\"}", &p));
	assert_int_equal(p.has_permission, 0);
}

/* Every right counts, and by its truth, not by its number. */
static void
grants_differ_in_anything(void **state)
{
	static const struct livekit_grant g = { 5, 1, 1, 1, 1 }, same = { 5, 2, 1, 1, 1 }, others[] = {
		{ 4, 1, 1, 1, 1 }, { 5, 0, 1, 1, 1 }, { 5, 1, 0, 1, 1 }, { 5, 1, 1, 0, 1 }, { 5, 1, 1, 1, 0 } };

	(void)state;
	assert_true(livekit_token_grant_equal(&g, &same));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(livekit_token_grant_equal(&g, &others[i]));
}

static void
all_of_one(void **state)
{
	struct livekit_participant p;

	(void)state;
	assert_ok(read_text("{\"sid\":\"PA_1\",\"identity\":\"ann\",\"state\":\"ACTIVE\",\"name\":\"Ann\","
	    "\"metadata\":\"{}\",\"joined_at\":\"5\",\"joined_at_ms\":\"5001\",\"attributes\":{\"bedrud.admission\":"
	    "\"ad\"},\"tracks\":[{\"sid\":\"TR_a\",\"source\":\"MICROPHONE\",\"muted\":true},{\"sid\":\"TR_v\","
	    "\"type\":\"VIDEO\",\"source\":1}]}", &p));
	assert_string_equal(p.sid, "PA_1");
	assert_string_equal(p.identity, "ann");
	assert_string_equal(p.name, "Ann");
	assert_string_equal(p.metadata, "{}");
	assert_string_equal(p.admission, "ad");
	assert_int_equal(p.state, LIVEKIT_ACTIVE);
	assert_int_equal(p.joined_at, INT64_C(5001000000));
	assert_int_equal(p.is_person, 1);
	assert_int_equal(p.n_tracks, 2);
	assert_string_equal(p.tracks[0].sid, "TR_a");
	assert_int_equal(p.tracks[0].source, LIVEKIT_MICROPHONE);
	assert_true(p.tracks[0].is_audio && p.tracks[0].is_muted);
	assert_int_equal(p.tracks[1].source, LIVEKIT_CAMERA);
	assert_false(p.tracks[1].is_audio || p.tracks[1].is_muted);
}

static void
what_they_say_of_themselves_hides_nobody(void **state)
{
	struct livekit_participant p;

	(void)state;
	assert_ok(read_text("{\"identity\":\"u\",\"name\":\"a\\u0000b\",\"metadata\":\"\\u0000\"}", &p));
	assert_string_equal(p.identity, "u");
	assert_string_equal(p.name, "");
	assert_string_equal(p.metadata, "");
	assert_ok(read_text("{\"identity\":\"u\",\"kind\":\"ROBOT\",\"state\":\"ASLEEP\"}", &p));
	assert_int_equal(p.is_person + p.is_recorder, 0);
	assert_int_equal(p.state, -1);
}

static void
wrong_types_are_refused(void **state)
{
	static const char *const texts[] = { "{\"identity\":7}", "{\"kind\":[]}", "{\"state\":{}}", "{\"tracks\":{}}",
		"{\"tracks\":[7]}", "{\"tracks\":[{\"source\":[]}]}", "{\"permission\":true}",
		"{\"permission\":{\"canPublish\":1}}",
		"{\"permission\":{\"canPublish\":true,\"canPublishSources\":\"CAMERA\"}}" };
	struct livekit_participant p;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (read_text(texts[i], &p) != ERR_INPUT)
			fail_msg("%s was not refused", texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permissions),
		cmocka_unit_test(grants_differ_in_anything),
		cmocka_unit_test(all_of_one),
		cmocka_unit_test(what_they_say_of_themselves_hides_nobody),
		cmocka_unit_test(wrong_types_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

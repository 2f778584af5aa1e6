/* SPDX-License-Identifier: Apache-2.0 */
/* The webhooks of a real call (livekit-server 1.13.5) and of recordings; signatures are judged at their time. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "livekit/event.h"

#define SECRET "secretsecretsecretsecretsecretsecret"
#define THEN INT64_C(1795414480)	/* s, during the recorded call */

static struct base_jwt_key *key;
static struct base_arena a;

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&a, 32u << 20);
	return base_jwt_key_new(SECRET, strlen(SECRET), &key) != ERR_OK;
}

static int
teardown(void **state)
{
	(void)state;
	base_arena_free(&a);
	base_jwt_key_free(key);
	return 0;
}

/* One recorded webhook. */
struct sample {
	char *authorization, *body;
	size_t n;
};

static FILE *
fixture(const char *name)
{
	char path[1000];
	FILE *f;

	snprintf(path, sizeof(path), "%s/livekit/%s", getenv("BEDRUD_FIXTURES"), name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("unable to open %s", path);
	return f;
}

/* The next line of a file as an object in the arena; NULL at its end. */
static json_object *
next(FILE *f)
{
	json_object *o = NULL;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n = getline(&line, &cap, f);

	if (n > 0)
		assert_ok(base_json_object(&a, line, (size_t)n, &o));
	free(line);
	return o;
}

static int
next_sample(FILE *f, struct sample *s)
{
	const char *authorization = NULL, *body = NULL;
	static char none[1];
	json_object *o = next(f), *headers = NULL;

	*s = (struct sample){ .authorization = "", .body = none };
	if (o == NULL)
		return 0;
	assert_ok(base_json_sub(o, "headers", &headers));
	assert_ok(base_json_str(headers, "Authorization", &authorization));
	assert_ok(base_json_str(o, "body", &body));
	s->authorization = base_arena_strdup(&a, authorization);
	s->body = base_arena_strdup(&a, body);
	s->n = strlen(s->body);
	return 1;
}

static enum err
verify(const struct sample *s, const char *api_key, int64_t now)
{
	return livekit_event_verify(key, api_key, &a, s->authorization, s->body, s->n, now);
}

static void
every_recorded_webhook_is_genuine(void **state)
{
	static const char *const events[] = { "room_started", "participant_joined", "participant_joined",
		"track_published", "track_unpublished", "participant_left", "participant_left", "room_finished" };
	FILE *f = fixture("webhooks-1.13.5.jsonl");
	struct livekit_event ev;
	struct sample s;
	size_t n = 0;

	(void)state;
	for (; next_sample(f, &s); n++) {
		assert_ok(verify(&s, "devkey", THEN));
		assert_ok(livekit_event_parse(&a, s.body, s.n, &ev));
		assert_string_equal(ev.event, events[n]);
		assert_string_equal(ev.room_name, "r1");
		assert_string_equal(ev.room_sid, "RM_cj4m2U8GVjvr");
		assert_int_equal(strncmp(ev.id, "EV_", 3), 0);
		assert_true(ev.created_at >= INT64_C(1795414475) * BASE_CLOCK_SECOND);
	}
	assert_int_equal(n, sizeof(events) / sizeof(events[0]));
	fclose(f);
}

static void
the_content_of_a_join(void **state)
{
	FILE *f = fixture("webhooks-1.13.5.jsonl");
	struct livekit_event ev;
	struct sample s;

	(void)state;
	assert_int_equal(next_sample(f, &s), 1);
	assert_int_equal(next_sample(f, &s), 1);
	fclose(f);
	assert_ok(livekit_event_parse(&a, s.body, s.n, &ev));
	assert_string_equal(ev.id, "EV_fhQy9oHdbZi2");
	assert_string_equal(ev.who.sid, "PA_oVBsqXk6pkr9");
	assert_string_equal(ev.who.identity, "alice");
	assert_string_equal(ev.who.admission, "");
	assert_int_equal(ev.who.is_person, 1);
	assert_int_equal(ev.who.is_recorder, 0);
	assert_int_equal(ev.who.joined_at, INT64_C(1795414475576) * 1000000);
	assert_int_equal(ev.created_at, INT64_C(1795414475) * BASE_CLOCK_SECOND);
	assert_int_equal(ev.room_created_at, INT64_C(1795414475575) * 1000000);
}

/* Attributes are written by the participant: nothing in them may make its event be overlooked. */
static void
strange_attributes_hide_nobody(void **state)
{
	static const struct {
		const char *attributes, *admission;
	} rows[] = {
		{ "\"bedrud.admission\":\"x\"", "x" },
		{ "\"bedrud.admission\":\"a\\u0000b\"", LIVEKIT_ADMISSION_STRANGE },
		{ "\"bedrud.admission\":5", LIVEKIT_ADMISSION_STRANGE },
		{ "\"bedrud.admission\":\"x\",\"k\\u0000a\":\"1\",\"k\\u0000b\":\"2\"", "x" },
		{ "\"\":\"\",\"Bedrud.Admission\":\"y\"", "" },
	};
	struct livekit_event ev;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *body = base_arena_printf(&a, "{\"event\":\"participant_joined\",\"participant\":{"
		    "\"identity\":\"u\",\"name\":\"a\\u0000b\",\"attributes\":{%s}}}", rows[i].attributes);

		assert_ok(livekit_event_parse(&a, body, strlen(body), &ev));
		assert_string_equal(ev.who.identity, "u");
		assert_string_equal(ev.who.admission, rows[i].admission);
	}
}

static void
a_changed_byte_anywhere_is_a_forgery(void **state)
{
	FILE *f = fixture("webhooks-1.13.5.jsonl");
	struct sample s;

	(void)state;
	assert_int_equal(next_sample(f, &s), 1);
	fclose(f);
	for (size_t i = 0; i < s.n; i++) {
		s.body[i] ^= 1;
		assert_err(ERR_AUTH, verify(&s, "devkey", THEN));
		s.body[i] ^= 1;
	}
	for (size_t i = 0; i < strlen(s.authorization); i++) {
		s.authorization[i] ^= 1;
		assert_err(ERR_AUTH, verify(&s, "devkey", THEN));
		s.authorization[i] ^= 1;
	}
	s.n--;
	assert_err(ERR_AUTH, verify(&s, "devkey", THEN));
	s.n = 0;
	assert_err(ERR_AUTH, verify(&s, "devkey", THEN));
}

static void
key_time_and_header_count(void **state)
{
	FILE *f = fixture("webhooks-1.13.5.jsonl");
	struct sample s, t;

	(void)state;
	assert_int_equal(next_sample(f, &s), 1);
	fclose(f);
	assert_err(ERR_AUTH, verify(&s, "otherkey", THEN));
	assert_err(ERR_AUTH, verify(&s, "", THEN));
	assert_err(ERR_AUTH, verify(&s, "devkey", THEN + 3600));
	assert_ok(verify(&s, "devkey", 1795414775 + 59));
	assert_err(ERR_AUTH, verify(&s, "devkey", 1795414775 + 61));
	assert_ok(verify(&s, "devkey", 1795414475 - 59));
	assert_err(ERR_AUTH, verify(&s, "devkey", 1795414475 - 61));
	t = s;
	t.authorization = base_arena_printf(&a, "Bearer %s", s.authorization);
	assert_ok(verify(&t, "devkey", THEN));
	t.authorization = base_arena_printf(&a, "bearer %s", s.authorization);
	assert_ok(verify(&t, "devkey", THEN));
	t.authorization = base_arena_printf(&a, "Basic %s", s.authorization);
	assert_err(ERR_AUTH, verify(&t, "devkey", THEN));
	t.authorization = base_arena_strdup(&a, "");
	assert_err(ERR_AUTH, verify(&t, "devkey", THEN));
	t.authorization = NULL;
	assert_err(ERR_AUTH, verify(&t, "devkey", THEN));
}

/* A header and payload of our choice, signed with the right secret. */
static char *
forge(const char *head, const char *payload)
{
	char part[1000], mac_text[BASE_BASE64_SIZE(32)], *signed_part;
	unsigned char mac[32];

	base_text_base64url(head, strlen(head), part);
	signed_part = base_arena_strdup(&a, part);
	base_text_base64url(payload, strlen(payload), part);
	signed_part = base_arena_printf(&a, "%s.%s", signed_part, part);
	base_jwt_mac(key, signed_part, strlen(signed_part), mac);
	base_text_base64url(mac, 32, mac_text);
	return base_arena_printf(&a, "%s.%s", signed_part, mac_text);
}

static void
other_algorithms_and_claims_are_refused(void **state)
{
	static const char head[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	static const char hash[] = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=";	/* of "{}" */
	static const struct {
		const char *head, *payload;
		enum err expected;
	} rows[] = {
		{ head, "{\"iss\":\"devkey\",\"exp\":1795414775,\"sha256\":\"%s\"}", ERR_OK },
		{ "{\"alg\":\"none\"}", "{\"iss\":\"devkey\",\"exp\":1795414775,\"sha256\":\"%s\"}", ERR_AUTH },
		{ "{\"alg\":\"HS512\"}", "{\"iss\":\"devkey\",\"exp\":1795414775,\"sha256\":\"%s\"}", ERR_AUTH },
		{ "{\"alg\":\"RS256\"}", "{\"iss\":\"devkey\",\"exp\":1795414775,\"sha256\":\"%s\"}", ERR_AUTH },
		{ head, "{\"iss\":\"devkey\",\"exp\":1795414775}", ERR_AUTH },
		{ head, "{\"iss\":\"devkey\",\"exp\":1795414775,\"sha256\":\"\"}", ERR_AUTH },
		{ head, "{\"iss\":\"devkey\",\"exp\":1795414775,\"sha256\":7}", ERR_AUTH },
		{ head, "{\"iss\":\"devkey\",\"exp\":1795414775,\"SHA256\":\"x\",\"sha256\":\"x%s\"}", ERR_AUTH },
		{ head, "{\"iss\":[\"devkey\"],\"exp\":1795414775,\"sha256\":\"%s\"}", ERR_AUTH },
		{ head, "{\"exp\":1795414775,\"sha256\":\"%s\"}", ERR_AUTH },
		{ head, "{\"iss\":\"devkey\",\"sha256\":\"%s\"}", ERR_AUTH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char payload[500];
		const char *mark = strstr(rows[i].payload, "%s");
		int before = (int)(mark == NULL ? (ptrdiff_t)strlen(rows[i].payload) : mark - rows[i].payload);

		snprintf(payload, sizeof(payload), "%.*s%s%s", before, rows[i].payload, mark == NULL ? "" : hash,
		    mark == NULL ? "" : mark + 2);
		if (livekit_event_verify(key, "devkey", &a, forge(rows[i].head, payload), "{}", 2, THEN) !=
		    rows[i].expected)
			fail_msg("row %zu: %s %s", i, rows[i].head, payload);
	}
}

static void
recordings_parse_and_leave_nobody_behind(void **state)
{
	FILE *f = fixture("egress-webhooks.jsonl");
	const char *body = NULL;
	struct livekit_event ev;
	json_object *o;
	int n = 0;

	(void)state;
	for (; (o = next(f)) != NULL; n++) {
		assert_ok(base_json_str(o, "body", &body));
		assert_ok(livekit_event_parse(&a, body, strlen(body), &ev));
		assert_int_equal(strncmp(ev.id, "EV_", 3), 0);
		if (strncmp(ev.event, "egress_", 7) == 0)
			assert_string_equal(ev.who.identity, "");
		else if (ev.who.is_recorder)
			assert_int_equal(strncmp(ev.who.identity, "EG_", 3), 0);
	}
	assert_true(n > 5);
	fclose(f);
}

static enum err
parse(const char *body, struct livekit_event *ev)
{
	return livekit_event_parse(&a, body, strlen(body), ev);
}

static void
both_spellings_and_both_kinds_of_numbers(void **state)
{
	struct livekit_event ev;

	(void)state;
	assert_ok(parse("{\"event\":\"participant_joined\",\"created_at\":7,"
	    "\"room\":{\"sid\":\"RM\",\"creation_time\":\"9\"},"
	    "\"participant\":{\"identity\":\"i\",\"kind\":2,\"joined_at\":\"5\",\"joined_at_ms\":5001,"
	    "\"attributes\":{\"bedrud.admission\":\"ad\",\"Bedrud.Admission\":\"x\"}}}", &ev));
	assert_int_equal(ev.created_at, 7 * BASE_CLOCK_SECOND);
	assert_int_equal(ev.room_created_at, 9 * BASE_CLOCK_SECOND);
	assert_int_equal(ev.who.joined_at, INT64_C(5001000000));
	assert_string_equal(ev.who.admission, "ad");
	assert_int_equal(ev.who.is_person, 0);
	assert_int_equal(ev.who.is_recorder, 1);
	assert_ok(parse("{\"participant\":{\"kind\":\"EGRESS\"}}", &ev));
	assert_int_equal(ev.who.is_recorder, 1);
	assert_ok(parse("{\"participant\":{\"kind\":\"AGENT\"}}", &ev));
	assert_int_equal(ev.who.is_person + ev.who.is_recorder, 0);
	assert_ok(parse("{\"participant\":{\"kind\":\"STANDARD\"}}", &ev));
	assert_int_equal(ev.who.is_person, 1);
	assert_ok(parse("{\"participant\":{\"attributes\":{\"BEDRUD.ADMISSION\":\"ad\"}}}", &ev));
	assert_string_equal(ev.who.admission, "");
	assert_ok(parse("{\"room\":null,\"participant\":null}", &ev));
	assert_string_equal(ev.id, "");
	assert_string_equal(ev.event, "");
}

static void
wrong_types_are_refused(void **state)
{
	static const char *const bodies[] = { "", "[]", "{", "{\"event\":7}", "{\"id\":{}}", "{\"room\":[]}",
		"{\"room\":{\"name\":1}}", "{\"participant\":\"x\"}", "{\"participant\":{\"identity\":false}}",
		"{\"participant\":{\"kind\":[]}}", "{\"participant\":{\"attributes\":7}}",
		"{\"createdAt\":\"soon\"}", "{\"createdAt\":\"-1\"}", "{\"createdAt\":\"9223372036854775807\"}",
		"{\"participant\":{\"joinedAtMs\":9223372036854}}}" };
	struct livekit_event ev;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (parse(bodies[i], &ev) != ERR_INPUT)
			fail_msg("%s was not refused", bodies[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_webhook_is_genuine),
		cmocka_unit_test(the_content_of_a_join),
		cmocka_unit_test(strange_attributes_hide_nobody),
		cmocka_unit_test(a_changed_byte_anywhere_is_a_forgery),
		cmocka_unit_test(key_time_and_header_count),
		cmocka_unit_test(other_algorithms_and_claims_are_refused),
		cmocka_unit_test(recordings_parse_and_leave_nobody_behind),
		cmocka_unit_test(both_spellings_and_both_kinds_of_numbers),
		cmocka_unit_test(wrong_types_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

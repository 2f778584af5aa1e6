/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Egress calls against what a real livekit-server 1.13.5 with a real worker answered (egress-twirp.jsonl), and its
 * webhooks (egress-webhooks.jsonl). That LiveKit understands the calls is shown by tests/system/test_egress_calls.py.
 */
#include "tests/unit/unit.h"

#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "livekit/api.h"
#include "livekit/event.h"
#include "tests/unit/answer.h"

#define START "POST /twirp/livekit.Egress/StartRoomCompositeEgress HTTP/1.1\r\n"
#define SECRET "secretsecretsecretsecretsecretsecret"

static struct base_jwt_key *key;
static struct base_arena a;
static struct livekit_api *api;

static int
setup(void **state)
{
	(void)state;
	base_log_threshold(LOG_LEVEL_NONE);
	base_arena_init(&a, LIMIT_ARENA);
	return listen_here() != 0 || base_jwt_key_new(SECRET, strlen(SECRET), &key) != ERR_OK;
}

static int
teardown(void **state)
{
	(void)state;
	close(listener);
	base_arena_free(&a);
	base_jwt_key_free(key);
	return 0;
}

static int
open_api(void **state)
{
	const struct livekit_api_conf c = { base_url, "devkey", key, 0, 2000 };

	(void)state;
	return livekit_api_new(&c, &api) != ERR_OK;
}

static int
close_api(void **state)
{
	(void)state;
	livekit_api_free(api);
	return 0;
}

static const struct livekit_egress_s3 bucket = { .endpoint = "http://127.0.0.1:7070", .region = "us-east-1",
	.bucket = "rec", .access_key = "AK", .secret = "s\"k", .is_path_style = 1 };

/* Line n (from 0) of a file of samples, in the arena; NULL past its end. */
static json_object *
sample(const char *name, int n)
{
	json_object *o = NULL;
	char path[1000], *line = NULL;
	size_t cap = 0;
	ssize_t length = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/livekit/%s", getenv("BEDRUD_FIXTURES"), name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("unable to open %s", path);
	while (n-- >= 0 && length >= 0)
		length = getline(&line, &cap, f);
	if (length >= 0)
		assert_ok(base_json_object(&a, line, (size_t)length, &o));
	free(line);
	fclose(f);
	return o;
}

static const char *
member(json_object *o, const char *name)
{
	const char *s = "";

	assert_ok(base_json_str(o, name, &s));
	return s;
}

/* What the call of a sample gives when it is answered as in the sample. */
static enum err
replay(json_object *o, struct livekit_egress *out)
{
	const char *method = member(o, "method");
	const struct livekit_egress_wish w = { .room = "r", .path = "/out/x.mp4" };
	json_object *request = NULL;
	int64_t status = 0;
	char line[100];
	enum err e;

	assert_ok(base_json_int(o, "status", &status));
	assert_ok(base_json_sub(o, "request", &request));
	snprintf(line, sizeof(line), "%d Whatever", (int)status);
	will_say(line, json_object_to_json_string(base_json_get(o, "response")));
	if (strcmp(method, "StartRoomCompositeEgress") == 0)
		e = livekit_egress_start(api, &a, &w, out);
	else if (strcmp(method, "StopEgress") == 0)
		e = livekit_egress_stop(api, &a, NULL, member(request, "egress_id"), out);
	else
		e = livekit_egress_get(api, &a, member(request, "egress_id"), out);
	pthread_join(server, NULL);
	return e;
}

static void
real_answers(void **state)
{
	static const struct {
		const char *label, *method;
		enum err e;
		enum livekit_egress_status status;
		int64_t size, duration;
		const char *filename, *location;
	} rows[] = {
		{ "file", "StartRoomCompositeEgress", ERR_OK, LIVEKIT_EGRESS_STARTING, 0, 0, "/out/r-file.mp4", "" },
		{ "file:EGRESS_ACTIVE", "ListEgress", ERR_OK, LIVEKIT_EGRESS_ACTIVE, 0, 0, "/out/r-file.mp4", "" },
		{ "file", "StopEgress", ERR_OK, LIVEKIT_EGRESS_ENDING, 0, 15042550472, "/out/r-file.mp4", "" },
		{ "file:EGRESS_COMPLETE", "ListEgress", ERR_OK, LIVEKIT_EGRESS_COMPLETE, 543211, 15042550472,
		    "/out/r-file.mp4", "/out/r-file.mp4" },
		{ "s3-ok:EGRESS_COMPLETE", "ListEgress", ERR_OK, LIVEKIT_EGRESS_COMPLETE, 617642, 15392699505,
		    "a/r-s3-2026-11-23T062936.mp4",
		    "https://127.0.0.1:28007/recordings/a/r-s3-2026-11-23T062936.mp4" },
		{ "s3-wrong-secret:EGRESS_FAILED", "ListEgress", ERR_OK, LIVEKIT_EGRESS_FAILED, 0, 5194680326,
		    "b/x.mp4", "" },
		{ "busy:second while first starting", "", ERR_BUSY, 0, 0, 0, "", "" },
		{ "stop after complete", "", ERR_GONE, 0, 0, 0, "", "" },
		{ "stop unknown", "", ERR_ABSENT, 0, 0, 0, "", "" },
		{ "list unknown", "", ERR_ABSENT, 0, 0, 0, "", "" },
		{ "unknown room", "", ERR_ABSENT, 0, 0, 0, "", "" },
		{ "kill-worker: stop after crash", "", ERR_BUSY, 0, 0, 0, "", "" },
	};
	struct livekit_egress got;
	json_object *o;
	size_t seen = 0;

	(void)state;
	for (int n = 0; (o = sample("egress-twirp.jsonl", n)) != NULL; n++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			if (strcmp(rows[i].label, member(o, "label")) != 0 ||
			    (*rows[i].method != '\0' && strcmp(rows[i].method, member(o, "method")) != 0))
				continue;
			seen++;
			livekit_egress_none(&got);
			if (replay(o, &got) != rows[i].e || got.status != rows[i].status ||
			    got.size != rows[i].size || got.duration_ns != rows[i].duration ||
			    strcmp(got.filename, rows[i].filename) != 0 || strcmp(got.location, rows[i].location) != 0)
				fail_msg("row %zu: %s", i, rows[i].label);
			assert_true(rows[i].e != ERR_OK || (strncmp(got.id, "EG_", 3) == 0 && got.n_files == 1 &&
			    strncmp(got.room_sid, "RM_", 3) == 0 && *got.room_name == 'r' && got.started_at > 0));
		}
	assert_int_equal(seen, sizeof(rows) / sizeof(rows[0]));
}

/* The same recording told by webhooks (camelCase, zero values absent) and by answers (snake_case). */
static void
webhooks_say_the_same(void **state)
{
	struct livekit_egress asked_for;
	struct livekit_event ev;
	json_object *o;
	const char *body;
	int n;

	(void)state;
	assert_ok(replay(sample("egress-twirp.jsonl", 3), &asked_for));
	for (n = 0; (o = sample("egress-webhooks.jsonl", n)) != NULL; n++) {
		body = member(o, "body");
		assert_ok(livekit_event_parse(&a, body, strlen(body), &ev));
		if (strncmp(ev.event, "egress_", 7) != 0) {
			assert_string_equal(ev.egress.id, "");
			continue;
		}
		assert_int_equal(strncmp(ev.egress.id, "EG_", 3), 0);
		assert_int_equal(ev.egress.n_files, 1);
		if (strcmp(member(o, "case"), "local-success") == 0 && strcmp(ev.event, "egress_ended") == 0) {
			assert_string_equal(ev.egress.id, asked_for.id);
			assert_string_equal(ev.egress.room_sid, asked_for.room_sid);
			assert_string_equal(ev.egress.room_name, asked_for.room_name);
			assert_string_equal(ev.egress.details, asked_for.details);
			assert_string_equal(ev.egress.filename, asked_for.filename);
			assert_string_equal(ev.egress.location, asked_for.location);
			assert_int_equal(ev.egress.status, asked_for.status);
			assert_int_equal(ev.egress.started_at, asked_for.started_at);
			assert_int_equal(ev.egress.ended_at, asked_for.ended_at);
			assert_int_equal(ev.egress.updated_at, asked_for.updated_at);
			assert_int_equal(ev.egress.size, asked_for.size);
			assert_int_equal(ev.egress.duration_ns, asked_for.duration_ns);
		}
		if (strcmp(member(o, "case"), "aborted-before-start") == 0) {
			assert_int_equal(ev.egress.status, LIVEKIT_EGRESS_ABORTED);
			assert_int_equal(ev.egress.error_code, 412);
			assert_string_equal(ev.egress.error, "Start signal not received");
		}
	}
	assert_true(n > 10);
}

static void
bodies_and_grants(void **state)
{
	const struct livekit_egress_wish full = { .room = "r\"1", .layout = "speaker-dark", .preset = "H264_1080P_30",
		.template_url = "https://t.example/x", .is_audio_only = 1, .path = "rec/a.mp4", .s3 = &bucket,
		.has_manifest = 1 }, plain = { .room = "r1", .path = "/out/a.mp4" };
	struct livekit_egress out;
	const char *token;
	json_object *claims;

	(void)state;
	will_say("200 OK", "{\"egress_id\":\"EG_1\"}");
	assert_ok(livekit_egress_start(api, &a, &full, &out));
	pthread_join(server, NULL);
	assert_int_equal(strncmp(asked, START, sizeof(START) - 1), 0);
	assert_string_equal(strstr(asked, "\r\n\r\n") + 4, "{\"room_name\":\"r\\\"1\",\"layout\":\"speaker-dark\","
	    "\"preset\":\"H264_1080P_30\",\"custom_base_url\":\"https://t.example/x\",\"audio_only\":true,"
	    "\"file_outputs\":[{\"file_type\":\"MP4\",\"filepath\":\"rec/a.mp4\",\"disable_manifest\":false,\"s3\":{"
	    "\"endpoint\":\"http://127.0.0.1:7070\",\"region\":\"us-east-1\",\"bucket\":\"rec\","
	    "\"access_key\":\"AK\",\"secret\":\"s\\\"k\",\"force_path_style\":true}}]}");
	assert_non_null(token = strcasestr(asked, "\r\nAuthorization: Bearer "));
	token += 24;
	assert_ok(base_jwt_verify(key, &a, token, strcspn(token, "\r"), time(NULL), 5, &claims));
	assert_non_null(strstr(json_object_to_json_string_ext(claims, JSON_C_TO_STRING_PLAIN),
	    "\"video\":{\"roomRecord\":true,\"room\":\"r\\\"1\"}"));
	will_say("200 OK", "{\"egress_id\":\"EG_1\"}");
	assert_ok(livekit_egress_start(api, &a, &plain, &out));
	pthread_join(server, NULL);
	assert_string_equal(strstr(asked, "\r\n\r\n") + 4, "{\"room_name\":\"r1\",\"layout\":\"grid\","
	    "\"preset\":\"H264_720P_30\",\"audio_only\":false,\"file_outputs\":[{\"file_type\":\"MP4\","
	    "\"filepath\":\"/out/a.mp4\",\"disable_manifest\":true}]}");
	assert_string_equal(out.id, "EG_1");
	assert_int_equal(out.status, LIVEKIT_EGRESS_STARTING);
}

static void
lists(void **state)
{
	struct livekit_egress *out, one;
	size_t n;

	(void)state;
	will_say("200 OK", "{\"items\":[{\"egress_id\":\"EG_1\",\"status\":1},{\"egress_id\":\"EG_2\"}],"
	    "\"next_page_token\":null}");
	assert_ok(livekit_egress_list(api, &a, "r1", 1, &out, &n));
	pthread_join(server, NULL);
	assert_string_equal(strstr(asked, "\r\n\r\n") + 4, "{\"room_name\":\"r1\",\"active\":true}");
	assert_int_equal(n, 2);
	assert_int_equal(out[0].status, LIVEKIT_EGRESS_ACTIVE);
	assert_string_equal(out[1].id, "EG_2");
	will_say("200 OK", "{\"items\":[]}");
	assert_ok(livekit_egress_list(api, &a, NULL, 1, &out, &n));
	pthread_join(server, NULL);
	assert_string_equal(strstr(asked, "\r\n\r\n") + 4, "{\"active\":true}");
	assert_int_equal(n, 0);
	will_say("200 OK", "{\"items\":[]}");
	assert_err(ERR_ABSENT, livekit_egress_get(api, &a, "EG_1", &one));
	pthread_join(server, NULL);
}

static void
other_refusals(void **state)
{
	static const struct {
		const char *status, *body;
		enum err e;
	} rows[] = {
		{ "500 Oops", "{\"code\":\"internal\",\"msg\":\"egress not connected (redis required)\"}", ERR_CONFIG },
		{ "500 Oops", "{\"code\":\"internal\",\"msg\":\"something else\"}", ERR_PEER },
		{ "401 Unauthorized", "{\"code\":\"unauthenticated\",\"msg\":\"permissions denied\"}", ERR_PEER },
		{ "503 Service Unavailable", "<html>a proxy's</html>", ERR_PEER },
		{ "404 Not Found", "{}", ERR_PEER },
		{ "200 OK", "{}", ERR_PEER },
		{ "200 OK", "[]", ERR_PEER },
		{ "200 OK", "{\"egress_id\":7}", ERR_PEER },
		{ "200 OK", "{\"egress_id\":\"EG_1\",\"status\":\"EGRESS_DREAMING\"}", ERR_PEER },
		{ "200 OK", "{\"egress_id\":\"EG_1\",\"file_results\":7}", ERR_PEER },
		{ "200 OK", "{\"egress_id\":\"EG_1\",\"file_results\":[7]}", ERR_PEER },
		{ "200 OK", "{\"egress_id\":\"EG_1\",\"file_results\":[{\"size\":-1}]}", ERR_PEER },
		{ "200 OK", "{\"egress_id\":\"EG_1\",\"started_at\":\"-5\"}", ERR_PEER },
	};
	struct livekit_egress out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		will_say(rows[i].status, rows[i].body);
		if (livekit_egress_stop(api, &a, "r1", "EG_1", &out) != rows[i].e)
			fail_msg("row %zu: %s %s", i, rows[i].status, rows[i].body);
		pthread_join(server, NULL);
	}
}

static void
each_kind_has_its_sentence(void **state)
{
	(void)state;
	for (int start = 0; start < 2; start++)
		for (int e = ERR_OK; e < ERR__MAX; e++) {
			const char *s = livekit_egress_problem((enum err)e, start);

			assert_true(s[strlen(s) - 1] == '.');
		}
	assert_string_not_equal(livekit_egress_problem(ERR_BUSY, 1), livekit_egress_problem(ERR_BUSY, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(real_answers, open_api, close_api),
		cmocka_unit_test_setup_teardown(webhooks_say_the_same, open_api, close_api),
		cmocka_unit_test_setup_teardown(bodies_and_grants, open_api, close_api),
		cmocka_unit_test_setup_teardown(lists, open_api, close_api),
		cmocka_unit_test_setup_teardown(other_refusals, open_api, close_api),
		cmocka_unit_test(each_kind_has_its_sentence),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

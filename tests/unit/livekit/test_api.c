/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call sends, and what each kind of answer means: a thread answers one connection on the loopback with bytes of
 * our choice. That LiveKit itself understands the calls is shown by the system tests.
 */
#include "tests/unit/unit.h"

#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "livekit/api.h"
#include "tests/unit/answer.h"

#define SECRET "secretsecretsecretsecretsecretsecret"

static struct base_jwt_key *key;
static struct base_arena a;

static int
setup(void **state)
{
	(void)state;
	base_log_threshold(LOG_LEVEL_NONE);
	base_arena_init(&a, LIMIT_ARENA);
	if (listen_here() != 0)
		return -1;
	return base_jwt_key_new(SECRET, strlen(SECRET), &key) != ERR_OK;
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

static struct livekit_api *
api(void)
{
	struct livekit_api_conf c = { base_url, "devkey", key, 0, 2000 };
	struct livekit_api *out;

	assert_ok(livekit_api_new(&c, &out));
	return out;
}

static enum err
delete_room(void)
{
	struct livekit_api *l = api();
	enum err e = livekit_api_delete_room(l, "r1");

	pthread_join(server, NULL);
	livekit_api_free(l);
	return e;
}

static void
the_request_is_signed_json(void **state)
{
	struct livekit_api *l = api();
	const char *token, *body = NULL;
	json_object *claims;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	will_say("200 OK", "{}");
	assert_ok(livekit_api_remove_participant(l, "r1", "a\"b"));
	pthread_join(server, NULL);
	unsetenv("http_proxy");
	livekit_api_free(l);
	assert_int_equal(strncmp(asked, "POST /twirp/livekit.RoomService/RemoveParticipant HTTP/1.1\r\n", 60), 0);
	assert_non_null(strcasestr(asked, "\r\nContent-Type: application/json\r\n"));
	body = strstr(asked, "\r\n\r\n");
	assert_string_equal(body + 4, "{\"room\":\"r1\",\"identity\":\"a\\\"b\"}");
	token = strcasestr(asked, "\r\nAuthorization: Bearer ");
	assert_non_null(token);
	token += 24;
	assert_ok(base_jwt_verify(key, &a, token, strcspn(token, "\r"), time(NULL), 5, &claims));
	assert_non_null(strstr(json_object_to_json_string_ext(claims, JSON_C_TO_STRING_PLAIN),
	    "\"video\":{\"roomAdmin\":true,\"room\":\"r1\"}"));
}

static void
answers_have_their_kinds(void **state)
{
	(void)state;
	will_say("200 OK", "{}");
	assert_ok(delete_room());
	will_say("404 Not Found", "{\"code\":\"not_found\",\"msg\":\"requested room does not exist\"}");
	assert_err(ERR_ABSENT, delete_room());
	will_say("404 Not Found", "{\"code\":\"bad_route\",\"msg\":\"no handler\"}");
	assert_err(ERR_PEER, delete_room());
	will_say("404 Not Found", "<html>not_found</html>");
	assert_err(ERR_PEER, delete_room());
	will_say("401 Unauthorized", "{\"code\":\"unauthenticated\",\"msg\":\"permissions denied\"}");
	assert_err(ERR_PEER, delete_room());
	will_say("503 Service Unavailable", "");
	assert_err(ERR_PEER, delete_room());
	will_answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", 41);
	assert_err(ERR_PEER, delete_room());
	will_answer("", 0);
	assert_err(ERR_PEER, delete_room());
}

/* The server would answer the redirected request as well; it is released by a connection that says nothing. */
static void
a_redirect_is_not_followed(void **state)
{
	struct livekit_api *l = api();
	struct sockaddr_in addr;
	socklen_t n = sizeof(addr);
	char redirect[200], first[sizeof(asked)];
	int c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	connections = 2;
	snprintf(redirect, sizeof(redirect), "307 Temporary Redirect\r\nLocation: %s/elsewhere", base_url);
	will_say(redirect, "{}");
	assert_err(ERR_PEER, livekit_api_delete_room(l, "r1"));
	memcpy(first, asked, sizeof(first));
	assert_int_equal(getsockname(listener, (struct sockaddr *)&addr, &n), 0);
	assert_int_equal(connect(c, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(c);
	pthread_join(server, NULL);
	connections = 1;
	livekit_api_free(l);
	assert_int_equal(strncmp(first, "POST /twirp/", 12), 0);
}

static void
an_endless_answer_is_cut(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
	size_t n = sizeof(head) - 1 + LIMIT_PEER_BODY + 1;
	char *text = test_malloc(n);

	(void)state;
	memset(text, ' ', n);
	memcpy(text, head, sizeof(head) - 1);
	will_answer(text, n);
	assert_err(ERR_PEER, delete_room());
	test_free(text);
}

static void
nobody_there_is_a_failure_of_the_peer(void **state)
{
	struct livekit_api_conf c = { "http://127.0.0.1:1", "devkey", key, 0, 2000 };
	struct livekit_api *l;

	(void)state;
	assert_ok(livekit_api_new(&c, &l));
	assert_err(ERR_PEER, livekit_api_probe(l));
	livekit_api_free(l);
	c.base_url = "file:///etc/passwd?";
	assert_ok(livekit_api_new(&c, &l));
	assert_err(ERR_PEER, livekit_api_probe(l));
	livekit_api_free(l);
	livekit_api_free(NULL);
}

static enum err
list(struct livekit_participant **p, size_t *n)
{
	struct livekit_api *l = api();
	enum err e = livekit_api_list_participants(l, &a, "r1", p, n);

	pthread_join(server, NULL);
	livekit_api_free(l);
	return e;
}

static void
a_list_tells_people_from_machines(void **state)
{
	struct livekit_participant *p;
	size_t n;

	(void)state;
	will_say("200 OK", "{\"participants\":[{\"sid\":\"PA_1\",\"identity\":\"u1\",\"name\":\"Ada\","
	    "\"metadata\":\"{}\",\"kind\":\"STANDARD\"},{\"sid\":\"PA_2\",\"identity\":\"EG_1\",\"kind\":\"EGRESS\"},"
	    "{\"identity\":\"u2\"},"
	    "{\"identity\":\"ag\",\"kind\":4}]}");
	assert_ok(list(&p, &n));
	assert_int_equal(n, 4);
	assert_string_equal(p[0].identity, "u1");
	assert_string_equal(p[0].name, "Ada");
	assert_string_equal(p[0].sid, "PA_1");
	assert_string_equal(p[0].metadata, "{}");
	assert_int_equal(p[0].is_person, 1);
	assert_int_equal(p[1].is_person, 0);
	assert_int_equal(p[2].is_person, 1);
	assert_int_equal(p[3].is_person, 0);
	will_say("200 OK", "{\"participants\":[]}");
	assert_ok(list(&p, &n));
	assert_int_equal(n, 0);
	will_say("200 OK", "{}");
	assert_err(ERR_PEER, list(&p, &n));
	will_say("200 OK", "{\"participants\":null}");
	assert_err(ERR_PEER, list(&p, &n));
	will_say("200 OK", "{\"participants\":{}}");
	assert_err(ERR_PEER, list(&p, &n));
	will_say("200 OK", "{\"participants\":[7]}");
	assert_err(ERR_PEER, list(&p, &n));
	will_say("200 OK", "no JSON");
	assert_err(ERR_PEER, list(&p, &n));
}

/* One call whose answer is {}: what was sent as its body. */
#define SENT(call) (will_say("200 OK", "{}"), l = api(), e = (call), pthread_join(server, NULL), livekit_api_free(l), \
	e == ERR_OK ? strstr(asked, "\r\n\r\n") + 4 : "failed")

static void
bodies_of_calls(void **state)
{
	static const char *const two[] = { "u1", "u\"2" };
	static const struct livekit_grant g = { LIVEKIT_CAMERA, 1, 1, 0, 0 };
	struct livekit_api *l;
	enum err e;

	(void)state;
	assert_string_equal(SENT(livekit_api_update_participant(l, "r1", "u1", &g, NULL)),
	    "{\"room\":\"r1\",\"identity\":\"u1\",\"permission\":{\"can_publish\":true,"
	    "\"can_publish_sources\":[\"CAMERA\"],\"can_publish_data\":true,\"can_subscribe\":true,"
	    "\"can_update_metadata\":false,\"hidden\":false}}");
	assert_non_null(strstr(SENT(livekit_api_update_participant(l, "r1", "u1", &g, "{\"a\":1}")),
	    ",\"metadata\":\"{\\\"a\\\":1}\"}"));
	assert_string_equal(SENT(livekit_api_mute_track(l, "r1", "u1", "TR_1")),
	    "{\"room\":\"r1\",\"identity\":\"u1\",\"track_sid\":\"TR_1\",\"muted\":true}");
	assert_string_equal(SENT(livekit_api_send_data(l, "r1", "{\"type\":1}", NULL, 0)),
	    "{\"room\":\"r1\",\"data\":\"eyJ0eXBlIjoxfQ==\",\"kind\":\"RELIABLE\",\"topic\":\"system\","
	    "\"destination_identities\":[]}");
	assert_non_null(strstr(SENT(livekit_api_send_data(l, "r1", "{}", two, 2)),
	    "\"destination_identities\":[\"u1\",\"u\\\"2\"]}"));
	assert_string_equal(SENT(livekit_api_delete_room(l, "r1")), "{\"room\":\"r1\"}");
	assert_string_equal(SENT(livekit_api_probe(l)), "{}");
}

/* What is sent is read as the same; and nothing at all is never an empty list, which allows everything. */
static void
permissions_come_back(void **state)
{
	struct livekit_participant p;
	struct livekit_api *l;
	json_object *o;
	const char *sent;
	enum err e;

	(void)state;
	for (unsigned bits = 0; bits < 256; bits++) {
		struct livekit_grant g = { bits & 15, !!(bits & 16), !!(bits & 32), !!(bits & 64), !!(bits & 128) };

		sent = SENT(livekit_api_update_participant(l, "r1", "u1", &g, NULL));
		assert_null(strstr(sent, "[]"));
		assert_ok(base_json_object(&a, sent, strlen(sent), &o));
		assert_ok(livekit_participant_read(&a, o, &p));
		assert_true(p.has_permission && livekit_token_grant_equal(&p.permission, &g));
	}
}

static enum err
rooms(const char *answered, struct livekit_room **out, size_t *n)
{
	struct livekit_api *l = api();
	enum err e;

	will_say("200 OK", answered);
	e = livekit_api_list_rooms(l, &a, out, n);
	pthread_join(server, NULL);
	livekit_api_free(l);
	return e;
}

/* As livekit-server 1.13.5 answered; what isn't read is left out. */
static void
a_list_of_rooms(void **state)
{
	struct livekit_room *r;
	size_t n;

	(void)state;
	assert_ok(rooms("{\"rooms\":[{\"sid\":\"RM_x6vmv2zUvRza\", \"name\":\"r1\","
	    " \"creation_time\":\"1795642090\", \"creation_time_ms\":\"1795642090167\","
	    " \"num_participants\":2, \"active_recording\":true}]}", &r, &n));
	assert_int_equal(n, 1);
	assert_string_equal(r[0].sid, "RM_x6vmv2zUvRza");
	assert_string_equal(r[0].name, "r1");
	assert_int_equal(r[0].created_at, INT64_C(1795642090167) * 1000000);
	assert_int_equal(r[0].num_participants, 2);
	assert_int_equal(r[0].is_recorded, 1);
	assert_ok(rooms("{\"rooms\":[]}", &r, &n));
	assert_int_equal(n, 0);
	assert_err(ERR_PEER, rooms("{\"status\":\"ok\"}", &r, &n));
	assert_err(ERR_PEER, rooms("{\"rooms\":[{}]}", &r, &n));
	assert_err(ERR_PEER, rooms("{\"rooms\":{}}", &r, &n));
	assert_err(ERR_PEER, rooms("{\"rooms\":[7]}", &r, &n));
	assert_err(ERR_PEER, rooms("{\"rooms\":[{\"name\":7}]}", &r, &n));
	assert_err(ERR_PEER, rooms("[]", &r, &n));
	assert_err(ERR_PEER, rooms("", &r, &n));
}

static void
one_participant(void **state)
{
	struct livekit_api *l = api();
	struct livekit_participant p;

	(void)state;
	will_say("200 OK", "{\"sid\":\"PA_1\",\"identity\":\"u1\",\"state\":\"ACTIVE\"}");
	assert_ok(livekit_api_get_participant(l, &a, "r1", "u1", &p));
	pthread_join(server, NULL);
	assert_string_equal(p.sid, "PA_1");
	will_say("404 Not Found", "{\"code\":\"not_found\",\"msg\":\"participant does not exist\"}");
	assert_err(ERR_ABSENT, livekit_api_get_participant(l, &a, "r1", "u1", &p));
	pthread_join(server, NULL);
	will_say("200 OK", "{\"sid\":7}");
	assert_err(ERR_PEER, livekit_api_get_participant(l, &a, "r1", "u1", &p));
	pthread_join(server, NULL);
	livekit_api_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_is_signed_json),
		cmocka_unit_test(answers_have_their_kinds),
		cmocka_unit_test(a_redirect_is_not_followed),
		cmocka_unit_test(an_endless_answer_is_cut),
		cmocka_unit_test(nobody_there_is_a_failure_of_the_peer),
		cmocka_unit_test(a_list_tells_people_from_machines),
		cmocka_unit_test(bodies_of_calls),
		cmocka_unit_test(permissions_come_back),
		cmocka_unit_test(a_list_of_rooms),
		cmocka_unit_test(one_participant),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

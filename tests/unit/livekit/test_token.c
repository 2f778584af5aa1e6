/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/limits.h"
#include "base/text.h"
#include "livekit/token.h"

#define SECRET "secretsecretsecretsecretsecretsecret"
#define NOW INT64_C(1795414475)

static struct base_jwt_key *key;
static struct base_buf token;
static char payload[LIMIT_TOKEN];

static int
setup(void **state)
{
	(void)state;
	base_buf_init(&token, LIMIT_TOKEN);
	return base_jwt_key_new(SECRET, strlen(SECRET), &key) != ERR_OK;
}

static int
teardown(void **state)
{
	(void)state;
	base_buf_free(&token);
	base_jwt_key_free(key);
	return 0;
}

/* The middle part of the token, decoded. */
static const char *
decoded(void)
{
	const char *from = strchr(token.p, '.') + 1, *to = strrchr(token.p, '.');
	size_t n;

	assert_ok(base_text_base64url_decode(from, (size_t)(to - from), payload, &n));
	payload[n] = '\0';
	return payload;
}

static struct livekit_join
example(void)
{
	return (struct livekit_join){ .room = "daily", .identity = "u1", .name = "Ada <3", .grant = {
		LIVEKIT_ALL_SOURCES, 1, 1, 1 }, .now_s = NOW, .ttl_s = 1800 };
}

static const char *
joined(const struct livekit_join *j)
{
	base_buf_clear(&token);
	livekit_token_join(key, "devkey", j, &token);
	assert_ok(token.err);
	return decoded();
}

static void
the_whole_token_byte_for_byte(void **state)
{
	struct livekit_join j = example();

	(void)state;
	j.metadata = "{\"accesses\":[\"user\"]}";
	j.admission = "00112233445566778899aabbccddeeff";
	j.config = (struct livekit_room_config){ 20, 300, 60 };
	assert_string_equal(joined(&j),
	    "{\"iss\":\"devkey\",\"sub\":\"u1\",\"identity\":\"u1\",\"name\":\"Ada \\u003c3\","
	    "\"iat\":1795414475,\"nbf\":1795414475,\"exp\":1795416275,"
	    "\"video\":{\"roomJoin\":true,\"room\":\"daily\",\"canPublish\":true,\"canPublishData\":true,"
	    "\"canSubscribe\":true,\"canUpdateOwnMetadata\":true},"
	    "\"metadata\":\"{\\\"accesses\\\":[\\\"user\\\"]}\","
	    "\"attributes\":{\"bedrud.admission\":\"00112233445566778899aabbccddeeff\"},"
	    "\"roomConfig\":{\"maxParticipants\":20,\"emptyTimeout\":300,\"departureTimeout\":60}}");
	assert_int_equal(strncmp(token.p, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.", 37), 0);
}

static void
what_is_absent_is_left_out(void **state)
{
	struct livekit_join j = example();

	(void)state;
	joined(&j);
	assert_null(strstr(payload, "metadata\""));
	assert_null(strstr(payload, "attributes"));
	assert_null(strstr(payload, "roomConfig"));
	j.config.empty_timeout_s = 300;
	assert_non_null(strstr(joined(&j), "\"roomConfig\":{\"emptyTimeout\":300}"));
}

static void
sources_are_lower_case_and_data_is_always_written(void **state)
{
	static const struct {
		struct livekit_grant grant;
		const char *wanted;
	} rows[] = {
		{ { 0, 1, 1, 1, 0 }, "\"canPublish\":false,\"canPublishData\":true,\"canSubscribe\":true," },
		{ { LIVEKIT_CAMERA, 1, 1, 1, 0 },
		    "\"canPublish\":true,\"canPublishSources\":[\"camera\"],\"canPublishData\":true," },
		{ { LIVEKIT_MICROPHONE, 0, 1, 0, 0 }, "\"canPublishSources\":[\"microphone\"],\"canPublishData\":false,"
		    "\"canSubscribe\":true,\"canUpdateOwnMetadata\":false}" },
		{ { LIVEKIT_ALL_SOURCES & ~LIVEKIT_CAMERA, 1, 0, 1, 0 },
		    "[\"microphone\",\"screen_share\",\"screen_share_audio\"],\"canPublishData\":true,"
		    "\"canSubscribe\":false," },
		{ { LIVEKIT_ALL_SOURCES, 0, 0, 0, 0 },
		    "\"canPublish\":true,\"canPublishData\":false,\"canSubscribe\":false," },
		{ { 0, 0, 0, 0, 1 }, "\"canSubscribe\":false,\"canUpdateOwnMetadata\":false,\"hidden\":true}" },
		{ { 1u << 7, 1, 1, 1, 0 }, "\"canPublish\":false,\"canPublishData\":true," },
	};
	struct livekit_join j = example();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		j.grant = rows[i].grant;
		if (strstr(joined(&j), rows[i].wanted) == NULL)
			fail_msg("row %zu: %s lacks %s", i, payload, rows[i].wanted);
	}
}

static void
a_token_verifies_until_it_expires(void **state)
{
	struct livekit_join j = example();
	struct base_arena a;
	json_object *claims;

	(void)state;
	base_arena_init(&a, LIMIT_ARENA);
	joined(&j);
	assert_ok(base_jwt_verify(key, &a, token.p, token.n, NOW + 1799, 0, &claims));
	assert_err(ERR_AUTH, base_jwt_verify(key, &a, token.p, token.n, NOW + 1801, 0, &claims));
	base_arena_free(&a);
}

static void
a_call_has_exactly_its_grant(void **state)
{
	static const struct {
		enum livekit_power power;
		const char *room, *video;
	} rows[] = {
		{ LIVEKIT_ROOM_CREATE, NULL, "{\"roomCreate\":true}" },
		{ LIVEKIT_ROOM_LIST, NULL, "{\"roomList\":true}" },
		{ LIVEKIT_ROOM_ADMIN, "daily", "{\"roomAdmin\":true,\"room\":\"daily\"}" },
		{ LIVEKIT_ROOM_RECORD, "a\"b", "{\"roomRecord\":true,\"room\":\"a\\\"b\"}" },
	};
	char wanted[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		base_buf_clear(&token);
		livekit_token_call(key, "devkey", rows[i].power, rows[i].room, NOW, &token);
		assert_ok(token.err);
		snprintf(wanted, sizeof(wanted), "{\"iss\":\"devkey\",\"iat\":1795414475,\"nbf\":1795414475,"
		    "\"exp\":1795414535,\"video\":%s}", rows[i].video);
		assert_string_equal(decoded(), wanted);
	}
}

static void
too_long_a_name_is_an_error_not_a_cut_token(void **state)
{
	struct livekit_join j = example();
	char *name = test_calloc(LIMIT_TOKEN + 1, 1);

	(void)state;
	memset(name, 'n', LIMIT_TOKEN);
	j.name = name;
	base_buf_clear(&token);
	livekit_token_join(key, "devkey", &j, &token);
	assert_err(ERR_TOO_BIG, token.err);
	test_free(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_token_byte_for_byte),
		cmocka_unit_test(what_is_absent_is_left_out),
		cmocka_unit_test(sources_are_lower_case_and_data_is_always_written),
		cmocka_unit_test(a_token_verifies_until_it_expires),
		cmocka_unit_test(a_call_has_exactly_its_grant),
		cmocka_unit_test(too_long_a_name_is_an_error_not_a_cut_token),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

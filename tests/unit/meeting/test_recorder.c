/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/scratch.h"

#include "meeting/recorder.h"

#define ID "0f8fad5b-d9cb-469f-a165-70867728950e"

static struct livekit_egress
egress(enum livekit_egress_status status, const char *filename, int64_t size)
{
	struct livekit_egress eg;

	livekit_egress_none(&eg);
	eg.id = "EG_1";
	eg.room_name = "daily";
	eg.status = status;
	eg.filename = filename;
	eg.size = size;
	eg.duration_ns = 2500 * BASE_CLOCK_SECOND / 1000;
	eg.started_at = T0;
	return eg;
}

/* What each of LiveKit's words means, with a file and without one. */
static void
statuses(void **state)
{
	static const struct {
		enum livekit_egress_status status;
		enum meeting_recording_event without, with;
		const char *error, *error_with, *reason_with;
	} all[] = {
		{ LIVEKIT_EGRESS_STARTING, MEETING_RECORDING_STARTING, MEETING_RECORDING_STARTING, NULL, NULL, NULL },
		{ LIVEKIT_EGRESS_ACTIVE, MEETING_RECORDING_ACTIVE, MEETING_RECORDING_ACTIVE, NULL, NULL, NULL },
		{ LIVEKIT_EGRESS_ENDING, MEETING_RECORDING_ENDING, MEETING_RECORDING_ENDING, NULL, NULL, NULL },
		{ LIVEKIT_EGRESS_COMPLETE, MEETING_RECORDING_NO_FILE, MEETING_RECORDING_FILE,
		    "The recorder ended without a file.", NULL, NULL },
		{ LIVEKIT_EGRESS_FAILED, MEETING_RECORDING_NO_FILE, MEETING_RECORDING_FILE,
		    "The recorder ended without a file.", "The recorder ended without a file.", NULL },
		{ LIVEKIT_EGRESS_ABORTED, MEETING_RECORDING_NO_FILE, MEETING_RECORDING_FILE,
		    "The recording was broken off before anything was recorded.",
		    "The recording was broken off before anything was recorded.", NULL },
		{ LIVEKIT_EGRESS_LIMIT_REACHED, MEETING_RECORDING_NO_FILE, MEETING_RECORDING_FILE,
		    "The recorder ended without a file.", NULL, "its limit was reached" },
	};
	struct scratch *x = *state;

	for (size_t i = 0; i < 2 * sizeof(all) / sizeof(all[0]); i++) {
		int with = i % 2;
		struct livekit_egress eg = egress(all[i / 2].status, "/in/" ID ".mp4", with ? 1000 : 0);
		const char *error = with ? all[i / 2].error_with : all[i / 2].error;
		const char *reason = with ? all[i / 2].reason_with : NULL;
		enum meeting_recording_event event;
		struct meeting_recording_news news;

		assert_ok(meeting_recorder_read(&x->a, &eg, &event, &news));
		assert_int_equal(event, with ? all[i / 2].with : all[i / 2].without);
		assert_string_equal(news.egress_id, "EG_1");
		assert_string_equal(news.error == NULL ? "" : news.error, error == NULL ? "" : error);
		assert_string_equal(news.stop_reason == NULL ? "" : news.stop_reason, reason == NULL ? "" : reason);
		assert_int_equal(news.file_size, event == MEETING_RECORDING_FILE ? 1000 : 0);
		assert_int_equal(news.duration_ms, event == MEETING_RECORDING_FILE ? 2500 : 0);
		assert_true(news.started_at == (all[i / 2].status == LIVEKIT_EGRESS_ACTIVE ? T0 : 0));
	}
}

/* The worker's own words, as measured with a real one, become what somebody can mend. */
static void
sentences(void **state)
{
	static const struct {
		const char *error, *says;
	} all[] = {
		{ "Start signal not received", "It was stopped before it had begun." },
		{ "S3 upload failed: NoSuchBucket: the bucket", "recording.s3.bucket" },
		{ "S3 upload failed: InvalidAccessKeyId: x", "recording.s3.accessKey" },
		{ "S3 upload failed: SignatureDoesNotMatch: x", "recording.s3.secretKey" },
		{ "AccessDenied: Access Denied", "does not let this key write" },
		{ "mkdir /x: permission denied", "recording.incomingDir" },
		{ "open /x/y: no such file or directory", "recording.incomingDir" },
		{ "write /x: no space left on device", "disk is full" },
		{ "dial tcp 127.0.0.1:1: connect: connection refused", "recording.s3.endpoint" },
		{ "dial tcp: lookup nowhere: no such host", "recording.s3.endpoint" },
		{ "page load error", "The recorder failed: page load error" },
	};
	struct scratch *x = *state;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct livekit_egress eg = egress(LIVEKIT_EGRESS_FAILED, "", 0);
		enum meeting_recording_event event;
		struct meeting_recording_news news;

		eg.error = all[i].error;
		assert_ok(meeting_recorder_read(&x->a, &eg, &event, &news));
		assert_int_equal(event, MEETING_RECORDING_NO_FILE);
		if (strstr(news.error, all[i].says) == NULL)
			fail_msg("%s becomes: %s", all[i].error, news.error);
	}
}

static void
names(void **state)
{
	static const char *const others[] = { "", "/", "x.mp4", "/in/" ID, "/in/" ID "x.mp4", "/in/x" ID ".mp4", ".mp4",
		"/in/" ID ".mp4/" };
	struct scratch *x = *state;
	struct livekit_egress eg = egress(LIVEKIT_EGRESS_ACTIVE, "/in/" ID ".mp4", 0);
	const char *id;

	assert_ok(meeting_recorder_id(&x->a, &eg, &id));
	assert_string_equal(id, ID);
	eg.filename = ID ".mp4";
	assert_ok(meeting_recorder_id(&x->a, &eg, &id));
	assert_string_equal(id, ID);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		eg.filename = others[i];
		assert_ok(meeting_recorder_id(&x->a, &eg, &id));
		assert_string_equal(id, "");
	}
}

/* By the egress id, else by the file's name. */
static void
found(void **state)
{
	struct scratch *x = *state;
	struct store_recording r = { .id = ID, .room_id = "r1", .room_name = "daily", .created_by = "u1",
		.egress_id = "", .type = "composite", .error = "", .file_url = "", .storage = "local",
		.object_key = "k", .file_name = "f.mp4", .layout = "", .preset = "", .stop_reason = "",
		.created_at = T0 }, out;
	struct livekit_egress eg = egress(LIVEKIT_EGRESS_ACTIVE, "/in/" ID ".mp4", 0);

	assert_err(ERR_ABSENT, meeting_recorder_find(x->s, &x->a, &eg, &out));
	assert_ok(store_recording_insert(x->s, &r));
	assert_ok(meeting_recorder_find(x->s, &x->a, &eg, &out));
	assert_string_equal(out.id, ID);
	eg.filename = "/elsewhere/x.mp4";
	assert_err(ERR_ABSENT, meeting_recorder_find(x->s, &x->a, &eg, &out));
	r.egress_id = "EG_1";
	assert_ok(store_recording_save(x->s, &r, STORE_RECORDING_PENDING, T0));
	assert_ok(meeting_recorder_find(x->s, &x->a, &eg, &out));
	assert_string_equal(out.id, ID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { NEW(statuses), NEW(sentences), NEW(names), NEW(found) };

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/fixture.h"

#include "conf/recording.h"

static struct conf *
with(const char *more)
{
	char text[2048];
	struct conf *c;

	snprintf(text, sizeof text, GOOD "%s", more);
	if (fixture_load_flags(text, CONF_QUIET, &c) != ERR_OK)
		fail_msg("%s", fixture_said());
	return c;
}

static void
where_they_go(void **state)
{
	static const struct {
		const char *more;
		int is_s3;
	} t[] = {
		{"", 0},
		{"recording: {storage: s3}\n", 1},
		{"recording: {storage: local}\n", 0},
		/* Somebody else's LiveKit, whose worker can't write to our disk. */
		{"server: {port: '81'}\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct conf *c = with(t[i].more);
		struct conf_recording r;

		conf_recording(c, &r);
		assert_int_equal(r.is_s3, t[i].is_s3);
		conf_free(c);
	}
	setenv("LIVEKIT_EXTERNAL", "true", 1);
	setenv("LIVEKIT_HOST", "wss://livekit.example.org", 1);
	{
		struct conf *c = with("");
		struct conf_recording r;

		conf_recording(c, &r);
		assert_int_equal(r.is_s3, 1);
		conf_free(c);
	}
	unsetenv("LIVEKIT_EXTERNAL");
	unsetenv("LIVEKIT_HOST");
}

static void
limits_and_folders(void **state)
{
	struct conf *c = with("recording: {maxFileSizeMB: 3, maxDurationMins: 2, retentionHours: 1, quotaMB: 5, "
	    "minFreeMB: 1, maxRecordingsPerRoom: 7, storageDir: /srv/rec, download: x-accel-redirect}\n");
	struct conf_recording r;
	char out[32];

	(void)state;
	conf_recording(c, &r);
	assert_true(r.max_bytes == 3 << 20 && r.quota_bytes == 5 << 20 && r.min_free_bytes == 1 << 20);
	assert_true(r.max_duration == INT64_C(120000000000) && r.retention == INT64_C(3600000000000));
	assert_int_equal(r.max_per_room, 7);
	assert_int_equal(r.download, CONF_DOWNLOAD_X_ACCEL);
	assert_string_equal(r.layout, "grid");
	assert_ok(conf_recording_incoming(c, out, sizeof out));
	assert_string_equal(out, "/srv/rec/incoming");
	assert_err(ERR_CONFIG, conf_recording_incoming(c, out, 17));
	conf_free(c);
	c = with("recording: {incomingDir: /srv/in}\n");
	assert_ok(conf_recording_incoming(c, out, sizeof out));
	assert_string_equal(out, "/srv/in");
	conf_free(c);
}

/* Those of uploads do, unless recordings have their own. */
#define OF_UPLOADS "chat: {uploads: {s3: {endpoint: 'http://u', bucket: up, accessKey: a, secretKey: b}}}\n"
#define OF_RECORDINGS \
	"recording: {s3: {endpoint: 'http://r', bucket: rec, accessKey: c, secretKey: d, forcePathStyle: false}}\n"

static void
keys_of_s3(void **state)
{
	struct conf *c = with(OF_UPLOADS);
	struct conf_recording r;

	(void)state;
	conf_recording(c, &r);
	assert_string_equal(r.bucket, "up");
	assert_string_equal(r.secret_key, "b");
	conf_free(c);
	c = with(OF_UPLOADS OF_RECORDINGS);
	conf_recording(c, &r);
	assert_string_equal(r.endpoint, "http://r");
	assert_string_equal(r.bucket, "rec");
	assert_string_equal(r.region, "us-east-1");
	assert_int_equal(r.is_path_style, 0);
	conf_free(c);
}

static void
complaints(void **state)
{
	struct conf *c;

	(void)state;
	assert_err(ERR_CONFIG, fixture_load_flags(GOOD "recording: {storage: tape}\n", CONF_QUIET, &c));
	assert_non_null(strstr(fixture_said(), "recording.storage: \"tape\" is wrong, expected local or s3"));
	assert_err(ERR_CONFIG, fixture_load_flags(GOOD "recording: {download: ftp}\n", CONF_QUIET, &c));
	assert_err(ERR_CONFIG, fixture_load_flags(GOOD "recording: {s3: {endpoint: s3.example}}\n", CONF_QUIET, &c));
	assert_err(ERR_CONFIG, fixture_load_flags(GOOD "recording: {enabled: true, storage: s3}\n", CONF_QUIET, &c));
	assert_non_null(strstr(fixture_said(), "recording.s3.bucket: is not enough"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(where_they_go), FIXTURE_TEST(limits_and_folders), FIXTURE_TEST(keys_of_s3),
		FIXTURE_TEST(complaints),
	};

	return RUN(tests);
}

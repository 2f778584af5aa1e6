/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/fixture.h"

#include "base/limits.h"
#include "base/mem.h"

/* Every default, written down a second time from the contract: a slip in the table shows here. */
static const struct {
	const char *name, *text;
} defaults[] = {
    {"server.port", "8080"},
    {"server.certFile", "/etc/bedrud/cert.pem"},
    {"server.keyFile", "/etc/bedrud/key.pem"},
    {"server.enableTLS", "false"},
    {"server.disableTLS", "false"},
    {"server.useACME", "false"},
    {"server.acme.challenge", "http-01"},
    {"server.proxyHeader", "X-Forwarded-For"},
    {"server.behindProxy", "false"},
    {"server.certAlgorithm", "ed25519"},
    {"server.maxParticipantsLimit", "1000"},
    {"server.maxRoomsPerUser", "0"},
    {"server.readTimeout", "0"},
    {"server.writeTimeout", "0"},
    {"database.type", "sqlite"},
    {"database.maxIdleConns", "0"},
    {"database.maxOpenConns", "0"},
    {"database.maxLifetime", "0"},
    {"livekit.skipTLSVerify", "false"},
    {"livekit.external", "false"},
    {"livekit.embedded", "true"},
    {"livekit.port", "7880"},
    {"livekit.tcpPort", "0"},
    {"livekit.udpPort", "0"},
    {"livekit.udpPortStart", "50000"},
    {"livekit.udpPortEnd", "60000"},
    {"livekit.turn.enabled", "true"},
    {"livekit.turn.udpPort", "3478"},
    {"livekit.turn.tlsPort", "5349"},
    {"livekit.turn.externalTLS", "false"},
    {"livekit.turn.relayPortStart", "30000"},
    {"livekit.turn.relayPortEnd", "40000"},
    {"livekit.redis.db", "0"},
    {"livekit.redis.useTLS", "false"},
    {"livekit.tokenTTL", "1800"},
    {"livekit.emptyTimeout", "300"},
    {"livekit.departureTimeout", "60"},
    {"livekit.drainTimeout", "0"},
    {"livekit.renewDeadline", "86400"},
    {"livekit.strictAdmission", "false"},
    {"auth.tokenDuration", "24"},
    {"auth.passkeyChallengeTTL", "5"},
    {"auth.requireEmailVerification", "false"},
    {"auth.verificationEmailCooldownMins", "2"},
    {"auth.verificationTokenTTLHours", "24"},
    {"auth.unverifiedAccountTTLHours", "48"},
    {"auth.resetTokenTTLHours", "1"},
    {"cors.allowCredentials", "false"},
    {"cors.maxAge", "0"},
    {"rateLimit.authMaxRequests", "10"},
    {"rateLimit.authWindowSecs", "60"},
    {"rateLimit.authResendMaxRequests", "3"},
    {"rateLimit.authResendWindowSecs", "60"},
    {"rateLimit.guestMaxRequests", "5"},
    {"rateLimit.guestWindowSecs", "60"},
    {"rateLimit.apiMaxRequests", "30"},
    {"rateLimit.apiWindowSecs", "60"},
    {"chat.maxUploadBytesPerUser", "0"},
    {"chat.globalDiskThresholdBytes", "0"},
    {"chat.maxMessageCount", "0"},
    {"chat.messageTTLHours", "0"},
    {"chat.uploads.backend", "disk"},
    {"chat.uploads.maxBytes", "10485760"},
    {"chat.uploads.maxDimension", "8192"},
    {"chat.uploads.inlineMaxBytes", "512000"},
    {"chat.uploads.diskDir", "FOLDER/data/uploads/chat"},
    {"chat.uploads.s3.region", "auto"},
    {"meeting.kickSecs", "60"},
    {"recording.maxFileSizeMB", "0"},
    {"recording.storageDir", "FOLDER/data/recordings"},
    {"recording.maxRecordingsPerRoom", "0"},
    {"recording.retentionHours", "0"},
    {"recording.cleanupIntervalHours", "0"},
    {"recording.enabled", "false"},
    {"recording.maxDurationMins", "0"},
    {"recording.workerUser", "1001:0"},
    {"recording.quotaMB", "0"},
    {"recording.minFreeMB", "512"},
    {"recording.layout", "grid"},
    {"recording.preset", "H264_720P_30"},
    {"recording.accelPrefix", "/_recordings"},
    {"recording.s3.region", "us-east-1"},
    {"recording.s3.forcePathStyle", "true"},
    {"recording.s3.fetch", "false"},
    {"queue.pollInterval", "500"},
    {"queue.maxAttempts", "0"},
    {"queue.concurrency", "4"},
    {"email.fromAddress", "noreply@bedrud"},
    {"email.fromName", "Bedrud"},
    {"email.tlsSkipVerify", "false"},
    {"email.smtpsMode", "false"},
    {"email.templates.instanceName", "Bedrud"},
    {"email.templates.headerBgColor", "#1a1a2e"},
    {"email.templates.buttonBgColor", "#e11d48"},
    {"webxdc.enabled", "false"},
    {"webxdc.uploadPolicy", "owner_mod"},
    {"webxdc.storageDir", "FOLDER/data/webxdc"},
    {"webxdc.ticketTTLMinutes", "10"},
    {"webhooks.allowPrivate", "false"},
    {"webxdc.devPathMode", "false"},
    {"webxdc.maxArchiveBytes", "10485760"},
    {"webxdc.maxUncompressedTotal", "31457280"},
    {"webxdc.maxEntries", "500"},
    {"webxdc.maxSingleFileBytes", "5242880"},
    {"webxdc.statusLogMaxUpdates", "500"},
    {"webxdc.sendUpdateMaxSize", "128000"},
    {"webxdc.sendUpdateIntervalMs", "10000"},
    {"webxdc.gallery.enabled", "false"},
    {"webxdc.gallery.source", "local"},
    {"webxdc.gallery.allowRemoteDownload", "false"},
};

static void
every_key_has_its_default(void **state)
{
	struct conf *c = fixture_good("");

	(void)state;
	for (int i = 0; i < CONF__MAX; i++) {
		enum conf_id id = (enum conf_id)i;
		const char *name = conf_key(id)->name, *want = "";
		char path[256];

		if (strcmp(conf_origin(c, id), "default") != 0)
			continue;
		for (size_t j = 0; j < sizeof defaults / sizeof *defaults; j++)
			if (strcmp(defaults[j].name, name) == 0)
				want = defaults[j].text;
		if (strncmp(want, "FOLDER/", 7) == 0) {
			snprintf(path, sizeof path, "%s/%s", fixture_folder, want + 7);
			want = path;
		}
		if (strcmp(conf_str(c, id), want) != 0)
			fprintf(stderr, "%s\n", name);
		assert_string_equal(conf_str(c, id), want);
		assert_null(conf_list(c, id, 0));
	}
	conf_free(c);
}

static void
the_table_is_well_formed(void **state)
{
	(void)state;
	for (int i = 0; i < CONF__MAX; i++) {
		const struct conf_key *k = conf_key((enum conf_id)i);

		assert_true(k->help[0] >= 'a' && k->help[0] <= 'z'
				? 1
				: strncmp(k->help, "PostgreSQL", 10) == 0 || strncmp(k->help, "WebSocket", 9) == 0);
		assert_true(k->help[strlen(k->help) - 1] != '.');
		if (k->type == CONF_INT)
			assert_true(k->min < k->max);
		if (strstr(k->name, "ecret") != NULL || strstr(k->name, "assword") != NULL ||
		    strstr(k->name, "APIToken") != NULL)
			assert_true((k->flags & CONF_SECRET) != 0);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(k->name, conf_key((enum conf_id)j)->name);
	}
}

static void
paths_count_from_the_folder_of_the_file(void **state)
{
	struct conf *c = fixture_good("chat: {uploads: {diskDir: ./up/load}}\nserver: {certFile: /x/y}\n");
	char want[128];

	(void)state;
	snprintf(want, sizeof want, "%s/bedrud.db", fixture_folder);
	assert_string_equal(conf_str(c, CONF_database_path), want);
	snprintf(want, sizeof want, "%s/up/load", fixture_folder);
	assert_string_equal(conf_str(c, CONF_chat_uploads_diskDir), want);
	assert_string_equal(conf_str(c, CONF_server_certFile), "/x/y");
	assert_string_equal(conf_str(c, CONF_livekit_stateDir), "");
	snprintf(want, sizeof want, "%s/config.yaml", fixture_folder);
	assert_string_equal(conf_file(c), want);
	conf_free(c);
}

static void
a_program_is_a_path_only_with_a_slash(void **state)
{
	struct conf *c;
	char want[128], text[1024];

	(void)state;
	for (int slash = 0; slash <= 1; slash++) {
		snprintf(text, sizeof text,
		    "database: {path: /d}\nlivekit: {apiKey: k, apiSecret: 0123456789abcdef0123456789abcdef, binary: "
		    "%s}\n"
		    "auth: {jwtSecret: j, sessionSecret: s}\n",
		    slash ? "./bin/lk" : "lk");
		assert_ok(fixture_load_flags(text, CONF_QUIET, &c));
		snprintf(want, sizeof want, "%s/bin/lk", fixture_folder);
		assert_string_equal(conf_str(c, CONF_livekit_binary), slash ? want : "lk");
		conf_free(c);
	}
}

#define MAY_READ "that this user may read (BEDRUD_CONFIG names another)\n"

static void
an_unreadable_file_is_a_complaint(void **state)
{
	struct conf *c;

	(void)state;
	assert_err(ERR_CONFIG, conf_load("missing.yaml", CONF_QUIET, &fixture_problems, &c));
	assert_string_equal(
	    fixture_said(), "missing.yaml: can't be read: No such file or directory, expected a YAML file " MAY_READ);
	base_buf_clear(&fixture_problems);
	assert_err(ERR_CONFIG, conf_load("/tmp", CONF_QUIET, &fixture_problems, &c));
	assert_string_equal(fixture_said(), "/tmp: can't be read: Is a directory, expected a YAML file " MAY_READ);
}

static void
a_file_beyond_the_limit_is_a_complaint(void **state)
{
	size_t n = LIMIT_CONFIG + 1;
	char *text = test_malloc(n);
	struct conf *c;

	(void)state;
	memset(text, '#', n);
	fixture_write(text, n);
	test_free(text);
	assert_err(ERR_CONFIG, conf_load("config.yaml", CONF_QUIET, &fixture_problems, &c));
	assert_string_equal(fixture_said(), "config.yaml: is too big, expected at most 1048576 bytes\n");
}

static void
the_search_for_the_file_is_in_order(void **state)
{
	(void)state;
	assert_string_equal(conf_path(NULL), SYSCONFDIR "/bedrud/config.yaml");
	setenv("CONFIG_PATH", "/b", 1);
	assert_string_equal(conf_path(NULL), "/b");
	setenv("BEDRUD_CONFIG", "/a", 1);
	assert_string_equal(conf_path(NULL), "/a");
	assert_string_equal(conf_path("/arg"), "/arg");
	setenv("BEDRUD_CONFIG", "", 1);
	assert_string_equal(conf_path(NULL), "/b");
}

/* Secrets of wrong lengths, kinds and places: no message may repeat one. */
static void
secrets_are_in_no_message(void **state)
{
	static const char *const files[] = {
	    "livekit: {apiKey: k, apiSecret: hunter2}\n",
	    "livekit: {apiKey: k, apiSecret: [hunter2]}\n",
	    "livekit: {apiKey: k, apiSecret: \"hunter2\\0\"}\n",
	    "livekit: {apiKey: k, apiSecret: &hunter2 x}\n",
	    "auth: {jwtSecret: hunter2, jwtSecret: hunter2}\n",
	    "auth: {jwtSecert: hunter2}\n",
	    "auth: hunter2\n",
	    "auth: {jwtSecret: \"hunter2}\n",
	    "auth: {jwtSecret: hunter2: 5}\n",
	};
	struct conf *c;

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		assert_err(ERR_CONFIG, fixture_load_flags(files[i], CONF_QUIET, &c));
		assert_null(strstr(fixture_said(), "hunter2"));
		assert_int_not_equal(fixture_problems.n, 0);
	}
}

static void
memory_may_run_out_at_any_point(void **state)
{
	unsigned long at;
	struct conf *c = NULL;
	enum err e = ERR_NOMEM;

	(void)state;
	skip_without_faults();
	fixture_write(GOOD, strlen(GOOD));
	for (at = 1; e != ERR_OK && at < 1000; at++) {
		base_buf_free(&fixture_problems);
		base_mem_fail_at(at, 1);
		e = conf_load("config.yaml", CONF_QUIET, &fixture_problems, &c);
		base_mem_fail_at(0, 0);
		if (e != ERR_OK) {
			assert_err(ERR_NOMEM, e);
			assert_null(c);
		}
	}
	assert_ok(e);
	assert_true(at > 3);
	conf_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(every_key_has_its_default),
	    FIXTURE_TEST(the_table_is_well_formed),
	    FIXTURE_TEST(paths_count_from_the_folder_of_the_file),
	    FIXTURE_TEST(a_program_is_a_path_only_with_a_slash),
	    FIXTURE_TEST(an_unreadable_file_is_a_complaint),
	    FIXTURE_TEST(a_file_beyond_the_limit_is_a_complaint),
	    FIXTURE_TEST(the_search_for_the_file_is_in_order),
	    FIXTURE_TEST(secrets_are_in_no_message),
	    FIXTURE_TEST(memory_may_run_out_at_any_point),
	};

	return RUN(tests);
}

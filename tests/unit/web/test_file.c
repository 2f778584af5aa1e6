/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "web/file.h"

static void
ranges(void **state)
{
	static const struct {
		const char *header;
		int64_t size;
		int heed;
		int64_t at, n;
	} t[] = {
		{ "", 10, 0, 0, 10 }, { "bytes=0-", 10, 1, 0, 10 }, { "bytes=0-0", 10, 1, 0, 1 },
		{ "bytes=3-5", 10, 1, 3, 3 }, { "bytes=3-99", 10, 1, 3, 7 }, { "bytes=9-9", 10, 1, 9, 1 },
		{ "bytes=10-", 10, -1, 0, 0 }, { "bytes=-3", 10, 1, 7, 3 }, { "bytes=-99", 10, 1, 0, 10 },
		{ "bytes=-0", 10, -1, 0, 0 }, { "bytes=0-", 0, -1, 0, 0 }, { "bytes=-1", 0, -1, 0, 0 },
		{ "bytes=5-3", 10, 0, 0, 10 }, { "bytes=a-b", 10, 0, 0, 10 }, { "bytes=-", 10, 0, 0, 10 },
		{ "bytes=", 10, 0, 0, 10 }, { "bytes=1-2,4-5", 10, 0, 0, 10 }, { "bytes=1", 10, 0, 0, 10 },
		{ "lines=1-2", 10, 0, 0, 10 }, { "bytes=1-2x", 10, 0, 0, 10 },
		{ "bytes=9999999999999999999999-", 10, 0, 0, 10 },
		{ "bytes=5000000000-5000000009", INT64_C(6000000000), 1, INT64_C(5000000000), 10 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int64_t at, n;
		int heed = web_file_range(t[i].header, t[i].size, &at, &n);

		if (heed != t[i].heed || (heed >= 0 && (at != t[i].at || n != t[i].n)))
			fail_msg("%s of %lld: %d, %lld, %lld", t[i].header, (long long)t[i].size, heed, (long long)at,
			    (long long)n);
	}
}

static const char *asked[3];	/* Range, If-Range, If-None-Match */

static const char *
var(const struct web_request *r, const char *name)
{
	(void)r;
	return strcmp(name, "HTTP_RANGE") == 0 ? asked[0] : strcmp(name, "HTTP_IF_RANGE") == 0 ? asked[1] : asked[2];
}

static void
answers(void **state)
{
	static const struct {
		const char *range, *if_range, *none_match;
		int status;
		int64_t at, n;
		const char *header;
	} t[] = {
		{ NULL, NULL, NULL, 200, 0, 1000, "Accept-Ranges: bytes" },
		{ "bytes=100-", NULL, NULL, 206, 100, 900, "Content-Range: bytes 100-999/1000" },
		{ "bytes=100-", "\"v1\"", NULL, 206, 100, 900, "Content-Range: bytes 100-999/1000" },
		{ "bytes=100-", "\"v0\"", NULL, 200, 0, 1000, "ETag: \"v1\"" },
		{ "bytes=1000-", NULL, NULL, 416, 0, 0, "Content-Range: bytes */1000" },
		{ NULL, NULL, "\"v0\", \"v1\"", 304, 0, 0, "ETag: \"v1\"" },
		{ "bytes=1-", NULL, "*", 304, 0, 0, "ETag: \"v1\"" },
		{ NULL, NULL, "\"v0\"", 200, 0, 1000, "ETag: \"v1\"" },
	};
	struct web_request r = { .var = var };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct web_reply reply;
		FILE *f = tmpfile();

		assert_non_null(f);
		assert_int_equal(ftruncate(fileno(f), 1000), 0);
		web_reply_init(&reply);
		asked[0] = t[i].range;
		asked[1] = t[i].if_range;
		asked[2] = t[i].none_match;
		assert_ok(web_file_send(&r, &reply, dup(fileno(f)), "video/mp4", "\"v1\""));
		assert_int_equal(reply.status, t[i].status);
		assert_true(reply.file_n == t[i].n && (t[i].n == 0 || reply.file_at == t[i].at));
		if (strstr(reply.headers.p, t[i].header) == NULL)
			fail_msg("%zu: %s", i, reply.headers.p);
		web_reply_error(&reply, 500, "no");
		assert_int_equal(reply.file, -1);
		web_reply_free(&reply);
		(void)fclose(f);
	}
}

static void
no_regular_file(void **state)
{
	struct web_request r = { .var = var };
	struct web_reply reply;
	int fd[2];

	(void)state;
	asked[0] = asked[1] = asked[2] = NULL;
	assert_int_equal(pipe(fd), 0);
	web_reply_init(&reply);
	assert_err(ERR_IO, web_file_send(&r, &reply, fd[0], "video/mp4", "\"v1\""));
	web_reply_free(&reply);
	assert_int_equal(write(fd[1], "", 0), 0);
	(void)close(fd[1]);
}

static void
names(void **state)
{
	struct web_reply reply;

	(void)state;
	web_reply_init(&reply);
	assert_ok(web_file_name(&reply, 0, "Caf\xc3\xa9 \"daily\"\r\n 100%.mp4"));
	assert_string_equal(reply.headers.p, "Content-Disposition: attachment; filename=\"Caf__ _daily___ 100_.mp4\"; "
	    "filename*=UTF-8''Caf%C3%A9%20%22daily%22%0D%0A%20100%25.mp4\r\n");
	web_reply_clear(&reply);
	assert_ok(web_file_name(&reply, 1, "a.mp4"));
	assert_string_equal(reply.headers.p, "Content-Disposition: inline; filename=\"a.mp4\"; "
	    "filename*=UTF-8''a.mp4\r\n");
	web_reply_free(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges), cmocka_unit_test(answers), cmocka_unit_test(no_regular_file),
		cmocka_unit_test(names),
	};

	return RUN(tests);
}

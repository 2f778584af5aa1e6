/* SPDX-License-Identifier: Apache-2.0 */
/* What a server of the test's does in the middle of an object; with a real S3 server: tests/system/test_object.py. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "object/bucket.h"
#include "tests/unit/answer.h"

static struct object_place place = { .region = "r", .bucket = "meet", .access_key = "AK", .secret_key = "s3cr3t-key",
	.is_path_style = 1 };
static struct object_bucket *bucket;
static int fd;

static int
setup(void **state)
{
	char path[] = "/tmp/bedrud-unit-XXXXXX";

	(void)state;
	base_log_threshold(LOG_LEVEL_NONE);
	place.endpoint = base_url;
	fd = mkstemp(path);
	(void)unlink(path);
	return fd < 0 || listen_here() != 0 || object_bucket_new(&place, 2000, &bucket) != ERR_OK;
}

static int
teardown(void **state)
{
	(void)state;
	object_bucket_free(bucket);
	close(listener);
	close(fd);
	return 0;
}

static const struct object_info info = { .size = 10, .etag = "\"e\"" };

/* The file begins with `has`, and the server answers n connections with `text`: what comes of it. */
static enum err
get(const char *has, int n, const char *text)
{
	enum err e;

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, has, strlen(has), 0), strlen(has));
	connections = n;
	will_answer(text, strlen(text));
	e = object_bucket_get(bucket, "k", &info, fd);
	pthread_join(server, NULL);
	connections = 1;
	return e;
}

static void
file_is(const char *expected)
{
	char got[64] = "";

	assert_true(pread(fd, got, sizeof(got) - 1, 0) >= 0);
	assert_string_equal(got, expected);
}

#define CLOSE "Connection: close\r\n\r\n"

static void
objects_in_pieces(void **state)
{
	(void)state;
	assert_ok(get("", 1, "HTTP/1.1 206 Partial\r\nContent-Length: 10\r\n" CLOSE "0123456789"));
	file_is("0123456789");
	assert_non_null(strstr(asked, "\r\nRange: bytes=0-\r\n"));
	assert_non_null(strstr(asked, "\r\nIf-Match: \"e\"\r\n"));
	assert_ok(get("012345", 1, "HTTP/1.1 206 Partial\r\nContent-Length: 4\r\n" CLOSE "6789"));
	file_is("0123456789");
	assert_non_null(strstr(asked, "\r\nRange: bytes=6-\r\n"));
	assert_ok(get("xxxx", 1, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n" CLOSE "0123456789"));
	file_is("0123456789");
	assert_ok(get("01", 2, "HTTP/1.1 206 Partial\r\nContent-Length: 8\r\n" CLOSE "abcd"));
	file_is("01abcdabcd");
	assert_non_null(strstr(asked, "\r\nRange: bytes=6-\r\n"));
	assert_err(ERR_PEER, get("", 4, "HTTP/1.1 206 Partial\r\nContent-Length: 10\r\n" CLOSE "a"));
	file_is("aaaa");
	assert_err(ERR_PEER, get("", 4, "HTTP/1.1 206 Partial\r\nContent-Length: 99\r\n" CLOSE "0123456789abc"));
	assert_err(ERR_CONFLICT, get("01", 1, "HTTP/1.1 412 Changed\r\nContent-Length: 0\r\n" CLOSE));
	assert_string_equal(object_bucket_problem(bucket) + strlen(object_bucket_problem(bucket)) - 16,
	    "(GET: HTTP 412 )");
}

/* What is complete is asked for no more; what is too long is fetched anew. */
static void
objects_that_are_there(void **state)
{
	(void)state;
	assert_int_equal(pwrite(fd, "0123456789", 10, 0), 10);
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_ok(object_bucket_get(bucket, "k", &info, fd));
	assert_ok(get("0123456789abc", 1, "HTTP/1.1 206 Partial\r\nContent-Length: 10\r\n" CLOSE "9876543210"));
	file_is("9876543210");
}

static void
a_file_that_cannot_be_written(void **state)
{
	int full = open("/dev/full", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(full >= 0);
	will_answer("HTTP/1.1 206 P\r\nContent-Length: 10\r\n" CLOSE "0123456789", 67);
	assert_err(ERR_IO, object_bucket_get(bucket, "k", &info, full));
	pthread_join(server, NULL);
	close(full);
}

static enum err
list(const char *from, const char *text, struct base_arena *a, struct object_page *page)
{
	enum err e;

	will_answer(text, strlen(text));
	e = object_bucket_list(bucket, a, "p/", from, page);
	pthread_join(server, NULL);
	return e;
}

/* The second page is asked for by what the first one said; what isn't a list is no empty one. */
static void
pages_of_a_list(void **state)
{
	struct object_page page;
	struct base_arena a;

	(void)state;
	base_arena_init(&a, 1 << 20);
	assert_ok(list(NULL, "HTTP/1.1 200 OK\r\n" CLOSE "<ListBucketResult><IsTruncated>true</IsTruncated><Contents>"
	    "<Key>p/1</Key></Contents><NextContinuationToken>a/+=</NextContinuationToken></ListBucketResult>", &a,
	    &page));
	assert_non_null(strstr(asked, "list-type=2&max-keys=1000&prefix=p%2F"));
	assert_null(strstr(asked, "continuation-token"));
	assert_int_equal(page.n, 1);
	assert_ok(list(page.next, "HTTP/1.1 200 OK\r\n" CLOSE "<ListBucketResult><IsTruncated>false</IsTruncated>"
	    "</ListBucketResult>", &a, &page));
	assert_non_null(strstr(asked, "continuation-token=a%2F%2B%3D&list-type=2&max-keys=1000&prefix=p%2F"));
	assert_true(page.n == 0 && page.next == NULL);
	assert_err(ERR_PEER, list(NULL, "HTTP/1.1 200 OK\r\n" CLOSE "<html>Welcome</html>", &a, &page));
	assert_int_equal(object_bucket_fault(bucket), OBJECT_ODD);
	assert_err(ERR_CONFIG, list(NULL, "HTTP/1.1 403 No\r\n" CLOSE "<Error><Code>AccessDenied</Code></Error>", &a,
	    &page));
	assert_true(page.n == 0 && page.next == NULL);
	base_arena_free(&a);
}

static void
problems_tell_no_secret(void **state)
{
	struct object_place nowhere = place;
	struct object_bucket *b;

	(void)state;
	nowhere.endpoint = "http://127.0.0.1:1";
	assert_ok(object_bucket_new(&nowhere, 2000, &b));
	assert_err(ERR_PEER, object_bucket_delete(b, "k"));
	assert_int_equal(object_bucket_fault(b), OBJECT_UNREACHABLE);
	assert_non_null(strstr(object_bucket_problem(b), "S3 at http://127.0.0.1:1, bucket meet: "));
	assert_null(strstr(object_bucket_problem(b), "Signature"));
	assert_null(strstr(object_bucket_problem(b), place.secret_key));
	nowhere.endpoint = "nonsense";
	assert_err(ERR_CONFIG, object_bucket_delete(b, "k"));
	assert_int_equal(object_bucket_fault(b), OBJECT_NO_BUCKET);
	object_bucket_free(b);
	object_bucket_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_in_pieces),
		cmocka_unit_test(objects_that_are_there),
		cmocka_unit_test(a_file_that_cannot_be_written),
		cmocka_unit_test(pages_of_a_list),
		cmocka_unit_test(problems_tell_no_secret),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

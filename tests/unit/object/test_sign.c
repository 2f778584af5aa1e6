/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed addresses: the example of Amazon's documentation, and their shape. That a server accepts them is shown by
 * tests/system/test_object.py.
 */
#include "tests/unit/unit.h"

#include "base/limits.h"
#include "base/log.h"
#include "object/bucket.h"

static struct base_buf b;

static int
setup(void **state)
{
	(void)state;
	base_log_threshold(LOG_LEVEL_NONE);
	base_buf_init(&b, LIMIT_TOKEN);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	base_buf_free(&b);
	return 0;
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
static const struct object_place amazon = { .endpoint = "https://s3.amazonaws.com", .region = "us-east-1",
	.bucket = "examplebucket", .access_key = "AKIAIOSFODNN7EXAMPLE",
	.secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

#define SIGNED "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F" \
	"aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"

static void
the_documented_example(void **state)
{
	const struct object_sign s = { .method = "GET", .key = "test.txt", .now_s = 1369353600, .life_s = 86400 };

	(void)state;
	object_sign_url(&amazon, &s, &b);
	assert_ok(b.err);
	assert_string_equal(b.p, "https://examplebucket.s3.amazonaws.com/test.txt?" SIGNED
	    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

/* The address without its query. */
static const char *
path_of(const char *endpoint, int is_path_style, const char *key)
{
	struct object_place p = amazon;
	const struct object_sign s = { .method = "GET", .key = key, .now_s = 1369353600, .life_s = 60 };

	p.endpoint = endpoint;
	p.is_path_style = is_path_style;
	base_buf_clear(&b);
	object_sign_url(&p, &s, &b);
	if (b.err != ERR_OK)
		return base_err_name(b.err);
	b.p[strcspn(b.p, "?")] = '\0';
	return b.p;
}

static void
where_objects_are(void **state)
{
	(void)state;
	assert_string_equal(path_of("http://s3.example:9000", 1, "a/b c+ü.mp4"),
	    "http://s3.example:9000/examplebucket/a/b%20c%2B%C3%BC.mp4");
	assert_string_equal(path_of("http://s3.example:9000/", 0, "a"), "http://examplebucket.s3.example:9000/a");
	assert_string_equal(path_of("https://s3.example:443/deep//", 1, ""), "https://s3.example/deep/examplebucket");
	assert_string_equal(path_of("http://s3.example:80", 0, ""), "http://examplebucket.s3.example/");
	assert_string_equal(path_of("HTTPS://s3.example:80", 1, "a"), "https://s3.example:80/examplebucket/a");
	assert_string_equal(path_of("s3.example", 1, "a"), "input");
	assert_string_equal(path_of("ftp://s3.example", 1, "a"), "input");
	assert_string_equal(path_of("http://", 1, "a"), "input");
	assert_string_equal(path_of("http://user@s3.example", 1, "a"), "input");
	assert_string_equal(path_of("http://s3.example?x", 1, "a"), "input");
}

static void
what_is_no_bucket_or_secret(void **state)
{
	static const char *const buckets[] = { "", "a/b", "a?b", "a@b", "a#b", "a:b", "a b" };
	const struct object_sign s = { .method = "GET", .key = "k", .now_s = 1, .life_s = 60 };
	struct object_place p = amazon;
	char secret[300], host[20];

	(void)state;
	for (size_t i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++) {
		p.bucket = buckets[i];
		base_buf_clear(&b);
		object_sign_url(&p, &s, &b);
		assert_err(ERR_INPUT, b.err);
	}
	p = amazon;
	memset(secret, 'x', sizeof(secret));
	secret[sizeof(secret) - 1] = '\0';
	p.secret_key = secret;
	base_buf_clear(&b);
	object_sign_url(&p, &s, &b);
	assert_err(ERR_TOO_BIG, b.err);
	assert_err(ERR_TOO_BIG, object_sign_host(&amazon, host, sizeof(host)));
	p.endpoint = "http://a:90/x";
	p.is_path_style = 1;
	assert_ok(object_sign_host(&p, host, sizeof(host)));
	assert_string_equal(host, "a:90");
}

static void
links_name_the_file(void **state)
{
	(void)state;
	base_buf_clear(&b);
	object_bucket_link(&amazon, "rec/1.mp4", "Réunion \"x\"\n.mp4", 1369353600, 86400, &b);
	assert_ok(b.err);
	assert_non_null(strstr(b.p, "&response-content-disposition=attachment%3B%20filename%3D%22R__union%20_x__.mp4"
	    "%22%3B%20filename%2A%3DUTF-8%27%27R%25C3%25A9union%2520%2522x%2522%250A.mp4&X-Amz-Signature="));
	base_buf_clear(&b);
	object_bucket_link(&amazon, "test.txt", NULL, 1369353600, 86400, &b);
	assert_non_null(strstr(b.p, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_example),
		cmocka_unit_test(where_objects_are),
		cmocka_unit_test(what_is_no_bucket_or_secret),
		cmocka_unit_test(links_name_the_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

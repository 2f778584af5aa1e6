/* SPDX-License-Identifier: Apache-2.0 */
/* S3's answers, as Amazon's documentation shows them and versitygw 1.8.0 writes them, and what isn't one. */
#include "tests/unit/unit.h"

#include "base/buf.h"
#include "base/limits.h"
#include "object/fault.h"
#include "object/xml.h"

static struct base_arena a;

static int
setup(void **state)
{
	(void)state;
	base_arena_init(&a, LIMIT_ARENA);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	base_arena_free(&a);
	return 0;
}

static const char *
text(const char *xml, const char *name)
{
	return object_xml_text(&a, xml, strlen(xml), name);
}

static void
texts(void **state)
{
	(void)state;
	assert_string_equal(text("<Error><Code>NoSuchKey</Code><Message>a</Message></Error>", "Code"), "NoSuchKey");
	assert_string_equal(text("<Code></Code>", "Code"), "");
	assert_string_equal(text("<K>&lt;a&gt; &amp; &quot;b&apos; &#65;&#x42;&#233;&#x20ac;&#x1F600;</K>", "K"),
	    "<a> & \"b' AB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_string_equal(text("<K>&nbsp; &#0; &#xd800; &#x110000; &#12345678901; &#1x; &</K>", "K"),
	    "&nbsp; &#0; &#xd800; &#x110000; &#12345678901; &#1x; &");
	assert_null(text("<Code>x", "Code"));
	assert_null(text("Code>x</Code>", "Code"));
	assert_null(text("", "Code"));
	assert_null(object_xml_text(&a, "<K>a\0b</K>", 10, "K"));
}

static enum err
page(const char *xml, struct object_page *out)
{
	return object_xml_page(&a, xml, strlen(xml), out);
}

#define HEAD "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"

static void
pages(void **state)
{
	struct object_page p;

	(void)state;
	assert_ok(page(HEAD "<Name>meet</Name><IsTruncated>true</IsTruncated><Contents><Key>a&amp;b</Key><LastModified>"
	    "2026-11-23T06:12:10.000Z</LastModified><ETag>&quot;x&quot;</ETag><Size>617642</Size></Contents><Contents>"
	    "<Key>c</Key><Size>many</Size></Contents><NextContinuationToken>t/=</NextContinuationToken>"
	    "</ListBucketResult>", &p));
	assert_int_equal(p.n, 2);
	assert_string_equal(p.entries[0].key, "a&b");
	assert_int_equal(p.entries[0].size, 617642);
	assert_int_equal(p.entries[0].modified_at, INT64_C(1795414330) * 1000000000);
	assert_string_equal(p.entries[1].key, "c");
	assert_int_equal(p.entries[1].size, 0);
	assert_string_equal(p.next, "t/=");
	assert_ok(page(HEAD "<IsTruncated>false</IsTruncated></ListBucketResult>", &p));
	assert_int_equal(p.n, 0);
	assert_null(p.next);
	assert_err(ERR_INPUT, page(HEAD "<IsTruncated>true</IsTruncated></ListBucketResult>", &p));
	assert_err(ERR_INPUT, page(HEAD "<Contents><Size>1</Size></Contents></ListBucketResult>", &p));
	assert_err(ERR_INPUT, page(HEAD "<Contents><Key>cut", &p));
	assert_err(ERR_INPUT, page("<html>", &p));
	assert_err(ERR_INPUT, page("", &p));
}

#define ENTRY "<Contents><Key>k</Key></Contents>"

/* More entries than S3 gives, and a place in the list that is none, or longer than one is. */
static void
pages_that_are_too_much(void **state)
{
	struct object_page p;
	struct base_buf b;

	(void)state;
	for (int n = OBJECT_PAGE; n <= OBJECT_PAGE + 1; n++) {
		base_buf_init(&b, 1 << 20);
		base_buf_str(&b, HEAD);
		for (int i = 0; i < n; i++)
			base_buf_str(&b, ENTRY);
		base_buf_str(&b, "</ListBucketResult>");
		assert_err(n == OBJECT_PAGE ? ERR_OK : ERR_INPUT, page(b.p, &p));
		base_buf_free(&b);
	}
	for (int n = OBJECT_NEXT - 1; n <= OBJECT_NEXT; n++) {
		base_buf_init(&b, 1 << 20);
		base_buf_printf(&b, HEAD "<IsTruncated>true</IsTruncated><NextContinuationToken>%0*d"
		    "</NextContinuationToken></ListBucketResult>", n, 1);
		assert_err(n == OBJECT_NEXT - 1 ? ERR_OK : ERR_INPUT, page(b.p, &p));
		base_buf_free(&b);
	}
	assert_err(ERR_INPUT, page(HEAD "<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>"
	    "</ListBucketResult>", &p));
	assert_err(ERR_INPUT, page(HEAD "<Contents></Contents><Key>outside</Key></ListBucketResult>", &p));
	assert_ok(page(HEAD "<IsTruncated>maybe</IsTruncated><Contents><Key>&lt;/Key&gt;</Key><LastModified>never"
	    "</LastModified><Size>-1</Size></Contents></ListBucketResult>", &p));
	assert_string_equal(p.entries[0].key, "</Key>");
	assert_int_equal(p.entries[0].modified_at, 0);
	assert_int_equal(p.entries[0].size, 0);
	assert_null(p.next);
}

static void
faults(void **state)
{
	(void)state;
	assert_int_equal(object_fault_of(200, ""), OBJECT_FINE);
	assert_int_equal(object_fault_of(206, "NoSuchKey"), OBJECT_FINE);
	assert_int_equal(object_fault_of(404, "NoSuchKey"), OBJECT_NO_OBJECT);
	assert_int_equal(object_fault_of(404, "NoSuchBucket"), OBJECT_NO_BUCKET);
	assert_int_equal(object_fault_of(404, ""), OBJECT_ODD);
	assert_int_equal(object_fault_of(403, "SignatureDoesNotMatch"), OBJECT_WRONG_SECRET);
	assert_int_equal(object_fault_of(412, ""), OBJECT_CHANGED);
	assert_int_equal(object_fault_of(503, ""), OBJECT_BUSY);
	assert_int_equal(object_fault_kind(OBJECT_NO_OBJECT), ERR_ABSENT);
	assert_int_equal(object_fault_kind(OBJECT_DENIED), ERR_CONFIG);
	assert_int_equal(object_fault_kind(OBJECT_UNREACHABLE), ERR_PEER);
	for (int f = OBJECT_FINE; f <= OBJECT_ODD; f++)
		assert_true(*object_fault_text((enum object_fault)f) != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(pages),
		cmocka_unit_test(pages_that_are_too_much),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

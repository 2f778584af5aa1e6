/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/s3.h"

#include <string.h>

#include "base/random.h"
#include "ctl/doctor/visit.h"

#define CONTENT "written by bedrudctl doctor\n"

/* What to do: before and after the place in the configuration. The others have the same as OBJECT_ODD. */
static const char *const fixes[OBJECT_ODD + 1][2] = {
    [OBJECT_NO_BUCKET] = {"make that bucket, or correct ", ".bucket and endpoint"},
    [OBJECT_WRONG_KEY] = {"correct ", ".accessKey"},
    [OBJECT_WRONG_SECRET] = {"correct ", ".secretKey, and region if the server minds it"},
    [OBJECT_DENIED] = {"let the key of ", " put and delete objects in the bucket (s3:PutObject, s3:DeleteObject)"},
    [OBJECT_WRONG_REGION] = {"set ", ".region to the region of the bucket"},
    [OBJECT_WRONG_CLOCK] = {"set both clocks right (`timedatectl set-ntp true`); ", " needn't be changed"},
    [OBJECT_UNREACHABLE] = {"start the S3 server, or correct ", ".endpoint"},
    [OBJECT_ODD] = {"see what the S3 server's log says, and whether ", ".endpoint and region lead to the bucket"},
};

static const char *
fix_for(struct doctor *d, const struct s3 *s, const struct object_bucket *b)
{
	enum object_fault f = object_bucket_fault(b);
	const char *const *fix = fixes[fixes[f][0] != NULL ? f : OBJECT_ODD];

	return doctor_text(d, "%s%s%s", fix[0], s->key, fix[1]);
}

/* Of what was just written: recordings are looked at, fetched or linked to, and what nobody knows of is found. */
static void
try_to_read(struct doctor *d, const struct s3 *s, struct object_bucket *b, const char *name)
{
	struct object_page page;
	struct object_info info;

	if (object_bucket_head(b, name, &info) != ERR_OK ||
	    object_bucket_list(b, &d->arena, name, NULL, &page) != ERR_OK)
		doctor_error(d, "s3.read",
		    object_bucket_fault(b) == OBJECT_DENIED
			? doctor_text(d,
			      "let the key of %s get objects and list the bucket (s3:GetObject, s3:ListBucket)", s->key)
			: fix_for(d, s, b),
		    "we may write, and not read: %s", object_bucket_problem(b));
	else
		doctor_ok(d, "s3.read", "S3 at %s lets us read and list the bucket %s", s->url.authority,
		    s->place.bucket);
}

static void
try_to_write(struct doctor *d, const struct s3 *s, struct object_bucket *b)
{
	char random[17];
	const char *name;

	base_random_hex(random, 8);
	name = doctor_text(d, "bedrud-doctor-%s", random);
	if (object_bucket_put(b, name, CONTENT, strlen(CONTENT), "text/plain") != ERR_OK) {
		doctor_error(d, "s3.write", fix_for(d, s, b), "we may not write: %s", object_bucket_problem(b));
		return;
	}
	try_to_read(d, s, b, name);
	if (object_bucket_delete(b, name) != ERR_OK)
		doctor_warn(d, "s3.write",
		    doctor_text(d, "let that key delete objects (s3:DeleteObject), and delete %s", name),
		    "we may write, and not delete: %s", object_bucket_problem(b));
	else
		doctor_ok(d, "s3.write", "S3 at %s lets us write into and delete from the bucket %s", s->url.authority,
		    s->place.bucket);
}

void
s3_examine(struct doctor *d, const struct s3 *s)
{
	struct visit v = {.prefix = "s3",
	    .key = doctor_text(d, "%s.endpoint", s->key),
	    .url = &s->url,
	    .start = doctor_text(d, "start the S3 server, or correct %s.endpoint", s->key)};
	struct object_bucket *b;
	struct net n;
	int is_there = visit_open(d, &v, &n) == ERR_OK;

	net_close(&n);
	if (!is_there)
		return;
	if (object_bucket_new(&s->place, DOCTOR_TIMEOUT_MS, &b) != ERR_OK) {
		doctor_error(d, "s3.write", "install libcurl4", "libcurl can't be used");
		return;
	}
	try_to_write(d, s, b);
	object_bucket_free(b);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "object/fault.h"

#include <stddef.h>
#include <string.h>

/* Codes of Amazon S3's, MinIO's and Ceph's; XAdmin… are versitygw's. */
static const struct {
	const char *code;
	enum object_fault fault;
} codes[] = {
	{ "NoSuchKey", OBJECT_NO_OBJECT },
	{ "NoSuchBucket", OBJECT_NO_BUCKET },
	{ "InvalidBucketName", OBJECT_NO_BUCKET },
	{ "InvalidAccessKeyId", OBJECT_WRONG_KEY },
	{ "XAdminUserNotFound", OBJECT_WRONG_KEY },
	{ "SignatureDoesNotMatch", OBJECT_WRONG_SECRET },
	{ "AccessDenied", OBJECT_DENIED },
	{ "AuthorizationHeaderMalformed", OBJECT_WRONG_REGION },
	{ "AuthorizationQueryParametersError", OBJECT_WRONG_REGION },
	{ "PermanentRedirect", OBJECT_WRONG_REGION },
	{ "IllegalLocationConstraintException", OBJECT_WRONG_REGION },
	{ "RequestTimeTooSkewed", OBJECT_WRONG_CLOCK },
	{ "RequestExpired", OBJECT_WRONG_CLOCK },
	{ "PreconditionFailed", OBJECT_CHANGED },
	{ "SlowDown", OBJECT_BUSY },
	{ "ServiceUnavailable", OBJECT_BUSY },
};

static const struct {
	enum err kind;
	const char *text;
} faults[] = {
	[OBJECT_FINE] = { ERR_OK, "nothing is wrong" },
	[OBJECT_NO_OBJECT] = { ERR_ABSENT, "there is no such object" },
	[OBJECT_NO_BUCKET] = { ERR_CONFIG, "there is no such bucket: make it, or correct bucket and endpoint" },
	[OBJECT_WRONG_KEY] = { ERR_CONFIG, "the server knows no such access key: correct accessKey" },
	[OBJECT_WRONG_SECRET] = { ERR_CONFIG, "the signature is wrong: correct secretKey, and region" },
	[OBJECT_DENIED] = { ERR_CONFIG, "that access key may not do this: let it get, put, delete and list" },
	[OBJECT_WRONG_REGION] = { ERR_CONFIG, "the bucket is in another region: correct region, and endpoint" },
	[OBJECT_WRONG_CLOCK] = { ERR_CONFIG, "the clocks differ: set both right (timedatectl set-ntp true)" },
	[OBJECT_CHANGED] = { ERR_CONFLICT, "the object was replaced meanwhile" },
	[OBJECT_BUSY] = { ERR_PEER, "the server is too busy" },
	[OBJECT_UNREACHABLE] = { ERR_PEER, "the server isn't reached: start it, or correct the endpoint" },
	[OBJECT_ODD] = { ERR_PEER, "the server answered what S3 doesn't: look at endpoint and the server's log" },
};

enum object_fault
object_fault_of(long status, const char *code)
{
	if (status / 100 == 2)
		return OBJECT_FINE;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].fault;
	if (status == 412)
		return OBJECT_CHANGED;
	return status == 429 || status == 503 ? OBJECT_BUSY : OBJECT_ODD;
}

enum err
object_fault_kind(enum object_fault f)
{
	return faults[f].kind;
}

const char *
object_fault_text(enum object_fault f)
{
	return faults[f].text;
}

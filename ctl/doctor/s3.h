/* SPDX-License-Identifier: Apache-2.0 */
/* An S3 server: whether it is there, and lets us write. */
#ifndef CTL_DOCTOR_S3_H
#define CTL_DOCTOR_S3_H
#include "ctl/doctor/doctor.h"
#include "ctl/doctor/url.h"
#include "object/bucket.h"

struct s3 {
	const char *key;		/* of the configuration: "recording.s3" */
	struct url url;			/* of the endpoint */
	struct object_place place;
};

/*
 * Puts an object of a few bytes into the bucket, looks at it and deletes it, and says how far it came: s3.dns, s3.tcp,
 * s3.tls, s3.certificate, s3.read, s3.write. The only thing that the doctor writes anywhere: that one may write can't
 * be seen otherwise.
 */
void s3_examine(struct doctor *d, const struct s3 *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/bucket.h"

enum { TIMEOUT_MS = 30000 };

enum err
worker_bucket_open(struct worker *w, const struct conf_recording *c, struct object_place *place,
    struct object_bucket **out)
{
	if (*c->bucket == '\0')
		return worker_because(w, ERR_CONFIG, "recording.s3 is not set");
	*place = (struct object_place){ .endpoint = c->endpoint, .region = c->region, .bucket = c->bucket,
		.access_key = c->access_key, .secret_key = c->secret_key, .is_path_style = c->is_path_style };
	return object_bucket_new(place, TIMEOUT_MS, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket that the configuration names for recordings. */
#ifndef WORKER_BUCKET_H
#define WORKER_BUCKET_H
#include "conf/recording.h"
#include "object/bucket.h"
#include "worker/worker.h"

/* *place is filled for the handle, which borrows it. ERR_CONFIG: none is named. ERR_NOMEM. */
enum err worker_bucket_open(struct worker *w, const struct conf_recording *c, struct object_place *place,
    struct object_bucket **out) BASE_MUST_CHECK;

#endif

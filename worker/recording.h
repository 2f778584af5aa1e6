/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings: the file that comes home, the one that goes, and what nobody reports. See worker/worker.h. */
#ifndef WORKER_RECORDING_H
#define WORKER_RECORDING_H
#include "worker/worker.h"

/*
 * Duty: asks LiveKit about recordings that have not moved for a minute, ends those whose room is over or whose time or
 * size is up, gives up those whose recorder is silent, stops what LiveKit records for a recording that is over or
 * deleted, begins jobs anew that were lost, deletes what is older than recording.retentionHours. With LiveKit away
 * nothing is given up. Report: asked, moved, stopped, lost, expired.
 */
#define WORKER_RECORDING_PERIOD (20 * BASE_CLOCK_SECOND)
enum err worker_recording_watch(struct worker *w, struct base_buf *report) BASE_MUST_CHECK;

/*
 * Duty: files in recording.storageDir and, when recordings go to S3, objects in the bucket that are ours, an hour old
 * and without a recording; recordings without file; each logged. What others keep in the bucket is passed over.
 * Report: orphans; missing, unless there are some in a bucket that can't be looked into; partial: that is so, the
 * bucket refused to be listed, or it holds more than a round looks through.
 */
enum err worker_recording_files(struct worker *w, struct base_buf *report) BASE_MUST_CHECK;

#endif

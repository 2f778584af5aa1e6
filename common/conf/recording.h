/* SPDX-License-Identifier: Apache-2.0 */
/* How recordings are made and kept, as the keys recording.* together with chat.uploads.s3.* say. */
#ifndef CONF_RECORDING_H
#define CONF_RECORDING_H
#include <stdint.h>
#include "conf/conf.h"

enum conf_recording_download { CONF_DOWNLOAD_OURS, CONF_DOWNLOAD_X_SENDFILE, CONF_DOWNLOAD_X_ACCEL };

/* Strings are the configuration's. */
struct conf_recording {
	int is_enabled;			/* by the file; the store's setting may as well */
	int is_s3;			/* the worker writes to S3, else to `incoming` */
	int is_fetched;			/* from S3 into `dir`, else it stays there */
	const char *dir;		/* recording.storageDir, absolute */
	const char *layout, *preset, *template_url, *accel_prefix;
	enum conf_recording_download download;
	const char *endpoint, *bucket, *region, *access_key, *secret_key;	/* of S3; bucket "" = there is none */
	int is_path_style;
	int64_t max_bytes, quota_bytes, min_free_bytes;	/* 0 = no limit */
	int64_t max_duration, retention;		/* ns, 0 = none here */
	long long max_per_room;				/* 0 = no limit */
};

void conf_recording(const struct conf *c, struct conf_recording *out);

/* The folder that the egress worker writes to: into out[n]. ERR_CONFIG when it doesn't fit. */
enum err conf_recording_incoming(const struct conf *c, char *out, size_t n) BASE_MUST_CHECK;

#endif

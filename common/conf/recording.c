/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/recording.h"

#include <stdio.h>
#include <string.h>

#define MEGABYTE (INT64_C(1) << 20)
#define MINUTE (INT64_C(60) * 1000000000)

static void
read_s3(const struct conf *c, struct conf_recording *out)
{
	int own = *conf_str(c, CONF_recording_s3_endpoint) != '\0' || *conf_str(c, CONF_recording_s3_bucket) != '\0';

	out->endpoint = conf_str(c, own ? CONF_recording_s3_endpoint : CONF_chat_uploads_s3_endpoint);
	out->bucket = conf_str(c, own ? CONF_recording_s3_bucket : CONF_chat_uploads_s3_bucket);
	out->region = conf_str(c, own ? CONF_recording_s3_region : CONF_chat_uploads_s3_region);
	out->access_key = conf_str(c, own ? CONF_recording_s3_accessKey : CONF_chat_uploads_s3_accessKey);
	out->secret_key = conf_str(c, own ? CONF_recording_s3_secretKey : CONF_chat_uploads_s3_secretKey);
	out->is_path_style = conf_bool(c, CONF_recording_s3_forcePathStyle);
}

static enum conf_recording_download
download(const char *s)
{
	if (strcmp(s, "x-sendfile") == 0)
		return CONF_DOWNLOAD_X_SENDFILE;
	return strcmp(s, "x-accel-redirect") == 0 ? CONF_DOWNLOAD_X_ACCEL : CONF_DOWNLOAD_OURS;
}

void
conf_recording(const struct conf *c, struct conf_recording *out)
{
	const char *storage = conf_str(c, CONF_recording_storage);

	*out = (struct conf_recording){ .is_enabled = conf_bool(c, CONF_recording_enabled),
		.is_s3 = *storage == '\0' ? !conf_livekit_embedded(c) : strcmp(storage, "s3") == 0,
		.is_fetched = conf_bool(c, CONF_recording_s3_fetch), .dir = conf_str(c, CONF_recording_storageDir),
		.layout = conf_str(c, CONF_recording_layout), .preset = conf_str(c, CONF_recording_preset),
		.template_url = conf_str(c, CONF_recording_templateURL),
		.accel_prefix = conf_str(c, CONF_recording_accelPrefix),
		.download = download(conf_str(c, CONF_recording_download)),
		.max_bytes = conf_int(c, CONF_recording_maxFileSizeMB) * MEGABYTE,
		.quota_bytes = conf_int(c, CONF_recording_quotaMB) * MEGABYTE,
		.min_free_bytes = conf_int(c, CONF_recording_minFreeMB) * MEGABYTE,
		.max_duration = conf_int(c, CONF_recording_maxDurationMins) * MINUTE,
		.retention = conf_int(c, CONF_recording_retentionHours) * 60 * MINUTE,
		.max_per_room = conf_int(c, CONF_recording_maxRecordingsPerRoom) };
	read_s3(c, out);
}

enum err
conf_recording_incoming(const struct conf *c, char *out, size_t n)
{
	const char *own = conf_str(c, CONF_recording_incomingDir);
	int w = *own != '\0' ? snprintf(out, n, "%s", own) :
	    snprintf(out, n, "%s/incoming", conf_str(c, CONF_recording_storageDir));

	return w > 0 && (size_t)w < n ? ERR_OK : ERR_CONFIG;
}

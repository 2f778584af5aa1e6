/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/recorder.h"

#include <string.h>

#include "base/log.h"
#include "base/limits.h"

/* What the worker's own words (livekit/egress 1.x, its S3 client, Go's os package) mean for who has to mend it. */
static const struct {
	const char *word, *text;
} meanings[] = {
	{ "Start signal not received", "It was stopped before it had begun." },
	{ "NoSuchBucket", "The recorder could not store the file: the bucket does not exist. Check "
	    "recording.s3.bucket." },
	{ "InvalidAccessKeyId", "The recorder could not store the file: S3 does not know the access key. Check "
	    "recording.s3.accessKey." },
	{ "SignatureDoesNotMatch", "The recorder could not store the file: S3 refused the secret key. Check "
	    "recording.s3.secretKey." },
	{ "AccessDenied", "The recorder could not store the file: S3 does not let this key write to the bucket." },
	{ "permission denied", "The recorder could not write the file: its user has no right to write to "
	    "recording.incomingDir." },
	{ "no such file or directory", "The recorder could not write the file: the folder recording.incomingDir is not "
	    "there on the recorder's machine." },
	{ "no space left", "The recorder's disk is full." },
	{ "connection refused", "The recorder could not reach the S3 server. Check recording.s3.endpoint." },
	{ "no such host", "The recorder does not find the S3 server by its name. Check recording.s3.endpoint." },
};

static const char *
explain(struct base_arena *a, const struct livekit_egress *eg)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strstr(eg->error, meanings[i].word) != NULL || strstr(eg->details, meanings[i].word) != NULL)
			return meanings[i].text;
	if (*eg->error != '\0')
		return base_arena_printf(a, "The recorder failed: %s.", eg->error);
	return eg->status == LIVEKIT_EGRESS_ABORTED ? "The recording was broken off before anything was recorded." :
	    "The recorder ended without a file.";
}

static enum err
read_end(struct base_arena *a, const struct livekit_egress *eg, enum meeting_recording_event *event,
    struct meeting_recording_news *news)
{
	int has_file = *eg->filename != '\0' && eg->size > 0;

	*event = has_file ? MEETING_RECORDING_FILE : MEETING_RECORDING_NO_FILE;
	if (has_file) {
		news->file_size = eg->size;
		news->duration_ms = eg->duration_ns / 1000000;
	}
	if (has_file && eg->status == LIVEKIT_EGRESS_LIMIT_REACHED)
		news->stop_reason = "its limit was reached";
	if (has_file && (eg->status == LIVEKIT_EGRESS_COMPLETE || eg->status == LIVEKIT_EGRESS_LIMIT_REACHED))
		return ERR_OK;
	news->error = explain(a, eg);
	return news->error != NULL ? ERR_OK : ERR_NOMEM;
}

enum err
meeting_recorder_read(struct base_arena *a, const struct livekit_egress *eg, enum meeting_recording_event *event,
    struct meeting_recording_news *news)
{
	*news = (struct meeting_recording_news){ .egress_id = eg->id };
	switch (eg->status) {
	case LIVEKIT_EGRESS_STARTING:
		*event = MEETING_RECORDING_STARTING;
		return ERR_OK;
	case LIVEKIT_EGRESS_ACTIVE:
		*event = MEETING_RECORDING_ACTIVE;
		news->started_at = eg->started_at;
		return ERR_OK;
	case LIVEKIT_EGRESS_ENDING:
		*event = MEETING_RECORDING_ENDING;
		return ERR_OK;
	case LIVEKIT_EGRESS_COMPLETE:
	case LIVEKIT_EGRESS_FAILED:
	case LIVEKIT_EGRESS_ABORTED:
	case LIVEKIT_EGRESS_LIMIT_REACHED:
		break;
	}
	return read_end(a, eg, event, news);
}

enum err
meeting_recorder_id(struct base_arena *a, const struct livekit_egress *eg, const char **id)
{
	const char *name = strrchr(eg->filename, '/');
	const char *dot;
	char *copy;

	name = name == NULL ? eg->filename : name + 1;
	dot = strchr(name, '.');
	*id = "";
	if (dot == NULL || dot - name != 36)	/* a UUID */
		return ERR_OK;
	copy = base_arena_dup(a, name, 36);
	if (copy == NULL)
		return ERR_NOMEM;
	*id = copy;
	return ERR_OK;
}

enum err
meeting_recorder_find(struct store *s, struct base_arena *a, const struct livekit_egress *eg,
    struct store_recording *out)
{
	const char *id;
	enum err e = store_recording_by_egress(s, a, eg->id, out);

	if (e != ERR_ABSENT)
		return e;
	if ((e = meeting_recorder_id(a, eg, &id)) != ERR_OK)
		return e;
	return *id == '\0' ? ERR_ABSENT : store_recording_by_id(s, a, id, out);
}

static enum err
stop(struct livekit_api *api, struct base_arena *a, const struct store_recording *r)
{
	struct livekit_egress eg;
	enum err e;

	if (*r->egress_id == '\0')
		return ERR_OK;
	e = livekit_egress_stop(api, a, r->room_name, r->egress_id, &eg);
	return e == ERR_ABSENT || e == ERR_GONE ? ERR_OK : e;
}

/* Nobody may be there to hear it: the page asks again when it is opened, so a failure is only logged. */
static void
tell(struct livekit_api *api, const struct store_recording *r)
{
	struct base_buf b;

	base_buf_init(&b, LIMIT_BODY_SMALL);
	base_json_open(&b, NULL, '{');
	base_json_put_str(&b, "type", "system");
	base_json_put_str(&b, "event", r->state == STORE_RECORDING_ACTIVE ? "recording_started" : "recording_stopped");
	base_json_put_str(&b, "recordingId", r->id);
	base_json_close(&b, '}');
	if (b.err == ERR_OK && livekit_api_send_data(api, r->room_name, b.p, NULL, 0) != ERR_OK)
		base_log(LOG_LEVEL_INFO, "nobody in room %s was told about recording %s", r->room_name, r->id);
	base_buf_free(&b);
}

enum err
meeting_recorder_follow(struct livekit_api *api, struct base_arena *a, const struct store_recording *r, unsigned todo)
{
	enum err e = todo & MEETING_RECORDING_DO_STOP ? stop(api, a, r) : ERR_OK;

	if (todo & MEETING_RECORDING_DO_TELL)
		tell(api, r);
	return e;
}

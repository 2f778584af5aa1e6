/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/recording.h"

#include "base/json.h"
#include "base/limits.h"
#include "meeting/outbound.h"
#include "store/job.h"

enum {
	PENDING = STORE_RECORDING_PENDING, STARTING = STORE_RECORDING_STARTING, ACTIVE = STORE_RECORDING_ACTIVE,
	STOPPING = STORE_RECORDING_STOPPING, PROCESSING = STORE_RECORDING_PROCESSING,
	COMPLETED = STORE_RECORDING_COMPLETED, FAILED = STORE_RECORDING_FAILED, DELETING = STORE_RECORDING_DELETING,

	STOP = MEETING_RECORDING_DO_STOP, FETCH = MEETING_RECORDING_DO_FETCH, ERASE = MEETING_RECORDING_DO_ERASE,
	TELL = MEETING_RECORDING_DO_TELL, REPORT = MEETING_RECORDING_DO_REPORT, REFUSE = MEETING_RECORDING_REFUSE,
	HOME = FETCH | TELL
};

/*
 * A column per event, in the order of the enum. What needs saying:
 * - STOP before LiveKit has answered is kept: the answer then brings the StopEgress.
 * - Lost while something was written: the file may be there, so it is looked for before the recording counts as failed.
 * - FAILED may come too early (a start that LiveKit answered too late): whatever then still runs is stopped, since
 *   nobody would see that they are recorded; and a file that comes after all is kept.
 */
static const struct {
	int to;
	unsigned todo;
} table[STORE_RECORDING__MAX][MEETING_RECORDING__MAX] = {
	/*	accepted		refused			starting		active
	 *	ending			file			no file			lost
	 *	stop			good			bad			delete */
	[PENDING] = {
		{ STARTING, 0 },	{ FAILED, TELL },	{ STARTING, 0 },	{ ACTIVE, TELL },
		{ STOPPING, TELL },	{ PROCESSING, FETCH },	{ FAILED, TELL },	{ FAILED, TELL },
		{ STOPPING, STOP },	{ PENDING, 0 },		{ PENDING, 0 },		{ PENDING, REFUSE } },
	[STARTING] = {
		{ STARTING, 0 },	{ STARTING, 0 },	{ STARTING, 0 },	{ ACTIVE, TELL },
		{ STOPPING, TELL },	{ PROCESSING, HOME },	{ FAILED, TELL },	{ FAILED, TELL | STOP },
		{ STOPPING, STOP },	{ STARTING, 0 },	{ STARTING, 0 },	{ STARTING, REFUSE } },
	[ACTIVE] = {
		{ ACTIVE, 0 },		{ ACTIVE, 0 },		{ ACTIVE, 0 },		{ ACTIVE, 0 },
		{ STOPPING, TELL },	{ PROCESSING, HOME },	{ FAILED, TELL },	{ PROCESSING, HOME | STOP },
		{ STOPPING, STOP | TELL }, { ACTIVE, 0 },	{ ACTIVE, 0 },		{ ACTIVE, REFUSE } },
	[STOPPING] = {
		{ STOPPING, STOP },	{ FAILED, TELL },	{ STOPPING, STOP },	{ STOPPING, STOP },
		{ STOPPING, 0 },	{ PROCESSING, HOME },	{ FAILED, TELL },	{ PROCESSING, HOME | STOP },
		{ STOPPING, STOP },	{ STOPPING, 0 },	{ STOPPING, 0 },	{ STOPPING, REFUSE } },
	[PROCESSING] = {
		{ PROCESSING, 0 },	{ PROCESSING, 0 },	{ PROCESSING, 0 },	{ PROCESSING, 0 },
		{ PROCESSING, 0 },	{ PROCESSING, 0 },	{ PROCESSING, 0 },	{ PROCESSING, FETCH },
		{ PROCESSING, 0 },	{ COMPLETED, REPORT },	{ FAILED, 0 },		{ DELETING, ERASE } },
	[COMPLETED] = {
		{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },
		{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },
		{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ COMPLETED, 0 },	{ DELETING, ERASE } },
	[FAILED] = {
		{ FAILED, STOP },	{ FAILED, 0 },		{ FAILED, STOP },	{ FAILED, STOP },
		{ FAILED, 0 },		{ PROCESSING, FETCH },	{ FAILED, 0 },		{ FAILED, 0 },
		{ FAILED, 0 },		{ COMPLETED, REPORT },	{ FAILED, 0 },		{ DELETING, ERASE } },
	[DELETING] = {
		{ DELETING, STOP },	{ DELETING, 0 },	{ DELETING, STOP },	{ DELETING, STOP },
		{ DELETING, 0 },	{ DELETING, ERASE },	{ DELETING, 0 },	{ DELETING, ERASE },
		{ DELETING, 0 },	{ DELETING, 0 },	{ DELETING, 0 },	{ DELETING, ERASE } },
};

struct meeting_recording_move
meeting_recording_step(enum store_recording_state from, enum meeting_recording_event event)
{
	return (struct meeting_recording_move){ (enum store_recording_state)table[from][event].to,
		table[from][event].todo };
}

static void
merge(struct store_recording *r, enum meeting_recording_event event, const struct meeting_recording_news *n,
    int64_t now)
{
	if (n->egress_id != NULL)
		r->egress_id = n->egress_id;
	if (n->error != NULL)
		r->error = n->error;
	else if (event == MEETING_RECORDING_FILE)
		r->error = "";		/* it was given up too early */
	/* Why it stops is who asked first. */
	if (n->stop_reason != NULL && *r->stop_reason == '\0')
		r->stop_reason = n->stop_reason;
	if (n->storage != NULL)
		r->storage = n->storage;
	if (n->object_key != NULL)
		r->object_key = n->object_key;
	if (n->file_name != NULL)
		r->file_name = n->file_name;
	if (n->file_url != NULL)
		r->file_url = n->file_url;
	if (n->file_size > 0)
		r->file_size = n->file_size;
	if (n->duration_ms > 0)
		r->duration_ms = n->duration_ms;
	if (n->started_at > 0)
		r->started_at = n->started_at;
	if (r->started_at == 0 && r->state == STORE_RECORDING_ACTIVE)
		r->started_at = now;
	if (r->state == STORE_RECORDING_PROCESSING)
		r->completed_at = 0;
	if (r->completed_at == 0 && (r->state == STORE_RECORDING_COMPLETED || r->state == STORE_RECORDING_FAILED))
		r->completed_at = now;
}

/* What Bedrud's server puts into these jobs, and the id of the row. */
static enum err
queue(struct store *s, const char *type, const struct store_recording *r, int64_t now)
{
	struct base_buf b;
	char job[37];
	enum err e;

	base_buf_init(&b, LIMIT_BODY_SMALL);
	base_json_open(&b, NULL, '{');
	base_json_put_str(&b, "recording_id", r->id);
	base_json_put_str(&b, "room_id", r->room_id);
	base_json_put_str(&b, "room_name", r->room_name);
	base_json_put_str(&b, "egress_id", r->egress_id);
	base_json_put_str(&b, "recording_type", r->type);
	base_json_put_int(&b, "file_size", r->file_size);
	base_json_put_int(&b, "duration_ms", r->duration_ms);
	base_json_close(&b, '}');
	e = b.err;
	if (e == ERR_OK)
		e = store_job_add(s, type, b.p, STORE_JOB_FIRST, now, now, job);
	base_buf_free(&b);
	/* The worker finds what has not moved for a minute, with or without a job. */
	return e == ERR_LIMIT ? ERR_OK : e;
}

static void
put_report(struct base_buf *b, const void *what)
{
	const struct store_recording *r = what;

	base_json_put_str(b, "recordingId", r->id);
	base_json_put_str(b, "roomId", r->room_id);
	base_json_put_str(b, "roomName", r->room_name);
	base_json_put_str(b, "fileURL", r->file_url);
	base_json_put_int(b, "fileSizeBytes", r->file_size);
	base_json_put_int(b, "durationMs", r->duration_ms);
	base_json_put_str(b, "status", store_recording_status_name(r->state));
}

enum err
meeting_recording_apply(struct store *s, struct base_arena *a, const char *id, enum meeting_recording_event event,
    const struct meeting_recording_news *news, int64_t now, struct store_recording *out, unsigned *todo)
{
	struct meeting_recording_move m;
	enum store_recording_state from;
	enum err e = store_recording_by_id(s, a, id, out);

	*todo = 0;
	if (e != ERR_OK)
		return e;
	from = out->state;
	m = meeting_recording_step(from, event);
	if (m.todo & MEETING_RECORDING_REFUSE)
		return ERR_CONFLICT;
	out->state = m.to;
	merge(out, event, news, now);
	e = store_recording_save(s, out, from, now);
	if (e == ERR_OK && (m.todo & MEETING_RECORDING_DO_FETCH))
		e = queue(s, "process_recording", out, now);
	if (e == ERR_OK && (m.todo & MEETING_RECORDING_DO_ERASE))
		e = queue(s, "recording_delete", out, now);
	if (e == ERR_OK && (m.todo & MEETING_RECORDING_DO_REPORT))
		e = meeting_outbound_send(s, a, "recording.completed", put_report, out, now);
	if (e == ERR_OK)
		*todo = m.todo & (MEETING_RECORDING_DO_STOP | MEETING_RECORDING_DO_TELL);
	return e;
}

static const char *
download_status(const struct store_recording *r)
{
	if (r->state == STORE_RECORDING_COMPLETED)
		return "ready";
	return r->state == STORE_RECORDING_FAILED || r->state == STORE_RECORDING_DELETING ? "failed" : "processing";
}

void
meeting_recording_put(struct base_buf *b, const char *key, const struct store_recording *r, const char *file_url)
{
	base_json_open(b, key, '{');
	base_json_put_str(b, "id", r->id);
	base_json_put_str(b, "recordingType", r->type);
	base_json_put_int(b, "durationMs", r->duration_ms);
	base_json_put_int(b, "fileSize", r->file_size);
	if (file_url != NULL)
		base_json_put_str(b, "fileUrl", file_url);
	base_json_put_str(b, "status", store_recording_status_name(r->state));
	base_json_put_str(b, "state", store_recording_state_name(r->state));
	if (*r->error != '\0')
		base_json_put_str(b, "error", r->error);
	base_json_put_str(b, "downloadStatus", download_status(r));
	base_json_put_str(b, "roomId", r->room_id);
	base_json_put_str(b, "roomName", r->room_name);
	base_json_put_str(b, "createdBy", r->created_by);
	base_json_put_time(b, "createdAt", r->created_at);
	base_json_put_time(b, "startedAt", r->started_at);
	base_json_put_time(b, "completedAt", r->completed_at);
	base_json_put_str(b, "fileName", r->file_name);
	base_json_put_str(b, "stopReason", r->stop_reason);
	base_json_close(b, '}');
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/rooms/:roomId/recording/start: a moderator has the meeting recorded. What can be known to go wrong is said
 * first; then the row is there, so that a second press finds it, and only then LiveKit is asked, which takes half a
 * second, or 24 when no recorder answers.
 */
#include "cgi/recording/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/log.h"
#include "base/random.h"

struct wish {
	struct conf_recording conf;
	struct recording_place at;
	const char *layout, *preset;
	int is_audio_only;
};

/* EncodingOptionsPreset of livekit_egress.proto. */
static int
is_preset(const char *s)
{
	static const char *const all[] = { "H264_720P_30", "H264_720P_60", "H264_1080P_30", "H264_1080P_60",
		"PORTRAIT_H264_720P_30", "PORTRAIT_H264_720P_60", "PORTRAIT_H264_1080P_30", "PORTRAIT_H264_1080P_60" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i], s) == 0)
			return 1;
	return 0;
}

/* A layout is a word that the page of the recorder knows; it becomes part of that page's address. */
static int
is_layout(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= 40 && s[n] == '\0';
}

static enum err
read_wish(struct door *d, struct wish *w)
{
	json_object *body;
	enum err e;

	conf_recording(d->conf, &w->conf);
	w->layout = w->conf.layout;
	w->preset = w->conf.preset;
	e = web_request_json(d->req, 1, &body);
	if (e == ERR_OK && (e = base_json_str(body, "layout", &w->layout)) == ERR_OK &&
	    (e = base_json_str(body, "preset", &w->preset)) == ERR_OK)
		e = base_json_bool(body, "audioOnly", &w->is_audio_only);
	if (e == ERR_INPUT)
		return door_fail(d, e, "The request may be a JSON object with the texts layout and preset, and "
		    "audioOnly true or false.");
	if (e != ERR_OK)
		return e;
	if (!is_layout(w->layout))
		return door_fail(d, ERR_INPUT, "Give a layout: grid, speaker or single-speaker, or one of the server's "
		    "own page.");
	if (!is_preset(w->preset))
		return door_fail(d, ERR_INPUT, "Give a preset such as H264_720P_30 or H264_1080P_30.");
	return ERR_OK;
}

/* Whether the server, the room and the caller let it be. */
static enum err
check_rights(struct door *d, struct wish *w)
{
	const struct store_setting *s;
	int64_t n;
	enum err e = door_settings(d, &s);

	if (e != ERR_OK)
		return e;
	if (!s->recordings_enabled && !w->conf.is_enabled)
		return door_fail(d, ERR_DENIED, "Recording is off on this server. Its operator can allow it: "
		    "recording.enabled in config.yaml.");
	if ((e = recording_find_room(d, &w->at)) != ERR_OK ||
	    (e = recording_may_control(d, &w->at, "record a meeting")) != ERR_OK)
		return e;
	if (!w->at.room.is_active)
		return door_fail(d, ERR_GONE, "This meeting has ended.");
	if (!w->at.room.recordings_allowed)
		return door_fail(d, ERR_DENIED, "Recording is off in this room. Its owner can allow it in the room's "
		    "settings.");
	if (w->conf.max_per_room == 0 || w->at.room.is_persistent)
		return ERR_OK;
	if ((e = store_recording_count(d->store, w->at.room.id, &n)) != ERR_OK || n < w->conf.max_per_room)
		return e;
	return door_fail(d, ERR_DENIED, "This room has as many recordings as it may have (%lld). Delete one first.",
	    w->conf.max_per_room);
}

static enum err
check_space(struct door *d, const struct conf_recording *c, const char *folder, const char *key)
{
	struct statvfs fs;

	if (statvfs(folder, &fs) != 0 || faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0) {
		base_log(LOG_LEVEL_ERROR, "%s %s can't be written to: %s", key, folder, strerror(errno));
		return door_fail(d, ERR_CONFIG, "The server can't write to its folder for recordings. Its operator "
		    "finds why in the log: %s.", key);
	}
	if ((int64_t)fs.f_bavail * (int64_t)fs.f_frsize < c->min_free_bytes)
		return door_fail(d, ERR_BUSY, "The server's disk is nearly full: delete old recordings, or tell its "
		    "operator.");
	return ERR_OK;
}

/* Local files: the folder is there or can be made, and there is space; so with the recorder's own, since a missing one
 * would show only after the meeting, and cost the recording. */
static enum err
check_disk(struct door *d, const struct conf_recording *c)
{
	char incoming[4096];
	enum err e;

	if (base_folder_make(c->dir, 0770) != ERR_OK) {
		base_log(LOG_LEVEL_ERROR, "recording.storageDir %s can't be made: %s", c->dir, strerror(errno));
		return door_fail(d, ERR_CONFIG, "The server has no folder for recordings. Its operator finds why in "
		    "the log: recording.storageDir.");
	}
	if ((e = check_space(d, c, c->dir, "recording.storageDir")) != ERR_OK)
		return e;
	if (conf_recording_incoming(d->conf, incoming, sizeof(incoming)) != ERR_OK ||
	    base_folder_make(incoming, 0770) != ERR_OK) {
		base_log(LOG_LEVEL_ERROR, "recording.incomingDir isn't there and can't be made: %s", strerror(errno));
		return door_fail(d, ERR_CONFIG, "The server has no folder for its recorder to write to. Its operator "
		    "finds why in the log: recording.incomingDir.");
	}
	return check_space(d, c, incoming, "recording.incomingDir");
}

static enum err
check_storage(struct door *d, const struct conf_recording *c)
{
	int64_t bytes;
	enum err e;

	if (c->quota_bytes > 0) {
		if ((e = store_recording_bytes(d->store, &bytes)) != ERR_OK)
			return e;
		if (bytes >= c->quota_bytes)
			return door_fail(d, ERR_DENIED, "The space for recordings on this server is used up. Delete "
			    "old ones first.");
	}
	if (!c->is_s3)
		return check_disk(d, c);
	if (*c->bucket == '\0' || *c->access_key == '\0' || *c->secret_key == '\0')
		return door_fail(d, ERR_CONFIG, "The server has nowhere to put a recording: set recording.s3.bucket, "
		    "accessKey and secretKey, or recording.storage: local.");
	return ERR_OK;
}

/* What LiveKit would need 24 s to say, or says in words of its own. */
static enum err
check_livekit(struct door *d, const struct wish *w)
{
	const char *sid;
	enum err e;

	if (d->process->livekit_key == NULL)
		return door_fail(d, ERR_CONFIG, "This server has no LiveKit to record with: livekit.apiSecret is not "
		    "set.");
	if (conf_livekit_embedded(d->conf) && *conf_str(d->conf, CONF_livekit_redis_address) == '\0' &&
	    *conf_str(d->conf, CONF_livekit_configPath) == '\0')
		return door_fail(d, ERR_CONFIG, "Recording needs Redis, by which LiveKit finds its recorder: set "
		    "livekit.redis.address and restart livekit-launcher.");
	if ((e = store_room_live_sid(d->store, d->arena, w->at.room.id, &sid)) != ERR_OK)
		return e;
	if (*sid == '\0')
		return door_fail(d, ERR_CONFLICT, "Nobody is in the room. A recording can begin when somebody is.");
	return ERR_OK;
}

static struct tm
utc(int64_t ns)
{
	time_t t = (time_t)(ns / BASE_CLOCK_SECOND);
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	return tm;
}

/* The key is made of ids alone; the name is for people: room, date and time in UTC. */
static enum err
name_file(struct door *d, struct store_recording *r)
{
	struct tm t = utc(d->now);

	r->object_key = base_arena_printf(d->arena, "%s/%s/%s.mp4", r->created_by, r->room_id, r->id);
	r->file_name = base_arena_printf(d->arena, "%s %04d-%02d-%02d %02d-%02d.mp4", r->room_name, t.tm_year + 1900,
	    t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min);
	return r->object_key != NULL && r->file_name != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err
insert(struct door *d, const struct wish *w, char id[37], struct store_recording *r)
{
	enum err e;

	base_random_uuid(id);
	*r = (struct store_recording){ .id = id, .room_id = w->at.room.id, .room_name = w->at.room.name,
		.created_by = d->caller->user.id, .egress_id = "", .type = w->is_audio_only ? "audio" : "composite",
		.error = "", .file_url = "", .storage = w->conf.is_s3 ? "s3" : "local", .layout = w->layout,
		.preset = w->preset, .stop_reason = "", .audio_only = w->is_audio_only, .created_at = d->now };
	if ((e = name_file(d, r)) != ERR_OK)
		return e;
	e = store_recording_insert(d->store, r);
	return e == ERR_CONFLICT ? door_fail(d, e, "This meeting is being recorded already.") : e;
}

/* A handle of its own: the thread's gives up long before LiveKit does. */
static enum err
open_api(struct door *d, struct livekit_api **out)
{
	const struct livekit_api_conf c = { .base_url = d->process->livekit_api,
		.api_key = conf_str(d->conf, CONF_livekit_apiKey), .key = d->process->livekit_key,
		.skip_tls_verify = conf_bool(d->conf, CONF_livekit_skipTLSVerify),
		.timeout_ms = LIVEKIT_EGRESS_TIMEOUT_MS };

	return livekit_api_new(&c, out);
}

/* Where the recorder writes: the incoming folder, flat, by the id; or the key in the bucket. */
static enum err
ask(struct door *d, struct livekit_api *api, const struct wish *w, const struct store_recording *r,
    struct livekit_egress *out)
{
	const struct conf_recording *c = &w->conf;
	const struct livekit_egress_s3 s3 = { .endpoint = c->endpoint, .region = c->region, .bucket = c->bucket,
		.access_key = c->access_key, .secret = c->secret_key, .is_path_style = c->is_path_style };
	struct livekit_egress_wish wish = { .room = r->room_name, .layout = r->layout, .preset = r->preset,
		.template_url = c->template_url, .is_audio_only = r->audio_only, .path = r->object_key,
		.s3 = c->is_s3 ? &s3 : NULL };
	char incoming[4096];
	enum err e;

	if (!c->is_s3) {
		if ((e = conf_recording_incoming(d->conf, incoming, sizeof(incoming))) != ERR_OK)
			return base_log_err(e, "the name of recording.incomingDir is too long");
		wish.path = base_arena_printf(d->arena, "%s/%s.mp4", incoming, r->id);
		if (wish.path == NULL)
			return ERR_NOMEM;
	}
	return livekit_egress_start(api, d->arena, &wish, out);
}

static enum err
answer(struct door *d, const struct store_recording *r)
{
	struct base_buf *b = door_json(d);

	d->reply->status = 201;
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "id", r->id);
	base_json_put_str(b, "status", "started");
	base_json_put_str(b, "state", store_recording_state_name(r->state));
	base_json_put_str(b, "roomId", r->room_id);
	base_json_close(b, '}');
	return b->err;
}

/*
 * LiveKit is asked, and its answer becomes the recording's next state, whatever it is. That a recording runs which
 * LiveKit was too late to answer for is known from its reports.
 */
static enum err
begin(struct door *d, struct livekit_api *api, const struct wish *w, struct store_recording *r)
{
	struct meeting_recording_news news = { 0 };
	struct livekit_egress eg;
	enum err asked = ask(d, api, w, r, &eg), e;

	if (asked == ERR_OK)
		news.egress_id = eg.id;
	else
		news.error = livekit_egress_problem(asked, 1);
	e = recording_move(d, api, r->id, asked == ERR_OK ? MEETING_RECORDING_ACCEPTED : MEETING_RECORDING_REFUSED,
	    &news, r);
	if (e != ERR_OK)
		return e;
	return asked == ERR_OK || r->state != STORE_RECORDING_FAILED ? answer(d, r) :
	    door_fail(d, asked, "%s", news.error);
}

/* Without Redis LiveKit would take 22 s, and then say no more than that no recorder answers; of a list it says why. */
static enum err
check_redis(struct door *d, struct livekit_api *api, const struct wish *w)
{
	struct livekit_egress *all;
	size_t n;
	enum err e = livekit_egress_list(api, d->arena, w->at.room.name, 1, &all, &n);

	return e == ERR_OK || e == ERR_NOMEM ? e : door_fail(d, e, "%s", livekit_egress_problem(e, 1));
}

enum err
recording_start(struct door *d)
{
	struct wish w = { .is_audio_only = 0 };
	struct store_recording r;
	struct livekit_api *api;
	char id[37];
	enum err e;

	if ((e = read_wish(d, &w)) != ERR_OK || (e = check_rights(d, &w)) != ERR_OK ||
	    (e = check_livekit(d, &w)) != ERR_OK || (e = check_storage(d, &w.conf)) != ERR_OK)
		return e;
	if ((e = open_api(d, &api)) != ERR_OK)
		return e;
	store_rollback(d->store);	/* what was read so far holds no state while LiveKit is asked */
	if ((e = check_redis(d, api, &w)) == ERR_OK && (e = insert(d, &w, id, &r)) == ERR_OK)
		e = begin(d, api, &w, &r);
	livekit_api_free(api);
	return e;
}

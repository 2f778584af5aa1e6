/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/recording.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "conf/recording.h"
#include "meeting/recorder.h"
#include "store/room.h"
#include "store/setting.h"

#define MINUTE (60 * BASE_CLOCK_SECOND)
/* A recorder that was asked to stop uploads what it has: an hour of 1080p in some minutes. Then it is dead. */
#define SILENCE (15 * MINUTE)
/* A job may be waiting for its next try. */
#define JOB_SILENCE (10 * MINUTE)

struct watch {
	struct conf_recording conf;
	struct livekit_api *api;	/* NULL: LiveKit isn't configured */
	int64_t now, most_time, most_bytes;
	int is_allowed;			/* there may be recordings, also such as no row tells of */
	int asked, moved, stopped, lost, expired, silent;
};

static enum err
apply(struct worker *w, struct watch *t, const struct store_recording *r, enum meeting_recording_event event,
    const struct meeting_recording_news *news)
{
	struct store_recording out;
	unsigned todo = 0;
	enum err e = store_begin(w->store, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	e = meeting_recording_apply(w->store, &w->arena, r->id, event, news, t->now, &out, &todo);
	if (e == ERR_OK)
		e = store_commit(w->store);
	store_rollback(w->store);
	if (e != ERR_OK)
		return e == ERR_CONFLICT || e == ERR_ABSENT ? ERR_OK : e;	/* it moved on by itself */
	t->moved += out.state != r->state;
	if (todo == 0 || t->api == NULL)
		return ERR_OK;
	e = meeting_recorder_follow(t->api, &w->arena, &out, todo);
	return e == ERR_NOMEM ? e : ERR_OK;	/* the rest is logged, and comes again */
}

static enum err
stop(struct worker *w, struct watch *t, const struct store_recording *r, const char *why)
{
	const struct meeting_recording_news news = { .stop_reason = why };

	t->stopped++;
	return apply(w, t, r, MEETING_RECORDING_STOP, &news);
}

static enum err
lose(struct worker *w, struct watch *t, const struct store_recording *r, const char *why)
{
	const struct meeting_recording_news news = { .error = why };

	t->lost++;
	base_log(LOG_LEVEL_ERROR, "recording %s of room %s is given up: %s", r->id, r->room_name, why);
	return apply(w, t, r, MEETING_RECORDING_LOST, &news);
}

/* The bytes that a recorder on this machine has written so far; 0 when that can't be seen. */
static int64_t
written(const struct worker *w, const struct store_recording *r)
{
	char path[4096], incoming[2048];
	struct stat st;

	if (strcmp(r->storage, "local") != 0 || conf_recording_incoming(w->conf, incoming, sizeof incoming) != ERR_OK ||
	    snprintf(path, sizeof path, "%s/%s.mp4", incoming, r->id) >= (int)sizeof path || stat(path, &st) != 0)
		return 0;
	return st.st_size;
}

/* Why a recording that runs must end now; NULL = it goes on. */
static enum err
must_stop(struct worker *w, const struct watch *t, const struct store_recording *r, const char **why)
{
	struct store_room room;
	const char *sid = "";
	enum err e = store_room_by_id(w->store, &w->arena, r->room_id, &room);

	*why = NULL;
	if (e == ERR_OK)
		e = store_room_live_sid(w->store, &w->arena, r->room_id, &sid);
	if (e != ERR_OK && e != ERR_ABSENT)
		return e;
	if (e == ERR_ABSENT || !room.is_active || *sid == '\0')
		*why = "the meeting ended";
	else if (t->most_time > 0 && r->started_at > 0 && t->now - r->started_at > t->most_time)
		*why = "it reached the longest time that this server allows";
	else if (t->most_bytes > 0 && written(w, r) > t->most_bytes)
		*why = "it reached the largest size that this server allows";
	return ERR_OK;
}

/* LiveKit's word about one that has an egress id. */
static enum err
ask(struct worker *w, struct watch *t, const struct store_recording *r, int *is_over)
{
	enum meeting_recording_event event;
	struct meeting_recording_news news;
	struct livekit_egress eg;
	enum err e = livekit_egress_get(t->api, &w->arena, r->egress_id, &eg);

	*is_over = 0;
	t->asked++;
	if (e == ERR_ABSENT) {
		*is_over = 1;
		return lose(w, t, r, "LiveKit no longer knows of it.");
	}
	if (e != ERR_OK)
		return e == ERR_NOMEM ? e : ERR_PEER;
	*is_over = eg.status >= LIVEKIT_EGRESS_COMPLETE;
	if ((e = meeting_recorder_read(&w->arena, &eg, &event, &news)) != ERR_OK)
		return e;
	return apply(w, t, r, event, &news);
}

/* The responder died while it waited for LiveKit's answer: is there an egress that writes our file? */
static enum err
ask_pending(struct worker *w, struct watch *t, const struct store_recording *r)
{
	struct livekit_egress *all;
	enum meeting_recording_event event;
	struct meeting_recording_news news;
	const char *id;
	size_t n;
	enum err e;

	t->asked++;
	if ((e = livekit_egress_list(t->api, &w->arena, r->room_name, 0, &all, &n)) != ERR_OK)
		return e == ERR_NOMEM ? e : ERR_PEER;
	for (size_t i = 0; i < n; i++) {
		if ((e = meeting_recorder_id(&w->arena, &all[i], &id)) != ERR_OK)
			return e;
		if (strcmp(id, r->id) != 0)
			continue;
		if ((e = meeting_recorder_read(&w->arena, &all[i], &event, &news)) != ERR_OK)
			return e;
		return apply(w, t, r, event, &news);
	}
	return lose(w, t, r, "LiveKit never began it.");
}

static enum err
watch_running(struct worker *w, struct watch *t, const struct store_recording *r)
{
	int64_t since = r->checked_at > r->moved_at ? r->checked_at : r->moved_at;
	int is_over = 0, is_late = t->now - since > MINUTE;
	const char *why;
	enum err e;

	if (r->state == STORE_RECORDING_PENDING || *r->egress_id == '\0')
		return is_late && t->api != NULL ? ask_pending(w, t, r) : ERR_OK;
	if ((e = must_stop(w, t, r, &why)) != ERR_OK)
		return e;
	if (is_late && t->api != NULL) {
		if ((e = ask(w, t, r, &is_over)) != ERR_OK)
			return e;
		if (!is_over && (e = store_recording_checked(w->store, r->id, t->now)) != ERR_OK)
			return e;
	}
	if (is_over || t->api == NULL)
		return ERR_OK;
	if (r->state == STORE_RECORDING_STOPPING && t->now - r->moved_at > SILENCE)
		return lose(w, t, r, "The recorder stopped answering.");
	/* One that stops already was told so again if LiveKit still called it active. */
	return why != NULL && r->state != STORE_RECORDING_STOPPING ? stop(w, t, r, why) : ERR_OK;
}

static enum err
watch_one(struct worker *w, struct watch *t, const struct store_recording *r)
{
	static const struct meeting_recording_news none = { 0 };
	int64_t since = r->checked_at > r->moved_at ? r->checked_at : r->moved_at;
	enum err e;

	if (r->state <= STORE_RECORDING_STOPPING)
		return watch_running(w, t, r);
	if (t->now - since < JOB_SILENCE)
		return ERR_OK;
	if ((e = store_recording_checked(w->store, r->id, t->now)) != ERR_OK)
		return e;
	return apply(w, t, r, r->state == STORE_RECORDING_DELETING ? MEETING_RECORDING_DELETE : MEETING_RECORDING_LOST,
	    &none);
}

static enum err
expire(struct worker *w, struct watch *t)
{
	static const struct meeting_recording_news none = { 0 };
	struct store_recording *rows;
	size_t n;
	enum err e;

	if (t->conf.retention == 0)
		return ERR_OK;
	e = store_recording_expired(w->store, &w->arena, t->now - t->conf.retention, &rows, &n);
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		t->expired++;
		e = apply(w, t, &rows[i], MEETING_RECORDING_DELETE, &none);
	}
	return e;
}

/* Whether an egress without a row would have had one: it writes where recordings of ours go. */
static enum err
is_ours(struct worker *w, const struct livekit_egress *eg, int *out)
{
	char incoming[2048], own[4096], room_id[37] = "";
	const char *id, *slash = strrchr(eg->filename, '/');
	struct store_room room;
	enum err e = meeting_recorder_id(&w->arena, eg, &id);

	*out = 0;
	if (e != ERR_OK || *id == '\0' || slash == NULL)
		return e;
	if (conf_recording_incoming(w->conf, incoming, sizeof incoming) == ERR_OK &&
	    snprintf(own, sizeof own, "%s/%s.mp4", incoming, id) < (int)sizeof own && strcmp(own, eg->filename) == 0) {
		*out = 1;
		return ERR_OK;
	}
	/* A key in the bucket: user, room, recording. */
	if (slash - eg->filename > 36)
		(void)snprintf(room_id, sizeof room_id, "%.36s", slash - 36);
	if ((e = store_room_by_id(w->store, &w->arena, room_id, &room)) == ERR_OK)
		*out = strcmp(room.name, eg->room_name) == 0;
	return e == ERR_ABSENT ? ERR_OK : e;
}

/*
 * At once, then after twice the time again and again: LiveKit calls one active for ever whose recorder was killed, and
 * takes three seconds to say that it can't be stopped.
 */
static int
is_due(struct worker *w, const char *egress_id, int64_t now)
{
	struct worker_unseen *u = &w->unseen[0];

	for (size_t i = 0; i < WORKER_UNSEEN && strcmp(u->egress_id, egress_id) != 0; i++)
		if (w->unseen[i].tried_at < u->tried_at || strcmp(w->unseen[i].egress_id, egress_id) == 0)
			u = &w->unseen[i];
	if (strcmp(u->egress_id, egress_id) != 0) {
		(void)snprintf(u->egress_id, sizeof u->egress_id, "%s", egress_id);
		u->since = now;
	} else if (now - u->tried_at < WORKER_RECORDING_PERIOD || now - u->tried_at < u->tried_at - u->since)
		return 0;
	u->tried_at = now;
	return 1;
}

/* One that LiveKit calls running, and that is over for us: given up too early, or deleted since. */
static enum err
end_unseen(struct worker *w, struct watch *t, const struct livekit_egress *eg)
{
	struct store_recording r;
	struct livekit_egress after;
	int is_unseen = 0;
	enum err e = meeting_recorder_find(w->store, &w->arena, eg, &r);

	if (e == ERR_OK)
		is_unseen = r.state > STORE_RECORDING_STOPPING;
	else if (e == ERR_ABSENT)
		e = is_ours(w, eg, &is_unseen);
	if (e != ERR_OK || !is_unseen || !is_due(w, eg->id, t->now))
		return e;
	t->stopped++;
	e = livekit_egress_stop(t->api, &w->arena, eg->room_name, eg->id, &after);
	base_log(LOG_LEVEL_WARN, "room %s was still being recorded into %s, though that recording is over or deleted: "
	    "%s", eg->room_name, eg->filename, e == ERR_OK ? "stopped" : livekit_egress_problem(e, 0));
	t->silent += e == ERR_BUSY;
	return e == ERR_NOMEM ? e : ERR_OK;
}

/* Nobody is recorded without seeing it: what LiveKit says it records must run here, too. */
static enum err
end_all_unseen(struct worker *w, struct watch *t)
{
	struct livekit_egress *all;
	size_t n;
	enum err e = livekit_egress_list(t->api, &w->arena, NULL, 1, &all, &n);

	if (e != ERR_OK)
		return e == ERR_NOMEM ? e : ERR_OK;	/* logged; there is another round */
	/* Dead ones take three seconds each: other duties wait. */
	for (size_t i = 0; i < n && e == ERR_OK && t->silent < 3; i++) {
		if (all[i].status != LIVEKIT_EGRESS_STARTING && all[i].status != LIVEKIT_EGRESS_ACTIVE)
			continue;
		if ((e = end_unseen(w, t, &all[i])) == ERR_OK)
			e = worker_keep(w);
	}
	return e;
}

/* The file's limits, else those of the settings. */
static enum err
read_limits(struct worker *w, struct watch *t)
{
	struct store_setting s;
	enum err e = store_setting_get(w->store, &w->arena, &s);

	if (e != ERR_OK)
		return e;
	t->is_allowed = (s.recordings_enabled || t->conf.is_enabled) && (!conf_livekit_embedded(w->conf) ||
	    *conf_str(w->conf, CONF_livekit_redis_address) != '\0' ||
	    *conf_str(w->conf, CONF_livekit_configPath) != '\0');
	t->most_time = t->conf.max_duration > 0 ? t->conf.max_duration : s.recording_max_duration_mins * MINUTE;
	t->most_bytes = t->conf.max_bytes > 0 ? t->conf.max_bytes :
	    (int64_t)s.recording_max_file_size_mb * (INT64_C(1) << 20);
	return ERR_OK;
}

enum err
worker_recording_watch(struct worker *w, struct base_buf *report)
{
	struct watch t = { .now = base_clock_now() };
	struct store_recording *rows;
	size_t n = 0;
	enum err e;

	conf_recording(w->conf, &t.conf);
	if ((e = read_limits(w, &t)) == ERR_OK)
		e = store_recording_stale(w->store, &w->arena, t.now, &rows, &n);
	if (e == ERR_OK && (n > 0 || t.is_allowed) && w->process->livekit_key != NULL)
		e = worker_livekit(w, &t.api);
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		e = watch_one(w, &t, &rows[i]);
		if (e == ERR_PEER)
			t.api = NULL;	/* away: what needs it waits, nothing is given up */
		if (e == ERR_OK || e == ERR_PEER)
			e = worker_keep(w);
	}
	if (e == ERR_OK && t.api != NULL)
		e = end_all_unseen(w, &t);
	if (e == ERR_OK)
		e = expire(w, &t);
	base_json_put_int(report, "asked", t.asked);
	base_json_put_int(report, "moved", t.moved);
	base_json_put_int(report, "stopped", t.stopped);
	base_json_put_int(report, "lost", t.lost);
	base_json_put_int(report, "expired", t.expired);
	return e;
}

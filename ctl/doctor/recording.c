/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a recording needs: a Redis that LiveKit and an egress worker share, a worker that listens, and places to write
 * to. A worker subscribes to the channel of StartEgress: "EgressInternal|StartEgress|TOPIC|REQ" in psrpc 0.5 to 0.8
 * (pkg/info/channels.go; the topic is empty unless the worker has a cluster id), LiveKit itself only to its answers.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/random.h"
#include "conf/recording.h"
#include "ctl/doctor/download.h"
#include "ctl/doctor/incoming.h"
#include "ctl/doctor/redis.h"
#include "ctl/doctor/refusal.h"
#include "ctl/doctor/resp.h"
#include "ctl/doctor/s3.h"
#include "ctl/doctor/visit.h"
#include "store/duty.h"
#include "store/setting.h"

#define WORKER_CHANNELS "EgressInternal|StartEgress*|REQ"

static int
is_switched_on(struct doctor *d)
{
	struct store *s = doctor_store(d);
	struct store_setting setting;

	return conf_bool(d->conf, CONF_recording_enabled) ||
	    (s != NULL && store_setting_get(s, &d->arena, &setting) == ERR_OK && setting.recordings_enabled);
}

static void
judge_workers(struct doctor *d, struct net *n, int is_on)
{
	static const char *const words[] = {"PUBSUB", "CHANNELS", WORKER_CHANNELS};
	struct resp r;

	if (resp_ask(n, words, 3, &r) != ERR_OK || r.type != '*')
		doctor_warn(d, "recording.worker",
		    "let that user of Redis run PUBSUB (`ACL SETUSER NAME allcommands allkeys allchannels`)",
		    "whether an egress worker listens can't be asked: %s", r.type == '-' ? r.text : n->why);
	else if (r.number > 0)
		doctor_ok(d, "recording.worker", "an egress worker listens at Redis for recordings to make");
	else if (is_on)
		doctor_error(d, "recording.worker",
		    "start LiveKit's egress worker with the same Redis, api_key and api_secret (ws_url is LiveKit's "
		    "address); "
		    "one that is there and refuses has too little CPU: cpu_cost.room_composite_cpu_cost in its "
		    "configuration",
		    "no egress worker listens at Redis: a recording fails after 22 seconds with \"no response from "
		    "servers\"");
	else
		doctor_ok(d, "recording.worker", "no egress worker listens, and recordings are switched off");
}

/* What is wrong with every call is livekit.call's to say. */
static void
judge_refusal(struct doctor *d, const char *who, const struct http_answer *a)
{
	if (strstr(a->body, "redis required") != NULL)
		doctor_error(d, "recording.livekit",
		    d->is_embedded ? "restart livekit-launcher, so that LiveKit has the Redis of livekit.redis"
				   : "write redis: {address: HOST:6379} into that LiveKit's configuration, and "
				     "restart it",
		    "LiveKit at %s runs without Redis, and can record nothing", who);
	else if (strstr(a->body, "permissions denied") != NULL)
		doctor_error(d, "recording.livekit",
		    "let whatever stands before LiveKit pass our Authorization header on as it is: what it puts there "
		    "instead has no roomRecord",
		    "LiveKit at %s denies us the right to record (\"permissions denied\"): it is shown a token without "
		    "the grant roomRecord",
		    who);
	else if (d->is_answered)
		doctor_error(d, "recording.livekit",
		    "let whatever stands before LiveKit pass /twirp/livekit.Egress/ on to it, as the rest of /twirp/",
		    "%s answers HTTP %d to a call about recordings: %s", who, a->status,
		    refusal_text(refusal_judge(a->status, a->body)));
}

/* LiveKit itself says whether it has a Redis: the running one may have another configuration than ours. 1 if it has. */
static int
judge_livekit(struct doctor *d)
{
	struct url u;
	struct visit v = {.url = &u};
	struct http_answer a;
	struct net n = {.fd = -1};
	int has_redis = 0;

	if (!url_parse(d->api, &u))
		return 0;
	v.skip_verify = conf_bool(d->conf, CONF_livekit_skipTLSVerify);
	if (visit_call(d, &v, LIVEKIT_ROOM_RECORD, "livekit.Egress/ListEgress", &n, &a) == ERR_OK) {
		has_redis = a.status == 200;
		if (has_redis)
			doctor_ok(d, "recording.livekit",
			    "LiveKit at %s has a Redis, keeps recordings in it, and lets us record", u.authority);
		else
			judge_refusal(d, u.authority, &a);
	}
	net_close(&n);
	return has_redis;
}

static void
judge_folder(struct doctor *d)
{
	const char *folder = conf_str(d->conf, CONF_recording_storageDir);
	struct stat st;

	if (stat(folder, &st) != 0)
		doctor_error(d, "recording.folder",
		    doctor_text(d,
			"make it, for the user that our programs and the egress worker run as: install -d -m 2770 %s; "
			"or correct recording.storageDir",
			folder),
		    "the folder for recordings, %s: %s", folder, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		doctor_error(d, "recording.folder", "set recording.storageDir to a folder", "%s is no folder", folder);
	else if (!incoming_is_ours(d, folder))
		doctor_error(d, "recording.folder",
		    doctor_text(
			d, "let the user of our programs write there: chown or chgrp it, chmod 2770 %s", folder),
		    "the folder for recordings, %s, is not writable for the user of our programs: %s", folder,
		    strerror(errno));
	else
		doctor_ok(d, "recording.folder", "the folder for recordings, %s, is there and writable", folder);
}

/* What bedrud-worker found when it last looked through the folder and the bucket. */
static void
judge_files(struct doctor *d)
{
	struct store *s = doctor_store(d);
	struct store_duty duty;
	json_object *o;
	int64_t missing = 0, orphans = 0;
	int is_partial = 0;

	if (s == NULL || store_duty_get(s, &d->arena, "recording-files", &duty) != ERR_OK ||
	    base_json_object(&d->arena, duty.report, strlen(duty.report), &o) != ERR_OK ||
	    base_json_get(o, "orphans") == NULL || base_json_int(o, "orphans", &orphans) != ERR_OK ||
	    base_json_int(o, "missing", &missing) != ERR_OK || base_json_bool(o, "partial", &is_partial) != ERR_OK)
		return;
	if (missing > 0 || orphans > 0)
		doctor_warn(d, "recording.files",
		    "bedrud-worker's log names each: bring lost files back out of a backup, or delete these "
		    "recordings; delete files that nobody misses, or keep them elsewhere",
		    "%lld recordings have lost their file, and %lld files belong to no recording%s", (long long)missing,
		    (long long)orphans, is_partial ? ", as far as the bucket could be looked through" : "");
	else if (is_partial)
		doctor_warn(d, "recording.files", "see bedrud-worker's log, and the row s3.read",
		    "bedrud-worker could not look through the whole bucket on %s",
		    visit_day(d, duty.last_run_at / BASE_CLOCK_SECOND));
	else
		doctor_ok(d, "recording.files",
		    "each recording has its file, and each file its recording, as bedrud-worker saw on %s",
		    visit_day(d, duty.last_run_at / BASE_CLOCK_SECOND));
}

/* Of whichever keys name it: recording.s3's win. */
static void
judge_s3(struct doctor *d, const struct conf_recording *r, int is_on)
{
	int own = *conf_str(d->conf, CONF_recording_s3_endpoint) != '\0' ||
	    *conf_str(d->conf, CONF_recording_s3_bucket) != '\0';
	struct s3 s = {.key = own ? "recording.s3" : "chat.uploads.s3",
	    .place = {.endpoint = r->endpoint,
		.bucket = r->bucket,
		.region = r->region,
		.access_key = r->access_key,
		.secret_key = r->secret_key,
		.is_path_style = r->is_path_style}};
	const struct object_place *p = &s.place;

	if (*p->endpoint == '\0' && strcmp(conf_str(d->conf, CONF_chat_uploads_backend), "s3") != 0 &&
	    !(is_on && r->is_s3))
		return;
	if (*p->endpoint == '\0' || *p->bucket == '\0' || *p->access_key == '\0' || *p->secret_key == '\0' ||
	    !url_parse(p->endpoint, &s.url))
		doctor_error(d, "s3.address",
		    doctor_text(d, "set endpoint (http(s)://HOST), bucket, accessKey and secretKey below %s in %s",
			s.key, conf_file(d->conf)),
		    "%s is incomplete", s.key);
	else
		s3_examine(d, &s);
}

void
doctor_recording(struct doctor *d)
{
	struct conf_recording r;
	struct net n = {.fd = -1};
	enum err e;
	int is_on, has_redis = 0;

	if (d->conf == NULL)
		return;
	conf_recording(d->conf, &r);
	is_on = r.is_enabled || is_switched_on(d);
	judge_s3(d, &r, is_on);
	e = redis_open(d, &n);
	if (e == ERR_OK)
		judge_workers(d, &n, is_on);
	net_close(&n);
	if (is_on && (!r.is_s3 || r.is_fetched))
		judge_folder(d);
	if (is_on && !r.is_s3)
		incoming_examine(d);
	if (is_on) {
		judge_files(d);
		download_examine(d, &r);
	}
	if (e != ERR_ABSENT || (is_on && !d->is_embedded))
		has_redis = judge_livekit(d);
	if (e != ERR_ABSENT)
		return;
	if (!is_on)
		doctor_ok(
		    d, "recording.redis", "recording is not configured: it is switched off, and there is no Redis");
	else if (d->has_plan && d->plan.static_path == NULL)
		doctor_error(d, "recording.redis",
		    doctor_text(d,
			"install redis-server, set livekit.redis.address: 127.0.0.1:6379 in %s, restart "
			"livekit-launcher, and run an egress worker with the same Redis; or switch recordings off in "
			"the settings",
			conf_file(d->conf)),
		    "recordings are switched on, and LiveKit has no Redis, without which none can be made");
	else if (has_redis)
		doctor_ok(d, "recording.redis",
		    "that LiveKit has the Redis that recording needs; with the same one in livekit.redis, the doctor "
		    "would look for an egress worker there");
	else
		doctor_warn(d, "recording.redis",
		    "set livekit.redis to the Redis of that LiveKit, so that the doctor can look for an egress worker "
		    "there",
		    "recordings are switched on, and which Redis that LiveKit shares with an egress worker isn't known "
		    "here");
}

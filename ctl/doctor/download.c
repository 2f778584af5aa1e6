/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/download.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/jwt.h"
#include "base/limits.h"
#include "base/mem.h"
#include "ctl/doctor/visit.h"
#include "ident/session.h"
#include "meeting/recording.h"
#include "store/recording.h"
#include "store/room.h"

#define CHECK "recording.download"
#define WEEK (7 * INT64_C(86400) * BASE_CLOCK_SECOND)
#define NEWEST 50	/* recordings that are looked at */
#define LIFE_S 30
#define TRIES 5		/* owners that may be deactivated */
#define PART "11"	/* the last byte of the first twelve: an MP4 says in them what it is */
#define LINK 4096

struct download {
	struct doctor *d;
	const struct conf_recording *conf;
	const struct store_recording *rec;
	const char *owner;			/* of its room */
	struct url site;
	struct http_answer a;
};

/* An MP4's first box is its kind (ISO/IEC 14496-12: ftyp). */
static int
is_film(const struct http_answer *a)
{
	return a->body_n >= 8 && memcmp(a->body + 4, "ftyp", 4) == 0;
}

/* What makes the web server send files itself. */
static const char *
fix_server(struct download *w)
{
	const char *dir = w->conf->dir, *server = w->a.server;
	const char *else_ours = "or leave recording.download empty: then our own program sends the file";

	if (strncmp(server, "nginx", 5) == 0)
		return doctor_text(w->d,
		    "set recording.download: x-accel-redirect, write into nginx's server block `location ^~ %s/ { "
		    "internal; alias %s/; }`, and let nginx's user read that folder; %s",
		    w->conf->accel_prefix, dir, else_ours);
	if (strncmp(server, "Apache", 6) == 0)
		return doctor_text(w->d,
		    "install libapache2-mod-xsendfile, set recording.download: x-sendfile, write `XSendFile On` and "
		    "`XSendFilePath %s` into the site, and let Apache's user read that folder; %s",
		    dir, else_ours);
	if (strncmp(server, "lighttpd", 8) == 0)
		return doctor_text(w->d,
		    "set recording.download: x-sendfile, write `\"x-sendfile\" => \"enable\", \"x-sendfile-docroot\" "
		    "=> ( \"%s\" )` beside recording.fcgi, and let lighttpd's user read that folder; %s",
		    dir, else_ours);
	return doctor_text(w->d, "let the web server do what recording.download says, and read %s; %s", dir, else_ours);
}

/* The sentence of an answer of ours; NULL when it is none. */
static const char *
our_word(struct download *w)
{
	json_object *o;
	const char *word = NULL;

	if (strncmp(w->a.type, "application/json", 16) != 0 ||
	    base_json_object(&w->d->arena, w->a.body, w->a.body_n, &o) != ERR_OK ||
	    base_json_str(o, "error", &word) != ERR_OK)
		return NULL;
	return word;
}

static const char *
fix_ours(struct download *w)
{
	if (w->a.status == 401 || w->a.status == 404)
		return doctor_text(w->d,
		    "let the responders of the site read %s, and restart them; and let the web server pass the "
		    "Authorization header on",
		    conf_file(w->d->conf));
	if (w->a.status == 410)
		return "put the file back where recording.storageDir has it, or delete that recording";
	return "see what the log of the web server and of recording.fcgi says";
}

/* An answer other than a link's. */
static void
judge(struct download *w, const char *who)
{
	char header[LINK];
	const char *word = our_word(w);
	int status = w->a.status;

	if (http_header(&w->a, "X-Sendfile", header, sizeof header) ||
	    http_header(&w->a, "X-Accel-Redirect", header, sizeof header))
		doctor_error(w->d, CHECK, fix_server(w),
		    "the web server at %s doesn't send recordings itself, as recording.download wants it to: people "
		    "get an empty file, and are shown where it lies",
		    who);
	else if (status == 206 && is_film(&w->a))
		doctor_ok(w->d, CHECK, "%s gives a recording's file to whoever may have it, also in parts", who);
	else if (status == 200 && is_film(&w->a))
		doctor_warn(w->d, CHECK,
		    "let the web server, and each proxy before it, pass on the Range header and answers of 206",
		    "%s gives a recording's file only whole: a download can't be resumed, and nobody can jump in it",
		    who);
	else if (word != NULL)
		doctor_error(w->d, CHECK, fix_ours(w), "%s refuses the newest recording's file: HTTP %d, \"%s\"", who,
		    status, word);
	else if (w->conf->download != CONF_DOWNLOAD_OURS)
		doctor_error(w->d, CHECK, fix_server(w),
		    "the web server at %s doesn't send recordings itself, as recording.download wants it to: HTTP %d%s",
		    who, status, w->a.body_n == 0 ? " and nothing" : "");
	else
		doctor_error(w->d, CHECK,
		    "let the web server lead /api/ to our responders, as the files in etc/ do, and see its log",
		    "%s answers HTTP %d to a download of the newest recording, and not with its file", who, status);
}

/* The first bytes, with more headers: ERR_PEER with n->why. */
static enum err
ask(struct net *n, const struct url *u, const char *path, const char *headers, struct http_answer *a)
{
	const struct visit v = {.url = u};
	const struct http_request r = {.method = "GET", .path = path, .headers = headers};
	enum err e = visit_again(&v, n);

	return e == ERR_OK ? http_ask(n, u, &r, a) : e;
}

static const char *
fix_link(struct download *w)
{
	return doctor_text(w->d,
	    "set the endpoint of %s to an https address of the S3 server that participants reach; or set "
	    "recording.s3.fetch: true, and recordings are brought here",
	    *conf_str(w->d->conf, CONF_recording_s3_endpoint) != '\0' ? "recording.s3" : "chat.uploads.s3");
}

static void
follow(struct download *w)
{
	char link[LINK];
	const char *path;
	struct url to;
	struct net n = {.fd = -1};
	size_t query;

	(void)http_header(&w->a, "Location", link, sizeof link);
	query = strcspn(link, "?");
	if (!url_parse(doctor_text(w->d, "%.*s", (int)query, link), &to) ||
	    (path = strchr(strstr(link, "//") + 2, '/')) == NULL) {
		judge(w, w->site.authority);
		return;
	}
	if (url_reach(to.host) < url_reach(w->site.host))
		doctor_error(w->d, CHECK, fix_link(w), "who downloads a recording from %s is sent to %s: %s",
		    w->site.authority, to.authority,
		    url_reach(to.host) == URL_HERE ? "that is each one's own machine"
						   : "a private address, which only this network knows");
	else if (w->site.is_tls && !to.is_tls && url_reach(to.host) != URL_HERE)
		doctor_error(w->d, CHECK, fix_link(w),
		    "https://%s sends people to http://%s for a recording: browsers refuse that", w->site.authority,
		    to.authority);
	else if (ask(&n, &to, path, "Connection: close\r\nRange: bytes=0-" PART "\r\n", &w->a) != ERR_OK)
		doctor_error(w->d, CHECK, fix_link(w), "the link to a recording in S3 leads nowhere: %s", n.why);
	else if (w->a.status != 206 && w->a.status != 200)
		doctor_error(w->d, CHECK,
		    w->a.status == 404 ? "put the object back into the bucket, or delete that recording" : fix_link(w),
		    "the S3 server at %s refuses our link to a recording: HTTP %d",
		    to.authority, w->a.status);
	else
		judge(w, to.authority);
	net_close(&n);
}

/* As the room's owner. 0: no memory. */
static int
put_right(struct download *w, struct base_buf *headers)
{
	const char *secret = conf_str(w->d->conf, CONF_auth_jwtSecret);
	struct base_jwt_key *key = NULL;
	enum err e = base_jwt_key_new(secret, strlen(secret), &key);

	base_buf_str(headers, "Authorization: Bearer ");
	if (e == ERR_OK)
		e = ident_session_brief(key, w->owner, LIFE_S, headers);
	base_buf_str(headers, "\r\n");
	base_jwt_key_free(key);
	return e == ERR_OK && headers->err == ERR_OK;
}

/* 0 when nothing was said: that owner's account is deactivated. */
static int
try(struct download *w)
{
	const char *path = doctor_text(w->d, "/api/rooms/%s/recordings/%s/download", w->rec->room_id, w->rec->id);
	struct base_buf headers;
	struct net n = {.fd = -1};
	int is_idle = 0;
	enum err e;

	base_buf_init(&headers, LIMIT_TOKEN + 256);
	base_buf_str(&headers, "Connection: close\r\nRange: bytes=0-" PART "\r\n");
	e = ask(&n, &w->site, path, headers.err == ERR_OK ? headers.p : "", &w->a);
	net_close(&n);
	if (e == ERR_OK && is_film(&w->a)) {
		doctor_error(w->d, CHECK,
		    "take out whatever keeps or adds an Authorization header (a cache, a proxy), and whatever leads to "
		    "recording.storageDir by itself",
		    "%s gives a recording's file to anybody, without asking who it is", w->site.authority);
	} else if (e == ERR_OK && w->a.status == 401 && !w->site.is_tls && url_reach(w->site.host) == URL_ANYWHERE) {
		doctor_warn(w->d, CHECK, "give the site HTTPS, and auth.frontendURL its https address",
		    "no download is tried: %s has no TLS, and a token would cross the network for all to read",
		    w->site.authority);
	} else if (e == ERR_OK && w->a.status == 401 && our_word(w) != NULL && put_right(w, &headers)) {
		e = ask(&n, &w->site, path, headers.p, &w->a);
		net_close(&n);
		is_idle = e == ERR_OK && w->a.status == 403 && our_word(w) != NULL;
		if (e == ERR_OK && w->a.status == 302)
			follow(w);
		else if (e == ERR_OK && !is_idle)
			judge(w, w->site.authority);
	} else if (e == ERR_OK) {
		judge(w, w->site.authority);
	}
	if (e != ERR_OK)
		doctor_warn(w->d, CHECK,
		    "start the web server, or correct auth.frontendURL; from another machine it may work",
		    "the site can't be asked for a recording from here: %s", n.why);
	base_mem_wipe(headers.p, headers.n);
	base_buf_free(&headers);
	return !is_idle;
}

/* The newest one whose file is there, in a room that is. */
static void
try_newest(struct download *w, struct store *s, const struct store_recording *rows, size_t n)
{
	struct store_room room;
	size_t i;
	int tries = 0;

	for (i = 0; i < n && tries < TRIES; i++) {
		if (rows[i].state != STORE_RECORDING_COMPLETED || *rows[i].storage == '\0' ||
		    store_room_by_id(s, &w->d->arena, rows[i].room_id, &room) != ERR_OK)
			continue;
		w->rec = &rows[i];
		w->owner = room.created_by;
		tries++;
		if (try(w))
			return;
	}
	if (tries == 0)
		doctor_ok(w->d, CHECK, "there is no recording yet whose download could be tried");
	else
		doctor_ok(w->d, CHECK, "the owners of the newest recordings are deactivated: no download can be tried");
}

static void
say_last(struct doctor *d, const struct store_recording *rows, size_t n)
{
	const struct store_recording *r = rows;

	while (n > 0 && r->state != STORE_RECORDING_COMPLETED && r->state != STORE_RECORDING_FAILED) {
		r++;
		n--;
	}
	if (n == 0 || base_clock_now() - r->created_at > WEEK)
		return;
	if (r->state == STORE_RECORDING_COMPLETED)
		doctor_ok(d, "recording.last", "the last recording, of %s, has its file",
		    visit_day(d, r->created_at / BASE_CLOCK_SECOND));
	else
		doctor_warn(d, "recording.last",
		    strstr(r->error, MEETING_RECORDING_ELSEWHERE) != NULL
			? "let the worker see recording.incomingDir under its own name and on the same disk "
			  "(docker: -v DIR:DIR); a worker on another machine needs recording.storage: s3"
			: "what it says is to be mended; the logs of bedrud-worker and of the egress worker say more",
		    "the last recording, of %s, has failed: %s", visit_day(d, r->created_at / BASE_CLOCK_SECOND),
		    *r->error != '\0' ? r->error : "nobody said why");
}

void
download_examine(struct doctor *d, const struct conf_recording *c)
{
	const struct store_recording_query q = {.room_id = "", .status = "", .limit = NEWEST};
	struct store *s = doctor_store(d);
	struct store_recording *rows;
	struct download w = {.d = d, .conf = c};
	int64_t total;
	size_t n;
	enum err e;

	if (s == NULL)
		return;
	if ((e = store_recording_list(s, &d->arena, &q, &rows, &n, &total)) != ERR_OK) {
		doctor_warn(d, "recording.last", "see the check database.file", "the recordings can't be read: %s",
		    doctor_heard(d, base_err_text(e)));
		return;
	}
	say_last(d, rows, n);
	if (visit_site(d, &w.site))
		try_newest(&w, s, rows, n);
}

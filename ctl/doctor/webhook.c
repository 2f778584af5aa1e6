/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of LiveKit's reports to our responder. An event as LiveKit sends it, signed, goes to the very address that
 * LiveKit is given; its name is one that webhook.fcgi accepts and does nothing about (webhook_effect_known()).
 */
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/jwt.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/doctor/visit.h"
#include "store/inbox.h"

#define PATH LAUNCHER_WEBHOOK_PATH
#define TEST_EVENT "{\"event\": \"bedrud_doctor\", \"id\": \"EV_doctor\"}"
#define TOKEN_LIFE_S 300
#define ARRIVES_MS 3000 /* LiveKit sends an event at once; a retry comes after a second */
#define LOOK_MS 100
#define DEAD_SINCE (86400 * BASE_CLOCK_SECOND)
#define RECENT (600 * BASE_CLOCK_SECOND) /* from afar, reports may take longer than we wait */

/* What LiveKit must be told: livekit-launcher does it by itself. */
static const char *
fix_livekit(struct doctor *d, const char *url)
{
	if (d->has_plan && d->plan.static_path == NULL)
		return "restart livekit-launcher: it tells LiveKit where to report to when it starts it";
	return doctor_text(d,
	    "write into that LiveKit's configuration, and restart it: webhook: {api_key: %s, urls: "
	    "[\"%s\"]}",
	    conf_str(d->conf, CONF_livekit_apiKey), url);
}

/* The address that LiveKit reports to, as far as our configuration knows. "" = none. */
static const char *
find_address(struct doctor *d)
{
	const char *given = conf_str(d->conf, CONF_livekit_webhookURL);
	struct url site;

	if (d->is_embedded)
		return d->plan.webhook;	/* which stands first in a plan, whatever else is wrong with it */
	if (*given != '\0')
		return given;
	if (!visit_site(d, &site))
		return "";
	return doctor_text(d, "%s://%s" PATH, site.scheme, site.authority);
}

static enum err
sign(struct doctor *d, struct base_buf *headers)
{
	const char *secret = conf_str(d->conf, CONF_livekit_apiSecret);
	unsigned char digest[32];
	char sum[BASE_BASE64_SIZE(32)];
	struct base_jwt_key *key = NULL;
	struct base_buf claims;
	int64_t now = base_clock_seconds();
	enum err e = base_jwt_key_new(secret, strlen(secret), &key);

	base_text_sha256(TEST_EVENT, strlen(TEST_EVENT), digest);
	(void)base_text_base64(digest, sizeof digest, sum);
	base_buf_init(&claims, LIMIT_TOKEN);
	base_json_open(&claims, NULL, '{');
	base_json_put_str(&claims, "iss", conf_str(d->conf, CONF_livekit_apiKey));
	base_json_put_int(&claims, "nbf", now);
	base_json_put_int(&claims, "exp", now + TOKEN_LIFE_S);
	base_json_put_str(&claims, "sha256", sum);
	base_json_close(&claims, '}');
	base_buf_str(headers, "Connection: close\r\nContent-Type: application/webhook+json\r\nAuthorization: ");
	if (e == ERR_OK && claims.err == ERR_OK)
		base_jwt_sign(key, claims.p, claims.n, headers);
	base_buf_str(headers, "\r\n");
	base_jwt_key_free(key);
	base_buf_free(&claims);
	return e != ERR_OK ? e : headers->err;
}

static const char *
fix_authorization(struct doctor *d, const char *server)
{
	if (strncmp(server, "Apache", 6) == 0)
		return "add `CGIPassAuth On` to the <Directory> of the responders (Bedrud's etc/apache2 has it), or "
		       "`SetEnvIf Authorization \"(.+)\" HTTP_AUTHORIZATION=$1`";
	if (strncmp(server, "nginx", 5) == 0)
		return "take out `fastcgi_pass_request_headers off` and whatever sets HTTP_AUTHORIZATION, and let a "
		       "proxy before "
		       "it pass the header (proxy_set_header Authorization $http_authorization)";
	return doctor_text(d, "let the web server, and each proxy before it, pass the Authorization header of " PATH
			      " on to webhook.fcgi");
}

static void
say_refused(struct doctor *d, const struct url *u, const struct http_answer *a)
{
	if (strstr(a->body, "without an Authorization header") != NULL)
		doctor_error(d, "webhook.event", fix_authorization(d, a->server),
		    "the web server at %s takes the Authorization header away: no report of LiveKit's can be checked",
		    u->authority);
	else if (strstr(a->body, "not a webhook signed") != NULL)
		doctor_error(d, "webhook.event",
		    doctor_text(d,
			"let the responders there read %s (BEDRUD_CONFIG in the web server's configuration), and "
			"restart them; and let no proxy change a request's body",
			conf_file(d->conf)),
		    "the responder at %s doesn't accept our key: it has another livekit.apiKey and livekit.apiSecret",
		    u->authority);
	else
		doctor_error(d, "webhook.event", "let no password or access rule of the web server stand before " PATH,
		    "%s refuses reports with HTTP %d before webhook.fcgi sees them", u->authority, a->status);
}

static void
judge(struct doctor *d, const char *url, const struct url *u, const struct http_answer *a)
{
	size_t n = strlen(u->path), own = strlen(PATH);
	int is_path = n >= own && strcmp(u->path + n - own, PATH) == 0;

	if (a->status == 200 && strstr(a->body, "\"ok\":true") != NULL)
		doctor_ok(d, "webhook.event", "a signed test event came through to webhook.fcgi at %s", url);
	else if (is_path && (a->status == 401 || a->status == 403))
		say_refused(d, u, a);
	else if (a->status / 100 == 3)
		doctor_error(d, "webhook.event",
		    doctor_text(d,
			"set livekit.webhookURL to the address that it leads to, or let the web server answer " PATH
			" without a redirect"),
		    "%s sends reports on to %s (HTTP %d), where their bodies get lost", u->authority, a->location,
		    a->status);
	else if (a->status == 502 || a->status == 503 || a->status == 504 || a->status == 500)
		doctor_error(d, "webhook.event",
		    "see the web server's error log and the responder's: webhook.fcgi doesn't run there, or can't work",
		    "%s answers HTTP %d to a test event: %.160s", u->authority, a->status,
		    http_is_html(a) ? "the web server's own error page" : a->body);
	else
		doctor_error(d, "webhook.event",
		    doctor_text(d,
			"set livekit.webhookURL to http(s)://HOST" PATH
			" of the site, and let the web server hand that path to webhook.fcgi (Bedrud's etc/ has it)"),
		    "%s is not our webhook: HTTP %d%s", url, a->status, http_is_html(a) ? " with a web page" : "");
}

/* 1 when the test event came through. */
static int
send_event(struct doctor *d, const char *url, const struct url *u)
{
	struct visit v = {.prefix = "webhook",
	    .key = "livekit.webhookURL",
	    .url = u,
	    .start = "start the web server, or correct server.httpPort, server.port or livekit.webhookURL"};
	struct http_request r = {.method = "POST", .path = u->path, .body = TEST_EVENT, .body_n = strlen(TEST_EVENT)};
	unsigned errors = d->count[DOCTOR_ERROR];
	struct base_buf headers;
	struct http_answer a;
	struct net n = {.fd = -1};

	base_buf_init(&headers, LIMIT_TOKEN);
	if (sign(d, &headers) != ERR_OK) {
		doctor_error(
		    d, "webhook.event", "end other programs, then try again", "there is no memory for a test event");
	} else if (visit_open(d, &v, &n) == ERR_OK) {
		r.headers = headers.p;
		if (http_ask(&n, u, &r, &a) == ERR_OK)
			judge(d, url, u, &a);
		else if (visit_speaks_tls(u, &n))
			doctor_error(d, "webhook.tls",
			    doctor_text(d,
				"set livekit.webhookURL: https://%s%s, or server.httpPort to a port without TLS",
				u->authority, u->path),
			    "LiveKit is told %s, but %s speaks TLS", url, n.address);
		else
			doctor_error(d, "webhook.event", v.start, "a test event was not answered: %s", n.why);
	}
	net_close(&n);
	base_mem_wipe(headers.p, headers.n);
	base_buf_free(&headers);
	return d->count[DOCTOR_ERROR] == errors;
}

/* The last event; after a test participant's join, waits a little for that of LiveKit, if events come through. */
static enum err
last_event(struct doctor *d, struct store *s, int is_through, char event[64], int64_t *at)
{
	int64_t end = base_clock_mono_ms() + (is_through ? ARRIVES_MS : 0);
	enum err e;

	while ((e = store_inbox_last(s, event, 64, at)) == ERR_OK && *at < d->joined_at && base_clock_mono_ms() < end)
		(void)poll(NULL, 0, LOOK_MS);
	return e;
}

static void
judge_last(struct doctor *d, const char *url, int is_through)
{
	struct store *s = doctor_store(d);
	char event[64], when[BASE_CLOCK_TEXT] = "never";
	int64_t at;

	if (s == NULL)
		return;
	if (last_event(d, s, is_through, event, &at) != ERR_OK) {
		doctor_warn(d, "webhook.last", "try again; `bedrudctl db status` says whether the database is well",
		    "the database doesn't say when LiveKit's last report came");
		return;
	}
	base_clock_rfc3339(at / BASE_CLOCK_SECOND * BASE_CLOCK_SECOND, when);
	if (d->joined_at != 0 && at >= d->joined_at)
		doctor_ok(d, "webhook.last", "LiveKit has just reported the test participant (%s, at %s)", event, when);
	else if (d->joined_at != 0 && is_through && !d->is_embedded && d->joined_at - at < RECENT)
		doctor_ok(d, "webhook.last",
		    "the last report of LiveKit's came at %s: %s; that of the test participant is still on its way",
		    when, event);
	else if (d->joined_at != 0 && is_through)
		(d->is_embedded ? doctor_error : doctor_warn)(d, "webhook.last", fix_livekit(d, url),
		    "LiveKit let a test participant in and reported nothing to %s; the last report came %s%s", url,
		    at != 0 ? "at " : "", at != 0 ? when : "never");
	else if (at == 0)
		doctor_ok(d, "webhook.last", "LiveKit has reported nothing yet");
	else
		doctor_ok(d, "webhook.last", "the last report of LiveKit's came at %s: %s", when, event);
}

/* Genuine reports that had no effect: somebody should read of them who doesn't read the log. */
static void
judge_dead(struct doctor *d)
{
	struct store *s = doctor_store(d);
	char event[64], why[64];
	int64_t n;

	if (s == NULL ||
	    store_inbox_dead(s, base_clock_now() - DEAD_SINCE, &n, event, why, sizeof why) != ERR_OK || n == 0)
		return;
	doctor_warn(d, "webhook.dead", "report the lines \"webhook EV_… is signed with our API key, but …\" of the web "
	    "server's log, with LiveKit's version",
	    "%lld reports of LiveKit's had no effect since yesterday and won't be tried again; the last one, %s: %s",
	    (long long)n, *event != '\0' ? event : "of no event", why);
}

void
doctor_webhook(struct doctor *d)
{
	const char *url;
	struct url u, api;
	int is_through;

	if (d->conf == NULL)
		return;
	url = find_address(d);
	if (!url_parse(url, &u) || u.scheme[0] != 'h') {
		doctor_error(d, "webhook.address", "set livekit.webhookURL to http(s)://HOST" PATH " of the site",
		    "\"%s\" is no address that LiveKit could report to", url);
		return;
	}
	if (url_parse(d->api, &api) && url_reach(api.host) != URL_HERE && url_reach(u.host) == URL_HERE)
		doctor_error(d, "webhook.address",
		    "set livekit.webhookURL to the site's address as LiveKit's machine reaches it",
		    "LiveKit runs on another machine, and %s is an address of this one alone", url);
	is_through = send_event(d, url, &u);
	judge_last(d, url, is_through);
	judge_dead(d);
}

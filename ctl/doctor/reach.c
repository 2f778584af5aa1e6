/* SPDX-License-Identifier: Apache-2.0 */
/* Our own way to LiveKit's HTTP API, step by step: what the responders say is "LiveKit disconnected". */
#include <string.h>

#include "ctl/doctor/visit.h"

#define KEY "livekit.internalHost"

/* What GET / should have said: 200 and "OK", with a livekit-server of any version. */
static void
judge_page(struct doctor *d, const struct url *u, const struct http_answer *a)
{
	const char *fix = "set " KEY " to LiveKit's own HTTP port (7880 unless it was changed): http://HOST:7880";

	if (a->status == 200 && strcmp(a->body, "OK") == 0)
		doctor_ok(d, "livekit.http", "LiveKit at %s says that it is up", u->authority);
	else if (a->status / 100 == 3)
		doctor_error(d, "livekit.http", fix,
		    "%s sends us on to %s (HTTP %d): our calls follow nobody, and LiveKit doesn't do that",
		    u->authority, a->location, a->status);
	else if (a->status == 502 || a->status == 503 || a->status == 504)
		doctor_error(d, "livekit.http", "start LiveKit, and see that the proxy has its port",
		    "%s answers HTTP %d: a proxy that doesn't reach LiveKit", u->authority, a->status);
	else if (a->status == 406)
		doctor_error(d, "livekit.http",
		    "restart that LiveKit; with several of them, see that it reaches Redis and that its clock is right",
		    "LiveKit at %s says that it isn't ready (HTTP 406)", u->authority);
	else if (a->status == 400 && visit_speaks_tls(u))
		doctor_error(d, "livekit.tls", doctor_text(d, "write https://%s in " KEY, u->authority),
		    KEY " is an address without TLS, but %s speaks TLS", u->authority);
	else
		doctor_error(d, "livekit.http", fix, "%s answers HTTP %d%s: it is not LiveKit", u->authority, a->status,
		    http_is_html(a) ? " with a web page" : "");
}

/* 1 when LiveKit was there. */
static int
ask_page(struct doctor *d, const struct visit *v, struct net *n)
{
	struct http_request r = {.method = "GET", .headers = "Connection: close\r\n"};
	struct http_answer a;

	r.path = v->url->path;
	if (http_ask(n, v->url, &r, &a) != ERR_OK) {
		if (!v->url->is_tls && visit_speaks_tls(v->url))
			doctor_error(d, "livekit.tls", doctor_text(d, "write https://%s in " KEY, v->url->authority),
			    KEY " is an address without TLS, but %s speaks TLS", v->url->authority);
		else
			doctor_error(d, "livekit.http", v->start, "%s", n->why);
		return 0;
	}
	judge_page(d, v->url, &a);
	if (a.status != 200)
		return 0;
	visit_clock(d, "livekit", &a);
	return 1;
}

static void
judge_call(struct doctor *d, const struct url *u, const struct http_answer *a)
{
	enum refusal r = refusal_judge(a->status, a->body);

	if (r == REFUSAL_NONE && strstr(a->body, "\"rooms\"") == NULL)
		r = REFUSAL_STRANGER;
	if (r == REFUSAL_NONE)
		doctor_ok(d, "livekit.call", "LiveKit at %s knows our key and our secret, and answers a signed call",
		    u->authority);
	else
		doctor_error(d, "livekit.call", visit_refusal_fix(d, r), "%s answers HTTP %d to a signed call: %s",
		    u->authority, a->status, refusal_text(r));
}

static void
ask_call(struct doctor *d, const struct visit *v)
{
	struct http_answer a;
	struct net n;
	enum err e = visit_call(d, v, LIVEKIT_ROOM_LIST, "livekit.RoomService/ListRooms", &n, &a);

	if (e == ERR_OK)
		judge_call(d, v->url, &a);
	else
		doctor_error(d, "livekit.call", v->start, "a signed call was not answered: %s", n.why);
	net_close(&n);
}

void
doctor_reach(struct doctor *d)
{
	struct url u;
	struct visit v = {.prefix = "livekit", .key = KEY, .url = &u, .skip_key = "livekit.skipTLSVerify"};
	struct net n;

	if (d->conf == NULL)
		return;
	if (d->api[0] == '\0' || !url_parse(d->api, &u)) {
		doctor_error(d, "livekit.address",
		    "set " KEY " to LiveKit's HTTP address, as http://127.0.0.1:7880 or https://livekit.example.org",
		    "\"%s\" is no address of LiveKit's API", d->api);
		return;
	}
	v.skip_verify = conf_bool(d->conf, CONF_livekit_skipTLSVerify);
	v.start = d->is_embedded
		      ? "start livekit-launcher; if it runs, `livekit-launcher --status` and its log say what LiveKit "
			"waits for"
		      : "start LiveKit on that machine, open its port in the firewall there, or correct " KEY;
	if (visit_open(d, &v, &n) == ERR_OK && ask_page(d, &v, &n))
		ask_call(d, &v);
	net_close(&n);
}

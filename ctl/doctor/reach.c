/* SPDX-License-Identifier: Apache-2.0 */
/* Our own way to LiveKit's HTTP API, step by step: what the responders say is "LiveKit disconnected". */
#include <string.h>

#include "ctl/doctor/visit.h"

#define KEY "livekit.internalHost"
#define NOT_READY 406 /* LiveKit says so when it can't report to Redis any more */

static void
say_tls(struct doctor *d, const struct url *u)
{
	doctor_error(d, "livekit.tls", doctor_text(d, "write https://%s in " KEY, u->authority),
	    KEY " is an address without TLS, but %s speaks TLS", u->authority);
}

/* What GET / should have said: 200 and "OK", with a livekit-server of any version. */
static void
judge_page(struct doctor *d, const struct visit *v, const struct net *n, const struct http_answer *a)
{
	const char *fix = "set " KEY " to LiveKit's own HTTP port (7880 unless it was changed): http://HOST:7880";
	const struct url *u = v->url;

	if (a->status == 200 && strcmp(a->body, "OK") == 0)
		doctor_ok(d, "livekit.http", "LiveKit at %s says that it is up", u->authority);
	else if (a->status / 100 == 3)
		doctor_error(d, "livekit.http", fix,
		    "%s sends us on to %s (HTTP %d): our calls follow nobody, and LiveKit doesn't do that",
		    u->authority, a->location, a->status);
	else if (a->status == 502 || a->status == 503 || a->status == 504)
		doctor_error(d, "livekit.http", "start LiveKit, and see that the proxy has its port",
		    "%s answers HTTP %d: a proxy that doesn't reach LiveKit", u->authority, a->status);
	else if (a->status == NOT_READY)
		doctor_error(d, "livekit.http",
		    "restart that LiveKit; with several of them, see that it reaches Redis and that its clock is right",
		    "LiveKit at %s says that it isn't ready (HTTP 406)", u->authority);
	else if (a->status == 400 && visit_speaks_tls(u, n))
		say_tls(d, u);
	else
		doctor_error(d, "livekit.http", fix, "%s answers HTTP %d%s: it is not LiveKit", u->authority, a->status,
		    http_is_html(a) ? " with a web page" : "");
}

/* GET / there: ERR_OK, or n->why. */
static enum err
get_page(struct doctor *d, const struct visit *v, struct net *n, struct http_answer *a)
{
	struct http_request r = {.method = "GET", .headers = "Connection: close\r\n"};
	enum err e = visit_again(v, n);

	*a = (struct http_answer){.status = 0};
	r.path = doctor_text(d, "%s/", v->url->path);
	return e != ERR_OK ? e : http_ask(n, v->url, &r, a);
}

/* The signed call has succeeded. */
static void
say_well(struct doctor *d, const struct visit *v, const struct http_answer *call)
{
	const char *who = v->url->authority;
	struct http_answer a;
	struct net n;

	if (get_page(d, v, &n, &a) == ERR_OK && a.status == NOT_READY)
		judge_page(d, v, &n, &a);
	else
		doctor_ok(d, "livekit.http", "LiveKit at %s answers", who);
	net_close(&n);
	visit_clock(d, "livekit", call);
	d->is_answered = 1;
	doctor_ok(d, "livekit.call", "LiveKit at %s knows our key and our secret, and answers a signed call", who);
}

/* The signed call has failed: 1 when LiveKit is there all the same. */
static int
ask_page(struct doctor *d, const struct visit *v)
{
	struct http_answer a;
	struct net n;

	if (get_page(d, v, &n, &a) == ERR_OK)
		judge_page(d, v, &n, &a);
	else if (n.stage == NET_TALK && visit_speaks_tls(v->url, &n))
		say_tls(d, v->url);
	else
		doctor_error(d, "livekit.http", v->start, "%s", n.why);
	net_close(&n);
	if (a.status == 200)
		visit_clock(d, "livekit", &a);
	return a.status == 200;
}

static enum refusal
refusal_of(const struct http_answer *a)
{
	enum refusal r = refusal_judge(a->status, a->body);

	return r == REFUSAL_NONE && strstr(a->body, "\"rooms\"") == NULL ? REFUSAL_STRANGER : r;
}

/* The call first: a proxy may pass on what we need and nothing else, so that GET / only tells why a call failed. */
static void
ask(struct doctor *d, const struct visit *v)
{
	const char *who = v->url->authority;
	struct http_answer a = {.status = 0};
	struct net n;
	enum err e = visit_call(d, v, LIVEKIT_ROOM_LIST, "livekit.RoomService/ListRooms", &n, &a);
	enum refusal r = e == ERR_OK ? refusal_of(&a) : REFUSAL_OTHER;

	net_close(&n);
	if (r == REFUSAL_NONE)
		say_well(d, v, &a);
	else if (n.is_silent)
		doctor_error(d, "livekit.http", v->start, "%s", n.why);
	else if (!ask_page(d, v))
		return;
	else if (e == ERR_OK)
		doctor_error(d, "livekit.call", visit_refusal_fix(d, r), "%s answers HTTP %d to a signed call: %s", who,
		    a.status, refusal_text(r));
	else
		doctor_error(d, "livekit.call", v->start, "a signed call was not answered: %s", n.why);
}

void
doctor_reach(struct doctor *d)
{
	struct url u;
	struct visit v = {.prefix = "livekit", .key = KEY, .url = &u, .skip_key = "livekit.skipTLSVerify"};
	struct net n;
	enum err e;

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
	e = visit_open(d, &v, &n);
	net_close(&n);
	if (e == ERR_OK)
		ask(d, &v);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a browser does with the address that a join hands out (conf_livekit_client()), from this machine: "the token was
 * made, but the client times out". A participant whom nobody sees, without any right, opens the WebSocket in a room
 * that no room of ours can be called, and hangs up: LiveKit forgets both within seconds.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/doctor/signal.h"
#include "ctl/doctor/visit.h"
#include "ctl/doctor/websocket.h"

#define LIVEKIT_PATH "/livekit"

struct client {
	struct doctor *d;
	struct url page, to;
	const char *key; /* of the configuration, where the address comes from */
	int is_own;	 /* through our own web server */
	int is_raised;	 /* livekit.host says ws://, and joins hand out wss:// */
	struct url behind; /* LiveKit's own address, for the web server */
};

static int
find_page(struct client *c)
{
	c->key = "auth.frontendURL";
	if (visit_site(c->d, &c->page))
		return 1;
	doctor_error(c->d, "client.page",
	    "set auth.frontendURL to the address of the site, as https://meet.example.org",
	    "auth.frontendURL: \"%s\" is no address that a browser could open",
	    conf_str(c->d->conf, CONF_auth_frontendURL));
	return 0;
}

static void
judge_page(struct client *c)
{
	if (c->page.is_tls)
		doctor_ok(c->d, "client.page", "the site is https://%s: browsers allow camera and microphone there",
		    c->page.authority);
	else if (url_reach(c->page.host) == URL_HERE)
		doctor_ok(c->d, "client.page",
		    "the site is http://%s: browsers on this machine allow camera and microphone there, no others "
		    "would",
		    c->page.authority);
	else
		doctor_error(c->d, "client.page",
		    "give the web server a certificate, and set auth.frontendURL to https://…",
		    "the site is http://%s: browsers allow camera and microphone on https pages only",
		    c->page.authority);
}

/* As joins do. */
static int
find_address(struct client *c)
{
	const char *host = conf_str(c->d->conf, CONF_livekit_host);
	size_t room = strlen(host) + sizeof c->page.authority + 16;
	char *out = base_arena_alloc(&c->d->arena, room);

	c->is_own = *host == '\0';
	if (!c->is_own)
		c->key = "livekit.host";
	if (out == NULL || conf_livekit_client(c->d->conf, c->page.is_tls, c->page.authority, out, room) != ERR_OK)
		return 0;
	c->is_raised = !c->is_own && strcmp(out, host) != 0;
	if (url_parse(out, &c->to))
		return 1;
	doctor_error(c->d, "client.address",
	    "set livekit.host to LiveKit's address for browsers, as wss://livekit.example.org, or leave it empty: then "
	    "it is the site's own /livekit",
	    "livekit.host: \"%s\" is no address that a browser could open", host);
	return 0;
}

static int
judge_address(struct client *c)
{
	enum url_reach page = url_reach(c->page.host), to = url_reach(c->to.host);
	const char *fix = "leave livekit.host empty (then it is the site's own /livekit), or set it to an address that "
			  "participants reach: wss://NAME; livekit.internalHost is where our own programs go";

	if (to >= page) {
		doctor_ok(c->d, "client.address", "participants are sent to %s://%s%s", c->to.scheme, c->to.authority,
		    c->to.path);
		return 1;
	}
	doctor_error(c->d, "client.address", fix, "participants who open %s are sent to %s: %s", c->page.authority,
	    c->to.authority,
	    to == URL_HERE ? "that is each one's own machine"
			   : "a private address or name, which only this network knows");
	return 0;
}

static const char *
proxy_snippet(struct client *c, const char *server)
{
	const struct url *to = &c->behind;
	const char *base = doctor_text(c->d, "http%s://%s%s/", to->is_tls ? "s" : "", to->authority, to->path);

	if (strncmp(server, "lighttpd", 8) == 0 && to->is_tls)
		return doctor_text(c->d,
		    "nothing, since lighttpd passes nothing on over TLS: set livekit.host to wss://%s%s instead",
		    to->authority, to->path);
	if (strncmp(server, "lighttpd", 8) == 0)
		return doctor_text(c->d,
		    "$HTTP[\"url\"] =~ \"^/livekit(?:/|$)\" { proxy.server = ( \"\" => (( \"host\" => "
		    "\"%s\", \"port\" => \"%d\" )) ) proxy.header = ( \"map-urlpath\" => ( \"/livekit/\" => "
		    "\"%s/\" ), "
		    "\"upgrade\" => \"enable\" ) }",
		    to->host, to->port, to->path);
	if (strncmp(server, "Apache", 6) == 0)
		return doctor_text(c->d,
		    "%sProxyPass \"/livekit/\" \"%s\" upgrade=websocket (before any "
		    "rewriting to index.html; a2enmod proxy proxy_http proxy_wstunnel)",
		    to->is_tls ? "SSLProxyEngine on, and " : "", base);
	if (strncmp(server, "nginx", 5) == 0)
		return doctor_text(c->d,
		    "location ^~ /livekit/ { proxy_pass %s; %sproxy_http_version 1.1; "
		    "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\"; }",
		    base, to->is_tls ? "proxy_ssl_server_name on; " : "");
	return doctor_text(c->d,
	    "a rule that passes /livekit/ on to %s, WebSockets too, the prefix taken "
	    "off (Bedrud's etc/ has it for lighttpd, nginx and Apache)",
	    base);
}

/* 1 when a request without WebSocket comes through to LiveKit: then the proxy drops Upgrade. */
static int
reaches_livekit(const struct visit *v, const char *query)
{
	struct http_request r = {.method = "GET", .headers = "Connection: close\r\n"};
	struct http_answer a;
	struct base_buf path;
	struct net n = {.fd = -1};
	int is_there;

	base_buf_init(&path, LIMIT_URI);
	base_buf_printf(&path, "%s/rtc/validate%s", v->url->path, query);
	r.path = path.p;
	is_there = path.err == ERR_OK && visit_again(v, &n) == ERR_OK && http_ask(&n, v->url, &r, &a) == ERR_OK &&
		   (a.status == 200 || a.status == 401) && !http_is_html(&a);
	net_close(&n);
	base_mem_wipe(path.p, path.n);
	base_buf_free(&path);
	return is_there;
}

/* The handshake was answered with something else than 101. */
static void
say_refused(struct client *c, const struct visit *v, const char *query, const struct http_answer *a)
{
	enum refusal r = refusal_judge(a->status, a->body);
	const char *at = c->to.authority, *snippet = proxy_snippet(c, a->server);

	if (r != REFUSAL_STRANGER && r != REFUSAL_OTHER && r != REFUSAL_NONE)
		doctor_error(c->d, "client.websocket", visit_refusal_fix(c->d, r),
		    "LiveKit at %s refuses the token of a join: %s", at, refusal_text(r));
	else if (a->status / 100 == 3)
		doctor_error(c->d, "client.websocket",
		    doctor_text(c->d, "set %s to the address that it leads to", c->key),
		    "%s sends the WebSocket on to %s, and browsers follow nobody there", at, a->location);
	else if (a->status == 502 || a->status == 503 || a->status == 504)
		doctor_error(c->d, "client.websocket",
		    doctor_text(c->d,
			"start %s, and see that the web server passes on to %s",
			c->d->is_embedded ? "LiveKit (livekit-launcher --status)" : "that LiveKit",
			c->behind.authority),
		    "%s answers HTTP %d: it doesn't reach LiveKit behind it", at, a->status);
	else if (reaches_livekit(v, query))
		doctor_error(c->d, "client.websocket", doctor_text(c->d, "let it pass WebSockets, too: %s", snippet),
		    "%s passes requests on to LiveKit, but drops the Upgrade header: no WebSocket comes through (HTTP "
		    "%d)",
		    at, a->status);
	else if (c->is_own)
		doctor_error(c->d, "client.websocket", doctor_text(c->d, "add to the web server: %s", snippet),
		    "%s" LIVEKIT_PATH " isn't passed on to LiveKit: HTTP %d%s", at, a->status,
		    http_is_html(a) ? " with a web page" : "");
	else
		doctor_error(c->d, "client.websocket",
		    "set livekit.host to LiveKit's own address or that of its proxy, or leave it empty: then it is the "
		    "site's own /livekit",
		    "what answers at %s%s is not LiveKit: HTTP %d%s", at, c->to.path, a->status,
		    http_is_html(a) ? " with a web page" : "");
}

/* "?access_token=…", as browsers have it. */
static void
write_query(const struct signal_target *who, struct base_buf *query)
{
	char room[SIGNAL_ROOM];

	signal_room(room);
	base_buf_str(query, "?access_token=");
	signal_token(who, room, query);
	base_buf_str(query, "&protocol=15&auto_subscribe=0");
}

static void
ask_websocket(struct client *c, const struct visit *v, struct net *n)
{
	const char *secret = conf_str(c->d->conf, CONF_livekit_apiSecret);
	struct signal_target who = {.api_key = conf_str(c->d->conf, CONF_livekit_apiKey)};
	struct base_jwt_key *key = NULL;
	struct base_buf path, query, origin;
	struct http_answer a = {.status = 0};

	base_buf_init(&path, LIMIT_URI);
	base_buf_init(&query, LIMIT_URI);
	base_buf_init(&origin, LIMIT_URI);
	base_buf_printf(&origin, "Origin: %s://%s\r\n", c->page.scheme, c->page.authority);
	if (base_jwt_key_new(secret, strlen(secret), &key) == ERR_OK) {
		who.key = key;
		write_query(&who, &query);
		base_jwt_key_free(key);
	}
	if (query.n > 0 && query.err == ERR_OK)
		base_buf_printf(&path, "%s/rtc%s", c->to.path, query.p);
	if (path.n == 0 || path.err != ERR_OK || origin.err != ERR_OK)
		doctor_error(
		    c->d, "client.websocket", "end other programs, then try again", "there is no memory for a token");
	else if (websocket_open(n, &c->to, path.p, origin.p, &a) == ERR_OK) {
		signal_hang_up(n);
		doctor_ok(c->d, "client.websocket",
		    "a WebSocket to %s://%s%s/rtc comes through to LiveKit, as browsers open it", c->to.scheme,
		    c->to.authority, c->to.path);
		c->d->joined_at = base_clock_now();
	} else if (a.status == 0)
		doctor_error(
		    c->d, "client.websocket", v->start, "the WebSocket handshake was not answered: %s", n->why);
	else
		say_refused(c, v, query.p, &a);
	base_mem_wipe(path.p, path.n);
	base_mem_wipe(query.p, query.n);
	base_buf_free(&path);
	base_buf_free(&query);
	base_buf_free(&origin);
}

/*
 * Many a router leads nobody from inside to its own outer address: then we can't see what participants see, and our web
 * server's listening is all there is to be known.
 */
static void
set_start(const struct client *c, struct visit *v)
{
	long long port = 0;

	v->start = "start LiveKit there, open its port in the firewall, or correct livekit.host";
	if (!c->is_own)
		return;
	v->start = "start the web server, or correct auth.frontendURL and server.port";
	if (url_reach(c->page.host) != URL_ANYWHERE ||
	    base_text_int(conf_str(c->d->conf, CONF_server_port), 1, 65535, &port) != ERR_OK ||
	    !visit_listens("127.0.0.1", (int)port))
		return;
	v->is_doubtful = 1;
	v->start =
	    "open the site from another network (a phone without Wi-Fi). If it opens, all is well: the router here "
	    "leads nobody from inside to its own outer address. If not, let the firewall and the router pass that port "
	    "on to the web server, which listens here";
}

void
doctor_client(struct doctor *d)
{
	struct client c = {.d = d};
	struct visit v = {.prefix = "client", .url = &c.to, .is_browser = 1};
	struct net n = {.fd = -1};

	if (d->conf == NULL || !find_page(&c))
		return;
	judge_page(&c);
	if (!find_address(&c) || !judge_address(&c))
		return;
	if (!url_parse(d->api, &c.behind))
		(void)url_parse("http://127.0.0.1:7880", &c.behind);
	v.key = c.key;
	set_start(&c, &v);
	if (c.is_raised) {
		v.plain = "a page over https may not open ws://, so joins hand out livekit.host as wss://";
		v.plain_fix =
		    "leave livekit.host empty (then it is the site's own /livekit), or put TLS in front of it and "
		    "write wss://";
	}
	if (visit_open(d, &v, &n) == ERR_OK)
		ask_websocket(&c, &v, &n);
	net_close(&n);
}

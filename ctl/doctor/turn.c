/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Clients behind NAT", "relay used needlessly, or not used": each ICE server that a client is really given is asked
 * as a client would: looked up, connected, its certificate seen, a relay address allocated with the credentials that
 * came along, LiveKit's own media address asked through it, and all given back.
 */
#include "ctl/doctor/media.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/doctor/turnclient.h"
#include "ctl/doctor/visit.h"

#define PORT_HTTPS 443

static const char cost[] = "participants whose network lets only web traffic out get no audio and no video";

/* What became of one URL. */
struct found {
	struct turnclient_url url;
	const char *text;	      /* the URL; in the run's arena */
	int is_read;		      /* url is there */
	int is_allocated, is_through; /* a relay address was given; LiveKit's media answered through it */
	int code;		      /* of an allocation or permission that was refused */
	enum net_stage stage;
	unsigned distrust;
	int64_t expires_s; /* 0 = no certificate seen */
	const char *relayed, *why, *trust;
	const char *to; /* the media address that was asked through it; NULL = none */
};

static const char *
check_name(const struct turnclient_url *u)
{
	return u->scheme == TURNCLIENT_TURNS ? "turn.tls" : u->is_tcp ? "turn.tcp" : "turn.udp";
}

void
turn_plan(struct media *m)
{
	static const char check[] = "turn.config";
	const struct launcher_turn *t = m->plan != NULL ? &m->plan->turn : NULL;

	if (t == NULL)
		return;
	if (!t->is_on && m->reach == URL_HERE)
		doctor_ok(m->d, check,
		    "there is no relay (TURN), and none is needed as long as all browsers run on this machine");
	else if (!t->is_on && !conf_bool(m->d->conf, CONF_livekit_turn_enabled))
		doctor_warn(m->d, check,
		    "set livekit.turn.enabled: true, unless all participants are in this network; then "
		    "restart livekit-launcher",
		    "TURN is off by livekit.turn.enabled: %s", cost);
	else if (!t->is_on && m->plan->drops.n > 0)
		doctor_warn(m->d, check, "install LiveKit's livekit-server 1.13.5 or newer",
		    "TURN is off, because this livekit-server can't be kept from relaying to services of this machine "
		    "(livekit.accepts): %s",
		    cost);
	else if (!t->is_on)
		doctor_warn(m->d, check,
		    "set server.domain or livekit.turn.domain to a host name of this machine with a dot "
		    "in it, then restart livekit-launcher",
		    "TURN is off, because %s%s%s: %s", *t->domain == '\0' ? "there is no domain" : "\"", t->domain,
		    *t->domain == '\0' ? "" : "\" is no domain name that LiveKit takes", cost);
	else if (t->note[0] != '\0')
		doctor_warn(m->d, check,
		    doctor_text(m->d,
			"give livekit.turn.certFile and livekit.turn.keyFile (or "
			"server.enableTLS with server.certFile and server.keyFile) a certificate for %s that holds for "
			"more than a week, and its key; livekit-launcher takes it by itself, or when it is restarted",
			t->domain),
		    "%s", t->note);
	else
		doctor_ok(m->d, check, "TURN is on for %s, over UDP at port %d and over TLS at port %d", t->domain,
		    t->udp_port, t->is_tls_outside ? PORT_HTTPS : t->tls_port);
}

/* Through the relay to LiveKit's own media: what a relayed participant's audio and video do. */
static void
ask_through(struct media *m, struct turnclient *c, struct found *f)
{
	const struct ice_candidate *to = media_best(m, c->relayed.ss_family);
	struct stun request;

	if (to == NULL)
		return;
	f->to = doctor_text(m->d, "%s", to->text);
	if (turnclient_permit(c, &to->address) != ERR_OK) {
		f->code = c->code;
		f->why = doctor_text(m->d, "%s", c->why);
		return;
	}
	if (ice_request(&m->s->pair, &request) == ERR_OK && turnclient_ask(c, &to->address, &request) == ERR_OK)
		f->is_through = ice_is_answer(&m->s->pair, &request, c->answer, c->n);
	else
		f->why = doctor_text(m->d, "%s", c->why);
}

static void
note_tls(struct media *m, const struct turnclient *c, struct found *f)
{
	f->stage = c->net.stage;
	f->distrust = c->net.distrust;
	f->expires_s = c->net.expires_s;
	f->trust = doctor_text(m->d, "%s", c->net.trust);
}

static void
try_server(struct media *m, size_t i, struct found *f)
{
	struct turnclient *c;
	enum err e;

	f->text = doctor_text(m->d, "%s", m->s->servers[i].url);
	f->is_read = turnclient_url(f->text, &f->url) == ERR_OK;
	f->why = f->relayed = f->trust = "";
	if (!f->is_read || f->url.scheme == TURNCLIENT_STUN)
		return;
	c = base_mem_alloc(1, sizeof *c);
	if (c == NULL) {
		f->why = "there is no memory to ask it";
		return;
	}
	e = turnclient_open(c, &f->url, DOCTOR_TIMEOUT_MS);
	if (f->url.is_tcp)
		note_tls(m, c, f);
	/* Credentials and media addresses may come anew: so first this, then what stands in s. */
	if (e == ERR_OK && (e = media_freshen(m)) == ERR_OK && i < m->s->servers_n)
		e = turnclient_allocate(c, m->s->servers[i].username, m->s->servers[i].credential);
	f->code = c->code;
	f->why = doctor_text(m->d, "%s", c->why);
	if (e == ERR_OK) {
		char text[STUN_ADDRESS_TEXT];

		f->is_allocated = 1;
		stun_address_text(&c->relayed, text);
		f->relayed = doctor_text(m->d, "%s", text);
		ask_through(m, c, f);
		if (turnclient_release(c) != ERR_OK)
			f->relayed = doctor_text(m->d, "%s, for ten minutes: it could not be given back", text);
	}
	turnclient_close(c);
	base_mem_free(c);
}

static const char *
connect_fix(struct media *m, const struct found *f)
{
	const char *transport = f->url.is_tcp ? "TCP" : "UDP";

	if (f->url.is_tcp && f->stage == NET_NAME)
		return doctor_text(
		    m->d, "add an A or AAAA record for %s with the address of the relay to your DNS", f->url.host);
	if (f->url.is_tcp && f->stage == NET_TLS)
		return doctor_text(m->d,
		    "let nothing else listen at port %d of %s, or set livekit.turn.tlsPort to another "
		    "one; and restart livekit-launcher",
		    f->url.port, f->url.host);
	return doctor_text(m->d,
	    "see that LiveKit runs and let %s %d in through the firewalls of %s and of its provider; if a "
	    "router stands in front, forward that port",
	    transport, f->url.port, f->url.host);
}

static const char *
refused_fix(struct media *m, const struct found *f)
{
	if (f->code == 400 && m->plan != NULL)
		return "install LiveKit 1.13 or later: this one doesn't take the credentials that livekit-launcher "
		       "makes for the port of livekit.turn.tlsPort";
	if (f->code == 401 || f->code == 400)
		return m->plan != NULL
			   ? "restart livekit-launcher, which makes new credentials, and set this machine's clock "
			     "(timedatectl set-ntp true)"
			   : "make the username and credential of rtc.turn_servers in LiveKit's "
			     "configuration those of that TURN server, and set both clocks";
	if (f->code == 486 || f->code == 508)
		return m->plan != NULL
			   ? "widen livekit.turn.relayPortStart to relayPortEnd and open these UDP ports; then restart "
			     "livekit-launcher"
			   : "give that TURN server more relay ports, or more allocations for each user";
	return connect_fix(m, f);
}

/* Another URL of the same relay over TLS that works, so that a dead one only costs a moment. */
static const struct found *
find_other_tls(const struct found *all, size_t n, const struct found *f)
{
	for (size_t i = 0; i < n; i++)
		if (&all[i] != f && all[i].is_allocated && all[i].url.scheme == TURNCLIENT_TURNS &&
		    strcmp(all[i].url.host, f->url.host) == 0)
			return &all[i];
	return NULL;
}

/* LiveKit sends clients to turns:DOMAIN:443 whatever turn.tls_port is (measured on 1.13.5; 1.11.0's source alike). */
static void
judge_https(struct media *m, const struct found *all, size_t n, const struct found *f)
{
	const struct found *other = find_other_tls(all, n, f);

	if (other != NULL)
		doctor_ok(m->d, "turn.tls",
		    "%s, which LiveKit gives to clients by itself, leads to no relay (%s), and need not: %s does",
		    f->text, f->why, other->text);
	else
		doctor_warn(m->d, "turn.tls",
		    doctor_text(m->d,
			"either let what listens at port 443 hand on connections that ask "
			"for the name %s to livekit.turn.tlsPort (etc/nginx/turn.conf of Bedrud shows how), "
			"or open livekit.turn.tlsPort itself, where livekit-launcher sends clients, too",
			f->url.host),
		    "%s, which LiveKit gives to clients whatever livekit.turn.tlsPort is, leads to no relay: %s",
		    f->text, f->why);
}

static void
judge_relay(struct media *m, const struct found *f)
{
	const char *check = check_name(&f->url);

	if (!f->is_allocated)
		doctor_error(m->d, check, f->code != 0 ? refused_fix(m, f) : connect_fix(m, f),
		    "%s, which clients are given, relays nothing: %s", f->text, f->why);
	else if (f->is_through)
		doctor_ok(m->d, check,
		    "%s gave a relay address (%s) for the credentials that clients get, and LiveKit's media at "
		    "%s answered through it",
		    f->text, f->relayed, f->to);
	else if (f->to == NULL)
		doctor_ok(m->d, check, "%s gave a relay address (%s) for the credentials that clients get", f->text,
		    f->relayed);
	else if (f->code == 403)
		doctor_error(m->d, check,
		    m->plan != NULL ? "restart livekit-launcher with a LiveKit of version 1.13 or later: it "
				      "permits the relay to reach the node IP"
				    : "permit that relay to reach LiveKit's own address "
				      "(turn.allow_restricted_peer_cidrs, when it is LiveKit's own)",
		    "%s gave a relay address, and forbids "
		    "to send on to LiveKit's media at %s: relayed participants get no audio and no video",
		    f->text, f->to);
	else
		doctor_error(m->d, check,
		    m->plan != NULL ? doctor_text(m->d,
					  "let UDP from this machine's ports %d-%d to its own "
					  "media ports through its firewall, and see that %s is this machine",
					  m->plan->turn.relay_start, m->plan->turn.relay_end, m->plan->node.text)
				    : "let UDP from that relay to LiveKit's media ports through the "
				      "firewalls between them",
		    "%s gave a relay address (%s), and LiveKit's media at %s doesn't answer through it: %s", f->text,
		    f->relayed, f->to, f->why);
}

/* As seen on the wire: a renewed file counts only once LiveKit has read it. */
static void
judge_certificate(struct media *m, const struct found *f)
{
	static const char check[] = "turn.certificate";
	int64_t left = f->expires_s - base_clock_seconds();
	const char *fix = doctor_text(m->d,
	    "get a certificate for %s with its whole chain, from an authority that browsers know, "
	    "name it in %s, and restart %s",
	    f->url.host,
	    m->plan != NULL ? "livekit.turn.certFile and keyFile" : "turn.cert_file and key_file of that LiveKit",
	    m->plan != NULL ? "livekit-launcher" : "it");

	if (f->distrust == NET_BAD_CHAIN)
		doctor_warn(m->d, check, fix,
		    "the certificate for %s is from an authority that this machine doesn't know (%s): "
		    "browsers that don't know it either can't use %s",
		    f->url.host, f->trust, f->text);
	else if (f->distrust != 0)
		doctor_error(m->d, check, fix, "browsers refuse the certificate for %s, and so can't use %s: %s",
		    f->url.host, f->text, f->trust);
	else if (left < VISIT_SOON_S)
		doctor_warn(m->d, check, fix, "the certificate for %s ends on %s, in %lld days", f->url.host,
		    visit_day(m->d, f->expires_s), (long long)(left / VISIT_DAY_S));
	else
		doctor_ok(m->d, check, "the certificate at %s names %s, is trusted here, and ends on %s", f->text,
		    f->url.host, visit_day(m->d, f->expires_s));
}

/* The servers that LiveKit hands out when it has none of its own, and their like. */
static int
is_public_stun(const char *host)
{
	static const char *const ends[] = {
	    ".google.com", ".twilio.com", ".cloudflare.com", ".mozilla.com", ".stunprotocol.org"};
	size_t n = strlen(host);

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (n >= strlen(ends[i]) && base_text_equal_nocase(host + n - strlen(ends[i]), ends[i]))
			return 1;
	return 0;
}

static void
judge_stun(struct media *m, const struct found *all, size_t n)
{
	static const char check[] = "turn.stun";
	const char *strange = NULL;
	size_t stuns = 0;

	for (size_t i = 0; i < n; i++) {
		if (!all[i].is_read || all[i].url.scheme != TURNCLIENT_STUN)
			continue;
		stuns++;
		if (is_public_stun(all[i].url.host) ||
		    (m->plan != NULL && strcmp(all[i].url.host, m->plan->node.text) != 0))
			strange = all[i].text;
	}
	if (strange != NULL && m->is_hosted)
		doctor_ok(m->d, check, "clients are sent to %s, as the operator of that LiveKit has decided", strange);
	else if (strange != NULL)
		doctor_warn(m->d, check,
		    m->plan != NULL ? "restart livekit-launcher, so that LiveKit runs with the present "
				      "configuration, which names no others"
				    : "switch on TURN in that LiveKit's configuration (turn.enabled, domain and "
				      "udp_port), or set rtc.stun_servers to a server of your own",
		    "clients are sent to %s, which is somebody else's: it learns the address of each participant",
		    strange);
	else
		doctor_ok(m->d, check,
		    stuns > 0 ? "clients are sent to no STUN server of somebody else"
			      : "clients are sent to no STUN server, and need none");
}

/* No relay among what clients are given, though there should be one. */
static void
judge_absence(struct media *m, const struct found *all, size_t n)
{
	static const char check[] = "turn.given";

	for (size_t i = 0; i < n; i++)
		if (all[i].is_read && all[i].url.scheme != TURNCLIENT_STUN)
			return;
	if (m->plan != NULL && m->plan->turn.is_on)
		doctor_warn(m->d, check,
		    "restart livekit-launcher, and see in its log whether this LiveKit is too old for a key of its "
		    "relay; if so, install LiveKit 1.13 or later",
		    "TURN is on, but LiveKit gives clients no relay: %s", cost);
	else if (m->is_hosted)
		doctor_ok(m->d, check, "LiveKit gives clients no relay (TURN), as its operator has decided");
	else if (m->plan == NULL && m->reach != URL_HERE)
		doctor_warn(m->d, check,
		    "switch on TURN in that LiveKit's configuration (turn.enabled with domain, udp_port, tls_port, "
		    "cert_file and key_file), unless all participants are in its own network",
		    "LiveKit gives clients no relay (TURN): %s", cost);
}

/* Direct or relayed: what participants will see, and whether that is as it should be. */
static void
judge_use(struct media *m, const struct found *all, size_t n)
{
	static const char check[] = "turn.use";
	const struct ice_candidate *best = media_best(m, AF_UNSPEC);
	size_t relays = 0;

	for (size_t i = 0; i < n; i++)
		relays += all[i].is_through;
	if ((best == NULL || !best->is_answered) && relays == 0) {
		if (!media_is_beyond_router(m))
			doctor_error(m->d, check,
			    "open one of the ways that media.udp, media.tcp and turn.tls speak of: UDP first; TLS "
			    "alone is enough for a call, too",
			    "nothing reaches LiveKit's media from here, neither directly nor through a relay: who is "
			    "placed like this machine gets no audio and no video");
	} else if (best == NULL)
		return;
	else if (best->is_answered && relays > 0)
		doctor_ok(m->d, check,
		    "media goes directly to %s; the relay is used by participants alone whose network forbids that",
		    best->text);
	else if (best->is_answered)
		doctor_ok(m->d, check, "media goes directly to %s, without a relay", best->text);
	else if (relays > 0)
		doctor_warn(m->d, check, "follow the fixes of media.udp and media.node-ip",
		    "no media address of LiveKit answers "
		    "directly, and the relay does: who is placed like this machine is relayed without need, at twice "
		    "the traffic");
}

void
turn_servers(struct media *m)
{
	struct found all[SIGNAL_SERVERS] = {{.code = 0}};
	size_t n = m->s->servers_n;

	for (size_t i = 0; i < n; i++)
		try_server(m, i, &all[i]);
	for (size_t i = 0; i < n; i++) {
		if (!all[i].is_read)
			doctor_error(m->d, "turn.url",
			    "correct rtc.turn_servers or rtc.stun_servers in LiveKit's configuration",
			    "clients are given the ICE server \"%s\", which is no URL of one", all[i].text);
		else if (all[i].url.scheme == TURNCLIENT_TURNS && all[i].url.port == PORT_HTTPS && !all[i].is_allocated)
			judge_https(m, all, n, &all[i]);
		else if (all[i].url.scheme != TURNCLIENT_STUN)
			judge_relay(m, &all[i]);
		if (all[i].expires_s != 0 && (all[i].is_allocated || all[i].url.port != PORT_HTTPS))
			judge_certificate(m, &all[i]);
	}
	judge_absence(m, all, n);
	judge_stun(m, all, n);
	judge_use(m, all, n);
}

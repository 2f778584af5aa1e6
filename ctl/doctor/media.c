/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "No audio, no video": whether media can go where LiveKit says that it goes. A participant joins, and each address
 * that it is offered gets a signed ICE check (ctl/doctor/ice.h): what a browser sends before the first picture.
 */
#include "ctl/doctor/media.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lookup.h"
#include "base/mem.h"
#include "livekit/address.h"

#define LIST 600 /* bytes of a list of addresses in a sentence */

/* The address of a candidate without its port. */
static void
host_of(const struct ice_candidate *c, char out[NI_MAXHOST])
{
	if (getnameinfo((const void *)&c->address, sizeof c->address, out, NI_MAXHOST, NULL, 0, NI_NUMERICHOST) != 0)
		(void)snprintf(out, NI_MAXHOST, "?");
}

static int
is_same_host(const struct ice_candidate *a, const struct ice_candidate *b)
{
	char left[NI_MAXHOST], right[NI_MAXHOST];

	host_of(a, left);
	host_of(b, right);
	return strcmp(left, right) == 0;
}

int
media_names(const char *name, const char *address)
{
	struct addrinfo *all, *a;
	char text[NI_MAXHOST];
	const char *why;
	int found = 0;

	if (base_lookup(name, 0, SOCK_DGRAM, DOCTOR_TIMEOUT_MS, &all, &why) != ERR_OK)
		return 0;
	for (a = all; a != NULL && !found; a = a->ai_next)
		found = getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0 &&
			strcmp(text, address) == 0;
	freeaddrinfo(all);
	return found;
}

static int
rank(const struct ice_candidate *c)
{
	return 4 * c->is_answered + 2 * !c->is_tcp + (c->address.ss_family == AF_INET);
}

const struct ice_candidate *
media_best(const struct media *m, int family)
{
	const struct ice_candidate *best = NULL, *c;

	for (size_t i = 0; i < m->s->candidates_n; i++) {
		c = &m->s->candidates[i];
		if (family != AF_UNSPEC && (c->is_tcp || c->address.ss_family != family))
			continue;
		if (best == NULL || rank(c) > rank(best))
			best = c;
	}
	return best;
}

/* ERR_PEER, ERR_NOMEM: s->why. */
static enum err
join(struct media *m)
{
	enum err e = signal_join(m->s, &m->target);

	m->joined_ms = base_clock_mono_ms();
	if (e == ERR_OK && m->s->candidates_n > 0)
		ice_ask(&m->s->pair, m->s->candidates, m->s->candidates_n, DOCTOR_TIMEOUT_MS);
	return e;
}

enum err
media_freshen(struct media *m)
{
	if (base_clock_mono_ms() - m->joined_ms < MEDIA_FRESH_MS)
		return ERR_OK;
	signal_leave(m->s, &m->target);
	return join(m);
}

/* The host by which participants open the site, and so who they are. */
static void
find_site(struct media *m)
{
	static const enum conf_id keys[] = {
	    CONF_livekit_host, CONF_auth_frontendURL, CONF_server_domain, CONF_server_host};
	struct url u;

	m->reach = URL_HERE;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0] && m->site[0] == '\0'; i++) {
		const char *text = conf_str(m->d->conf, keys[i]);

		if (url_parse(text, &u))
			text = u.host;
		if (*text != '\0' && strcmp(text, "0.0.0.0") != 0 && strcmp(text, "::") != 0 &&
		    strchr(text, '/') == NULL)
			(void)snprintf(m->site, sizeof m->site, "%s", text);
	}
	if (m->site[0] != '\0')
		m->reach = url_reach(m->site);
	else if (m->plan != NULL)
		m->reach = url_reach(m->plan->node.text);
	else if (url_parse(m->d->api, &u))
		m->reach = url_reach(u.host);
}

static const char *
node_fix(struct media *m)
{
	if (m->plan == NULL)
		return "set rtc.node_ip of that LiveKit to the address by which participants reach it, and restart it";
	return doctor_text(m->d,
	    "set livekit.nodeIP to the address by which participants reach this machine%s%s, then "
	    "restart livekit-launcher",
	    m->site[0] != '\0' ? ", where they open " : "", m->site);
}

/* What kind of address it is, against who the participants are. */
static void
judge_node(struct media *m, const char *address, const char *rule)
{
	static const char check[] = "media.node-ip";
	const char *kind = livekit_address_kind(address);

	if (kind == NULL)
		doctor_error(m->d, check, node_fix(m),
		    "LiveKit tells clients to send audio and video to %s, which is no address of a machine",
		    address);
	else if (strcmp(kind, "public") == 0)
		doctor_ok(m->d, check,
		    "clients send audio and video to %s (%s): a public address, so whoever can send "
		    "UDP or TCP there needs no relay",
		    address, rule);
	else if (m->site[0] != '\0' && media_names(m->site, address))
		doctor_ok(m->d, check,
		    "clients send audio and video to %s (%s, %s): the address where they open %s, so "
		    "whoever sees the site needs no relay",
		    address, rule, kind, m->site);
	else if (m->reach == URL_HERE && strcmp(kind, "loopback") == 0)
		doctor_ok(m->d, check,
		    "clients send audio and video to %s (%s): browsers of this machine alone can take "
		    "part, and need no relay",
		    address, rule);
	else if (strcmp(kind, "loopback") == 0 || strcmp(kind, "link-local") == 0 || strcmp(kind, "Docker bridge") == 0)
		doctor_error(m->d, check, node_fix(m),
		    "clients send audio and video to %s (%s), a %s address: nobody outside this machine can reach it",
		    address, rule, kind);
	else if (m->reach == URL_ANYWHERE)
		doctor_warn(m->d, check, node_fix(m),
		    "clients send audio and video to %s (%s), a %s address, while the "
		    "site is %s: who isn't in this network can't reach it",
		    address, rule, kind, m->site);
	else
		doctor_ok(m->d, check,
		    "clients send audio and video to %s (%s), a %s address: participants in this "
		    "network reach it directly, and need no relay",
		    address, rule, kind);
}

/* The node IP of the configuration must be among what LiveKit offers; else it runs with an older one. */
static void
look_at_node(struct media *m)
{
	const struct ice_candidate *best = media_best(m, AF_UNSPEC);
	char host[NI_MAXHOST];

	if (best == NULL)
		return;
	for (size_t i = 0; i < m->s->candidates_n && m->plan != NULL; i++) {
		host_of(&m->s->candidates[i], host);
		if (strcmp(host, m->plan->node.text) == 0) {
			judge_node(m, host, m->plan->node.rule);
			return;
		}
	}
	host_of(best, host);
	if (m->plan == NULL)
		judge_node(m, host, "as that LiveKit says");
	else
		doctor_warn(m->d, "media.node-ip",
		    "restart livekit-launcher, so that LiveKit runs with the present configuration",
		    "LiveKit offers %s, and the node IP should be %s (%s)", host, m->plan->node.text,
		    m->plan->node.rule);
}

/* "192.0.2.2:7882, [fd00::2]:7882 (nothing listens there)" of one transport: those that answered, or the others. */
static const char *
list(struct media *m, int is_tcp, int is_answered)
{
	struct base_buf b;
	const char *text;

	base_buf_init(&b, LIST);
	for (size_t i = 0; i < m->s->candidates_n; i++) {
		const struct ice_candidate *c = &m->s->candidates[i];
		int is_dead = !c->is_answered;

		if (c->is_tcp != is_tcp || c->is_unroutable)
			continue;
		for (size_t j = 0; j < m->s->candidates_n; j++) /* LiveKit may offer sockets twice, one of them dead */
			if (m->s->candidates[j].is_tcp == is_tcp && m->s->candidates[j].is_answered &&
			    is_same_host(c, &m->s->candidates[j]))
				is_dead = 0;
		if (is_answered ? !c->is_answered : !is_dead)
			continue;
		base_buf_printf(&b, "%s%s", b.n > 0 ? ", " : "", c->text);
		if (!is_answered)
			base_buf_printf(&b, " (%s)", c->why);
	}
	text = doctor_text(m->d, "%s", b.err != ERR_OK ? "many" : b.p != NULL ? b.p : "");
	base_buf_free(&b);
	return text;
}

static const char *
ports_fix(struct media *m, int is_tcp)
{
	char ports[64] = "";
	const char *protocol = is_tcp ? "tcp" : "udp";

	if (m->plan != NULL && is_tcp)
		(void)snprintf(ports, sizeof ports, "%d", m->plan->tcp_port);
	else if (m->plan != NULL && m->plan->udp_port != 0)
		(void)snprintf(ports, sizeof ports, "%d", m->plan->udp_port);
	else if (m->plan != NULL)
		(void)snprintf(ports, sizeof ports, "%d-%d", m->plan->udp_start, m->plan->udp_end);
	if (ports[0] == '\0')
		return doctor_text(m->d,
		    "let LiveKit's %s in through the firewalls on the way: that server's, its "
		    "provider's and yours; and see that its rtc.node_ip is its own address",
		    is_tcp ? "rtc.tcp_port (7881 over TCP unless set)"
			   : "rtc.udp_port, or rtc.port_range_start to port_range_end (UDP 50000-60000 unless set),");
	return doctor_text(m->d,
	    "let %s %s in through the firewall of this machine (nft add rule inet filter input %s "
	    "dport %s accept, or ufw allow %.*s%s/%s), of its provider and of a router in front; and see that "
	    "livekit.nodeIP is the address by which participants reach this machine",
	    is_tcp ? "TCP" : "UDP", ports, protocol, ports, (int)strcspn(ports, "-"), ports,
	    strchr(ports, '-') != NULL ? doctor_text(m->d, ":%s", strchr(ports, '-') + 1) : "", protocol);
}

int
media_is_beyond_router(const struct media *m)
{
	return m->plan != NULL && strcmp(m->plan->node.text, m->plan->node.bound) != 0;
}

static void
judge_udp(struct media *m, const char *good, const char *bad)
{
	static const char check[] = "media.udp";
	const char *fix = ports_fix(m, 0);

	if (*bad == '\0' && *good != '\0')
		doctor_ok(m->d, check,
		    "audio and video reach LiveKit over UDP: a signed ICE check was answered by %s%s", good,
		    m->d->is_embedded
			? " (asked from this machine: a firewall in front of it can only be seen from outside)"
			: "");
	else if (*bad == '\0')
		doctor_error(m->d, check, fix,
		    "LiveKit offers no address for audio and video over UDP that could be asked from here");
	else if (media_is_beyond_router(m))
		doctor_warn(m->d, check,
		    doctor_text(m->d,
			"run bedrudctl doctor on a machine outside, with "
			"livekit.external: true, the same apiKey and apiSecret, and internalHost set to this LiveKit; "
			"if it says the same: %s",
			fix),
		    "no answer over UDP from %s; but %s is no address of this machine, and not every "
		    "router leads a machine back to itself",
		    bad, m->plan->node.text);
	else if (*good == '\0')
		doctor_error(m->d, check, fix, "audio and video don't reach LiveKit over UDP: %s", bad);
	else
		doctor_warn(m->d, check, fix,
		    "audio and video reach LiveKit over UDP at %s, and not at %s, which clients try as well",
		    good, bad);
}

static void
judge_tcp(struct media *m, const char *good, const char *bad)
{
	static const char check[] = "media.tcp", cost[] = "participants whose network drops UDP need it";

	if (*bad == '\0' && *good != '\0')
		doctor_ok(m->d, check, "where UDP is dropped, audio and video reach LiveKit over TCP at %s", good);
	else if (*bad == '\0' && m->is_hosted)
		doctor_ok(m->d, check,
		    "LiveKit offers no address for audio and video over TCP, as its operator has decided: %s", cost);
	else if (*bad == '\0')
		doctor_warn(m->d, check,
		    m->plan != NULL ? "restart livekit-launcher: it sets livekit.tcpPort for this"
				    : "set rtc.tcp_port of that LiveKit (7881 is usual), and open it in its firewall",
		    "LiveKit offers no address for audio and video over TCP that could be asked from here: %s", cost);
	else
		doctor_warn(m->d, check, ports_fix(m, 1), "audio and video don't reach LiveKit over TCP at %s%s: %s",
		    bad, media_is_beyond_router(m) ? ", as far as a machine behind that address can tell" : "", cost);
}

static void
look(struct media *m)
{
	turn_plan(m);
	if (join(m) != ERR_OK) {
		doctor_error(m->d, "media.join",
		    m->s->status == 401 ? "make livekit.apiKey and livekit.apiSecret those of that LiveKit, and set "
					  "the clocks of both machines"
					: "mend what the checks of LiveKit before this one say; then ask again",
		    "audio, video and relay can't be looked at, because no participant comes in: %s", m->s->why);
		return;
	}
	doctor_ok(m->d, "media.join",
	    "LiveKit %s lets a participant in over WebSocket and offers %zu addresses for audio and video",
	    m->s->version, m->s->candidates_n);
	look_at_node(m);
	judge_udp(m, list(m, 0, 1), list(m, 0, 0));
	judge_tcp(m, list(m, 1, 1), list(m, 1, 0));
	turn_servers(m);
}

void
doctor_media(struct doctor *d)
{
	struct media m = {.d = d};
	struct base_jwt_key *key = NULL;
	const char *secret;
	struct url u;

	if (d->conf == NULL || d->api[0] == '\0')
		return;
	secret = conf_str(d->conf, CONF_livekit_apiSecret);
	m.s = base_mem_alloc(1, sizeof *m.s);
	if (m.s == NULL || *secret == '\0' || base_jwt_key_new(secret, strlen(secret), &key) != ERR_OK) {
		base_mem_free(m.s);
		return;
	}
	if (d->has_plan && d->plan.static_path == NULL)
		m.plan = &d->plan;
	m.s->net.fd = -1;
	m.target = (struct signal_target){.url = d->api,
	    .api_key = conf_str(d->conf, CONF_livekit_apiKey),
	    .key = key,
	    .skip_tls_verify = conf_bool(d->conf, CONF_livekit_skipTLSVerify),
	    .timeout_ms = DOCTOR_TIMEOUT_MS};
	m.is_hosted = !d->is_embedded && url_parse(d->api, &u) && url_ends(u.host, ".livekit.cloud");
	find_site(&m);
	look(&m);
	signal_leave(m.s, &m.target);
	base_jwt_key_free(key);
	base_mem_free(m.s);
}

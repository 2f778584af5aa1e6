/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/plan.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "livekit-launcher/cert.h"
#include "livekit-launcher/static.h"
#include "livekit/address.h"

static enum err
decide_webhook(const struct conf *c, struct launcher_plan *p)
{
	const char *given = conf_str(c, CONF_livekit_webhookURL), *port = conf_str(c, CONF_server_httpPort);
	int wrote;

	if (*port == '\0')
		port = conf_str(c, CONF_server_port);
	if (*given != '\0')
		wrote = snprintf(p->webhook, sizeof p->webhook, "%s", given);
	else
		wrote = snprintf(p->webhook, sizeof p->webhook, "http://127.0.0.1:%s" LAUNCHER_WEBHOOK_PATH, port);
	if (wrote < 0 || (size_t)wrote >= sizeof p->webhook)
		return base_log_err(ERR_CONFIG, "livekit.webhookURL is longer than %zu bytes", sizeof p->webhook - 1);
	return ERR_OK;
}

static enum err
decide_ports(const struct conf *c, struct launcher_plan *p)
{
	p->port = (int)conf_int(c, CONF_livekit_port);
	p->tcp_port = (int)conf_int(c, CONF_livekit_tcpPort);
	p->udp_port = (int)conf_int(c, CONF_livekit_udpPort);
	p->udp_start = (int)conf_int(c, CONF_livekit_udpPortStart);
	p->udp_end = (int)conf_int(c, CONF_livekit_udpPortEnd);
	if (p->tcp_port == 0)
		p->tcp_port = p->port + 1;
	if (p->tcp_port > 65535)
		return base_log_err(
		    ERR_CONFIG, "livekit.port %d leaves no port above it for ICE/TCP: set livekit.tcpPort", p->port);
	if (p->udp_port == 0 && p->udp_end <= p->udp_start)
		return base_log_err(ERR_CONFIG, "livekit.udpPortEnd %d must be greater than livekit.udpPortStart %d",
		    p->udp_end, p->udp_start);
	return ERR_OK;
}

static const char *
turn_domain(const struct conf *c)
{
	const char *domain = conf_str(c, CONF_livekit_turn_domain);

	if (*domain == '\0')
		domain = conf_str(c, CONF_server_domain);
	if (*domain == '\0' && livekit_address_is_domain(conf_str(c, CONF_server_host)))
		domain = conf_str(c, CONF_server_host);
	return domain;
}

/* The pair of files for TURN over TLS, "" without. */
static void
turn_files(const struct conf *c, struct launcher_turn *t)
{
	int is_tls = conf_bool(c, CONF_server_enableTLS) && !conf_bool(c, CONF_server_disableTLS);
	const char *cert = conf_str(c, CONF_livekit_turn_certFile), *key = conf_str(c, CONF_livekit_turn_keyFile);

	if (*cert == '\0' && is_tls)
		cert = conf_str(c, CONF_server_certFile);
	if (*key == '\0')
		key = conf_str(c, CONF_server_keyFile);
	(void)snprintf(t->cert, sizeof t->cert, "%s", cert);
	(void)snprintf(t->key, sizeof t->key, "%s", key);
}

static void
decide_turn_tls(const struct conf *c, struct launcher_turn *t)
{
	static const char cost[] = "TURN over TLS is off, so participants whose network lets only web traffic out "
				   "get no audio and no video";
	char why[LAUNCHER_CERT_TEXT];

	t->tls_port = (int)conf_int(c, CONF_livekit_turn_tlsPort);
	t->is_tls_outside = conf_bool(c, CONF_livekit_turn_externalTLS);
	turn_files(c, t);
	if (t->is_tls_outside)
		return;
	if (*t->cert == '\0') {
		(void)snprintf(t->note, sizeof t->note,
		    "%s: there is no certificate; set livekit.turn.certFile and keyFile, or server.enableTLS with "
		    "server.certFile and keyFile",
		    cost);
		t->tls_port = 0;
	} else if (launcher_cert_check(t->cert, t->key, t->domain, base_clock_seconds(), why) != ERR_OK) {
		(void)snprintf(t->note, sizeof t->note, "%s: %s", cost, why);
		t->tls_port = 0;
	} else {
		(void)snprintf(t->note, sizeof t->note, "%s", why);
	}
}

/* LiveKit ends itself over a TURN domain or certificate that it doesn't like: rather no TURN than no LiveKit. */
static void
decide_turn(const struct conf *c, struct launcher_turn *t)
{
	(void)snprintf(t->domain, sizeof t->domain, "%s", turn_domain(c));
	t->udp_port = (int)conf_int(c, CONF_livekit_turn_udpPort);
	t->relay_start = (int)conf_int(c, CONF_livekit_turn_relayPortStart);
	t->relay_end = (int)conf_int(c, CONF_livekit_turn_relayPortEnd);
	if (!conf_bool(c, CONF_livekit_turn_enabled))
		return;
	if (!livekit_address_is_domain(t->domain)) {
		(void)snprintf(t->note, sizeof t->note,
		    "TURN is off: %s%s%s; participants behind strict firewalls get no audio and no video. Set "
		    "server.domain or livekit.turn.domain to the host name of this server",
		    *t->domain == '\0' ? "there is no domain" : "\"", t->domain,
		    *t->domain == '\0' ? "" : "\" is not a domain name that LiveKit takes");
		return;
	}
	t->is_on = 1;
	t->expires_s = base_clock_seconds() + LAUNCHER_TURN_LIFE_S;
	decide_turn_tls(c, t);
}

void
launcher_plan_ports(const struct launcher_plan *p, struct launcher_plan_port out[LAUNCHER_PLAN_PORTS])
{
	const struct launcher_turn *t = &p->turn;
	const struct launcher_plan_port all[LAUNCHER_PLAN_PORTS] = {
	    {"livekit.port", 0, 0, p->port, p->port},
	    {"livekit.tcpPort", 0, 0, p->tcp_port, p->tcp_port},
	    {"livekit.udpPort", 1, 0, p->udp_port, p->udp_port},
	    {"the range of livekit.udpPortStart and udpPortEnd", 1, 1, p->udp_port != 0 ? 0 : p->udp_start, p->udp_end},
	    {"livekit.turn.udpPort", 1, 0, t->is_on ? t->udp_port : 0, t->udp_port},
	    {"livekit.turn.tlsPort", 0, 0, t->is_on ? t->tls_port : 0, t->tls_port},
	    {"the range of livekit.turn.relayPortStart and relayPortEnd", 1, 1, t->is_on ? t->relay_start : 0,
		t->relay_end},
	};

	memcpy(out, all, sizeof all);
}

/* Each pair of ports that LiveKit would open twice. */
static enum err
check_ports(const struct launcher_plan *p)
{
	const struct launcher_turn *t = &p->turn;
	struct launcher_plan_port all[LAUNCHER_PLAN_PORTS];
	size_t i, j;

	launcher_plan_ports(p, all);
	for (i = 0; i < LAUNCHER_PLAN_PORTS; i++)
		for (j = 0; j < i; j++)
			if (all[i].from != 0 && all[j].from != 0 && all[i].is_udp == all[j].is_udp &&
			    all[i].from <= all[j].to && all[j].from <= all[i].to)
				return base_log_err(ERR_CONFIG,
				    "%s and %s both want %s port %d: give one of them another", all[j].key,
				    all[i].key, all[i].is_udp ? "UDP" : "TCP",
				    all[i].from > all[j].from ? all[i].from : all[j].from);
	if (t->is_on && t->relay_end <= t->relay_start)
		return base_log_err(ERR_CONFIG,
		    "livekit.turn.relayPortEnd %d must be greater than livekit.turn.relayPortStart %d", t->relay_end,
		    t->relay_start);
	return ERR_OK;
}

/*
 * The relay leads to the node IP. If that is 127.0.0.1 because server.host says so, or for want of a better one, it
 * would open to every participant what only this machine is to reach.
 */
static void
spare_loopback(struct launcher_plan *p)
{
	if (!p->turn.is_on || !p->node.is_loopback)
		return;
	p->turn.is_on = 0;
	(void)snprintf(p->turn.note, sizeof p->turn.note,
	    "TURN is off: the node IP is %s (%s), and a relay to it would open services of this machine to "
	    "participants. Set livekit.nodeIP to the address that participants reach",
	    p->node.text, p->node.rule);
}

static void
decide_redis(const struct conf *c, struct launcher_redis *r)
{
	r->address = conf_str(c, CONF_livekit_redis_address);
	r->username = conf_str(c, CONF_livekit_redis_username);
	r->password = conf_str(c, CONF_livekit_redis_password);
	r->db = (int)conf_int(c, CONF_livekit_redis_db);
	r->use_tls = conf_bool(c, CONF_livekit_redis_useTLS);
	if (*r->address == '\0' && conf_bool(c, CONF_recording_enabled))
		base_log(LOG_LEVEL_WARN, "recording.enabled is on, and nothing can be recorded: set "
		    "livekit.redis.address to a Redis, which LiveKit and the egress worker find each other by");
}

/* LiveKit has no "trace"; anything that isn't a level is conf's complaint, not ours. */
static const char *
level_word(const char *word)
{
	static const char *const known[] = {"debug", "info", "warn", "error"};
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (base_text_equal_nocase(word, known[i]))
			return known[i];
	return base_text_equal_nocase(word, "trace") ? "debug" : "info";
}

/* The responders ask LiveKit where internalHost says, and it answers where livekit.port says. */
static void
compare_hosts(const struct conf *c, const struct launcher_plan *p)
{
	char api[1024], port[16];
	const char *colon;

	if (conf_livekit_api(c, api, sizeof api) != ERR_OK)
		return;
	(void)snprintf(port, sizeof port, ":%d", p->port);
	colon = strrchr(api, ':');
	if (colon != NULL && strspn(colon + 1, "0123456789") == strlen(colon + 1) && strcmp(colon, port) != 0)
		base_log(LOG_LEVEL_WARN,
		    "Bedrud looks for LiveKit at %s (livekit.internalHost, else livekit.port), but LiveKit will listen "
		    "on port %d (%s): make them equal",
		    api, p->port, p->static_path == NULL ? "livekit.port" : p->static_path);
}

/* A file of LiveKit's own instead of what config.yaml says. */
static enum err
take_static(const struct conf *c, struct launcher_plan *p)
{
	struct base_buf text;
	struct stat st;
	enum err e;

	p->static_path = conf_str(c, CONF_livekit_configPath);
	if (stat(p->static_path, &st) == 0 && (st.st_mode & 07) != 0)
		base_log(LOG_LEVEL_WARN, "everybody on this machine can read or change the secrets in %s: chmod 640 it",
		    p->static_path);
	base_buf_init(&text, LIMIT_CONFIG);
	e = launcher_static_text(p->static_path, &text);
	if (e == ERR_OK)
		e = launcher_static_read(p->static_path, &text, p);
	if (text.p != NULL)
		base_mem_wipe(text.p, text.n);
	base_buf_free(&text);
	if (e == ERR_OK)
		compare_hosts(c, p);
	return e;
}

enum err
launcher_plan_make(const struct conf *c, const struct launcher_plan *before, struct launcher_plan *p)
{
	enum err e;

	memset(p, 0, sizeof *p);
	(void)snprintf(p->http_host, sizeof p->http_host, "127.0.0.1");
	p->api_key = conf_str(c, CONF_livekit_apiKey);
	p->api_secret = conf_str(c, CONF_livekit_apiSecret);
	p->empty_timeout_s = (int)conf_int(c, CONF_livekit_emptyTimeout);
	p->departure_timeout_s = (int)conf_int(c, CONF_livekit_departureTimeout);
	p->log_level = level_word(conf_str(c, CONF_logger_level));
	if ((e = decide_webhook(c, p)) != ERR_OK)
		return e;
	if (*conf_str(c, CONF_livekit_configPath) != '\0')
		return take_static(c, p);
	if ((e = decide_ports(c, p)) != ERR_OK)
		return e;
	decide_turn(c, &p->turn);
	if ((e = check_ports(p)) != ERR_OK)
		return e;
	decide_redis(c, &p->redis);
	compare_hosts(c, p);
	e = launcher_nodeip_decide(conf_str(c, CONF_livekit_nodeIP), conf_str(c, CONF_server_host),
	    before == NULL ? NULL : &before->node, &p->node);
	if (e == ERR_OK && *conf_str(c, CONF_livekit_nodeIP) == '\0')
		spare_loopback(p);
	return e;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

#define WEBHOOK_PATH "/api/livekit/webhook"

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
		wrote = snprintf(p->webhook, sizeof p->webhook, "http://127.0.0.1:%s" WEBHOOK_PATH, port);
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
	if (p->tcp_port == p->port)
		return base_log_err(
		    ERR_CONFIG, "livekit.port and livekit.tcpPort are both %d: give them two ports", p->port);
	if (p->udp_port == 0 && p->udp_end <= p->udp_start)
		return base_log_err(ERR_CONFIG, "livekit.udpPortEnd %d must be greater than livekit.udpPortStart %d",
		    p->udp_end, p->udp_start);
	return ERR_OK;
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
		    "livekit.internalHost is %s, but LiveKit will listen on port %d (livekit.port): make them equal, "
		    "or leave livekit.internalHost out",
		    api, p->port);
}

enum err
launcher_plan_make(const struct conf *c, struct launcher_plan *p)
{
	enum err e;

	memset(p, 0, sizeof *p);
	p->api_key = conf_str(c, CONF_livekit_apiKey);
	p->api_secret = conf_str(c, CONF_livekit_apiSecret);
	p->empty_timeout_s = (int)conf_int(c, CONF_livekit_emptyTimeout);
	p->departure_timeout_s = (int)conf_int(c, CONF_livekit_departureTimeout);
	p->log_level = level_word(conf_str(c, CONF_logger_level));
	if ((e = decide_ports(c, p)) != ERR_OK || (e = decide_webhook(c, p)) != ERR_OK)
		return e;
	compare_hosts(c, p);
	return launcher_nodeip_decide(conf_str(c, CONF_livekit_nodeIP), conf_str(c, CONF_server_host), &p->node);
}

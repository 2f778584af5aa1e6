/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "livekit-launcher/yaml.h"

/* Without this key LiveKit relays to any address (1.11.0 and older), also to services of this machine. */
#define GUARD "turn.deny_peer_cidrs"

static const char strict[] = "participants behind strict firewalls get no audio and no video";

/* What is lost with a key; NULL: Bedrud can't do without. */
static const struct {
	const char *name, *lost;
} known[] = {
    {"port", NULL},
    {"keys", NULL},
    {"rtc", NULL},
    {"rtc.tcp_port", NULL},
    {"rtc.udp_port", NULL},
    {"rtc.port_range_start", NULL},
    {"rtc.port_range_end", NULL},
    {"rtc.node_ip", NULL},
    {"webhook", NULL},
    {"webhook.api_key", NULL},
    {"webhook.urls", NULL},
    {GUARD, "its relay would let every participant reach services of this machine and its network, so TURN is off, and "
	    "participants behind strict firewalls get no audio and no video"},
    {"turn.allow_restricted_peer_cidrs", "whether TURN relays to a private address of its own is up to that version"},
    {"turn", strict},
    {"turn.bind_addresses", "TURN is for IPv4 alone"},
    {"rtc.turn_servers", "clients look for TURN over TLS at port 443 alone"},
    {"rtc.stun_servers", "clients are told STUN servers of third parties"},
    {"rtc.ips", "with several addresses on this machine, media may go to one where nobody takes it"},
    {"rtc.enable_loopback_candidate", "media doesn't go over 127.0.0.1"},
    {"room", "rooms live as long as that version likes"},
    {"room.departure_timeout", "a room that everybody left ends when that version likes"},
    {"limit", "participants can write so much about themselves that Bedrud misses events about them"},
    {"limit.max_metadata_size", "participants can write so much about themselves that Bedrud misses events about them"},
    {"limit.max_attributes_size", "participants can write so much about themselves that Bedrud misses events about "
				  "them"},
    {"redis", "nothing can be recorded"},
    {"webhook.filter_params", "it also sends events that Bedrud doesn't use"},
    {"logging", "it logs as much as it likes"},
};

/* "section.key" or "key" of line number `line` (from 1) of the text; 0 when there isn't that key. */
static int
path_of(const struct base_buf *yaml, int line, const char *key, char *out, size_t n)
{
	const char *p = yaml->p, *section = NULL, *body;
	size_t length = strlen(key);

	for (; p != NULL && *p != '\0'; p = strchr(p, '\n'), p = p == NULL ? NULL : p + 1) {
		body = p + strspn(p, " -");
		if (body == p)
			section = p;
		if (--line > 0)
			continue;
		if (strncmp(body, key, length) != 0 || body[length] != ':' || section == NULL)
			return 0;
		if (section == p)
			return snprintf(out, n, "%s", key) < (int)n;
		return snprintf(out, n, "%.*s.%s", (int)strcspn(section, ":"), section, key) < (int)n;
	}
	return 0;
}

static int
has(const struct launcher_drops *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (strcmp(d->name[i], name) == 0)
			return 1;
	return 0;
}

static void
apply(struct launcher_plan *p)
{
	if (has(&p->drops, GUARD))
		p->turn.is_on = 0;
}

/* 1 if it is left out from now on. */
static int
drop(struct launcher_plan *p, const char *name)
{
	const char *lost = "what it is for is lost";
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0] && strcmp(known[i].name, name) != 0; i++)
		;
	if (i < sizeof known / sizeof known[0])
		lost = known[i].lost;
	if (lost == NULL || has(&p->drops, name) || p->drops.n == LAUNCHER_DROPS)
		return 0;
	(void)snprintf(p->drops.name[p->drops.n++], sizeof p->drops.name[0], "%s", name);
	base_log(LOG_LEVEL_WARN,
	    "this livekit-server doesn't know %s, so it is left out: %s; a newer livekit-server (1.13.5) knows it",
	    name, lost);
	return 1;
}

int
launcher_fit(struct launcher_plan *p, const char *reason, struct base_buf *yaml)
{
	char key[48], name[48];
	const char *at = reason;
	int line, end, dropped = 0;

	if (p->static_path != NULL)
		return 0;
	while ((at = strstr(at, "line ")) != NULL) {
		end = 0;
		if (sscanf(at, "line %d: field %47s not found in type %n", &line, key, &end) == 2 && end > 0 &&
		    path_of(yaml, line, key, name, sizeof name))
			dropped += drop(p, name);
		at += 5;
	}
	if (dropped == 0)
		return 0;
	apply(p);
	base_mem_wipe(yaml->p, yaml->n);
	base_buf_clear(yaml);
	return launcher_yaml_write(p, 0, yaml) == ERR_OK;
}

void
launcher_fit_carry(const struct launcher_plan *old, struct launcher_plan *p)
{
	p->drops = old->drops;
	apply(p);
}

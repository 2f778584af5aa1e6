/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/yaml.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/log.h"
#include "base/text.h"
#include "livekit-launcher/static.h"
#include "livekit/address.h"
#include "livekit/event.h"
#include "livekit/turn.h"

#define MASK "********"
#define TURN_ID "bedrud" /* whose allocation it is, in LiveKit's log */

/* An emitter with a sticky error: write it all, check once. */
struct writer {
	yaml_emitter_t emitter;
	const struct launcher_drops *drops;
	const char *section;	/* the key of the top that we are below */
	int depth;		/* open mappings and lists */
	int muted;		/* how many of what was opened last is left out */
	int ok;
};

static int
append(void *buf, unsigned char *p, size_t n)
{
	struct base_buf *b = buf;

	base_buf_add(b, p, n);
	return b->err == ERR_OK;
}

static void
emit(struct writer *w, yaml_event_t *event, int made)
{
	/* yaml_emitter_emit() takes the event over, also when it fails. */
	w->ok = w->ok && made && yaml_emitter_emit(&w->emitter, event);
}

static void
scalar(struct writer *w, const char *s, yaml_scalar_style_t style)
{
	yaml_event_t e;
	int plain = style == YAML_PLAIN_SCALAR_STYLE;

	if (w->ok && w->muted == 0)
		emit(w, &e,
		    yaml_scalar_event_initialize(
			&e, NULL, NULL, (const yaml_char_t *)s, (int)strlen(s), plain, !plain, style));
}

static void
key(struct writer *w, const char *name)
{
	scalar(w, name, YAML_PLAIN_SCALAR_STYLE);
}

static int
is_dropped(const struct writer *w, const char *name)
{
	char full[64];
	size_t i;

	(void)snprintf(full, sizeof full, "%s%s%s", w->depth > 1 ? w->section : "", w->depth > 1 ? "." : "", name);
	for (i = 0; i < w->drops->n; i++)
		if (strcmp(w->drops->name[i], full) == 0)
			return 1;
	return 0;
}

static void
put_str(struct writer *w, const char *name, const char *value)
{
	if (is_dropped(w, name))
		return;
	key(w, name);
	scalar(w, value, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

static void
put_int(struct writer *w, const char *name, int value)
{
	char text[16];

	if (is_dropped(w, name))
		return;
	(void)snprintf(text, sizeof text, "%d", value);
	key(w, name);
	key(w, text);
}

static void
put_bool(struct writer *w, const char *name, int value)
{
	if (is_dropped(w, name))
		return;
	key(w, name);
	key(w, value ? "true" : "false");
}

/* The name of a mapping or list that begins, unless it is left out with all that is in it: then 0. */
static int
enter(struct writer *w, const char *name)
{
	if (w->muted > 0 || (name != NULL && is_dropped(w, name))) {
		w->muted++;
		return 0;
	}
	if (w->depth == 1)
		w->section = name;
	if (name != NULL)
		key(w, name);
	w->depth++;
	return w->ok;
}

static int
leave(struct writer *w)
{
	if (w->muted > 0) {
		w->muted--;
		return 0;
	}
	w->depth--;
	return w->ok;
}

static void
open_map(struct writer *w, const char *name)
{
	yaml_event_t e;

	if (enter(w, name))
		emit(w, &e, yaml_mapping_start_event_initialize(&e, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

static void
close_map(struct writer *w)
{
	yaml_event_t e;

	if (leave(w))
		emit(w, &e, yaml_mapping_end_event_initialize(&e));
}

static void
open_list(struct writer *w, const char *name)
{
	yaml_event_t e;

	if (enter(w, name))
		emit(w, &e, yaml_sequence_start_event_initialize(&e, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
}

static void
close_list(struct writer *w)
{
	yaml_event_t e;

	if (leave(w))
		emit(w, &e, yaml_sequence_end_event_initialize(&e));
}

/* A list of one. */
static void
put_list(struct writer *w, const char *name, const char *value)
{
	open_list(w, name);
	scalar(w, value, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	close_list(w);
}

/*
 * LiveKit tells clients turns:DOMAIN:443 whatever turn.tls_port is (1.11.0 to 1.13.5). Where nobody takes 443, the port
 * that it really listens at stands here, with credentials of our own making.
 */
static void
put_turn_server(struct writer *w, const struct launcher_plan *p, int is_masked)
{
	struct base_buf user, credential;

	base_buf_init(&user, 4096);
	base_buf_init(&credential, 256);
	livekit_turn_username(p->api_key, TURN_ID, p->turn.expires_s, &user);
	livekit_turn_credential(p->api_secret, TURN_ID, p->turn.expires_s, &credential);
	w->ok = w->ok && user.err == ERR_OK && credential.err == ERR_OK;
	if (w->ok) {
		open_list(w, "turn_servers");
		open_map(w, NULL);
		put_str(w, "host", p->turn.domain);
		put_int(w, "port", p->turn.tls_port);
		put_str(w, "protocol", "tls");
		put_str(w, "username", user.p);
		put_str(w, "credential", is_masked ? MASK : credential.p);
		close_map(w);
		close_list(w);
	}
	base_buf_free(&user);
	base_buf_free(&credential);
}

/*
 * LiveKit 1.13.5 hands Google's and Twilio's STUN servers to every client unless rtc.stun_servers names one (an empty
 * list counts as none) or TURN is on. A client that reaches the node IP needs none: LiveKit learns its address from
 * the connectivity checks. So clients are pointed at ourselves, at the port that takes their media anyway.
 */
static void
put_stun(struct writer *w, const struct launcher_plan *p)
{
	char stun[LAUNCHER_NODEIP_TEXT + 16];
	int port = p->udp_port != 0 ? p->udp_port : p->udp_start;

	(void)snprintf(stun, sizeof stun, p->node.is_v6 ? "[%s]:%d" : "%s:%d", p->node.text, port);
	put_list(w, "stun_servers", stun);
}

/*
 * LiveKit opens a socket for each address of this machine and calls all of them by the node IP; of the sockets at one
 * UDP port it then uses one, whichever comes first in that run, and the others stay dead (1.13.5: with a Docker bridge
 * beside eth0 one start in 16 took no UDP at all, and beside the loopback one in four). So it gets to know of one.
 */
static void
put_ips(struct writer *w, const struct launcher_plan *p)
{
	char one[LAUNCHER_NODEIP_TEXT + 8];

	if (p->node.bound[0] == '\0')
		return;
	(void)snprintf(one, sizeof one, p->node.is_v6 ? "%s/128" : "%s/32", p->node.bound);
	open_map(w, "ips");
	open_list(w, "includes");
	scalar(w, one, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	scalar(w, p->node.is_v6 ? "0.0.0.0/0" : "::/0", YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	close_list(w);
	close_map(w);
}

static void
put_rtc(struct writer *w, const struct launcher_plan *p, int is_masked)
{
	open_map(w, "rtc");
	put_int(w, "tcp_port", p->tcp_port);
	if (p->udp_port != 0) {
		put_int(w, "udp_port", p->udp_port);
	} else {
		put_int(w, "port_range_start", p->udp_start);
		put_int(w, "port_range_end", p->udp_end);
	}
	put_str(w, "node_ip", p->node.text);
	put_bool(w, "use_external_ip", 0);
	put_ips(w, p);
	if (p->node.is_loopback)
		put_bool(w, "enable_loopback_candidate", 1);
	if (!p->turn.is_on)
		put_stun(w, p);
	else if (p->turn.tls_port != 0 && p->turn.tls_port != 443 && !p->turn.is_tls_outside)
		put_turn_server(w, p, is_masked);
	close_map(w);
}

/* Items of a list: the networks that have every address of the family but this one. */
static void
put_all_but(struct writer *w, const char *address, int is_v6)
{
	unsigned char bytes[16], other[16];
	char text[LAUNCHER_NODEIP_TEXT], cidr[LAUNCHER_NODEIP_TEXT + 8];
	int family = is_v6 ? AF_INET6 : AF_INET, bits = is_v6 ? 128 : 32, b;

	if (inet_pton(family, address, bytes) != 1)
		return;
	for (b = 0; b < bits; b++) {
		memset(other, 0, sizeof other);
		memcpy(other, bytes, (size_t)b / 8);
		/* The bits before b as they are, b turned round, those behind it 0. */
		other[b / 8] = (unsigned char)((bytes[b / 8] ^ 0x80 >> b % 8) & 0xff00 >> (b % 8 + 1));
		(void)inet_ntop(family, other, text, sizeof text);
		(void)snprintf(cidr, sizeof cidr, "%s/%d", text, b + 1);
		scalar(w, cidr, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	}
}

/*
 * The relay is for packets to LiveKit and nothing else: not for services of this machine, nor for others in its
 * network, nor for the rest of the world in our name; 1.13.5 relays by TCP, too (RFC 6062). Private addresses LiveKit
 * relays to only if they are allowed, so its own must be. (1.13.5 knows both keys; 1.11.0 knows neither and relays to
 * anything: see fit.c.)
 */
static void
put_peers(struct writer *w, const struct launcher_plan *p)
{
	const char *kind = livekit_address_kind(p->node.text);
	char cidr[LAUNCHER_NODEIP_TEXT + 8];

	if (kind != NULL && strcmp(kind, "public") != 0) {
		(void)snprintf(cidr, sizeof cidr, "%s/%d", p->node.text, p->node.is_v6 ? 128 : 32);
		put_list(w, "allow_restricted_peer_cidrs", cidr);
	}
	open_list(w, "deny_peer_cidrs");
	scalar(w, p->node.is_v6 ? "0.0.0.0/0" : "::/0", YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	put_all_but(w, p->node.text, p->node.is_v6);
	close_list(w);
}

static void
put_turn(struct writer *w, const struct launcher_plan *p)
{
	const struct launcher_turn *t = &p->turn;

	open_map(w, "turn");
	put_bool(w, "enabled", t->is_on);
	if (t->is_on) {
		put_str(w, "domain", t->domain);
		put_int(w, "udp_port", t->udp_port);
		put_int(w, "relay_range_start", t->relay_start);
		put_int(w, "relay_range_end", t->relay_end);
		if (p->node.is_v6)
			put_list(w, "bind_addresses", "::"); /* at its default of 0.0.0.0 it asks for an IPv4 node IP */
	}
	if (t->is_on && t->tls_port != 0) {
		put_int(w, "tls_port", t->tls_port);
		if (t->is_tls_outside) {
			put_bool(w, "external_tls", 1);
		} else {
			put_str(w, "cert_file", t->cert);
			put_str(w, "key_file", t->key);
		}
	}
	if (t->is_on)
		put_peers(w, p);
	close_map(w);
}

static void
put_redis(struct writer *w, const struct launcher_redis *r, int is_masked)
{
	if (r->address == NULL || *r->address == '\0')
		return;
	open_map(w, "redis");
	put_str(w, "address", r->address);
	if (*r->username != '\0')
		put_str(w, "username", r->username);
	if (*r->password != '\0')
		put_str(w, "password", is_masked ? MASK : r->password);
	put_int(w, "db", r->db);
	if (r->use_tls)
		put_bool(w, "use_tls", 1);
	close_map(w);
}

static void
put_webhook(struct writer *w, const struct launcher_plan *p)
{
	static const char *const wanted[] = LIVEKIT_EVENTS_WANTED;
	size_t i;

	open_map(w, "webhook");
	put_str(w, "api_key", p->api_key);
	put_list(w, "urls", p->webhook);
	open_map(w, "filter_params");
	open_list(w, "include_events");
	for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		key(w, wanted[i]);
	close_list(w);
	close_map(w);
	close_map(w);
}

static void
put_all(struct writer *w, const struct launcher_plan *p, int is_masked)
{
	open_map(w, NULL);
	put_int(w, "port", p->port);
	open_map(w, "keys");
	scalar(w, p->api_key, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	scalar(w, is_masked ? MASK : p->api_secret, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	close_map(w);
	put_rtc(w, p, is_masked);
	open_map(w, "room");
	put_bool(w, "auto_create", 1); /* without it a call doesn't survive a restart of LiveKit */
	put_int(w, "empty_timeout", p->empty_timeout_s);
	put_int(w, "departure_timeout", p->departure_timeout_s);
	close_map(w);
	/*
	 * What participants write themselves comes with each webhook about them, a byte as six at the worst. LiveKit's
	 * own limits (512 and 64 KiB) would let somebody grow them beyond what we take, and so go unnoticed.
	 */
	open_map(w, "limit");
	put_int(w, "max_metadata_size", LAUNCHER_METADATA_MOST);
	put_int(w, "max_attributes_size", LAUNCHER_METADATA_MOST);
	close_map(w);
	put_turn(w, p);
	put_redis(w, &p->redis, is_masked);
	put_webhook(w, p);
	open_map(w, "logging");
	put_str(w, "level", p->log_level);
	put_bool(w, "json", 1);
	close_map(w);
	close_map(w);
}

/* A NULL is a value that isn't there. */
static int
is_writable(const char *name, const char *value)
{
	if (value == NULL || base_text_utf8(value, strlen(value)))
		return 1;
	base_log(LOG_LEVEL_ERROR, "%s holds bytes that are not UTF-8, which LiveKit's configuration can't carry", name);
	return 0;
}

enum err
launcher_yaml_write(const struct launcher_plan *p, int is_masked, struct base_buf *out)
{
	struct writer w = {.drops = &p->drops, .section = "", .ok = 1};
	yaml_event_t e;

	if (!is_writable("livekit.apiKey", p->api_key) || !is_writable("livekit.apiSecret", p->api_secret) ||
	    !is_writable("livekit.webhookURL", p->webhook) || !is_writable("livekit.turn.certFile", p->turn.cert) ||
	    !is_writable("livekit.turn.keyFile", p->turn.key) ||
	    !is_writable("livekit.redis.address", p->redis.address) ||
	    !is_writable("livekit.redis.username", p->redis.username) ||
	    !is_writable("livekit.redis.password", p->redis.password))
		return ERR_CONFIG;
	if (!yaml_emitter_initialize(&w.emitter))
		return ERR_NOMEM;
	yaml_emitter_set_output(&w.emitter, append, out);
	yaml_emitter_set_unicode(&w.emitter, 1);
	yaml_emitter_set_width(&w.emitter, -1);
	emit(&w, &e, yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING));
	if (w.ok)
		emit(&w, &e, yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1));
	put_all(&w, p, is_masked);
	if (w.ok)
		emit(&w, &e, yaml_document_end_event_initialize(&e, 1));
	if (w.ok)
		emit(&w, &e, yaml_stream_end_event_initialize(&e));
	yaml_emitter_delete(&w.emitter);
	if (out->err != ERR_OK)
		return out->err;
	return w.ok ? ERR_OK : ERR_NOMEM;
}

enum err
launcher_yaml_text(const struct launcher_plan *p, struct base_buf *out)
{
	return p->static_path != NULL ? launcher_static_text(p->static_path, out) : launcher_yaml_write(p, 0, out);
}

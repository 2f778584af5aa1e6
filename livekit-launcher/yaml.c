/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/log.h"
#include "base/text.h"

/* An emitter with a sticky error: write it all, check once. */
struct writer {
	yaml_emitter_t emitter;
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

	if (w->ok)
		emit(w, &e,
		    yaml_scalar_event_initialize(
			&e, NULL, NULL, (const yaml_char_t *)s, (int)strlen(s), plain, !plain, style));
}

static void
key(struct writer *w, const char *name)
{
	scalar(w, name, YAML_PLAIN_SCALAR_STYLE);
}

static void
put_str(struct writer *w, const char *name, const char *value)
{
	key(w, name);
	scalar(w, value, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

static void
put_int(struct writer *w, const char *name, int value)
{
	char text[16];

	(void)snprintf(text, sizeof text, "%d", value);
	key(w, name);
	key(w, text);
}

static void
put_bool(struct writer *w, const char *name, int value)
{
	key(w, name);
	key(w, value ? "true" : "false");
}

static void
open_map(struct writer *w, const char *name)
{
	yaml_event_t e;

	if (name != NULL)
		key(w, name);
	if (w->ok)
		emit(w, &e, yaml_mapping_start_event_initialize(&e, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

static void
close_map(struct writer *w)
{
	yaml_event_t e;

	if (w->ok)
		emit(w, &e, yaml_mapping_end_event_initialize(&e));
}

/* A list of one. */
static void
put_list(struct writer *w, const char *name, const char *value)
{
	yaml_event_t e;

	key(w, name);
	if (w->ok)
		emit(w, &e, yaml_sequence_start_event_initialize(&e, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
	scalar(w, value, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	if (w->ok)
		emit(w, &e, yaml_sequence_end_event_initialize(&e));
}

/*
 * LiveKit 1.13.5 hands Google's and Twilio's STUN servers to every client unless rtc.stun_servers names one (an empty
 * list counts as none) or TURN is on. A client that reaches the node IP needs none: LiveKit learns its address from
 * the connectivity checks. So clients are pointed at ourselves, at the port that takes their media anyway.
 */
static void
put_rtc(struct writer *w, const struct launcher_plan *p)
{
	char stun[LAUNCHER_NODEIP_TEXT + 16];
	int port = p->udp_port != 0 ? p->udp_port : p->udp_start;

	(void)snprintf(stun, sizeof stun, p->node.is_v6 ? "[%s]:%d" : "%s:%d", p->node.text, port);
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
	if (p->node.is_loopback)
		put_bool(w, "enable_loopback_candidate", 1);
	put_list(w, "stun_servers", stun);
	close_map(w);
}

static void
put_all(struct writer *w, const struct launcher_plan *p, int is_masked)
{
	open_map(w, NULL);
	put_int(w, "port", p->port);
	open_map(w, "keys");
	scalar(w, p->api_key, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	scalar(w, is_masked ? "********" : p->api_secret, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	close_map(w);
	put_rtc(w, p);
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
	open_map(w, "turn");
	put_bool(w, "enabled", 0);
	close_map(w);
	open_map(w, "webhook");
	put_str(w, "api_key", p->api_key);
	put_list(w, "urls", p->webhook);
	close_map(w);
	open_map(w, "logging");
	put_str(w, "level", p->log_level);
	put_bool(w, "json", 1);
	close_map(w);
	close_map(w);
}

static int
is_writable(const char *name, const char *value)
{
	if (base_text_utf8(value, strlen(value)))
		return 1;
	base_log(LOG_LEVEL_ERROR, "%s holds bytes that are not UTF-8, which LiveKit's configuration can't carry", name);
	return 0;
}

enum err
launcher_yaml_write(const struct launcher_plan *p, int is_masked, struct base_buf *out)
{
	struct writer w = {.ok = 1};
	yaml_event_t e;

	if (!is_writable("livekit.apiKey", p->api_key) || !is_writable("livekit.apiSecret", p->api_secret) ||
	    !is_writable("livekit.webhookURL", p->webhook))
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

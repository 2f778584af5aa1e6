/* SPDX-License-Identifier: Apache-2.0 */
/* "field X not found": LiveKit ends itself over a field that it doesn't know. Which they are, and where they belong. */
#include <stdio.h>
#include <string.h>

#include "ctl/doctor/file.h"

/* config.Config of livekit-server 1.13.5. */
static const char *const top[] = {"port", "bind_addresses", "prometheus_port", "prometheus", "debug_handler", "rtc",
    "redis", "audio", "video", "room", "turn", "ingress", "sip", "webhook", "node_selector", "key_file", "keys",
    "region", "signal_relay", "psrpc", "log_level", "logging", "limit", "agents", "development", "metric", "trace",
    "node_stats", "enable_data_tracks", "enable_participant_data_blob", "api", NULL};

/* config.RTCConfig and the rtcconfig.RTCConfig inside it. */
static const char *const rtc[] = {"udp_port", "tcp_port", "port_range_start", "port_range_end", "use_stun_port_as_ice",
    "node_ip", "stun_servers", "use_external_ip", "skip_external_ip_validation", "advertise_internal_ip",
    "use_ice_lite", "interfaces", "ips", "enable_loopback_candidate", "use_mdns", "external_ip_only", "batch_io",
    "sctp_min_cwnd", "sctp_fast_rtx_wnd", "sctp_cwnd_ca_step", "host_acceptance_min_wait", "srflx_acceptance_min_wait",
    "prflx_acceptance_min_wait", "relay_acceptance_min_wait", "force_tcp", "turn_servers", "strict_acks",
    "packet_buffer_size", "packet_buffer_size_video", "packet_buffer_size_audio", "pli_throttle", "congestion_control",
    "allow_tcp_fallback", "tcp_fallback_rtt_threshold", "allow_udp_unstable_fallback", "reconnect_on_publication_error",
    "reconnect_on_subscription_error", "reconnect_on_data_channel_error", "data_channel_max_buffered_amount",
    "datachannel_slow_threshold", "datachannel_lossy_target_latency", "datachannel_data_track_target_latency",
    "forward_stats", "enable_rtp_stream_restart_detection", NULL};

/* config.TURNConfig. */
static const char *const turn[] = {"enabled", "domain", "cert_file", "key_file", "tls_port", "udp_port",
    "relay_range_start", "relay_range_end", "external_tls", "bind_addresses", "ttl_seconds",
    "allow_restricted_peer_cidrs", "deny_peer_cidrs", NULL};

static const char *const room[] = {"auto_create", "enabled_codecs", "max_participants", "empty_timeout",
    "departure_timeout", "enable_remote_unmute", "playout_delay", "sync_streams", NULL};

static const char *const redis[] = {"address", "username", "password", "db", "use_tls", "sentinel_master_name",
    "sentinel_addresses", "sentinel_username", "sentinel_password", "cluster_addresses", NULL};

/* Blocks of other programs. */
static const char *const egress[] = {"egress", "s3", "azure", "gcp", "alioss", "storage", "file_outputs", "ws_url",
    "api_secret", "health_port", "template_base", "template_port", "insecure", "cpu_cost", "session_limits",
    "backup_storage", "local_directory", "enable_chrome_sandbox", NULL};
static const char *const ours[] = {"server", "database", "livekit", "auth", "cors", "logger", "email", "chat", NULL};

static int
is_in(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return 1;
	return 0;
}

static const char *
below(struct doctor *d, const char *name, const char *section)
{
	return doctor_text(d, "move the line below \"%s:\", indented: %s is a field of that section", section, name);
}

/* Where it belongs, by its name alone. */
static const char *
place(struct doctor *d, const char *name)
{
	if (strcmp(name, "tls") == 0 || strcmp(name, "ssl") == 0 || strcmp(name, "https") == 0)
		return "take the block out: LiveKit's own port speaks no TLS. End TLS in the web server in front (the "
		       "files in etc/ do), which passes /livekit on; for the relay put domain, cert_file and key_file "
		       "below \"turn:\", or external_tls: true where something in front takes TLS off";
	if (is_in(name, egress))
		return "move the block to the configuration of the egress worker (the file in its EGRESS_CONFIG_FILE, "
		       "which has its own api_key, api_secret, ws_url, redis and s3); LiveKit needs only \"redis:\" "
		       "for "
		       "recording";
	if (is_in(name, ours))
		return "move the block to Bedrud's config.yaml: this file is LiveKit's own";
	if (strcmp(name, "api_key") == 0)
		return "write the pair as KEY: SECRET below \"keys:\"; api_key is a field of \"webhook:\"";
	if (strcmp(name, "cert_file") == 0 || is_in(name, turn))
		return below(d, name, "turn");
	if (is_in(name, rtc))
		return below(d, name, "rtc");
	if (is_in(name, room))
		return below(d, name, "room");
	if (is_in(name, redis))
		return below(d, name, "redis");
	if (strcmp(name, "urls") == 0 || strcmp(name, "webhooks") == 0)
		return "write the addresses as a list named urls below \"webhook:\", with api_key beside it";
	if (strcmp(name, "level") == 0 || strcmp(name, "json") == 0)
		return below(d, name, "logging");
	if (is_in(name, top))
		return doctor_text(d, "move the block to the left margin: \"%s:\" is a section of its own", name);
	return "take it out, or correct its spelling: `livekit-server help-verbose` prints all that this version knows";
}

static void
say_field(struct doctor *d, const char *path, int line, const char *name, const char *section)
{
	const char *fix = place(d, name);

	doctor_error(d, "yaml.field", doctor_text(d, "%s:%d: %s", path, line, fix),
	    "%s:%d: LiveKit doesn't know the field %s%s%s (\"field %s not found\"), and ends itself over it", path,
	    line, name, *section == '\0' ? "" : " in ", section, name);
}

void
doctor_file_fields(struct doctor *d, const char *path, const struct launcher_document *doc)
{
	unsigned before = d->count[DOCTOR_ERROR];
	size_t i;

	for (i = 0; i < doc->n; i++) {
		const struct launcher_document_entry *e = &doc->entries[i];

		if (strcmp(e->name, "<<") == 0)
			continue;
		if (e->depth == 1 && !is_in(e->name, top))
			say_field(d, path, e->line, e->name, "");
		else if (e->depth == 2 && strncmp(e->path, "rtc.", 4) == 0 && !is_in(e->name, rtc))
			say_field(d, path, e->line, e->name, "rtc");
		else if (e->depth == 2 && strncmp(e->path, "turn.", 5) == 0 && !is_in(e->name, turn))
			say_field(d, path, e->line, e->name, "turn");
	}
	if (d->count[DOCTOR_ERROR] == before)
		doctor_ok(d, "yaml.field", "%s has no section that LiveKit 1.13.5 doesn't know", path);
}

/* Go's name of a section's type, for people: "config.TURNConfig" is "turn". */
static const char *
section_of(const char *type)
{
	static const struct {
		const char *type, *section;
	} types[] = {{"config.Config", ""}, {"config.RTCConfig", "rtc"}, {"rtcconfig.RTCConfig", "rtc"},
	    {"config.TURNConfig", "turn"}, {"config.RoomConfig", "room"}, {"redis.RedisConfig", "redis"},
	    {"webhook.WebHookConfig", "webhook"}, {"config.LimitConfig", "limit"}, {"config.LoggingConfig", "logging"},
	    {"config.TURNServer", "rtc.turn_servers"}};
	size_t i;

	for (i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].section;
	return type;
}

/* `s` without what stands between two backquotes: LiveKit repeats values there, and a value may be a secret. */
static const char *
without_values(struct doctor *d, const char *s)
{
	const char *from = strchr(s, '`'), *to = from == NULL ? NULL : strrchr(from + 1, '`');

	if (to == NULL)
		return s;
	return doctor_text(d, "%.*s…%s", (int)(from - s), s, to + 1);
}

static void
say_line(struct doctor *d, const char *path, const char *line)
{
	char field[128], type[128];
	int at, column = 0;

	line += strspn(line, " \t");
	if (sscanf(line, "line %d: field %127s not found in type %127s", &at, field, type) == 3) {
		say_field(d, path, at, field, section_of(type));
		return;
	}
	/* "line 3: …" alone, or after "could not parse config: yaml: " */
	if ((sscanf(line, "line %d:%n", &at, &column) == 1 && column > 0) ||
	    (sscanf(line, "could not parse config: yaml: line %d:%n", &at, &column) == 1 && column > 0)) {
		doctor_error(d, "yaml.refused", doctor_text(d, "correct line %d of %s", at, path),
		    "%s:%d: LiveKit refuses the file:%s", path, at, without_values(d, line + column));
		return;
	}
	if (strncmp(line, "could not parse config: yaml: unmarshal errors:", 47) == 0)
		return; /* its lines follow */
	if (*line != '\0')
		doctor_error(d, "yaml.refused", doctor_text(d, "correct %s", path), "%s: LiveKit refuses the file: %s",
		    path, without_values(d, line));
}

int
doctor_file_answer(struct doctor *d, const char *path, const char *answer)
{
	size_t n;

	if (strstr(answer, "TCP Ports") != NULL) {
		doctor_ok(d, "yaml.field", "%s: this livekit-server knows every field in it", path);
		return 1;
	}
	if (*answer == '\0') {
		doctor_error(d, "yaml.refused", doctor_text(d, "run livekit-server --config %s ports", path),
		    "%s: livekit-server said nothing about it", path);
		return 0;
	}
	for (; *answer != '\0'; answer += n + (answer[n] == '\n')) {
		n = strcspn(answer, "\n");
		say_line(d, path, doctor_text(d, "%.*s", (int)n, answer));
	}
	return 0;
}

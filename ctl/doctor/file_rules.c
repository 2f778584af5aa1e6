/* SPDX-License-Identifier: Apache-2.0 */
/* What LiveKit ends itself over, or what goes wrong quietly, in a file whose fields are all known. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "ctl/doctor/file.h"
#include "livekit-launcher/cert.h"
#include "livekit/address.h"

#define LONG_TIMEOUT_S 3600

int
doctor_file_external_ip(struct doctor *d, const char *path, const struct launcher_document *doc)
{
	int is_given = launcher_document_find(doc, "rtc.node_ip") != NULL;

	if (!launcher_document_true(doc, "rtc.use_external_ip")) {
		doctor_ok(d, "yaml.external-ip", "%s: LiveKit asks nobody for its address (rtc.use_external_ip is off)",
		    path);
		return 0;
	}
	doctor_warn(d, "yaml.external-ip",
	    is_given
		? "take rtc.use_external_ip out: with it the address in rtc.node_ip isn't used"
		: "set rtc.node_ip to the public address of this machine and rtc.use_external_ip to false (in Docker: "
		  "the host's address)",
	    is_given
		? "%s: rtc.use_external_ip wins over rtc.node_ip, so LiveKit asks STUN servers outside for its address"
		: "%s: with rtc.use_external_ip and no rtc.node_ip LiveKit asks STUN servers outside for its address "
		  "and ends itself when none answers (\"could not resolve external IP\")",
	    path);
	return 1;
}

static int
number(const struct launcher_document *doc, const char *path, int otherwise)
{
	const char *text = launcher_document_text(doc, path);
	long long v;

	return *text != '\0' && base_text_int(text, 0, 1000000000, &v) == ERR_OK ? (int)v : otherwise;
}

static void
look_at_pair(struct doctor *d, const char *path, const struct launcher_document *doc, const char *domain)
{
	const char *cert = launcher_document_text(doc, "turn.cert_file");
	const char *key = launcher_document_text(doc, "turn.key_file");
	char why[LAUNCHER_CERT_TEXT];
	enum err e;

	if (launcher_document_true(doc, "turn.external_tls")) {
		doctor_ok(d, "yaml.turn",
		    "%s: something in front takes TLS off for the relay (turn.external_tls) and must reach clients at "
		    "%s "
		    "on port 443",
		    path, domain);
		return;
	}
	if (*cert == '\0' || *key == '\0') {
		doctor_error(d, "yaml.turn",
		    "set turn.cert_file and turn.key_file to a certificate for turn.domain, or turn.external_tls: "
		    "true, or "
		    "take turn.tls_port out",
		    "%s: TURN over TLS without a certificate: LiveKit ends itself (\"TURN tls cert required\")", path);
		return;
	}
	e = launcher_cert_check(cert, key, domain, base_clock_seconds(), why);
	if (e != ERR_OK)
		doctor_error(d, "yaml.turn",
		    "give turn.cert_file and turn.key_file a pair for turn.domain that is good", "%s: %s", path, why);
	else if (*why != '\0')
		doctor_warn(
		    d, "yaml.turn", "renew it and restart LiveKit, which reads it only once", "%s: %s", path, why);
	else
		doctor_ok(d, "yaml.turn", "%s: the relay's certificate is good for %s", path, domain);
}

void
doctor_file_turn(struct doctor *d, const char *path, const struct launcher_document *doc)
{
	const char *domain = launcher_document_text(doc, "turn.domain");
	int tls = number(doc, "turn.tls_port", 0), udp = number(doc, "turn.udp_port", 0);

	if (!launcher_document_true(doc, "turn.enabled")) {
		doctor_warn(d, "yaml.turn",
		    "set turn.enabled: true, turn.domain, turn.udp_port: 3478, and turn.tls_port: 5349 with cert_file "
		    "and "
		    "key_file",
		    "%s: TURN is off, so participants behind strict firewalls get no audio and no video", path);
		return;
	}
	if (tls == 0 && udp == 0)
		doctor_error(d, "yaml.turn", "set turn.udp_port: 3478, and turn.tls_port: 5349 with a certificate",
		    "%s: TURN is on and has neither udp_port nor tls_port: LiveKit ends itself (\"invalid TURN "
		    "ports\")",
		    path);
	else if (tls != 0 && *domain == '\0')
		doctor_error(d, "yaml.turn", "set turn.domain to the host name that the relay's certificate is for",
		    "%s: turn.tls_port is set without turn.domain: LiveKit ends itself (\"TURN domain required\")",
		    path);
	else if (tls != 0 && !livekit_address_is_domain(domain))
		doctor_error(d, "yaml.turn",
		    "set turn.domain to a host name with a dot in it, such as meet.example.org",
		    "%s: turn.domain \"%s\" is no domain name that LiveKit takes: it ends itself (\"TURN domain is not "
		    "correct\")",
		    path, domain);
	else if (tls != 0)
		look_at_pair(d, path, doc, domain);
	else
		doctor_warn(d, "yaml.turn", "set turn.tls_port: 5349 with turn.domain, cert_file and key_file",
		    "%s: TURN has UDP only: participants whose network lets only web traffic out get no audio and no "
		    "video",
		    path);
}

void
doctor_file_keys(struct doctor *d, const char *path, const struct launcher_document *doc, const char *key)
{
	const char *wanted = key == NULL ? NULL : doctor_text(d, "keys.%s", key);
	size_t i, n = 0;

	for (i = 0; i < doc->n; i++)
		n += strncmp(doc->entries[i].path, "keys.", 5) == 0;
	if (*launcher_document_text(doc, "key_file") != '\0')
		doctor_ok(d, "yaml.keys", "%s takes its keys from a file", path);
	else if (n == 0)
		doctor_error(d, "yaml.keys",
		    "add \"keys:\" and below it KEY: SECRET, the values of livekit.apiKey and livekit.apiSecret",
		    "%s has no key: LiveKit ends itself (\"one of key-file or keys must be provided\")", path);
	else if (wanted != NULL && launcher_document_find(doc, wanted) == NULL)
		doctor_error(d, "yaml.keys",
		    "make livekit.apiKey and livekit.apiSecret in Bedrud's config.yaml a pair that stands below "
		    "\"keys:\" "
		    "in that file, or add ours there",
		    "%s has no key of the name that livekit.apiKey gives: LiveKit refuses all that Bedrud signs", path);
	else
		doctor_ok(d, "yaml.keys", "%s has %zu key%s", path, n, n == 1 ? "" : "s");
}

/* LiveKit's own defaults are 300 and 20 s. */
void
doctor_file_rooms(struct doctor *d, const char *path, const struct launcher_document *doc)
{
	static const char *const timeouts[] = {"room.empty_timeout", "room.departure_timeout"};
	const struct launcher_document_entry *e;
	int is_good = 1, s;
	size_t i;

	for (i = 0; i < 2; i++) {
		e = launcher_document_find(doc, timeouts[i]);
		s = number(doc, timeouts[i], -1);
		if (e == NULL || (s > 0 && s <= LONG_TIMEOUT_S))
			continue;
		is_good = 0;
		doctor_warn(d, "yaml.rooms",
		    doctor_text(d, "%s:%d: set %s to 300 or less, or take it out", path, e->line, timeouts[i]),
		    "%s:%d: %s is %s: %s", path, e->line, timeouts[i], e->value == NULL ? "no number" : e->value,
		    s == 0 ? "rooms end the moment that nobody is in them, also while somebody reconnects"
			   : "rooms that nobody is in stay in LiveKit for that many seconds");
	}
	e = launcher_document_find(doc, "room.auto_create");
	if (e != NULL && !launcher_document_true(doc, "room.auto_create")) {
		is_good = 0;
		doctor_warn(d, "yaml.rooms", doctor_text(d, "%s:%d: take room.auto_create out", path, e->line),
		    "%s:%d: room.auto_create is off: a meeting doesn't survive a restart of LiveKit", path, e->line);
	}
	if (is_good)
		doctor_ok(d, "yaml.rooms", "%s: rooms that nobody is in end in time", path);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ctl/findings.h"

#include "ctl/doctor/file.h"

typedef void rule(struct doctor *d, const char *path, const struct launcher_document *doc);

static void
read_text(struct doctor *d, const char *text, struct launcher_document *doc)
{
	assert_ok(launcher_document_read(&d->arena, text, strlen(text), doc));
}

/* Runs the rule over the text and expects one finding. */
static void
one(rule *run, const char *text, enum doctor_level level, const char *check, const char *seen, const char *fix)
{
	struct launcher_document doc;
	struct doctor d;

	findings_open(&d);
	read_text(&d, text, &doc);
	run(&d, "lk.yaml", &doc);
	findings_one(&d, level, check, seen, fix);
	findings_close(&d);
}

static void
fields_have_their_place(void **state)
{
	static const struct {
		const char *text, *seen, *fix;
	} cases[] = {
	    {"port: 1\ntls: {}\n", "lk.yaml:2: LiveKit doesn't know the field tls (\\\"field tls not found\\\")",
		"lk.yaml:2: take the block out: LiveKit's own port speaks no TLS"},
	    {"egress: {s3: {}}\n", "\\\"field egress not found\\\"", "the egress worker"},
	    {"s3: {}\n", "field s3", "the egress worker"},
	    {"livekit: {}\n", "field livekit", "Bedrud's config.yaml"},
	    {"node_ip: 1.2.3.4\n", "field node_ip", "below \\\"rtc:\\\""},
	    {"tls_port: 1\n", "field tls_port", "below \\\"turn:\\\""},
	    {"empty_timeout: 1\n", "field empty_timeout", "below \\\"room:\\\""},
	    {"address: x\n", "field address", "below \\\"redis:\\\""},
	    {"level: x\n", "field level", "below \\\"logging:\\\""},
	    {"api_key: x\n", "field api_key", "below \\\"keys:\\\""},
	    {"webhooks: []\n", "field webhooks", "below \\\"webhook:\\\""},
	    {"prot: 7880\n", "field prot", "help-verbose"},
	    {"rtc:\n  keys: {a: b}\n", "lk.yaml:2: LiveKit doesn't know the field keys in rtc", "left margin"},
	    {"turn: {tls: 1}\n", "field tls in turn", "speaks no TLS"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		one(doctor_file_fields, cases[i].text, DOCTOR_ERROR, "yaml.field", cases[i].seen, cases[i].fix);
	one(doctor_file_fields, "a: &x {}\n<<: *x\n", DOCTOR_ERROR, "yaml.field", "field a", "");
	one(doctor_file_fields, "port: 1\nrtc: {node_ip: 1.2.3.4}\nturn: {domain: a.b}\nkeys: {tls: x}\n", DOCTOR_OK,
	    "yaml.field", "", "");
}

static void
answers_of_livekit(void **state)
{
	struct doctor d;

	(void)state;
	findings_open(&d);
	assert_int_equal(doctor_file_answer(&d, "lk.yaml", "TCP Ports\n7880 - HTTP service\n"), 1);
	findings_one(&d, DOCTOR_OK, "yaml.field", "knows every field", "");
	assert_int_equal(doctor_file_answer(&d, "lk.yaml", ""), 0);
	findings_one(&d, DOCTOR_ERROR, "yaml.refused", "said nothing", "--config lk.yaml ports");
	assert_int_equal(doctor_file_answer(&d, "lk.yaml",
			     "could not parse config: yaml: unmarshal errors:\n"
			     "  line 3: field tls not found in type config.Config\n"),
	    0);
	findings_one(&d, DOCTOR_ERROR, "yaml.field", "lk.yaml:3: LiveKit doesn't know the field tls (", "TLS");
	(void)doctor_file_answer(&d, "lk.yaml",
	    "could not parse config: yaml: unmarshal errors:\n"
	    "  line 6: field foo not found in type config.TURNConfig\n");
	findings_one(&d, DOCTOR_ERROR, "yaml.field", "the field foo in turn", "lk.yaml:6");
	(void)doctor_file_answer(&d, "lk.yaml",
	    "could not parse config: yaml: unmarshal errors:\n"
	    "  line 9: cannot unmarshal !!str `hush` into uint32\n");
	assert_null(strstr(d.json.p, "hush"));
	findings_one(
	    &d, DOCTOR_ERROR, "yaml.refused", "lk.yaml:9: LiveKit refuses the file: cannot unmarshal", "line 9");
	(void)doctor_file_answer(&d, "lk.yaml", "could not parse config: yaml: line 2: found a tab\n");
	findings_one(&d, DOCTOR_ERROR, "yaml.refused", "lk.yaml:2: LiveKit refuses the file: found a tab", "line 2");
	(void)doctor_file_answer(&d, "lk.yaml", "open /x: permission denied\n");
	findings_one(&d, DOCTOR_ERROR, "yaml.refused", "permission denied", "correct lk.yaml");
	findings_close(&d);
}

static void
external_ip(struct doctor *d, const char *path, const struct launcher_document *doc)
{
	(void)doctor_file_external_ip(d, path, doc);
}

static void
external_address(void **state)
{
	(void)state;
	one(external_ip, "port: 1\n", DOCTOR_OK, "yaml.external-ip", "asks nobody", "");
	one(external_ip, "rtc: {use_external_ip: true}\n", DOCTOR_WARNING, "yaml.external-ip",
	    "could not resolve external IP", "set rtc.node_ip");
	one(external_ip, "rtc: {use_external_ip: yes, node_ip: 192.0.2.1}\n", DOCTOR_WARNING, "yaml.external-ip",
	    "wins over rtc.node_ip", "take rtc.use_external_ip out");
}

static void
relay(void **state)
{
	(void)state;
	one(doctor_file_turn, "port: 1\n", DOCTOR_WARNING, "yaml.turn", "TURN is off", "turn.enabled: true");
	one(doctor_file_turn, "turn: {enabled: true}\n", DOCTOR_ERROR, "yaml.turn", "invalid TURN ports", "udp_port");
	one(doctor_file_turn, "turn: {enabled: true, tls_port: 5349}\n", DOCTOR_ERROR, "yaml.turn",
	    "TURN domain required", "turn.domain");
	one(doctor_file_turn, "turn: {enabled: true, tls_port: 5349, domain: localhost}\n", DOCTOR_ERROR, "yaml.turn",
	    "TURN domain is not correct", "meet.example.org");
	one(doctor_file_turn, "turn: {enabled: true, tls_port: 5349, domain: a.example}\n", DOCTOR_ERROR, "yaml.turn",
	    "TURN tls cert required", "cert_file");
	one(doctor_file_turn,
	    "turn: {enabled: true, tls_port: 5349, domain: a.example, cert_file: /no, key_file: /no}\n", DOCTOR_ERROR,
	    "yaml.turn", "/no", "turn.cert_file");
	one(doctor_file_turn, "turn: {enabled: true, tls_port: 5349, domain: a.example, external_tls: true}\n",
	    DOCTOR_OK, "yaml.turn", "port 443", "");
	one(doctor_file_turn, "turn: {enabled: true, udp_port: 3478}\n", DOCTOR_WARNING, "yaml.turn", "UDP only",
	    "turn.tls_port");
}

static void
keys_of(const char *text, const char *key, enum doctor_level level, const char *seen)
{
	struct launcher_document doc;
	struct doctor d;

	findings_open(&d);
	read_text(&d, text, &doc);
	doctor_file_keys(&d, "lk.yaml", &doc, key);
	assert_null(strstr(d.json.p, "hushhush"));
	findings_one(&d, level, "yaml.keys", seen, "");
	findings_close(&d);
}

static void
keys(void **state)
{
	(void)state;
	keys_of("port: 1\n", NULL, DOCTOR_ERROR, "one of key-file or keys must be provided");
	keys_of("keys: {}\n", "devkey", DOCTOR_ERROR, "one of key-file");
	keys_of("keys: {other: hushhush}\n", "devkey", DOCTOR_ERROR, "no key of the name");
	keys_of("keys: {other: hushhush}\n", NULL, DOCTOR_OK, "1 key");
	keys_of("keys: {devkey: hushhush, b: c}\n", "devkey", DOCTOR_OK, "2 keys");
	keys_of("key_file: /etc/keys\n", "devkey", DOCTOR_OK, "from a file");
}

static void
rooms(void **state)
{
	(void)state;
	one(doctor_file_rooms, "port: 1\n", DOCTOR_OK, "yaml.rooms", "in time", "");
	one(doctor_file_rooms, "room: {empty_timeout: 300, departure_timeout: 20, auto_create: true}\n", DOCTOR_OK,
	    "yaml.rooms", "", "");
	one(doctor_file_rooms, "room:\n  empty_timeout: 86400\n", DOCTOR_WARNING, "yaml.rooms",
	    "lk.yaml:2: room.empty_timeout is 86400: rooms that nobody is in stay",
	    "lk.yaml:2: set room.empty_timeout to 300");
	one(doctor_file_rooms, "room:\n  departure_timeout: 0\n", DOCTOR_WARNING, "yaml.rooms",
	    "the moment that nobody", "room.departure_timeout");
	one(doctor_file_rooms, "room: {auto_create: false}\n", DOCTOR_WARNING, "yaml.rooms", "restart of LiveKit",
	    "auto_create out");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_have_their_place),
	    cmocka_unit_test(answers_of_livekit),
	    cmocka_unit_test(external_address),
	    cmocka_unit_test(relay),
	    cmocka_unit_test(keys),
	    cmocka_unit_test(rooms),
	};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <yaml.h>

#include "base/log.h"
#include "livekit-launcher/yaml.h"

static struct launcher_plan
plan(void)
{
	struct launcher_plan p = {.port = 7880,
	    .tcp_port = 7881,
	    .udp_start = 50000,
	    .udp_end = 60000,
	    .node = {.text = "203.0.113.7", .rule = "test"},
	    .api_key = "devkey",
	    .api_secret = "s3cret",
	    .webhook = "http://127.0.0.1:8090/api/livekit/webhook",
	    .empty_timeout_s = 300,
	    .departure_timeout_s = 60,
	    .log_level = "info"};

	return p;
}

static yaml_node_t *
child(yaml_document_t *d, yaml_node_t *map, const char *name)
{
	yaml_node_pair_t *p;
	yaml_node_t *k;

	assert_non_null(map);
	assert_int_equal(map->type, YAML_MAPPING_NODE);
	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		k = yaml_document_get_node(d, p->key);
		if (strcmp((char *)k->data.scalar.value, name) == 0)
			return yaml_document_get_node(d, p->value);
	}
	return NULL;
}

/* The scalar at a path like "rtc/tcp_port" (a list counts as its only element); "(none)" when there is none. */
static const char *
at(yaml_document_t *d, const char *path)
{
	yaml_node_t *n = yaml_document_get_root_node(d);
	char part[256];
	size_t k;

	while (n != NULL && *path != '\0') {
		if (n->type == YAML_SEQUENCE_NODE)
			n = yaml_document_get_node(d, *n->data.sequence.items.start);
		k = strcspn(path, "/");
		(void)snprintf(part, sizeof part, "%.*s", (int)k, path);
		n = child(d, n, part);
		path += path[k] == '/' ? k + 1 : k;
	}
	if (n != NULL && n->type == YAML_SEQUENCE_NODE) {
		assert_int_equal(n->data.sequence.items.top - n->data.sequence.items.start, 1);
		n = yaml_document_get_node(d, *n->data.sequence.items.start);
	}
	return n == NULL || n->type != YAML_SCALAR_NODE ? "(none)" : (char *)n->data.scalar.value;
}

static void
read_back(const struct launcher_plan *p, int is_masked, yaml_document_t *d)
{
	yaml_parser_t parser;
	struct base_buf b;

	base_buf_init(&b, 1u << 16);
	assert_ok(launcher_yaml_write(p, is_masked, &b));
	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (unsigned char *)b.p, b.n);
	assert_true(yaml_parser_load(&parser, d));
	yaml_parser_delete(&parser);
	base_buf_free(&b);
}

static void
everything_is_there(void **unused)
{
	static const char *const want[][2] = {
	    {"port", "7880"},
	    {"keys/devkey", "s3cret"},
	    {"rtc/tcp_port", "7881"},
	    {"rtc/port_range_start", "50000"},
	    {"rtc/port_range_end", "60000"},
	    {"rtc/udp_port", "(none)"},
	    {"rtc/node_ip", "203.0.113.7"},
	    {"rtc/use_external_ip", "false"},
	    {"rtc/enable_loopback_candidate", "(none)"},
	    {"rtc/stun_servers", "203.0.113.7:50000"},
	    {"room/auto_create", "true"},
	    {"room/empty_timeout", "300"},
	    {"room/departure_timeout", "60"},
	    {"turn/enabled", "false"},
	    {"webhook/api_key", "devkey"},
	    {"webhook/urls", "http://127.0.0.1:8090/api/livekit/webhook"},
	    {"logging/level", "info"},
	    {"logging/json", "true"},
	    {"bind_addresses", "(none)"},
	    {"tls", "(none)"},
	    {"redis", "(none)"},
	    {"egress", "(none)"},
	};
	struct launcher_plan p = plan();
	yaml_document_t d;
	size_t i;

	(void)unused;
	read_back(&p, 0, &d);
	for (i = 0; i < sizeof want / sizeof want[0]; i++)
		assert_string_equal(at(&d, want[i][0]), want[i][1]);
	yaml_document_delete(&d);
}

static struct launcher_plan
with_turn(void)
{
	struct launcher_plan p = plan();

	p.turn = (struct launcher_turn){.is_on = 1,
	    .udp_port = 3478,
	    .tls_port = 5349,
	    .relay_start = 30000,
	    .relay_end = 40000,
	    .domain = "meet.example.org",
	    .cert = "/c.pem",
	    .key = "/k.pem",
	    .expires_s = 1795414475};
	return p;
}

static void
check(const struct launcher_plan *p, int is_masked, const char *const want[][2], size_t n)
{
	yaml_document_t d;
	size_t i;

	read_back(p, is_masked, &d);
	for (i = 0; i < n; i++)
		assert_string_equal(at(&d, want[i][0]), want[i][1]);
	yaml_document_delete(&d);
}

#define CHECK(p, is_masked, want) check(p, is_masked, want, sizeof(want) / sizeof((want)[0]))

static void
turn_over_tls(void **unused)
{
	static const char *const want[][2] = {
	    {"turn/enabled", "true"},
	    {"turn/domain", "meet.example.org"},
	    {"turn/udp_port", "3478"},
	    {"turn/tls_port", "5349"},
	    {"turn/cert_file", "/c.pem"},
	    {"turn/key_file", "/k.pem"},
	    {"turn/external_tls", "(none)"},
	    {"turn/relay_range_start", "30000"},
	    {"turn/relay_range_end", "40000"},
	    {"turn/allow_restricted_peer_cidrs", "(none)"},
	    {"rtc/stun_servers", "(none)"},
	    {"rtc/turn_servers/host", "meet.example.org"},
	    {"rtc/turn_servers/port", "5349"},
	    {"rtc/turn_servers/protocol", "tls"},
	    {"rtc/turn_servers/username", "1cDN0EDN1kzNxwHZ1JHZlJGfyrs1srMyA"},
	};
	static const char *const masked[][2] = {{"rtc/turn_servers/credential", "********"}};
	struct launcher_plan p = with_turn();

	(void)unused;
	CHECK(&p, 0, want);
	CHECK(&p, 1, masked);
}

/* Where clients find it at 443 anyway, nothing of ours is added. */
static void
turn_at_443(void **unused)
{
	static const char *const itself[][2] = {
	    {"turn/tls_port", "443"},
	    {"turn/cert_file", "/c.pem"},
	    {"rtc/turn_servers", "(none)"},
	};
	static const char *const outside[][2] = {
	    {"turn/tls_port", "5349"},
	    {"turn/external_tls", "true"},
	    {"turn/cert_file", "(none)"},
	    {"turn/key_file", "(none)"},
	    {"rtc/turn_servers", "(none)"},
	};
	struct launcher_plan p = with_turn();

	(void)unused;
	p.turn.tls_port = 443;
	CHECK(&p, 0, itself);
	p = with_turn();
	p.turn.is_tls_outside = 1;
	CHECK(&p, 0, outside);
}

static void
turn_over_udp_alone_on_a_private_address(void **unused)
{
	static const char *const want[][2] = {
	    {"turn/enabled", "true"},
	    {"turn/udp_port", "3478"},
	    {"turn/tls_port", "(none)"},
	    {"turn/cert_file", "(none)"},
	    {"turn/allow_restricted_peer_cidrs", "192.168.1.4/32"},
	    {"turn/bind_addresses", "(none)"},
	    {"rtc/turn_servers", "(none)"},
	};
	static const char *const v6[][2] = {
	    {"turn/allow_restricted_peer_cidrs", "fd00::2/128"}, {"turn/bind_addresses", "::"}};
	struct launcher_plan p = with_turn();

	(void)unused;
	p.turn.tls_port = 0;
	p.node = (struct launcher_nodeip){.text = "192.168.1.4", .rule = "test"};
	CHECK(&p, 0, want);
	p.node = (struct launcher_nodeip){.text = "fd00::2", .rule = "test", .is_v6 = 1};
	CHECK(&p, 0, v6);
}

/* How many of the networks in turn.deny_peer_cidrs have the address. */
static int
denied(const struct launcher_plan *p, const char *address)
{
	unsigned char a[16], b[16];
	int family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET, found = 0;
	char text[64], *slash;
	yaml_node_item_t *i;
	yaml_document_t d;
	yaml_node_t *list;

	assert_int_equal(inet_pton(family, address, a), 1);
	read_back(p, 0, &d);
	list = child(&d, child(&d, yaml_document_get_root_node(&d), "turn"), "deny_peer_cidrs");
	assert_non_null(list);
	for (i = list->data.sequence.items.start; i < list->data.sequence.items.top; i++) {
		int bits, bit, same = 1;

		(void)snprintf(text, sizeof text, "%s", yaml_document_get_node(&d, *i)->data.scalar.value);
		slash = strchr(text, '/');
		assert_non_null(slash);
		*slash = '\0';
		bits = atoi(slash + 1);
		if (inet_pton(family, text, b) != 1)
			continue;
		for (bit = 0; bit < bits && same; bit++)
			same = ((a[bit / 8] ^ b[bit / 8]) & 0x80 >> bit % 8) == 0;
		found += same;
	}
	yaml_document_delete(&d);
	return found;
}

static void
the_relay_is_for_livekit_alone(void **unused)
{
	static const char *const v4[] = {"0.0.0.0", "10.0.0.1", "127.0.0.1", "192.168.1.5", "192.168.1.6",
	    "192.168.0.4", "192.168.129.4", "64.168.1.4", "255.255.255.255"};
	static const char *const v6[] = {"::", "::1", "fd00::3", "fd00::", "2001:db8::1", "ffff::1"};
	struct launcher_plan p = with_turn();
	size_t i;

	(void)unused;
	p.node = (struct launcher_nodeip){.text = "192.168.1.4", .rule = "test"};
	assert_int_equal(denied(&p, "192.168.1.4"), 0);
	for (i = 0; i < sizeof v4 / sizeof v4[0]; i++)
		assert_int_equal(denied(&p, v4[i]), 1);
	assert_int_equal(denied(&p, "fd00::2"), 1);
	p.node = (struct launcher_nodeip){.text = "fd00::2", .rule = "test", .is_v6 = 1};
	assert_int_equal(denied(&p, "fd00::2"), 0);
	for (i = 0; i < sizeof v6 / sizeof v6[0]; i++)
		assert_int_equal(denied(&p, v6[i]), 1);
	assert_int_equal(denied(&p, "192.168.1.4"), 1);
}

static void
redis(void **unused)
{
	static const char *const full[][2] = {
	    {"redis/address", "r:6379"},
	    {"redis/username", "u"},
	    {"redis/password", "p\"w"},
	    {"redis/db", "2"},
	    {"redis/use_tls", "true"},
	};
	static const char *const bare[][2] = {
	    {"redis/username", "(none)"},
	    {"redis/password", "(none)"},
	    {"redis/db", "0"},
	    {"redis/use_tls", "(none)"},
	};
	static const char *const masked[][2] = {{"redis/password", "********"}};
	struct launcher_plan p = plan();

	(void)unused;
	p.redis = (struct launcher_redis){"r:6379", "u", "p\"w", 2, 1};
	CHECK(&p, 0, full);
	CHECK(&p, 1, masked);
	p.redis = (struct launcher_redis){"r:6379", "", "", 0, 0};
	CHECK(&p, 0, bare);
}

static void
one_udp_port_on_the_loopback(void **unused)
{
	struct launcher_plan p = plan();
	yaml_document_t d;

	(void)unused;
	p.udp_port = 7882;
	p.node = (struct launcher_nodeip){.text = "::1", .rule = "test", .is_v6 = 1, .is_loopback = 1};
	read_back(&p, 0, &d);
	assert_string_equal(at(&d, "rtc/udp_port"), "7882");
	assert_string_equal(at(&d, "rtc/port_range_start"), "(none)");
	assert_string_equal(at(&d, "rtc/enable_loopback_candidate"), "true");
	assert_string_equal(at(&d, "rtc/stun_servers"), "[::1]:7882");
	yaml_document_delete(&d);
}

/* One IPv4 address beside all of IPv6, or the reverse: otherwise LiveKit may listen where nobody sends. */
static void
one_address_takes_media(void **unused)
{
	static const struct {
		struct launcher_nodeip node;
		const char *want;
	} cases[] = {
	    {{.text = "203.0.113.7", .bound = "10.0.0.2"},
		"  ips:\n    includes:\n    - \"10.0.0.2/32\"\n    - \"::/0\"\n"},
	    {{.text = "2001:db8::1", .bound = "2001:db8::1", .is_v6 = 1},
		"  ips:\n    includes:\n    - \"2001:db8::1/128\"\n    - \"0.0.0.0/0\"\n"},
	    {{.text = "203.0.113.7"}, NULL},
	};
	struct launcher_plan p = plan();
	struct base_buf b;

	(void)unused;
	base_buf_init(&b, 1u << 16);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		p.node = cases[i].node;
		base_buf_clear(&b);
		assert_ok(launcher_yaml_write(&p, 0, &b));
		assert_true((cases[i].want == NULL) == (strstr(b.p, "ips:") == NULL));
		assert_true(cases[i].want == NULL || strstr(b.p, cases[i].want) != NULL);
	}
	base_buf_free(&b);
}

static void
any_string_survives(void **unused)
{
	static const char *const strings[] = {"yes", "null", "~", "1e3", "0x10", "'\"\\", "a: b # c", "- x", "{a}", "[",
	    "%TAG", "@", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91", " lead and trail ", "tab\tand\nnewline",
	    "*alias &anchor", "---", "...", "\x01\x7f", "\xc2\x85\xe2\x80\xa8", "${HOME}"};
	struct launcher_plan p = plan();
	yaml_document_t d;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof strings / sizeof strings[0]; i++) {
		p.api_secret = strings[i];
		read_back(&p, 0, &d);
		assert_string_equal(at(&d, "keys/devkey"), strings[i]);
		yaml_document_delete(&d);
		p = plan();
		p.api_key = strings[i];
		(void)snprintf(p.webhook, sizeof p.webhook, "%s", strings[i]);
		read_back(&p, 0, &d);
		assert_string_equal(at(&d, "webhook/api_key"), strings[i]);
		assert_string_equal(at(&d, "webhook/urls"), strings[i]);
		yaml_document_delete(&d);
		p = plan();
	}
}

/* The next of some code points that YAML treats in ways of their own, as UTF-8. */
static size_t
code_point(unsigned *seed, char *out)
{
	static const char *const odd[] = {"\x01", "\x07", "\x1b", "\x7f", "\t", "\n", "\r", " ", ":", "#", "'",
	    "\"", "\\", "-", "?", "{", "[", ",", "&", "*", "!", "|", ">", "%", "@", "`", "a", "0", "~",
	    "\xc2\x80", "\xc2\x85", "\xc2\xa0", "\xc3\xa9", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf",
	    "\xef\xbf\xbe", "\xee\x80\x80", "\xf0\x9f\x94\x91", "\xf4\x8f\xbf\xbf"};
	const char *s;

	*seed = *seed * 1103515245U + 12345U;
	s = odd[(*seed >> 16) % (sizeof odd / sizeof odd[0])];
	memcpy(out, s, strlen(s));
	return strlen(s);
}

static void
any_string_survives_anywhere(void **unused)
{
	static const char *const places[] = {"keys/devkey", "turn/domain", "turn/cert_file", "turn/key_file",
	    "redis/address", "redis/username", "redis/password"};
	char text[7][160];
	struct launcher_plan p;
	unsigned seed = 1, round;
	yaml_document_t d;
	size_t i, n, k;

	(void)unused;
	for (round = 0; round < 500; round++) {
		for (i = 0; i < 7; i++) {
			for (n = 0, k = 1 + (round + i) % 39; k > 0; k--)
				n += code_point(&seed, text[i] + n);
			text[i][n] = '\0';
		}
		p = with_turn();
		p.api_secret = text[0];
		(void)snprintf(p.turn.domain, sizeof p.turn.domain, "%s", text[1]);
		(void)snprintf(p.turn.cert, sizeof p.turn.cert, "%s", text[2]);
		(void)snprintf(p.turn.key, sizeof p.turn.key, "%s", text[3]);
		p.redis = (struct launcher_redis){.address = text[4], .username = text[5], .password = text[6]};
		read_back(&p, 0, &d);
		for (i = 0; i < 7; i++)
			assert_string_equal(at(&d, places[i]), text[i]);
		yaml_document_delete(&d);
	}
}

static void
secrets_are_masked(void **unused)
{
	struct launcher_plan p = plan();
	struct base_buf b;

	(void)unused;
	base_buf_init(&b, 1u << 16);
	assert_ok(launcher_yaml_write(&p, 1, &b));
	assert_null(strstr(b.p, "s3cret"));
	assert_non_null(strstr(b.p, "********"));
	base_buf_free(&b);
}

static void
what_cannot_be_written(void **unused)
{
	struct launcher_plan p = plan();
	struct base_buf b;

	(void)unused;
	base_buf_init(&b, 1u << 16);
	p.api_secret = "\xff\xfe";
	assert_err(ERR_CONFIG, launcher_yaml_write(&p, 0, &b));
	base_buf_free(&b);
	p = plan();
	base_buf_init(&b, 64);
	assert_err(ERR_TOO_BIG, launcher_yaml_write(&p, 0, &b));
	base_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_there),
	    cmocka_unit_test(turn_over_tls),
	    cmocka_unit_test(turn_at_443),
	    cmocka_unit_test(turn_over_udp_alone_on_a_private_address),
	    cmocka_unit_test(the_relay_is_for_livekit_alone),
	    cmocka_unit_test(redis),
	    cmocka_unit_test(one_udp_port_on_the_loopback),
	    cmocka_unit_test(one_address_takes_media),
	    cmocka_unit_test(any_string_survives),
	    cmocka_unit_test(any_string_survives_anywhere),
	    cmocka_unit_test(secrets_are_masked),
	    cmocka_unit_test(what_cannot_be_written),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

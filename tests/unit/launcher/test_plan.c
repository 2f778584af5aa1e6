/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/launcher/files.h"

#include "base/log.h"
#include "livekit-launcher/plan.h"

/* Makes the plan, and keeps the files open for what it borrows. */
static enum err
plan(struct files *f, struct launcher_plan *p, const char *livekit, const char *rest)
{
	assert_int_equal(files_open(f, livekit, rest), 0);
	return launcher_plan_make(f->conf, NULL, p);
}

static void
defaults(void **unused)
{
	struct launcher_plan p;
	struct files f;

	(void)unused;
	assert_ok(plan(&f, &p, "  nodeIP: 203.0.113.7\n", ""));
	assert_int_equal(p.port, 7880);
	assert_int_equal(p.tcp_port, 7881);
	assert_int_equal(p.udp_port, 0);
	assert_int_equal(p.udp_start, 50000);
	assert_int_equal(p.udp_end, 60000);
	assert_int_equal(p.empty_timeout_s, 300);
	assert_int_equal(p.departure_timeout_s, 60);
	assert_string_equal(p.api_key, "devkey");
	assert_string_equal(p.api_secret, "secretsecretsecretsecretsecretsecret");
	assert_string_equal(p.webhook, "http://127.0.0.1:8080/api/livekit/webhook");
	assert_string_equal(p.log_level, "info");
	assert_string_equal(p.node.text, "203.0.113.7");
	files_close(&f);
}

static void
ports_follow(void **unused)
{
	struct launcher_plan p;
	struct files f;

	(void)unused;
	assert_ok(plan(&f, &p, "  port: 9000\n  udpPort: 9005\n",
	    "server:\n  port: 443\n  httpPort: 8099\nlogger:\n  level: trace\n"));
	assert_int_equal(p.port, 9000);
	assert_int_equal(p.tcp_port, 9001);
	assert_int_equal(p.udp_port, 9005);
	assert_string_equal(p.webhook, "http://127.0.0.1:8099/api/livekit/webhook");
	assert_string_equal(p.log_level, "debug");
	files_close(&f);
	assert_ok(plan(&f, &p,
	    "  port: 65535\n  tcpPort: 7000\n  webhookURL: https://meet.example.org/api/livekit/webhook\n", ""));
	assert_int_equal(p.tcp_port, 7000);
	assert_string_equal(p.webhook, "https://meet.example.org/api/livekit/webhook");
	files_close(&f);
}

static void
ports_that_cannot_be(void **unused)
{
	static const char *const bad[] = {
	    "  port: 65535\n",
	    "  port: 7000\n  tcpPort: 7000\n",
	    "  udpPortStart: 6000\n  udpPortEnd: 6000\n",
	    "  udpPortStart: 6001\n  udpPortEnd: 6000\n",
	    "  nodeIP: nowhere\n",
	    "  udpPort: 3478\n  turn:\n    domain: meet.example.org\n",
	    "  port: 5349\n  turn:\n    domain: meet.example.org\n    externalTLS: true\n",
	    "  tcpPort: 5349\n  turn:\n    domain: meet.example.org\n    externalTLS: true\n",
	    "  turn:\n    domain: meet.example.org\n    relayPortStart: 5000\n    relayPortEnd: 5000\n",
	    "  turn:\n    domain: meet.example.org\n    relayPortEnd: 50000\n",
	    "  turn:\n    domain: meet.example.org\n    udpPort: 35000\n",
	    "  turn:\n    domain: meet.example.org\n    udpPort: 60000\n",
	    "  udpPort: 30000\n  turn:\n    domain: meet.example.org\n",
	};
	struct launcher_plan p;
	struct files f;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (files_open(&f, bad[i], "") == 0)
			assert_err(ERR_CONFIG, launcher_plan_make(f.conf, NULL, &p));
		files_close(&f);
	}
}

/* TCP and UDP don't meet, nor does what isn't opened. */
static void
ports_that_only_look_alike(void **unused)
{
	static const char *const good[] = {
	    "  udpPort: 7880\n",
	    "  udpPort: 7881\n  turn:\n    domain: meet.example.org\n    externalTLS: true\n    udpPort: 5349\n",
	    "  udpPort: 3478\n",
	    "  udpPortStart: 30000\n",
	    "  udpPort: 7882\n  udpPortStart: 30000\n  turn:\n    domain: meet.example.org\n",
	    "  port: 5349\n  turn:\n    domain: meet.example.org\n",
	};
	struct launcher_plan p;
	struct files f;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_ok(plan(&f, &p, good[i], ""));
		files_close(&f);
	}
}

static void
turn_needs_a_domain(void **unused)
{
	static const struct {
		const char *livekit, *rest, *domain;
		int is_on;
		const char *note;
	} cases[] = {
	    {"", "", "", 0, "there is no domain"},
	    {"  nodeIP: 203.0.113.7\n", "server:\n  domain: meet.example.org\n", "meet.example.org", 1,
		"there is no certificate"},
	    {"  nodeIP: 203.0.113.7\n", "server:\n  host: meet.example.org\n", "meet.example.org", 1, "no certificate"},
	    {"", "server:\n  host: 203.0.113.7\n", "", 0, "there is no domain"},
	    {"", "server:\n  domain: localhost\n", "localhost", 0, "\"localhost\" is not a domain name"},
	    {"  turn:\n    domain: turn.example.org\n", "server:\n  domain: localhost\n", "turn.example.org", 1,
		"no certificate"},
	    {"  turn:\n    enabled: false\n", "server:\n  domain: meet.example.org\n", "meet.example.org", 0, ""},
	    {"  turn:\n    certFile: /nonexistent\n", "server:\n  domain: meet.example.org\n", "meet.example.org", 1,
		"unable to read the certificate /nonexistent"},
	    {"", "server:\n  domain: meet.example.org\n  enableTLS: true\n  certFile: /nowhere\n",
		"meet.example.org", 1,
		"unable to read the certificate /nowhere"},
	};
	struct launcher_plan p;
	struct files f;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_ok(plan(&f, &p, cases[i].livekit, cases[i].rest));
		assert_int_equal(p.turn.is_on, cases[i].is_on);
		assert_string_equal(p.turn.domain, cases[i].domain);
		assert_int_equal(p.turn.tls_port, 0);
		assert_non_null(strstr(p.turn.note, cases[i].note));
		assert_true(*cases[i].note != '\0' || *p.turn.note == '\0');
		files_close(&f);
	}
}

static void
turn_behind_somebody_elses_tls(void **unused)
{
	struct launcher_plan p;
	struct files f;

	(void)unused;
	assert_ok(plan(&f, &p, "  turn:\n    externalTLS: true\n    tlsPort: 5350\n    udpPort: 3479\n"
	    "    relayPortStart: 40000\n    relayPortEnd: 40100\n", "server:\n  domain: meet.example.org\n"));
	assert_true(p.turn.is_on && p.turn.is_tls_outside);
	assert_int_equal(p.turn.tls_port, 5350);
	assert_int_equal(p.turn.udp_port, 3479);
	assert_int_equal(p.turn.relay_start, 40000);
	assert_int_equal(p.turn.relay_end, 40100);
	assert_string_equal(p.turn.note, "");
	files_close(&f);
}

static void
no_relay_to_the_loopback_by_chance(void **unused)
{
	static const struct {
		const char *livekit, *host;
		int is_on;
	} cases[] = {
	    {"", "127.0.0.1", 0},
	    {"", "localhost", 0},
	    {"", "'::1'", 0},
	    {"  nodeIP: 203.0.113.7\n", "127.0.0.1", 1},
	    {"  nodeIP: 127.0.0.1\n", "127.0.0.1", 1},
	};
	struct launcher_plan p;
	struct files f;
	char rest[128];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		(void)snprintf(
		    rest, sizeof rest, "server:\n  domain: meet.example.org\n  host: %s\n", cases[i].host);
		assert_ok(plan(&f, &p, cases[i].livekit, rest));
		assert_int_equal(p.turn.is_on, cases[i].is_on);
		assert_true(cases[i].is_on || strstr(p.turn.note, "TURN is off: the node IP is ") != NULL);
		files_close(&f);
	}
}

static void
redis(void **unused)
{
	struct launcher_plan p;
	struct files f;

	(void)unused;
	assert_ok(plan(&f, &p, "  redis:\n    address: 127.0.0.1:6379\n    username: u\n    password: p\n    db: 3\n"
	    "    useTLS: true\n", ""));
	assert_string_equal(p.redis.address, "127.0.0.1:6379");
	assert_string_equal(p.redis.username, "u");
	assert_string_equal(p.redis.password, "p");
	assert_int_equal(p.redis.db, 3);
	assert_int_equal(p.redis.use_tls, 1);
	files_close(&f);
}

static void
node_ip_from_the_host(void **unused)
{
	struct launcher_plan p;
	struct files f;

	(void)unused;
	assert_ok(plan(&f, &p, "", "server:\n  host: 198.51.100.4\n"));
	assert_string_equal(p.node.text, "198.51.100.4");
	assert_string_equal(p.node.rule, "server.host");
	files_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(ports_follow),
	    cmocka_unit_test(ports_that_cannot_be),
	    cmocka_unit_test(ports_that_only_look_alike),
	    cmocka_unit_test(turn_needs_a_domain),
	    cmocka_unit_test(turn_behind_somebody_elses_tls),
	    cmocka_unit_test(no_relay_to_the_loopback_by_chance),
	    cmocka_unit_test(redis),
	    cmocka_unit_test(node_ip_from_the_host),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/launcher/files.h"

#include "base/log.h"
#include "livekit-launcher/static.h"
#include "livekit-launcher/yaml.h"

#define KEYS "keys:\n  devkey: secretsecretsecretsecretsecretsecret\n"

static enum err
read_text(const char *text, struct launcher_plan *p)
{
	struct base_buf b;
	enum err e;

	memset(p, 0, sizeof *p);
	p->api_key = "devkey";
	p->api_secret = "secretsecretsecretsecretsecretsecret";
	(void)snprintf(p->http_host, sizeof p->http_host, "127.0.0.1");
	(void)snprintf(p->webhook, sizeof p->webhook, "http://127.0.0.1:8080/api/livekit/webhook");
	base_buf_init(&b, 1u << 16);
	base_buf_str(&b, text);
	e = launcher_static_read("livekit.yaml", &b, p);
	base_buf_free(&b);
	return e;
}

static void
livekits_defaults(void **unused)
{
	struct launcher_plan p;

	(void)unused;
	assert_ok(read_text(KEYS, &p));
	assert_int_equal(p.port, 7880);
	assert_int_equal(p.tcp_port, 7881);
	assert_int_equal(p.udp_port, 0);
	assert_int_equal(p.udp_start, 50000);
	assert_int_equal(p.udp_end, 60000);
	assert_int_equal(p.turn.is_on, 0);
	assert_string_equal(p.node.text, "");
	assert_string_equal(p.http_host, "127.0.0.1");
	assert_ok(read_text(KEYS "development: true\n", &p));
	assert_int_equal(p.udp_port, 7882);
}

static void
what_it_says(void **unused)
{
	struct launcher_plan p;

	(void)unused;
	assert_ok(read_text("port: 7000\n" KEYS "rtc:\n  tcp_port: 7001\n  udp_port: 7002\n  node_ip: 203.0.113.7\n"
	    "turn:\n  enabled: true\n  udp_port: 3479\n  tls_port: 5350\n  external_tls: true\n  cert_file: c\n",
	    &p));
	assert_int_equal(p.port, 7000);
	assert_int_equal(p.tcp_port, 7001);
	assert_int_equal(p.udp_port, 7002);
	assert_string_equal(p.node.text, "203.0.113.7");
	assert_true(p.turn.is_on && p.turn.is_tls_outside);
	assert_int_equal(p.turn.udp_port, 3479);
	assert_string_equal(p.turn.cert, ""); /* LiveKit doesn't read it */
	assert_int_equal(p.turn.tls_port, 5350);
	assert_int_equal(p.turn.relay_start, 30000);
	assert_ok(read_text(KEYS "rtc: {udp_port: 7100-7110}\n", &p));
	assert_int_equal(p.udp_port, 0);
	assert_int_equal(p.udp_start, 7100);
	assert_int_equal(p.udp_end, 7110);
	assert_ok(read_text("a: &k\n  devkey: secretsecretsecretsecretsecretsecret\nkeys: *k\n", &p));
}

static void
where_http_answers(void **unused)
{
	static const char *const cases[][2] = {
	    {"bind_addresses: [\"\"]\n", "127.0.0.1"},
	    {"bind_addresses: []\n", "127.0.0.1"},
	    {"bind_addresses: [192.0.2.4, 0.0.0.0]\n", "127.0.0.1"},
	    {"bind_addresses: [192.0.2.4, 192.0.2.5]\n", "192.0.2.4"},
	    {"bind_addresses: ['2001:db8::1']\n", "2001:db8::1"},
	};
	struct launcher_plan p;
	char text[256];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		(void)snprintf(text, sizeof text, KEYS "%s", cases[i][0]);
		assert_ok(read_text(text, &p));
		assert_string_equal(p.http_host, cases[i][1]);
	}
}

static void
what_cannot_be(void **unused)
{
	static const char *const bad[] = {
	    "",
	    "[]\n",
	    "port: 7880\n",
	    "keys: {other: secretsecretsecretsecretsecretsecret}\n",
	    "keys: {devkey: another}\n",
	    "keys: {devkey: [secretsecretsecretsecretsecretsecret]}\n",
	    "port: 0\n" KEYS,
	    "port: 65536\n" KEYS,
	    "port: seven\n" KEYS,
	    KEYS "rtc: {tcp_port: -1}\n",
	    KEYS "rtc: {udp_port: 7-}\n",
	    KEYS "rtc: [\n",
	    KEYS "a: *nowhere\n",
	    "key_file: /nonexistent\n",
	};
	struct launcher_plan p;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (read_text(bad[i], &p) == ERR_OK)
			fail_msg("taken: %s", bad[i]);
	}
}

static void
keys_in_a_file(void **unused)
{
	char path[] = "/tmp/launcher-keys-XXXXXX", text[128];
	struct launcher_plan p;
	int fd = mkstemp(path);

	(void)unused;
	assert_true(fd >= 0);
	(void)snprintf(text, sizeof text, "key_file: %s\n", path);
	assert_int_equal(dprintf(fd, "devkey: secretsecretsecretsecretsecretsecret\n"), 45);
	assert_ok(read_text(text, &p));
	assert_int_equal(ftruncate(fd, 3), 0);
	assert_err(ERR_CONFIG, read_text(text, &p));
	(void)close(fd);
	(void)unlink(path);
}

/* From config.yaml on: the file's own words reach LiveKit, and config.yaml's ports don't count. */
static void
the_plan_follows_it(void **unused)
{
	char path[] = "/tmp/launcher-static-XXXXXX", line[128];
	static const char text[] = "# mine\nport: 7005\n" KEYS;
	struct launcher_plan p;
	struct base_buf b;
	struct files f;
	int fd = mkstemp(path);

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	(void)close(fd);
	(void)snprintf(line, sizeof line, "  configPath: %s\n  port: 9000\n  turn:\n    udpPort: 9001\n", path);
	assert_int_equal(files_open(&f, line, "server:\n  domain: meet.example.org\n"), 0);
	assert_ok(launcher_plan_make(f.conf, NULL, &p));
	assert_string_equal(p.static_path, path);
	assert_int_equal(p.port, 7005);
	assert_int_equal(p.turn.is_on, 0);
	base_buf_init(&b, 4096);
	assert_ok(launcher_yaml_text(&p, &b));
	assert_string_equal(b.p, text);
	base_buf_clear(&b);
	assert_int_equal(unlink(path), 0);
	assert_err(ERR_CONFIG, launcher_yaml_text(&p, &b));
	assert_err(ERR_CONFIG, launcher_plan_make(f.conf, NULL, &p));
	base_buf_free(&b);
	files_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(livekits_defaults),
	    cmocka_unit_test(what_it_says),
	    cmocka_unit_test(where_http_answers),
	    cmocka_unit_test(what_cannot_be),
	    cmocka_unit_test(keys_in_a_file),
	    cmocka_unit_test(the_plan_follows_it),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

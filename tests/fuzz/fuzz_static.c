/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher's two readers of what LiveKit's side writes. The first line is why LiveKit refused the generated file,
 * the rest a file for livekit.configPath. What is taken from that makes sense; a generated file stays YAML and keeps
 * what Bedrud can't do without.
 */
#include "tests/fuzz/fuzz.h"

#include "base/limits.h"
#include "livekit-launcher/fit.h"
#include "livekit-launcher/static.h"
#include "livekit-launcher/yaml.h"

static struct launcher_plan
plan(void)
{
	return (struct launcher_plan){.port = 7880,
	    .tcp_port = 7881,
	    .udp_port = 7882,
	    .http_host = "127.0.0.1",
	    .node = {.text = "192.168.1.4", .rule = "test"},
	    .turn = {.is_on = 1, .udp_port = 3478, .domain = "meet.example.org"},
	    .redis = {.address = "127.0.0.1:6379", .username = "u", .password = "p"},
	    .api_key = "devkey",
	    .api_secret = "secretsecretsecretsecretsecretsecret",
	    .webhook = "http://127.0.0.1:8080/api/livekit/webhook",
	    .empty_timeout_s = 20,
	    .departure_timeout_s = 2,
	    .log_level = "info"};
}

static void
refuse(const char *reason)
{
	static const char *const kept[] = {
	    "port: 7880\n", "\nkeys:\n", "\n  tcp_port: 7881\n", "\nwebhook:\n", "\n  urls:\n"};
	struct launcher_plan p = plan();
	struct base_buf yaml;
	int rounds = 0;

	base_buf_init(&yaml, LIMIT_CONFIG);
	FUZZ_MUST(launcher_yaml_write(&p, 0, &yaml) == ERR_OK);
	while (launcher_fit(&p, reason, &yaml))
		FUZZ_MUST(++rounds <= LAUNCHER_DROPS);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		FUZZ_MUST(strstr(yaml.p, kept[i]) != NULL);
	base_buf_free(&yaml);
}

static int
is_port(int n)
{
	return n >= 0 && n <= 65535;
}

static void
read_static(const char *text, size_t n)
{
	struct launcher_plan p = plan();
	struct base_buf b;

	base_buf_init(&b, LIMIT_CONFIG);
	base_buf_add(&b, text, n);
	if (launcher_static_read("livekit.yaml", &b, &p) == ERR_OK) {
		FUZZ_MUST(p.port > 0 && is_port(p.port) && is_port(p.tcp_port) && is_port(p.udp_port));
		FUZZ_MUST(is_port(p.udp_start) && is_port(p.udp_end));
		FUZZ_MUST(is_port(p.turn.udp_port) && is_port(p.turn.tls_port));
		FUZZ_MUST(memchr(p.node.text, '\0', sizeof p.node.text) != NULL);
		FUZZ_MUST(p.http_host[0] != '\0' && memchr(p.http_host, '\0', sizeof p.http_host) != NULL);
		FUZZ_MUST(memmem(text, n, p.api_secret, strlen(p.api_secret)) != NULL || memchr(text, '"', n) != NULL ||
			  memchr(text, '\'', n) != NULL || memmem(text, n, "key_file", 8) != NULL);
	}
	base_buf_free(&b);
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1), *end;

	FUZZ_MUST(text != NULL);
	memcpy(text, p, n);
	text[n] = '\0';
	end = text + strcspn(text, "\n");
	if (*end == '\n') {
		*end = '\0';
		read_static(end + 1, (size_t)(text + n - end - 1));
	}
	refuse(text);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "base/log.h"
#include "livekit-launcher/fit.h"
#include "livekit-launcher/yaml.h"

static struct launcher_plan
plan(void)
{
	struct launcher_plan p = {.port = 7880,
	    .tcp_port = 7881,
	    .udp_port = 7882,
	    .node = {.text = "203.0.113.7", .rule = "test"},
	    .turn = {.is_on = 1, .udp_port = 3478, .relay_start = 30000, .relay_end = 40000,
		.domain = "meet.example.org"},
	    .redis = {.address = "127.0.0.1:6379", .username = "u", .password = "p"},
	    .api_key = "devkey",
	    .api_secret = "s3cret",
	    .webhook = "http://127.0.0.1:8090/api/livekit/webhook",
	    .empty_timeout_s = 300,
	    .departure_timeout_s = 60,
	    .log_level = "info"};

	return p;
}

/* The number (from 1) of the line that is this word, and what LiveKit would say of it. */
static void
refuse(const struct base_buf *yaml, const char *line, const char *key, char *out, size_t n)
{
	const char *at = strstr(yaml->p, line), *p;
	int number = 1;

	assert_non_null(at);
	for (p = yaml->p; p < at; p++)
		number += *p == '\n';
	(void)snprintf(out + strlen(out), n - strlen(out), "  line %d: field %s not found in type config.Config",
	    number, key);
}

#define UNPARSED "could not parse config: yaml: unmarshal errors:"

static void
leaves_out(const char *line, const char *key, const char *gone, const char *still)
{
	struct launcher_plan p = plan(), again = plan();
	struct base_buf yaml;
	char reason[256] = UNPARSED;

	base_buf_init(&yaml, 1u << 16);
	assert_ok(launcher_yaml_write(&p, 0, &yaml));
	assert_non_null(strstr(yaml.p, gone));
	refuse(&yaml, line, key, reason, sizeof reason);
	assert_int_equal(launcher_fit(&p, reason, &yaml), 1);
	assert_null(strstr(yaml.p, gone));
	assert_non_null(strstr(yaml.p, still));
	assert_int_equal(launcher_fit(&p, reason, &yaml), 0);
	/* A plan made anew for the same binary comes to the same text. */
	launcher_fit_carry(&p, &again);
	base_buf_clear(&yaml);
	assert_ok(launcher_yaml_write(&again, 0, &yaml));
	assert_null(strstr(yaml.p, gone));
	base_buf_free(&yaml);
}

static void
keys_that_can_be_missed(void **unused)
{
	(void)unused;
	leaves_out("  departure_timeout:", "departure_timeout", "departure_timeout", "\n  empty_timeout:");
	leaves_out("  filter_params:", "filter_params", "include_events", "\n  urls:\n");
	leaves_out("    include_events:", "include_events", "room_finished", "\nlogging:");
	leaves_out("limit:", "limit", "max_metadata_size", "\nturn:");
	leaves_out("logging:", "logging", "json", "\nwebhook:");
	leaves_out("redis:", "redis", "6379", "\nwebhook:");
	/* A name that stands elsewhere, too, goes where the line says. */
	leaves_out("  username:", "username", "username", "\n  password: \"p\"");
}

static void
a_relay_without_its_guard_is_off(void **unused)
{
	(void)unused;
	leaves_out("  deny_peer_cidrs:", "deny_peer_cidrs", "udp_port: 3478", "\n  stun_servers:");
}

static void
several_at_once(void **unused)
{
	struct launcher_plan p = plan();
	struct base_buf yaml;
	char reason[512] = UNPARSED;

	(void)unused;
	base_buf_init(&yaml, 1u << 16);
	assert_ok(launcher_yaml_write(&p, 0, &yaml));
	refuse(&yaml, "limit:", "limit", reason, sizeof reason);
	refuse(&yaml, "webhook:", "webhook", reason, sizeof reason);
	refuse(&yaml, "  auto_create:", "auto_create", reason, sizeof reason);
	assert_int_equal(launcher_fit(&p, reason, &yaml), 1);
	assert_int_equal(p.drops.n, 2);
	assert_null(strstr(yaml.p, "limit:"));
	assert_null(strstr(yaml.p, "auto_create"));
	assert_non_null(strstr(yaml.p, "webhook:"));
	base_buf_free(&yaml);
}

static void
what_is_left_to_the_fault(void **unused)
{
	static const char *const reasons[] = {
	    "",
	    "address already in use",
	    UNPARSED "  line 1: field port not found in type config.Config",
	    UNPARSED "  line 2: field keys not found in type config.Config",
	    UNPARSED "  line 3: field port not found in type config.Config",
	    UNPARSED "  line 4: cannot unmarshal !!str `x` into int",
	    UNPARSED "  line 999: field turn not found in type config.Config",
	    UNPARSED "  line -1: field turn not found in type config.Config",
	    UNPARSED "  line 5: field ",
	    "line 5: field",
	};
	struct launcher_plan p = plan();
	struct base_buf yaml;
	char reason[256] = UNPARSED;
	size_t i;

	(void)unused;
	base_buf_init(&yaml, 1u << 16);
	assert_ok(launcher_yaml_write(&p, 0, &yaml));
	for (i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		assert_int_equal(launcher_fit(&p, reasons[i], &yaml), 0);
	refuse(&yaml, "  urls:", "urls", reason, sizeof reason);
	assert_int_equal(launcher_fit(&p, reason, &yaml), 0);
	assert_int_equal(p.drops.n, 0);
	/* Somebody's own file is not ours to change. */
	refuse(&yaml, "turn:", "turn", reason, sizeof reason);
	p.static_path = "/livekit.yaml";
	assert_int_equal(launcher_fit(&p, reason, &yaml), 0);
	base_buf_free(&yaml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_that_can_be_missed),
	    cmocka_unit_test(a_relay_without_its_guard_is_off),
	    cmocka_unit_test(several_at_once),
	    cmocka_unit_test(what_is_left_to_the_fault),
	};

	base_log_threshold(LOG_LEVEL_NONE);
	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "livekit-launcher/probe.h"

static struct launcher_plan plan = {.port = 7880, .tcp_port = 7881, .udp_port = 7882,
    .turn = {.is_on = 1, .udp_port = 3478, .tls_port = 5349, .relay_start = 30000, .relay_end = 40000}};

static const char *
text(int answer)
{
	static char out[160];

	launcher_probe_text(&plan, answer << 8, out, sizeof out);
	return out;
}

static void
what_is_missing_is_named(void **unused)
{
	static const char *const want[] = {"TCP port 7880 (livekit.port)", "TCP port 7881 (livekit.tcpPort)",
	    "UDP port 7882 (livekit.udpPort)", NULL, "UDP port 3478 (livekit.turn.udpPort)",
	    "TCP port 5349 (livekit.turn.tlsPort)"};
	int i;

	(void)unused;
	for (i = 0; i < (int)(sizeof want / sizeof *want); i++)
		if (want[i] != NULL)
			assert_non_null(strstr(text(ANSWER_PORTLESS + i), want[i]));
	plan.static_path = "/etc/livekit.yaml";
	assert_non_null(strstr(text(ANSWER_PORTLESS + 1), "TCP port 7881 (the file in livekit.configPath)"));
	plan.static_path = NULL;
}

static void
other_answers(void **unused)
{
	char out[160];

	(void)unused;
	assert_non_null(strstr(text(ANSWER_SILENT), "does not answer"));
	assert_non_null(strstr(text(ANSWER_REFUSED), "livekit.apiSecret"));
	assert_non_null(strstr(text(ANSWER_PORTLESS + LAUNCHER_PLAN_PORTS), "was ended"));
	launcher_probe_text(&plan, 9, out, sizeof out); /* killed */
	assert_non_null(strstr(out, "was ended"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_missing_is_named), cmocka_unit_test(other_answers)};

	return RUN(tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ctl/findings.h"

#include "ctl/doctor/environment.h"

#define CHECK "environment.livekit-config"

static void
one(struct doctor_environment e, enum doctor_level level, const char *seen, const char *fix)
{
	struct doctor d;

	findings_open(&d);
	e.where = "process 7 (livekit-server)";
	doctor_environment_judge(&d, &e);
	assert_null(strstr(d.json.p, "hushhush"));
	findings_one(&d, level, CHECK, seen, fix);
	findings_close(&d);
}

static void
of_a_variable(void **state)
{
	struct doctor d;

	(void)state;
	one((struct doctor_environment){.value = ""}, DOCTOR_ERROR, "LIVEKIT_CONFIG is set and empty",
	    "write $$ for a $");
	one((struct doctor_environment){.value = " \n"}, DOCTOR_ERROR, "set and empty", "docker compose config");
	one((struct doctor_environment){.value = "${CONFIG}"}, DOCTOR_ERROR, "the name of a variable", "$$");
	one((struct doctor_environment){.value = "port: [ # hushhush"}, DOCTOR_ERROR, "is not YAML: line 2",
	    "entrypoint");
	one((struct doctor_environment){.value = "just words"}, DOCTOR_ERROR, "is not YAML", "entrypoint");
	one((struct doctor_environment){.value = "keys: {a: hushhush}"}, DOCTOR_OK, "in YAML", "");
	one((struct doctor_environment){.value = "port: 1", .is_embedded = 1}, DOCTOR_WARNING, "doesn't pass it on",
	    "livekit.configPath");
	one((struct doctor_environment){.value = "", .is_embedded = 1}, DOCTOR_WARNING, "set and empty", "unset");
	findings_open(&d);
	doctor_environment_judge(&d, &(struct doctor_environment){.where = "here"});
	assert_int_equal(d.count[0] + d.count[1] + d.count[2], 0);
	findings_close(&d);
}

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
of_a_process(void **state)
{
	struct doctor d;

	(void)state;
	one((struct doctor_environment){.argv = ARGV("/livekit-server", "--config-body", "")}, DOCTOR_ERROR,
	    "--config-body is set and empty", "$$");
	one((struct doctor_environment){.argv = ARGV("/livekit-server", "--config-body")}, DOCTOR_ERROR, "empty", "$$");
	one((struct doctor_environment){.argv = ARGV("livekit-server", "--config-body=$X")}, DOCTOR_ERROR, "a variable",
	    "$$");
	one((struct doctor_environment){.argv = ARGV("livekit-server", "--config-body", "port:", "7880")}, DOCTOR_OK,
	    "--config-body", "");
	one((struct doctor_environment){.argv = ARGV("sh", "-c", "livekit-server --config-body \"$C\"")},
	    DOCTOR_WARNING, "a shell stands around", "entrypoint: [");
	one((struct doctor_environment){.argv = ARGV("/livekit-server"), .value = ""}, DOCTOR_ERROR, "set and empty",
	    "$$");
	/* What the launcher doesn't pass on is one thing; what a process has, has an effect. */
	one((struct doctor_environment){.argv = ARGV("/livekit-server"), .value = "", .is_embedded = 1}, DOCTOR_ERROR,
	    "set and empty", "$$");
	one((struct doctor_environment){.argv = ARGV("/livekit-server", "--config", "x"), .value = "port: 1"},
	    DOCTOR_WARNING, "beside --config", "one of the two");
	findings_open(&d);
	doctor_environment_judge(&d, &(struct doctor_environment){.argv = ARGV("livekit-server", "--config", "x")});
	assert_int_equal(d.count[0] + d.count[1] + d.count[2], 0);
	findings_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(of_a_variable), cmocka_unit_test(of_a_process)};

	return RUN(tests);
}

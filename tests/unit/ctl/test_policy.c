/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ctl/findings.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/doctor/elf.h"
#include "ctl/doctor/launcher.h"
#include "ctl/doctor/policy.h"
#include "ctl/doctor/ports.h"

static void
lifetimes_and_clock(void **state)
{
	struct doctor d;

	(void)state;
	findings_open(&d);
	doctor_policy_lifetime(&d, 59);
	findings_one(&d, DOCTOR_WARNING, "token.lifetime", "good for 59 s", "livekit.tokenTTL");
	doctor_policy_lifetime(&d, 60);
	findings_one(&d, DOCTOR_OK, "token.lifetime", "", "");
	doctor_policy_lifetime(&d, 21601);
	findings_one(&d, DOCTOR_WARNING, "token.lifetime", "can't take one back", "livekit.tokenTTL");
	doctor_policy_clock(&d, 1, 1000, "x", 1000);
	findings_one(&d, DOCTOR_OK, "clock.time", "keeps this machine's clock right", "");
	doctor_policy_clock(&d, -1, 0, "", 1000);
	findings_one(&d, DOCTOR_OK, "clock.time", "isn't behind our files", "");
	doctor_policy_clock(&d, 0, 1060, "x", 1000);
	findings_one(&d, DOCTOR_WARNING, "clock.time", "unsynchronised", "timedatectl");
	doctor_policy_clock(&d, 1, 1061, "/etc/x", 1000);
	findings_one(&d, DOCTOR_ERROR, "clock.time", "61 s behind the time of /etc/x", "timedatectl");
	findings_close(&d);
}

static void
lay(const char *root, const char *path, const char *text)
{
	char full[600];
	FILE *f;

	(void)snprintf(full, sizeof full, "%s/%s", root, path);
	f = fopen(full, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
containers(void **state)
{
	static const char *const files[] = {".dockerenv", "run/.containerenv", "run/systemd/container"};
	static const char *const folders[] = {"run", "run/systemd", "proc", "proc/1"};
	char root[] = "/tmp/bedrud-test-XXXXXX", path[600];
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(root));
	assert_false(doctor_policy_is_container(root)); /* process 1 can't be looked at */
	for (i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", root, folders[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	for (i = 0; i < 3; i++) {
		lay(root, files[i], "");
		assert_true(doctor_policy_is_container(root));
		(void)snprintf(path, sizeof path, "%s/%s", root, files[i]);
		assert_int_equal(unlink(path), 0);
		assert_false(doctor_policy_is_container(root));
	}
	lay(root, "proc/1/status", "Name:\tinit\nCapEff:\t0\nCapBnd:\t000001ffffffffff\n");
	assert_false(doctor_policy_is_container(root));
	lay(root, "proc/1/status", "Name:\tinit\nCapEff:\t0\nCapBnd:\t00000000a80425fb\n"); /* Docker's */
	assert_true(doctor_policy_is_container(root));
	(void)snprintf(path, sizeof path, "%s/proc/1/status", root);
	assert_int_equal(unlink(path), 0);
	for (i = 4; i > 0; i--) {
		(void)snprintf(path, sizeof path, "%s/%s", root, folders[i - 1]);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(rmdir(root), 0);
}

static void
timeouts(void **state)
{
	struct doctor d;

	(void)state;
	findings_open(&d);
	doctor_policy_rooms(&d, 300, 60);
	findings_one(&d, DOCTOR_OK, "rooms.timeouts", "300 s", "");
	doctor_policy_rooms(&d, 3601, 60);
	findings_one(&d, DOCTOR_WARNING, "rooms.timeouts", "3601 s", "livekit.emptyTimeout");
	doctor_policy_rooms(&d, 300, 86400);
	findings_one(&d, DOCTOR_WARNING, "rooms.timeouts", "86400 s", "livekit.departureTimeout");
	doctor_policy_rooms(&d, 300, 4);
	findings_one(&d, DOCTOR_WARNING, "rooms.timeouts", "4 s", "livekit.departureTimeout");
	findings_close(&d);
}

static void
port(struct doctor_port p, long livekit, enum doctor_level level, const char *check, const char *seen, const char *fix)
{
	struct doctor d;

	findings_open(&d);
	p.key = "livekit.tcpPort";
	p.what = "ICE/TCP";
	p.port = 7881;
	if (p.holder == NULL)
		p.holder = "";
	doctor_ports_judge(&d, &p, livekit);
	findings_one(&d, level, check, seen, fix);
	findings_close(&d);
}

static void
ports(void **state)
{
	static const char nginx[] = "process 4711 (nginx)";

	(void)state;
	port((struct doctor_port){0}, 0, DOCTOR_OK, "port.taken", "TCP port 7881 (ICE/TCP) is free", "");
	port((struct doctor_port){.is_udp = 1}, 12, DOCTOR_ERROR, "port.open", "nobody listens at UDP port 7881",
	    "restart");
	port((struct doctor_port){.is_bound = 1, .holder = nginx, .pid = 4711}, 0, DOCTOR_ERROR, "port.taken",
	    "in use by process 4711 (nginx)", "process 4711 (nginx) or set livekit.tcpPort");
	port((struct doctor_port){.is_bound = 1, .holder = nginx, .pid = 4711}, 12, DOCTOR_ERROR, "port.taken",
	    "process 4711 (nginx)", "livekit.tcpPort");
	port((struct doctor_port){.is_bound = 1, .holder = "process 12 (livekit-server)", .pid = 12}, 12, DOCTOR_OK,
	    "port.taken", "held by our LiveKit", "");
	port((struct doctor_port){.is_bound = 1}, 12, DOCTOR_OK, "port.taken", "may not look at", "");
	port((struct doctor_port){.is_bound = 1}, 0, DOCTOR_ERROR, "port.taken", "another program", "as root");
	port((struct doctor_port){.is_bound = 1}, -1, DOCTOR_OK, "port.taken", "is held by somebody we may not look at",
	    "");
	port((struct doctor_port){0}, -1, DOCTOR_OK, "port.taken", "is free", "");
}

static void
launcher(struct livekit_status s, enum err read, int alive, enum doctor_level level, const char *seen)
{
	struct doctor d;

	findings_open(&d);
	errno = EACCES;
	doctor_launcher_judge(&d, read, "/s/status", &s, alive, 1000);
	findings_one(&d, level, "launcher.state", seen, "");
	findings_close(&d);
}

static void
launcher_states(void **state)
{
	(void)state;
	launcher((struct livekit_status){0}, ERR_ABSENT, 0, DOCTOR_ERROR, "has never run");
	launcher((struct livekit_status){0}, ERR_ABSENT, 1, DOCTOR_OK, "hasn't said yet");
	launcher((struct livekit_status){0}, ERR_INPUT, 0, DOCTOR_ERROR, "/s/status, can't be read: it is none");
	launcher((struct livekit_status){0}, ERR_IO, 0, DOCTOR_WARNING, "we may not read /s/status");
	launcher(
	    (struct livekit_status){.state = "failed", .fault = "port 1"}, ERR_OK, 0, DOCTOR_ERROR, "gave up: port 1");
	launcher(
	    (struct livekit_status){.state = "stopped"}, ERR_OK, 0, DOCTOR_ERROR, "isn't running (it was stopped)");
	launcher((struct livekit_status){.state = "draining", .drain_until_s = 1030}, ERR_OK, 1, DOCTOR_WARNING,
	    "nobody new can join for up to 30 s");
	launcher((struct livekit_status){.state = "backing off", .fault = "it died", .since_s = 400}, ERR_OK, 1,
	    DOCTOR_WARNING, "isn't ready (backing off, for 10 minutes): it died");
	launcher((struct livekit_status){.state = "ready", .restarts = 3, .fault = "it died"}, ERR_OK, 1,
	    DOCTOR_WARNING, "3 times");
	launcher((struct livekit_status){.state = "ready", .version = "1.13.5", .livekit_pid = 12, .since_s = 1},
	    ERR_OK, -1, DOCTOR_OK, "LiveKit 1.13.5 is ready (process 12, for 16 minutes)");
}

static void
elf(unsigned machine, unsigned class, const char *on, const char *expected)
{
	unsigned char head[DOCTOR_ELF_HEADER] = {0x7f, 'E', 'L', 'F', (unsigned char)class, ELFDATA2LSB};
	char text[200];
	const char *problem;

	head[18] = (unsigned char)machine;
	head[19] = (unsigned char)(machine >> 8);
	problem = doctor_elf_problem(head, sizeof head, on, text, sizeof text);
	if (expected == NULL)
		assert_null(problem);
	else
		assert_string_equal(problem, expected);
}

static void
programs(void **state)
{
	static const struct {
		const char *bytes, *problem;
	} others[] = {{"#!/bin/sh", NULL}, {"", "an empty file"}, {"MZ\x90", "a program for Windows"},
	    {"\xcf\xfa\xed\xfe", "a program for macOS"}, {"\x1f\x8b\x08", "a gzip archive that must be unpacked first"},
	    {"Not Found", "no program (no ELF file and no script)"}};
	char text[200];
	size_t i;

	(void)state;
	elf(EM_X86_64, ELFCLASS64, "x86_64", NULL);
	elf(EM_386, ELFCLASS32, "x86_64", NULL);
	elf(EM_AARCH64, ELFCLASS64, "aarch64", NULL);
	elf(EM_AARCH64, ELFCLASS64, "x86_64", "a program for arm64 (aarch64), and this machine is x86_64");
	elf(EM_X86_64, ELFCLASS64, "aarch64", "a program for amd64 (x86_64), and this machine is aarch64");
	elf(EM_ARM, ELFCLASS32, "x86_64", "a program for 32-bit arm, and this machine is x86_64");
	elf(999, ELFCLASS64, "x86_64",
	    "a program for another machine (ELF machine 999, class 2), and this machine is x86_64");
	for (i = 0; i < sizeof others / sizeof others[0]; i++) {
		const char *problem = doctor_elf_problem(
		    (const unsigned char *)others[i].bytes, strlen(others[i].bytes), "x86_64", text, sizeof text);

		if (others[i].problem == NULL)
			assert_null(problem);
		else
			assert_string_equal(problem, others[i].problem);
	}
}

/* What a person reads. */
static void
lines_are_broken_at_blanks(void **state)
{
	struct base_buf b;

	(void)state;
	base_buf_init(&b, 4096);
	doctor_say_wrap("one two  three", 9, 0, &b);
	assert_string_equal(b.p, "one two three\n");
	base_buf_clear(&b);
	doctor_say_wrap("one two three", 9, 16, &b);
	assert_string_equal(b.p, "one two\n         three\n");
	base_buf_clear(&b);
	doctor_say_wrap("a-very-long-word-indeed b", 9, 16, &b);
	assert_string_equal(b.p, "a-very-long-word-indeed\n         b\n");
	base_buf_free(&b);
}

static void
control_bytes_are_written_out(void **state)
{
	struct doctor d;

	(void)state;
	findings_open(&d);
	doctor_warn(&d, "a.b", "say \x7f", "it says \"\033[2J\nerror: \xc2\x9b" "1m\xc3\xbc\"");
	/* Their backslash is JSON's to double. */
	findings_one(&d, DOCTOR_WARNING, "a.b", "\\\\x1b[2J\\\\x0aerror: \\\\xc2\\\\x9b1m\xc3\xbc", "say \\\\x7f");
	findings_close(&d);
}

static void
notices(struct doctor *d)
{
	doctor_ok(d, "a.b", "seen");
}

static void
a_run_has_an_end(void **state)
{
	struct doctor d;

	(void)state;
	findings_open(&d);
	assert_true(doctor_has_time(&d));
	d.end_ms = base_clock_mono_ms() + 100000;
	assert_true(doctor_has_time(&d));
	doctor_say_group(&d, "media", notices);
	findings_one(&d, DOCTOR_OK, "a.b", "seen", "");
	d.end_ms = base_clock_mono_ms();
	assert_false(doctor_has_time(&d));
	doctor_say_group(&d, "media", notices);
	findings_one(&d, DOCTOR_WARNING, "doctor.time", "media was not looked at", "run this again");
	findings_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lifetimes_and_clock),
	    cmocka_unit_test(containers),
	    cmocka_unit_test(timeouts),
	    cmocka_unit_test(ports),
	    cmocka_unit_test(launcher_states),
	    cmocka_unit_test(programs),
	    cmocka_unit_test(lines_are_broken_at_blanks),
	    cmocka_unit_test(control_bytes_are_written_out),
	    cmocka_unit_test(a_run_has_an_end),
	};

	return RUN(tests);
}

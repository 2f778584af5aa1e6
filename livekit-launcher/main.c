/* SPDX-License-Identifier: Apache-2.0 */
/*
 * livekit-launcher: makes LiveKit's configuration out of config.yaml, starts livekit-server and keeps it alive.
 */
#include <config.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "livekit-launcher/check.h"
#include "livekit-launcher/fault.h"
#include "base/notify.h"
#include "livekit-launcher/report.h"
#include "livekit-launcher/run.h"
#include "livekit-launcher/setup.h"
#include "livekit-launcher/statefile.h"
#include "livekit-launcher/yaml.h"

enum mode { MODE_RUN, MODE_PRINT, MODE_CHECK, MODE_STATUS };

#define YAML_CEILING (1u << 20)

static const char usage[] =
    "usage: livekit-launcher [--config FILE] [--print-config | --check | --status]\n"
    "\n"
    "Starts livekit-server as config.yaml says and keeps it alive until a signal stops it.\n"
    "\n"
    "  --config FILE    the configuration; else $BEDRUD_CONFIG, $CONFIG_PATH, " SYSCONFDIR "/bedrud/config.yaml\n"
    "  --print-config   print the configuration made for LiveKit, its secret masked, and leave\n"
    "  --check          ask livekit-server whether it accepts that configuration, and leave\n"
    "  --status         print how the launcher of that configuration and its LiveKit are, and leave: 0 if ready\n"
    "  --help           print this and leave\n"
    "  --version        print the version and leave\n";

static int
print_config(const struct launcher_plan *p)
{
	struct base_buf yaml;
	enum err e;

	if (p->static_path != NULL)
		return printf("# LiveKit runs with %s as it is (livekit.configPath): nothing is generated\n",
			   p->static_path) < 0 || fflush(stdout) != 0 ? 75 : 0;
	base_buf_init(&yaml, YAML_CEILING);
	e = launcher_yaml_write(p, 1, &yaml);
	if (e == ERR_OK && (fwrite(yaml.p, 1, yaml.n, stdout) != yaml.n || fflush(stdout) != 0))
		e = base_log_err(ERR_IO, "unable to write the configuration to standard output");
	base_buf_free(&yaml);
	return launcher_setup_exit_code(e);
}

/* Notes the last error, on its way to the log. */
static void
keep_error(void *last, enum base_log_level level, const char *text)
{
	if (level == LOG_LEVEL_ERROR)
		(void)snprintf(last, LAUNCHER_FAULT_TEXT, "%s", text);
	base_log_divert(NULL, NULL);
	base_log(level, "%s", text);
	base_log_divert(keep_error, last);
}

/* All that can be found wrong before LiveKit is started; others are told as well. Returns the exit code. */
static int
prepare(struct launcher_setup *s)
{
	char last[LAUNCHER_FAULT_TEXT] = "";
	int code;

	base_log_divert(keep_error, last);
	code = launcher_setup_exit_code(launcher_setup_make(s, NULL, 0));
	if (code == 0 && s->plan.static_path != NULL)
		code = launcher_check_text(&s->plan, s->binary, &s->yaml);
	base_log_divert(NULL, NULL);
	if (code != 0)
		launcher_tell_failed(s->conf, last);
	return code;
}

static int
run(const char *file, struct launcher_setup *s)
{
	struct launcher_statefile place;
	sigset_t reload;
	int code;

	/* What is asked for while a name is being looked up is done after the start; it isn't our end. */
	(void)sigemptyset(&reload);
	(void)sigaddset(&reload, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &reload, NULL);
	code = launcher_setup_exit_code(launcher_statefile_open(s->conf, &place));
	if (code == 0)
		code = prepare(s);
	if (code == 0) {
		launcher_run_block_signals();
		code = launcher_run(file, s, &place);
	}
	launcher_statefile_close(&place);
	return code;
}

static int
serve(const char *file, struct launcher_setup *s, enum mode mode)
{
	enum err e;

	if (!conf_livekit_embedded(s->conf)) {
		base_log(LOG_LEVEL_INFO,
		    "LiveKit is run by somebody else: %s; there is nothing to do", conf_livekit_decider(s->conf));
		if (mode == MODE_RUN) /* a service that ends without it has failed, and would be started again */
			base_notify_send("READY=1\nSTATUS=LiveKit is run by somebody else");
		return 0;
	}
	if (mode == MODE_STATUS)
		return launcher_report(s->conf);
	if (mode == MODE_PRINT) {
		e = launcher_plan_make(s->conf, NULL, &s->plan);
		return e != ERR_OK ? launcher_setup_exit_code(e) : print_config(&s->plan);
	}
	if (mode == MODE_RUN)
		return run(file, s);
	e = launcher_setup_make(s, NULL, 0);
	return e != ERR_OK ? launcher_setup_exit_code(e) : launcher_check(&s->plan, s->binary, &s->yaml);
}

static int
with_config(const char *file, enum mode mode)
{
	int is_quiet = mode == MODE_PRINT || mode == MODE_STATUS;
	struct launcher_setup s;
	enum err e = launcher_setup_load(file, is_quiet ? LAUNCHER_SETUP_QUIET : 0, &s);
	int code = e != ERR_OK ? launcher_setup_exit_code(e) : serve(file, &s, mode);

	launcher_setup_free(&s);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"print-config", no_argument, NULL, 'p'},
	    {"check", no_argument, NULL, 'k'},
	    {"status", no_argument, NULL, 's'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {NULL, 0, NULL, 0},
	};
	const char *file = NULL;
	enum mode mode = MODE_RUN;
	int o;

	base_log_program("livekit-launcher");
	base_mem_forbid_core();
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'c':
			file = optarg;
			break;
		case 'p':
			mode = MODE_PRINT;
			break;
		case 'k':
			mode = MODE_CHECK;
			break;
		case 's':
			mode = MODE_STATUS;
			break;
		case 'h':
			return fputs(usage, stdout) < 0 || fflush(stdout) != 0 ? 75 : 0;
		case 'v':
			return printf("livekit-launcher (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION) < 0 ? 75 : 0;
		default:
			(void)fputs(usage, stderr);
			return 64;
		}
	}
	if (optind < argc) {
		(void)fputs(usage, stderr);
		return 64;
	}
	return with_config(file, mode);
}

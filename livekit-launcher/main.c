/* SPDX-License-Identifier: Apache-2.0 */
/*
 * livekit-launcher: makes LiveKit's configuration out of config.yaml, starts livekit-server and keeps it alive.
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "livekit-launcher/binary.h"
#include "livekit-launcher/check.h"
#include "livekit-launcher/plan.h"
#include "livekit-launcher/run.h"
#include "livekit-launcher/statefile.h"
#include "livekit-launcher/yaml.h"
#include "livekit/address.h"

enum mode { MODE_RUN, MODE_PRINT, MODE_CHECK };

#define YAML_CEILING (1u << 20)

static const char usage[] =
    "usage: livekit-launcher [--config FILE] [--print-config | --check]\n"
    "\n"
    "Starts livekit-server as config.yaml says and keeps it alive until a signal stops it.\n"
    "\n"
    "  --config FILE    the configuration; else $BEDRUD_CONFIG, $CONFIG_PATH, " SYSCONFDIR "/bedrud/config.yaml\n"
    "  --print-config   print the configuration made for LiveKit, its secret masked, and leave\n"
    "  --check          ask livekit-server whether it accepts that configuration, and leave\n"
    "  --help           print this and leave\n"
    "  --version        print the version and leave\n";

static int
exit_code(enum err e)
{
	if (e == ERR_OK)
		return 0;
	return e == ERR_CONFIG || e == ERR_INPUT || e == ERR_ABSENT ? 78 : 75;
}

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
	return exit_code(e);
}

/* Where media will go, and whether that is where participants can send it. */
static void
say_node_ip(const struct launcher_plan *p)
{
	const struct launcher_nodeip *n = &p->node;
	const char *key = p->static_path == NULL ? "livekit.nodeIP" : "its rtc.node_ip";
	const char *kind = livekit_address_kind(n->text);
	int is_public;

	if (kind == NULL)
		return; /* LiveKit is to find it, as a static file has it */
	is_public = strcmp(kind, "public") == 0;
	base_log(LOG_LEVEL_INFO, "clients send their media to %s (%s)", n->text, n->rule);
	if (n->is_loopback)
		base_log(LOG_LEVEL_WARN,
		    "%s is a loopback address: only browsers on this machine can take part; set %s",
		    n->text, key);
	else if (!is_public)
		base_log(LOG_LEVEL_INFO,
		    "%s is a %s address: participants in other networks can't reach it; for them set %s to the public "
		    "address of this machine",
		    n->text, kind, key);
}

static void
say_turn(const struct launcher_turn *t)
{
	if (t->is_on)
		base_log(LOG_LEVEL_INFO, "media is relayed for %s at UDP port %d%s", t->domain, t->udp_port,
		    t->tls_port == 0 ? "" : " and over TLS");
	if (*t->note != '\0')
		base_log(LOG_LEVEL_INFO, "%s", t->note);
}

static int
run(const struct conf *c, struct launcher_plan *p, const char *binary, struct base_buf *yaml)
{
	struct launcher_statefile place;
	int code = 0;

	if (p->static_path != NULL) {
		base_log(LOG_LEVEL_INFO, "LiveKit runs with %s as it is (livekit.configPath)", p->static_path);
		code = launcher_check_text(p, binary, yaml);
	}
	if (code != 0)
		return code;
	launcher_run_block_signals();
	code = exit_code(launcher_statefile_open(c, &place));
	if (code == 0) {
		say_node_ip(p);
		say_turn(&p->turn);
		code = launcher_run(p, binary, &place, yaml);
	}
	launcher_statefile_close(&place);
	return code;
}

static int
serve(const struct conf *c, enum mode mode)
{
	struct launcher_plan p;
	struct base_buf yaml;
	char binary[PATH_MAX];
	enum err e = launcher_plan_make(c, &p);
	int code;

	if (e != ERR_OK || mode == MODE_PRINT)
		return e != ERR_OK ? exit_code(e) : print_config(&p);
	base_buf_init(&yaml, YAML_CEILING);
	e = launcher_yaml_text(&p, &yaml);
	if (e == ERR_OK)
		e = launcher_binary_find(conf_str(c, CONF_livekit_binary), binary);
	if (e != ERR_OK)
		code = exit_code(e);
	else
		code = mode == MODE_CHECK ? launcher_check(&p, binary, &yaml) : run(c, &p, binary, &yaml);
	if (yaml.p != NULL)
		base_mem_wipe(yaml.p, yaml.n);
	base_buf_free(&yaml);
	return code;
}

static int
with_config(const char *file, enum mode mode)
{
	enum base_log_level level;
	struct base_buf problems;
	struct conf *c;
	enum err e;
	int code;

	base_buf_init(&problems, 64u << 10);
	e = conf_load(conf_path(file), mode == MODE_PRINT ? CONF_QUIET : 0, &problems, &c);
	if (e != ERR_OK) {
		(void)fputs(
		    problems.p == NULL ? "livekit-launcher: unable to read the configuration\n" : problems.p, stderr);
		base_buf_free(&problems);
		return exit_code(e);
	}
	base_buf_free(&problems);
	if (base_log_level_parse(conf_str(c, CONF_logger_level), &level) == ERR_OK && level <= LOG_LEVEL_INFO)
		base_log_threshold(level);
	if (!conf_livekit_embedded(c)) {
		base_log(LOG_LEVEL_INFO,
		    "LiveKit is run by somebody else: %s; there is nothing to do", conf_livekit_decider(c));
		code = 0;
	} else {
		code = serve(c, mode);
	}
	conf_free(c);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"print-config", no_argument, NULL, 'p'},
	    {"check", no_argument, NULL, 'k'},
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

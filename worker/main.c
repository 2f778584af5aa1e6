/* SPDX-License-Identifier: Apache-2.0 */
/* bedrud-worker: jobs, reconciling, tidying up. As a service, or with --once from cron. */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "worker/rights.h"
#include "worker/worker.h"

enum { EXIT_USAGE = 64, EXIT_TEMPORARY = 75, EXIT_CONFIG = 78 };

static const char usage[] =
    "usage: bedrud-worker [--config FILE] [--once [--migrate]]\n"
    "\n"
    "Does what isn't anybody's request: queued jobs, LiveKit's truth into the database, tidying up. Runs until a\n"
    "signal stops it. Several may run.\n"
    "\n"
    "  --config FILE    the configuration; else $BEDRUD_CONFIG, $CONFIG_PATH, " SYSCONFDIR "/bedrud/config.yaml\n"
    "  --once           do all that is due now, and leave: for cron\n"
    "  --migrate        make the database first, or bring it to this version\n"
    "  --help           print this and leave\n"
    "  --version        print the version and leave\n";

#define BOTH (STORE_READ | STORE_WRITE)
const struct store_right worker_rights[] = {
    {"jobs", BOTH}, {"job_leases", BOTH}, {"duties", BOTH}, {"webhooks", BOTH}, {"webhook_results", BOTH},
    {"rooms", BOTH}, {"room_participants", BOTH}, {"room_permissions", BOTH}, {"room_standing", BOTH},
    {"room_invitations", BOTH}, {"suspensions", BOTH}, {"knocks", BOTH}, {"shut_addresses", BOTH}, {"bans", BOTH},
    {"admissions", BOTH}, {"seats", BOTH}, {"live_rooms", BOTH}, {"webhook_inbox", BOTH}, {"rate_limits", BOTH},
    {"users", BOTH}, {"sessions", BOTH}, {"blocked_refresh_tokens", BOTH}, {"blocked_access_tokens", BOTH},
    {"passkeys", BOTH}, {"user_preferences", BOTH}, {"verification_events", BOTH}, {"recordings", BOTH},
    {"recording_facts", BOTH},
    {"system_settings", STORE_READ}, {NULL, 0},
};

struct options {
	const char *file;
	int once, migrate;
};

static enum err
load(const struct options *o, struct worker_process *p, struct conf **c)
{
	enum base_log_level level;
	struct base_buf problems;
	const char *secret;
	enum err e;

	base_buf_init(&problems, LIMIT_CONFIG);
	e = conf_load(conf_path(o->file), o->once ? CONF_QUIET : 0, &problems, c);
	if (problems.n > 0)
		(void)fputs(problems.p, stderr);
	else if (e != ERR_OK)
		base_log(LOG_LEVEL_ERROR, "unable to read the configuration: %s", base_err_name(e));
	base_buf_free(&problems);
	if (e != ERR_OK)
		return e;
	p->conf = *c;
	if (base_log_level_parse(conf_str(*c, CONF_logger_level), &level) == ERR_OK)
		base_log_threshold(level);
	if (conf_livekit_api(*c, p->livekit_url, sizeof p->livekit_url) != ERR_OK)
		p->livekit_url[0] = '\0';
	secret = conf_str(*c, CONF_livekit_apiSecret);
	return secret[0] == '\0' ? ERR_OK : base_jwt_key_new(secret, strlen(secret), &p->livekit_key);
}

/* Host names repeat between containers, and process numbers after a restart. */
static void
name_holder(struct worker_process *p)
{
	char host[32] = "", life[17];

	(void)gethostname(host, sizeof host - 1);
	base_random_hex(life, 8);
	(void)snprintf(p->holder, sizeof p->holder, "%s/%ld/%s", host, (long)getpid(), life);
}

static int
with_options(const struct options *o)
{
	struct worker_process p = {.once = o->once};
	struct conf *c = NULL;
	enum err e = load(o, &p, &c);
	int code;

	name_holder(&p);
	if (e == ERR_OK && o->migrate)
		e = store_migrate(conf_str(c, CONF_database_path), NULL, NULL);
	if (e == ERR_OK)
		code = worker_run(&p);
	else
		code = e == ERR_CONFIG || e == ERR_CONFLICT || e == ERR_ABSENT ? EXIT_CONFIG : EXIT_TEMPORARY;
	base_jwt_key_free(p.livekit_key);
	conf_free(c);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"once", no_argument, NULL, 'o'},
	    {"migrate", no_argument, NULL, 'm'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {NULL, 0, NULL, 0},
	};
	struct options given = {0};
	int o;

	base_log_program("bedrud-worker");
	base_mem_forbid_core();
	base_mem_tune();
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'c':
			given.file = optarg;
			break;
		case 'o':
			given.once = 1;
			break;
		case 'm':
			given.migrate = 1;
			break;
		case 'h':
			return fputs(usage, stdout) < 0 || fflush(stdout) != 0 ? EXIT_TEMPORARY : 0;
		case 'v':
			return printf("bedrud-worker (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION) < 0 ? EXIT_TEMPORARY
												    : 0;
		default:
			(void)fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return with_options(&given);
}

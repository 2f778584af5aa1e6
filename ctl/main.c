/* SPDX-License-Identifier: Apache-2.0 */
/* bedrudctl: the administrator's command line. The subcommands, their options, and how one is found. */
#include "ctl/ctl.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "config.h"

static const struct command {
	const char *area, *verb;	/* verb NULL: the area alone is the command */
	int (*run)(const struct ctl *ctl);
	unsigned takes;
	const char *options, *help;
} commands[] = {
    {"config", "check", ctl_config_check, 0, "", "say whether the configuration is good, and what is wrong with it"},
    {"config", "show", ctl_config_show, 0, "", "print the values in effect and where each comes from"},
    {"config", "keys", ctl_config_keys, CTL_OPT_MAN, " [--man]", "print every key with type, default and meaning"},
    {"db", "migrate", ctl_db_migrate, 0, "", "make the database, or bring it to this version"},
    {"db", "status", ctl_db_status, 0, "", "print the database's version"},
    {"user", "create", ctl_user_create, CTL_OPT_EMAIL | CTL_OPT_NAME | CTL_OPT_ADMIN | CTL_OPT_PASSWORD_FILE,
	" --email ADDRESS --name NAME [--admin] --password-file FILE", "make an account; FILE - is standard input"},
    {"egress", "config", ctl_egress_config, CTL_OPT_OUTPUT, " --output FILE",
	"write the configuration of LiveKit's egress worker, which records; bedrud-recording(7)"},
    {"doctor", NULL, ctl_doctor, CTL_OPT_LIVEKIT_CONFIG | CTL_OPT_STORE | CTL_OPT_LAST,
	" [--livekit-config FILE] [--store] | --last",
	"examine the whole installation; each finding with its fix. Exit codes: 0 good, 1 warnings, 2 errors"},
};

#define N_COMMANDS (sizeof commands / sizeof *commands)

enum { OPT_CONFIG = 256, OPT_JSON, OPT_HELP, OPT_VERSION, OPT_OF_COMMAND };

/* Those of the subcommands stand after OPT_OF_COMMAND, by bit. */
static const struct option options[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {"man", no_argument, NULL, OPT_OF_COMMAND + CTL_OPT_MAN},
    {"email", required_argument, NULL, OPT_OF_COMMAND + CTL_OPT_EMAIL},
    {"name", required_argument, NULL, OPT_OF_COMMAND + CTL_OPT_NAME},
    {"admin", no_argument, NULL, OPT_OF_COMMAND + CTL_OPT_ADMIN},
    {"password-file", required_argument, NULL, OPT_OF_COMMAND + CTL_OPT_PASSWORD_FILE},
    {"output", required_argument, NULL, OPT_OF_COMMAND + CTL_OPT_OUTPUT},
    {"livekit-config", required_argument, NULL, OPT_OF_COMMAND + CTL_OPT_LIVEKIT_CONFIG},
    {"store", no_argument, NULL, OPT_OF_COMMAND + CTL_OPT_STORE},
    {"last", no_argument, NULL, OPT_OF_COMMAND + CTL_OPT_LAST},
    {NULL, 0, NULL, 0},
};

static int
help(void)
{
	printf("usage: bedrudctl [--config FILE] [--json] COMMAND\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %s%s%s%s\n        %s\n", commands[i].area, commands[i].verb != NULL ? " " : "",
		    commands[i].verb != NULL ? commands[i].verb : "", commands[i].options, commands[i].help);
	printf("\nThe configuration is FILE, else $BEDRUD_CONFIG, else $CONFIG_PATH, else %s/bedrud/config.yaml.\n"
	       "Exit codes: 0 done, 64 usage, 75 temporary failure, 78 configuration.\n",
	    SYSCONFDIR);
	return CTL_DONE;
}

static int
version(void)
{
	printf("bedrudctl %s\n", PACKAGE_VERSION);
	return CTL_DONE;
}

/* Reads the options, wherever they stand. 0, or -1 after a complaint; *asked is OPT_HELP, OPT_VERSION or 0. */
static int
read_options(int argc, char **argv, struct ctl *ctl, int *asked)
{
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return -1;
		if (o > OPT_OF_COMMAND)
			ctl->given |= (unsigned)(o - OPT_OF_COMMAND);
		if (o == OPT_CONFIG)
			ctl->config = optarg;
		else if (o == OPT_JSON)
			ctl->json = 1;
		else if (o == OPT_HELP || o == OPT_VERSION)
			*asked = o;
		else if (o == OPT_OF_COMMAND + CTL_OPT_EMAIL)
			ctl->email = optarg;
		else if (o == OPT_OF_COMMAND + CTL_OPT_NAME)
			ctl->name = optarg;
		else if (o == OPT_OF_COMMAND + CTL_OPT_PASSWORD_FILE)
			ctl->password_file = optarg;
		else if (o == OPT_OF_COMMAND + CTL_OPT_OUTPUT)
			ctl->output = optarg;
		else if (o == OPT_OF_COMMAND + CTL_OPT_LIVEKIT_CONFIG)
			ctl->livekit_config = optarg;
	}
	return 0;
}

/* By its words, of which there are n. */
static const struct command *
find(char *const *words, int n)
{
	for (size_t i = 0; n > 0 && i < N_COMMANDS; i++)
		if (strcmp(commands[i].area, words[0]) == 0 && n == (commands[i].verb != NULL ? 2 : 1) &&
		    (n == 1 || strcmp(commands[i].verb, words[1]) == 0))
			return &commands[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct command *command;
	struct ctl ctl = {0};
	int asked = 0;

	base_log_program("bedrudctl");
	base_mem_forbid_core();
	/* Whoever types a command wants every reason, those too that a server keeps to itself. */
	base_log_threshold(LOG_LEVEL_DEBUG);
	if (read_options(argc, argv, &ctl, &asked) != 0) {
		fprintf(stderr, "bedrudctl: try --help\n");
		return CTL_USAGE;
	}
	if (asked != 0)
		return asked == OPT_HELP ? help() : version();
	command = find(argv + optind, argc - optind);
	if (command == NULL) {
		fprintf(
		    stderr, "bedrudctl: %s: try --help\n", argc == optind ? "a command is needed" : "no such command");
		return CTL_USAGE;
	}
	if ((ctl.given & ~command->takes) != 0) {
		fprintf(stderr, "bedrudctl: %s%s%s takes only:%s --config --json\n", command->area,
		    command->verb != NULL ? " " : "", command->verb != NULL ? command->verb : "", command->options);
		return CTL_USAGE;
	}
	return command->run(&ctl);
}

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
    {"room", "list", ctl_room_list, 0, "", "print the rooms that are open or suspended"},
    {"room", "info", ctl_room_info, CTL_OPT_NAME, " --name ROOM", "print one, and who is in"},
    {"room", "close", ctl_room_close, CTL_OPT_NAME, " --name ROOM", "end it: everybody is sent home"},
    {"room", "suspend", ctl_room_suspend, CTL_OPT_NAME | CTL_OPT_REASON, " --name ROOM [--reason TEXT]",
	"end it, and let nobody open it or another of its name"},
    {"room", "reactivate", ctl_room_reactivate, CTL_OPT_NAME, " --name ROOM", "open it again, for a day"},
    {"room", "kick", ctl_room_kick, CTL_OPT_NAME | CTL_OPT_IDENTITY, " --name ROOM --identity IDENTITY",
	"send somebody out of it"},
    {"jobs", NULL, ctl_jobs, 0, "", "print the queue of bedrud-worker, and when it last did what"},
    {"jobs", "retry", ctl_jobs_retry, CTL_OPT_ID, " --id JOB", "begin a failed job anew"},
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
    {"identity", required_argument, NULL, OPT_OF_COMMAND + CTL_OPT_IDENTITY},
    {"reason", required_argument, NULL, OPT_OF_COMMAND + CTL_OPT_REASON},
    {"id", required_argument, NULL, OPT_OF_COMMAND + CTL_OPT_ID},
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

/* Where the argument of a subcommand's option goes; NULL: it has none. */
static const char **
place(struct ctl *ctl, int bit)
{
	switch (bit) {
	case CTL_OPT_EMAIL:
		return &ctl->email;
	case CTL_OPT_NAME:
		return &ctl->name;
	case CTL_OPT_PASSWORD_FILE:
		return &ctl->password_file;
	case CTL_OPT_OUTPUT:
		return &ctl->output;
	case CTL_OPT_LIVEKIT_CONFIG:
		return &ctl->livekit_config;
	case CTL_OPT_IDENTITY:
		return &ctl->identity;
	case CTL_OPT_REASON:
		return &ctl->reason;
	case CTL_OPT_ID:
		return &ctl->id;
	default:
		return NULL;
	}
}

/* Reads the options, wherever they stand. 0, or -1 after a complaint; *asked is OPT_HELP, OPT_VERSION or 0. */
static int
read_options(int argc, char **argv, struct ctl *ctl, int *asked)
{
	const char **to;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return -1;
		if (o == OPT_CONFIG) {
			ctl->config = optarg;
		} else if (o == OPT_JSON) {
			ctl->json = 1;
		} else if (o == OPT_HELP || o == OPT_VERSION) {
			*asked = o;
		} else {
			ctl->given |= (unsigned)(o - OPT_OF_COMMAND);
			if ((to = place(ctl, o - OPT_OF_COMMAND)) != NULL)
				*to = optarg;
		}
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

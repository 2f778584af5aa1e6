/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bedrudctl: what its subcommands share. A subcommand is a file of its own with one function; main.c has the table.
 * Results go to standard output (a JSON object with --json), complaints to standard error. Nobody's secret goes to
 * either.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H
#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"

enum { CTL_DONE = 0, CTL_USAGE = 64, CTL_TEMPORARY = 75, CTL_CONFIG = 78 };

/* Options, as bits: which of them a subcommand takes. --config, --json, --help and --version are for all. */
enum {
	CTL_OPT_MAN = 1 << 0,
	CTL_OPT_EMAIL = 1 << 1,
	CTL_OPT_NAME = 1 << 2,
	CTL_OPT_ADMIN = 1 << 3,
	CTL_OPT_PASSWORD_FILE = 1 << 4,
	CTL_OPT_LIVEKIT_CONFIG = 1 << 5,
	CTL_OPT_STORE = 1 << 6,
	CTL_OPT_LAST = 1 << 7,
	CTL_OPT_OUTPUT = 1 << 8,
	CTL_OPT_IDENTITY = 1 << 9,
	CTL_OPT_REASON = 1 << 10,
	CTL_OPT_ID = 1 << 11,
};

struct ctl {
	const char *config;		/* --config, or NULL */
	const char *email, *name, *password_file;
	const char *livekit_config;	/* --livekit-config, or NULL */
	const char *output;		/* --output, or NULL */
	const char *identity, *reason, *id;	/* or NULL */
	unsigned given;			/* CTL_OPT_… */
	int json;
};

/* Each returns the program's exit code. */
int ctl_config_check(const struct ctl *ctl);
int ctl_config_show(const struct ctl *ctl);
int ctl_config_keys(const struct ctl *ctl);
int ctl_db_migrate(const struct ctl *ctl);
int ctl_db_status(const struct ctl *ctl);
int ctl_user_create(const struct ctl *ctl);
int ctl_egress_config(const struct ctl *ctl);
int ctl_room_list(const struct ctl *ctl);
int ctl_room_info(const struct ctl *ctl);
int ctl_room_close(const struct ctl *ctl);
int ctl_room_suspend(const struct ctl *ctl);
int ctl_room_reactivate(const struct ctl *ctl);
int ctl_room_kick(const struct ctl *ctl);
int ctl_jobs(const struct ctl *ctl);
int ctl_jobs_retry(const struct ctl *ctl);
int ctl_doctor(const struct ctl *ctl);		/* 0 all well, 1 a warning, 2 an error; else as the others */

/* The configuration, checked; complaints go to standard error. An exit code, CTL_DONE with *c to free. */
int ctl_load(const struct ctl *ctl, unsigned flags, struct conf **c);

/* The exit code for a failure that has been logged. */
int ctl_code(enum err e);

/* Says what is wrong with what was asked for, as an error; ERR_INPUT. */
enum err ctl_refuse(const char *fmt, ...) BASE_PRINTF(1, 2);

/*
 * ctl_load(), then the path of the database, as whose owner we go on: ctl_owner_become(). When it isn't CTL_DONE there
 * is nothing to free.
 */
int ctl_load_database(const struct ctl *ctl, struct conf **c, const char **path);

/* Prints the buffer and a newline, frees it. CTL_TEMPORARY when memory or standard output failed. */
int ctl_print(struct base_buf *b);

#endif

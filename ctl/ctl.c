/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "ctl/owner.h"

int
ctl_code(enum err e)
{
	switch (e) {
	case ERR_OK:
		return CTL_DONE;
	case ERR_INPUT:
	case ERR_TOO_BIG:
		return CTL_USAGE;
	case ERR_CONFIG:
	case ERR_ABSENT:
	case ERR_CONFLICT:
		return CTL_CONFIG;
	default:
		return CTL_TEMPORARY;
	}
}

int
ctl_load(const struct ctl *ctl, unsigned flags, struct conf **c)
{
	struct base_buf problems;
	enum err e;

	base_buf_init(&problems, LIMIT_CONFIG);
	e = conf_load(conf_path(ctl->config), flags, &problems, c);
	if (problems.n > 0)
		fputs(problems.p, stderr);
	else if (e == ERR_NOMEM)
		base_log(LOG_LEVEL_ERROR, "no memory to read the configuration");
	base_buf_free(&problems);
	return ctl_code(e);
}

enum err
ctl_refuse(const char *fmt, ...)
{
	char text[LIMIT_LOG_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	base_log(LOG_LEVEL_ERROR, "%s", text);
	return ERR_INPUT;
}

int
ctl_load_database(const struct ctl *ctl, struct conf **c, const char **path)
{
	int code = ctl_load(ctl, CONF_QUIET, c);

	if (code != CTL_DONE)
		return code;
	*path = conf_str(*c, CONF_database_path);
	code = ctl_code(ctl_owner_become(*path));
	if (code != CTL_DONE)
		conf_free(*c);
	return code;
}

int
ctl_print(struct base_buf *b)
{
	int good = b->err == ERR_OK;

	if (!good)
		base_log(LOG_LEVEL_ERROR, "no memory for the answer");
	else if ((b->n > 0 && fputs(b->p, stdout) == EOF) || putchar('\n') == EOF || fflush(stdout) != 0)
		good = base_log_err(ERR_IO, "unable to write to standard output: %s", strerror(errno)) == ERR_OK;
	base_buf_free(b);
	return good ? CTL_DONE : CTL_TEMPORARY;
}

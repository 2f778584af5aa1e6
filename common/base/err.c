/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "base/log.h"

static const struct {
	const char *name;
	int status, retry, level;
	const char *text;
} kinds[ERR__MAX] = {
    [ERR_OK] = {"ok", 200, 0, LOG_LEVEL_DEBUG, "Done."},
    [ERR_INPUT] = {"input", 400, 0, LOG_LEVEL_DEBUG, "The request is not understood. Check what was sent."},
    [ERR_AUTH] = {"auth", 401, 0, LOG_LEVEL_DEBUG, "Sign in first."},
    [ERR_DENIED] = {"denied", 403, 0, LOG_LEVEL_DEBUG, "You may not do this."},
    [ERR_ABSENT] = {"absent", 404, 0, LOG_LEVEL_DEBUG, "There is no such thing here. Check the address."},
    [ERR_METHOD] = {"method", 405, 0, LOG_LEVEL_DEBUG, "This address does not take this method."},
    [ERR_GONE] = {"gone", 410, 0, LOG_LEVEL_DEBUG, "This is over."},
    [ERR_CONFLICT] = {"conflict", 409, 0, LOG_LEVEL_DEBUG, "Somebody else was first. Try again."},
    [ERR_LIMIT] = {"limit", 429, 1, LOG_LEVEL_DEBUG, "Too many requests. Wait a moment."},
    [ERR_TOO_BIG] = {"too-big", 413, 0, LOG_LEVEL_DEBUG, "The request is too large. Send less."},
    [ERR_BUSY] = {"busy", 503, 1, LOG_LEVEL_WARN, "The server is busy. Try again in a moment."},
    [ERR_PEER] = {"peer", 502, 1, LOG_LEVEL_WARN, "The meeting server does not answer. Try again in a moment."},
    [ERR_NOMEM] = {"nomem", 503, 1, LOG_LEVEL_ERROR, "The server is short of memory. Try again in a moment."},
    [ERR_IO] = {"io", 503, 1, LOG_LEVEL_ERROR, "The server can't reach its data. Try again in a moment."},
    [ERR_CONFIG] = {"config", 500, 0, LOG_LEVEL_ERROR,
		    "The server is not set up completely. Tell its administrator."},
    [ERR_BUG] = {"bug", 500, 0, LOG_LEVEL_ERROR, "The server made a mistake. Tell its administrator."},
};

/* A kind from outside the table is a bug of ours, and shows as one. */
static enum err
known(enum err e)
{
	return (unsigned)e < ERR__MAX ? e : ERR_BUG;
}

int
base_err_status(enum err e)
{
	return kinds[known(e)].status;
}

const char *
base_err_name(enum err e)
{
	return kinds[known(e)].name;
}

int
base_err_retry(enum err e)
{
	return kinds[known(e)].retry;
}

int
base_err_level(enum err e)
{
	return kinds[known(e)].level;
}

const char *
base_err_text(enum err e)
{
	return kinds[known(e)].text;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "base/log.h"

static const struct {
	const char *name;
	int status, retry, level;
	const char *text;
} kinds[ERR__MAX] = {
    [ERR_OK] = {"ok", 200, 0, LOG_LEVEL_DEBUG, "done"},
    [ERR_INPUT] = {"input", 400, 0, LOG_LEVEL_DEBUG, "the request is not understood"},
    [ERR_AUTH] = {"auth", 401, 0, LOG_LEVEL_DEBUG, "please sign in"},
    [ERR_DENIED] = {"denied", 403, 0, LOG_LEVEL_DEBUG, "you may not do this"},
    [ERR_ABSENT] = {"absent", 404, 0, LOG_LEVEL_DEBUG, "there is no such thing here"},
    [ERR_METHOD] = {"method", 405, 0, LOG_LEVEL_DEBUG, "this address does not take this method"},
    [ERR_GONE] = {"gone", 410, 0, LOG_LEVEL_DEBUG, "this is over"},
    [ERR_CONFLICT] = {"conflict", 409, 0, LOG_LEVEL_DEBUG, "somebody else was first"},
    [ERR_LIMIT] = {"limit", 429, 1, LOG_LEVEL_DEBUG, "too many requests: please wait a moment"},
    [ERR_TOO_BIG] = {"too-big", 413, 0, LOG_LEVEL_DEBUG, "the request is too large"},
    [ERR_BUSY] = {"busy", 503, 1, LOG_LEVEL_WARN, "the server is busy: please try again in a moment"},
    [ERR_PEER] = {"peer", 502, 1, LOG_LEVEL_WARN, "the meeting server does not answer: please try again in a moment"},
    [ERR_NOMEM] = {"nomem", 503, 1, LOG_LEVEL_ERROR, "the server is short of memory: please try again in a moment"},
    [ERR_IO] = {"io", 503, 1, LOG_LEVEL_ERROR, "the server can't reach its data: please try again in a moment"},
    [ERR_CONFIG] = {"config", 500, 0, LOG_LEVEL_ERROR,
		    "the server is not set up completely: please tell its administrator"},
    [ERR_BUG] = {"bug", 500, 0, LOG_LEVEL_ERROR, "the server made a mistake: please tell its administrator"},
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can go wrong, once for the whole house.
 *
 * Everything that can fail returns an enum err and is marked BASE_MUST_CHECK. One table (err.c) turns a kind into
 * an HTTP status, a log level and whether the sender should try again. LiveKit resends a webhook on 5xx and gives
 * up on 4xx, so that table is where it is decided whether an event may be lost.
 *
 * Detail is logged once, where it failed; the client gets a sentence through door_fail().
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define BASE_MUST_CHECK __attribute__((warn_unused_result))
#define BASE_PRINTF(f, a) __attribute__((format(printf, f, a)))

enum err {
	ERR_OK = 0,
	ERR_INPUT,	/* the request is malformed or out of range: 400 */
	ERR_AUTH,	/* nobody, or not who they say: 401 */
	ERR_DENIED,	/* known, but may not: 403 */
	ERR_ABSENT,	/* there is no such thing: 404 */
	ERR_METHOD,	/* the thing exists, the method doesn't: 405 */
	ERR_GONE,	/* it was there and is over: 410 */
	ERR_CONFLICT,	/* somebody else was first: 409 */
	ERR_LIMIT,	/* too often: 429 */
	ERR_TOO_BIG,	/* the body is beyond its ceiling: 413 */
	ERR_BUSY,	/* try again shortly (lock, draining, other schema version): 503 */
	ERR_PEER,	/* LiveKit or another server we depend on failed: 502 */
	ERR_NOMEM,	/* no memory, or an arena's ceiling: 503 */
	ERR_IO,		/* disk, database, pipe: 503 */
	ERR_CONFIG,	/* the operator must mend the configuration: 500 */
	ERR_BUG,	/* cannot happen: 500 */
	ERR__MAX
};

/* HTTP status for a kind; 200 for ERR_OK. */
int base_err_status(enum err e);

/* A short lower-case name ("denied") for logs and tests. Never NULL. */
const char *base_err_name(enum err e);

/* Whether the same request may succeed later without the sender changing it (1 or 0). */
int base_err_retry(enum err e);

/* Log level (enum base_log_level) a failure of this kind deserves. */
int base_err_level(enum err e);

/* The sentence used when nobody gave a better one. Never NULL. */
const char *base_err_text(enum err e);

#endif

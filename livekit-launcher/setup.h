/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From config.yaml to all that a start of LiveKit needs: configuration, plan, text, program. Read at our start and
 * again at SIGHUP; what stands in a setup never changes but for launcher_setup_renew().
 */
#ifndef LAUNCHER_SETUP_H
#define LAUNCHER_SETUP_H
#include <limits.h>
#include <sys/stat.h>
#include "base/buf.h"
#include "livekit-launcher/cert.h"
#include "livekit-launcher/plan.h"

struct launcher_setup {
	struct conf *conf;		/* owned; the plan borrows from it */
	struct launcher_plan plan;
	struct base_buf yaml;		/* LiveKit's configuration; wiped at the end */
	char binary[PATH_MAX];		/* livekit-server */
	struct stat program;		/* its file, as it was found: an upgrade replaces it */
};

enum { LAUNCHER_SETUP_QUIET = 1 };	/* no notes about keys without meaning */

/*
 * Loads config.yaml. ERR_CONFIG after its complaints went to standard error, ERR_NOMEM. Sets the log's threshold. Free
 * with launcher_setup_free(), also after a failure of what follows.
 */
enum err launcher_setup_load(const char *file, unsigned flags, struct launcher_setup *s) BASE_MUST_CHECK;

/*
 * Makes plan, text and program out of s->conf. What `old` (NULL = none) has learned about the same livekit-server is
 * taken over. turn_expires_s (0 = as fresh as can be) is when TURN credentials are to expire, so that two texts can be
 * compared. Errors as of their makers, all logged.
 */
enum err launcher_setup_make(struct launcher_setup *s, const struct launcher_setup *old,
    int64_t turn_expires_s) BASE_MUST_CHECK;

void launcher_setup_free(struct launcher_setup *s);

/* 1 if LiveKit would run alike: the same program with the same text. */
int launcher_setup_is_same(const struct launcher_setup *a, const struct launcher_setup *b);

/*
 * If LiveKit runs with TURN over TLS and the same files won't do now (lost, half copied, expired), and that is all that
 * `s` has for it: then s stays with TLS, so that the two are the same, and `why` says what is wrong. Else s is as it
 * was, and `why` "".
 */
void launcher_setup_keep_tls(
    struct launcher_setup *s, const struct launcher_setup *old, char why[LAUNCHER_CERT_TEXT]);

/*
 * Plans anew from the same configuration: the certificate is looked at again, the credentials are fresh. On failure
 * (logged) it stays as it was.
 */
void launcher_setup_renew(struct launcher_setup *s);

/* Where media goes, whether TURN is on, and what is odd about the program, into the log. */
void launcher_setup_say(const struct launcher_setup *s);

/* The exit code that a kind of failure before LiveKit's start is: 0, 75 or 78. */
int launcher_setup_exit_code(enum err e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What LiveKit reads once at its start and what gets old: the certificate of TURN over TLS, and the credentials of
 * rtc.turn_servers. Whether there is something new to start it with, and by when.
 */
#ifndef LAUNCHER_RENEW_H
#define LAUNCHER_RENEW_H
#include <sys/stat.h>
#include "livekit-launcher/cert.h"
#include "livekit-launcher/plan.h"

#define LAUNCHER_RENEW_CREDENTIALS_S (30 * INT64_C(86400)) /* of their life left: time for new ones */

struct launcher_renew {
	struct stat seen[2];		/* certificate and key, as they were looked at last */
	unsigned char used[32];		/* SHA-256 of what LiveKit was started with */
	unsigned char refused[32];	/* of what was found not to fit: said once */
	int64_t expires_s;		/* of the certificate that LiveKit uses, seconds since 1970; 0 = none */
};

enum launcher_news {
	NEWS_NONE,
	NEWS_CERTIFICATE,	/* other files, and they will do; or the same that wouldn't before */
	NEWS_UNFIT,		/* other files, and they won't: `text` says why. Once for the same files */
	NEWS_CREDENTIALS,	/* the credentials have little of their life left */
};

/* LiveKit is being started with these files. */
void launcher_renew_note(struct launcher_renew *r, const struct launcher_turn *t);

/*
 * Looks: stat(2) only as long as nobody touched the files and LiveKit has TLS. now_s is in seconds since 1970.
 */
enum launcher_news launcher_renew_look(struct launcher_renew *r, const struct launcher_turn *t, int64_t now_s,
    char text[LAUNCHER_CERT_TEXT]);

/*
 * Seconds from now_s until calls are to be interrupted for the news: `patience_s`, or less when what is in use expires
 * before; never negative.
 */
int64_t launcher_renew_patience(const struct launcher_renew *r, const struct launcher_turn *t, enum launcher_news news,
    int64_t now_s, int64_t patience_s);

#endif

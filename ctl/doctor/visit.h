/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first steps to any peer, each a check of its own: PREFIX.dns, PREFIX.tcp, PREFIX.tls, PREFIX.certificate.
 */
#ifndef CTL_DOCTOR_VISIT_H
#define CTL_DOCTOR_VISIT_H
#include "ctl/doctor/doctor.h"
#include "ctl/doctor/http.h"
#include "ctl/doctor/net.h"
#include "ctl/doctor/refusal.h"
#include "ctl/doctor/url.h"
#include "livekit/token.h"

#define VISIT_DAY_S INT64_C(86400)
#define VISIT_SOON_S (14 * VISIT_DAY_S) /* certificates of 90 days are renewed 30 days ahead: two weeks are late */

struct visit {
	const char *prefix;	/* of the checks' names: "livekit" */
	const char *key;	/* of the configuration, where the address stands: for the fixes */
	const struct url *url;
	const char *start;	/* fix when nothing listens: what should be started, or where to look */
	int is_doubtful;	/* that nothing is reached may be due to where we stand: a warning, no error */
	const char *skip_key;	/* key that allows any certificate, NULL = none; what it says: */
	int skip_verify;
	int is_browser;		/* the certificate is judged as browsers do */
	const char *plain;	/* why the URL is one with TLS, when the key's value isn't; NULL = the key says so */
	const char *plain_fix;
	const char *tls_fix;	/* when no TLS is spoken there, instead of the general advice; NULL */
};

/*
 * Opens n and says what was seen at each step. ERR_OK: connected, to a peer whose certificate is trusted or needn't be.
 * ERR_PEER: the error has been said. The deadline is DOCTOR_TIMEOUT_MS for all of it, and starts anew after it.
 * net_close() in any case.
 */
enum err visit_open(struct doctor *d, const struct visit *v, struct net *n) BASE_MUST_CHECK;

/* Again, without a word: for a second request. ERR_PEER (n->why), also when the certificate isn't to be trusted. */
enum err visit_again(const struct visit *v, struct net *n) BASE_MUST_CHECK;

/*
 * Opens n and makes a signed call of LiveKit's API, as "livekit.RoomService/ListRooms", with an empty request. ERR_PEER
 * and ERR_NOMEM: n->why. net_close() in any case.
 */
enum err visit_call(struct doctor *d, const struct visit *v, enum livekit_power power, const char *method,
    struct net *n, struct http_answer *a) BASE_MUST_CHECK;

/* 1 if something accepts connections there; nothing is said. */
int visit_listens(const char *host, int port);

/*
 * 1 if TLS works at the address of a plain http or ws URL, where a request has failed: a server of TLS says so or hangs
 * up, but isn't silent. Nothing is said.
 */
int visit_speaks_tls(const struct url *u, const struct net *failed);

/* The fix of a refusal; NULL for REFUSAL_NONE. */
const char *visit_refusal_fix(struct doctor *d, enum refusal r);

/* Seconds that the clocks may differ before LiveKit refuses tokens: measured, see above. */
#define VISIT_SKEW_MOST_S 60

/* "2026-11-25", of seconds since 1970; in the arena of the run. */
const char *visit_day(struct doctor *d, int64_t s);

/* Says PREFIX.clock, by the Date of an answer that has just come. Nothing when it has none. */
void visit_clock(struct doctor *d, const char *prefix, const struct http_answer *a);

/*
 * Where people open the site: auth.frontendURL, else https://<server.domain>, else our web server on this machine. 1,
 * or 0 when that is no http(s) address.
 */
int visit_site(struct doctor *d, struct url *out);

#endif

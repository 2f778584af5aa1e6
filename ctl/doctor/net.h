/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to a peer that is being examined: name lookup, TCP, TLS, each failing by its own name, and everything
 * with a deadline. For the doctor only: what the responders need of LiveKit is common/livekit/'s.
 *
 * Certificates are judged by OpenSSL's default store (Debian's ca-certificates; SSL_CERT_FILE and SSL_CERT_DIR name
 * another one).
 */
#ifndef CTL_DOCTOR_NET_H
#define CTL_DOCTOR_NET_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define NET_TEXT 400

enum net_stage {
	NET_NAME,		/* the name could not be looked up */
	NET_CONNECT,		/* no TCP connection */
	NET_TLS,		/* no TLS: the peer doesn't speak it, or speaks no version of ours */
	NET_TRUST,		/* TLS works, and the certificate is not to be trusted: chain, name or time */
	NET_TALK,		/* connected; what was said or not said after that */
};

enum {
	NET_BAD_CHAIN = 1,	/* nobody whom we trust vouches for it: self-signed, own CA, or an incomplete chain */
	NET_BAD_NAME = 2,	/* it names somebody else */
	NET_BAD_TIME = 4,	/* expired, or not valid yet: it, or one of its chain */
	NET_BAD_OTHER = 8,
};

struct net_target {
	const char *host;	/* name, or address without brackets */
	int port;
	int is_tls;
	const char *server_name;	/* NULL = host: whom the certificate must name */
	int skip_verify;	/* go on over a certificate that isn't to be trusted; net.is_trusted tells */
};

struct net {
	int fd;				/* -1 = closed; non-blocking */
	void *tls;			/* SSL *, or NULL */
	enum net_stage stage;		/* how far it came */
	int is_silent;			/* the deadline has passed: connected, and no answer, no hang-up */
	int is_trusted;			/* the certificate chain, name and time are good (TLS only) */
	unsigned distrust;		/* NET_BAD_…: all that is wrong with the certificate (TLS only) */
	int64_t expires_s;		/* of the peer's certificate, seconds since 1970; 0 = unknown (TLS only) */
	int is_self_signed;		/* the chain ends in a certificate nobody here trusts (TLS only) */
	char address[64];		/* numeric address of the peer, with port */
	char trust[NET_TEXT];		/* a clause for people on why the certificate isn't to be trusted; "" */
	char why[NET_TEXT];		/* a clause for people: "connection refused by 127.0.0.1:7880" */
	int64_t deadline_ms;		/* monotonic */
	int timeout_ms;			/* what the deadline was made of, for `why` */
};

/*
 * Tries every address of the name until one connects. ERR_OK or ERR_PEER with stage and why (ERR_NOMEM: why, too).
 * Whatever comes back, net_close() may be called. Once called, a peer that hangs up is an error and no SIGPIPE.
 */
enum err net_open(struct net *n, const struct net_target *t, int timeout_ms) BASE_MUST_CHECK;

/* All n bytes. ERR_PEER (why). */
enum err net_write(struct net *n, const void *p, size_t size) BASE_MUST_CHECK;

/* One to `size` bytes into p, *got = 0 at the peer's end. ERR_PEER (why) also when the deadline has passed. */
enum err net_read(struct net *n, void *p, size_t size, size_t *got) BASE_MUST_CHECK;

/* Exactly `size` bytes. ERR_PEER when the peer ends before. */
enum err net_read_all(struct net *n, void *p, size_t size) BASE_MUST_CHECK;

/* Puts the deadline timeout_ms from now. */
void net_extend(struct net *n, int timeout_ms);

void net_close(struct net *n);

#endif

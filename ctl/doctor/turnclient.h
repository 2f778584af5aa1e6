/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of a TURN server (RFC 8656, long-term credentials of RFC 8489), as far as the doctor needs it: allocate,
 * permit a peer, say something to a peer through the relay, release. Over UDP, or over TCP and TLS by ctl/doctor/net.h.
 */
#ifndef CTL_DOCTOR_TURNCLIENT_H
#define CTL_DOCTOR_TURNCLIENT_H
#include "ctl/doctor/net.h"
#include "ctl/doctor/stun.h"

#define TURNCLIENT_WORD 764	/* realm and nonce: at most 763 bytes (RFC 8489 section 14.9) */

enum turnclient_scheme { TURNCLIENT_STUN, TURNCLIENT_TURN, TURNCLIENT_TURNS };

/* "turns:host:port?transport=tcp" (RFC 7064, RFC 7065), with what is left out filled in. */
struct turnclient_url {
	enum turnclient_scheme scheme;
	char host[256];			/* name or address, without brackets */
	int port;
	int is_tcp;			/* TCP or TLS */
};
enum err turnclient_url(const char *text, struct turnclient_url *out) BASE_MUST_CHECK;	/* ERR_INPUT */

struct turnclient {
	int fd;				/* UDP socket, or -1: net */
	struct net net;
	int timeout_ms;			/* of each exchange */
	char username[TURNCLIENT_WORD], realm[TURNCLIENT_WORD], nonce[TURNCLIENT_WORD];
	unsigned char key[STUN_KEY];
	int has_key;			/* the server has asked for credentials */
	unsigned char answer[STUN_MOST];	/* the last one */
	size_t n;
	int code;			/* STUN error code that the last request ended with, 0 = none */
	struct sockaddr_storage relayed;	/* ours at the relay */
	char address[STUN_ADDRESS_TEXT];	/* the server's */
	char why[NET_TEXT];		/* a clause for people */
};

/*
 * Connects, over TLS without regard to whether the certificate is good: net.is_trusted and net.trust tell. ERR_PEER
 * with why, and net.stage for TCP and TLS. turnclient_close() may be called whatever comes back; it wipes.
 */
enum err turnclient_open(struct turnclient *c, const struct turnclient_url *u, int timeout_ms) BASE_MUST_CHECK;

/* A relay address for UDP in `relayed`. ERR_PEER: why, and code when the server has answered with one. */
enum err turnclient_allocate(struct turnclient *c, const char *username, const char *password) BASE_MUST_CHECK;

/* Lets the peer send to us. ERR_PEER: why, and code 403 when the relay's rules forbid that peer. */
enum err turnclient_permit(struct turnclient *c, const struct sockaddr_storage *peer) BASE_MUST_CHECK;

/*
 * Sends a STUN request through the relay to a permitted peer (over UDP again and again) until its answer has come back:
 * in `answer`, n bytes. ERR_PEER: why.
 */
enum err turnclient_ask(struct turnclient *c, const struct sockaddr_storage *peer,
    const struct stun *request) BASE_MUST_CHECK;

/* Gives the allocation back. ERR_PEER: why; then the server forgets it after ten minutes. */
enum err turnclient_release(struct turnclient *c) BASE_MUST_CHECK;
void turnclient_close(struct turnclient *c);

#endif

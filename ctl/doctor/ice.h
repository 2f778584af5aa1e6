/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a media server can be reached where it says that it listens: ICE connectivity checks (RFC 8445 section 7)
 * over UDP and over TCP (RFC 6544, framed by RFC 4571). A check is signed with the password that the server gave over
 * signalling, and so is its answer: nobody else can give it. livekit-server answers no other STUN at its media
 * ports (measured on 1.13.5 and 1.11.0: a binding request without USERNAME, or with one that it doesn't know, gets
 * nothing over UDP and a closed connection over TCP), and ports of a range are bound only while somebody is in a room.
 */
#ifndef CTL_DOCTOR_ICE_H
#define CTL_DOCTOR_ICE_H
#include "ctl/doctor/stun.h"

#define ICE_WORD 257		/* ufrag and pwd: at most 256 characters (RFC 8839 section 5.4) */

struct ice_candidate {
	int is_tcp;
	struct sockaddr_storage address;
	char text[STUN_ADDRESS_TEXT];	/* the same for people */
	int is_answered;
	int took_ms;			/* until the answer */
	char why[100];			/* why not, a clause for people */
	int is_unroutable;		/* we have no route to such an address (no IPv6 here): nothing is known of it */
};

/* Who speaks: the two names and the server's password. */
struct ice_pair {
	char local[ICE_WORD], remote[ICE_WORD], password[ICE_WORD];
};

/*
 * Reads "candidate:FOUNDATION 1 udp PRIORITY ADDRESS PORT typ host …" (n bytes). ERR_INPUT; ERR_ABSENT for a good one
 * that can't be asked: a name instead of an address (mDNS), a relay's, TCP that doesn't listen.
 */
enum err ice_read(const char *p, size_t n, struct ice_candidate *out) BASE_MUST_CHECK;

/* A signed check, for whoever sends it. ERR_TOO_BIG. */
enum err ice_request(const struct ice_pair *pair, struct stun *out) BASE_MUST_CHECK;

/* 1 if it is the server's answer to the request m, or its complaint about our role: signed either way. */
int ice_is_answer(const struct ice_pair *pair, const struct stun *m, const unsigned char *p, size_t n);

/* Asks all of them at the same time, and fills in is_answered, took_ms, why, is_unroutable. */
void ice_ask(const struct ice_pair *pair, struct ice_candidate *list, size_t n, int timeout_ms);

#endif

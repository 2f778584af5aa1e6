/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What LiveKit tells a client that joins: its version, the ICE servers, and where media goes. A participant that nobody
 * sees, without any right, joins a room that no room of ours can be called, makes an offer with one data channel,
 * reads the answer and the candidates, and the room is deleted. It never connects, so that LiveKit reports
 * room_started, participant_connection_aborted and room_finished of a room that the store doesn't know: only the ids of
 * these events are kept there, and nothing happens.
 *
 * The protocol: github.com/livekit/protocol, livekit_rtc.proto (protobuf over WebSocket), as of LiveKit 1.11 and 1.13.
 * Read by hand, because ten fields of it don't need a library of protobuf.
 */
#ifndef CTL_DOCTOR_SIGNAL_H
#define CTL_DOCTOR_SIGNAL_H
#include "base/jwt.h"
#include "ctl/doctor/ice.h"
#include "ctl/doctor/net.h"

#define SIGNAL_SERVERS 16
#define SIGNAL_CANDIDATES 48
#define SIGNAL_URL 320
#define SIGNAL_WORD 764
#define SIGNAL_ROOM 40

/* One URL of an ICE server that clients are given, with the credentials that belong to it ("" without). */
struct signal_server {
	char url[SIGNAL_URL], username[SIGNAL_WORD], credential[SIGNAL_WORD];
};

struct signal {
	struct net net;
	char room[SIGNAL_ROOM];
	char version[40], region[80];		/* of LiveKit; "" when it doesn't say */
	struct signal_server servers[SIGNAL_SERVERS];
	size_t servers_n;
	struct ice_pair pair;
	struct ice_candidate candidates[SIGNAL_CANDIDATES];	/* those that can be asked */
	size_t candidates_n;
	int has_joined, has_answer, is_complete;	/* what has been read */
	int status;				/* HTTP status of a refused handshake; 0 = it came to none */
	char why[NET_TEXT];			/* a clause for people */
};

struct signal_target {
	const char *url;			/* http(s) or ws(s) base address of LiveKit */
	const char *api_key;
	const struct base_jwt_key *key;
	int skip_tls_verify;
	int timeout_ms;				/* of each step */
};

/* The name of a room that no room of ours can have, another one each time. */
void signal_room(char out[SIGNAL_ROOM]);

/* Appends the token of that participant; errors are sticky in out. Of t: api_key and key. */
void signal_token(const struct signal_target *t, const char *room, struct base_buf *out);

/*
 * Ends a signalling connection that was opened with that token: says that it leaves, hears LiveKit out for half a
 * second, closes the WebSocket. A client that just hangs up makes LiveKit warn in its log. net_close() is the caller's.
 */
void signal_hang_up(struct net *n);

/* ERR_OK: all of the above is there. ERR_PEER, ERR_NOMEM: why. signal_leave() may be called whatever comes back. */
enum err signal_join(struct signal *s, const struct signal_target *t) BASE_MUST_CHECK;

/* Takes one SignalResponse of n bytes. ERR_INPUT when it is malformed, or says things too long; ERR_NOMEM. */
enum err signal_take(struct signal *s, const unsigned char *p, size_t n) BASE_MUST_CHECK;

/* Deletes the room (a failure is logged: LiveKit forgets it by itself a second after), hangs up, wipes. */
void signal_leave(struct signal *s, const struct signal_target *t);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STUN messages (RFC 8489) with the attributes of TURN (RFC 8656) and ICE (RFC 8445): made and read, no socket here.
 * Own code, because Debian's library for it (libre 1.1) wants its event loop to own sockets, timers and TLS:
 * a doctor that asks one thing after the other would spend more lines on that than stand here.
 */
#ifndef CTL_DOCTOR_STUN_H
#define CTL_DOCTOR_STUN_H
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "base/err.h"

#define STUN_MOST 1500		/* bytes of a message that we send or take */
#define STUN_HEAD 20
#define STUN_KEY 16		/* of long-term credentials */

enum {
	STUN_BINDING = 0x001,
	STUN_ALLOCATE = 0x003,
	STUN_REFRESH = 0x004,
	STUN_PERMISSION = 0x008,
	STUN_SEND = 0x016,		/* indication: our data, to a peer beyond the relay */
	STUN_DATA = 0x017,		/* indication: a peer's data */
	STUN_SUCCESS = 0x100,		/* added to the request's type */
	STUN_ERROR = 0x110,
};

enum {
	STUN_USERNAME = 0x0006,
	STUN_INTEGRITY = 0x0008,
	STUN_ERROR_CODE = 0x0009,
	STUN_LIFETIME = 0x000d,
	STUN_PEER_ADDRESS = 0x0012,
	STUN_DATA_BYTES = 0x0013,
	STUN_REALM = 0x0014,
	STUN_NONCE = 0x0015,
	STUN_RELAYED_ADDRESS = 0x0016,
	STUN_TRANSPORT = 0x0019,
	STUN_MAPPED_ADDRESS = 0x0020,	/* XOR-MAPPED-ADDRESS */
	STUN_PRIORITY = 0x0024,
	STUN_FINGERPRINT = 0x8028,
	STUN_CONTROLLING = 0x802a,
};

/* A message that is being made. What doesn't fit makes it `is_full`, and stun_end() fails. */
struct stun {
	unsigned char p[STUN_MOST];
	size_t n;
	int is_full;
};

/* A request or indication with a random transaction id. */
void stun_begin(struct stun *m, unsigned type);
void stun_put(struct stun *m, unsigned attribute, const void *p, size_t n);
void stun_put_u32(struct stun *m, unsigned attribute, uint32_t v);

/* As XOR-…-ADDRESS: an AF_INET or AF_INET6 address. */
void stun_put_address(struct stun *m, unsigned attribute, const struct sockaddr_storage *a);

/* MESSAGE-INTEGRITY with the key: after all other attributes. */
void stun_sign(struct stun *m, const void *key, size_t n);

/* FINGERPRINT; ERR_TOO_BIG when something didn't fit. */
enum err stun_end(struct stun *m) BASE_MUST_CHECK;

/* MD5 of "user:realm:password" (RFC 8489 section 9.2.2). */
void stun_key(const char *username, const char *realm, const char *password, unsigned char out[STUN_KEY]);

/*
 * Whether n bytes are one whole message: head, length, attributes that end where it ends, and a right fingerprint if
 * there is one. All functions below take only what this has accepted. ERR_INPUT.
 */
enum err stun_check(const unsigned char *p, size_t n) BASE_MUST_CHECK;

/* The whole length that a message of this head says, STUN_HEAD to STUN_MOST; 0 when it can't be one. */
size_t stun_length(const unsigned char head[STUN_HEAD]);

unsigned stun_type(const unsigned char *p);

/* Whether it has the transaction id of the request m. */
int stun_answers(const unsigned char *p, const struct stun *m);

/* The first attribute of the kind that integrity covers; NULL = there is none. */
const unsigned char *stun_find(const unsigned char *p, size_t n, unsigned attribute, size_t *length);

/* 1 if MESSAGE-INTEGRITY is there and made with the key. */
int stun_signed_by(const unsigned char *p, size_t n, const void *key, size_t key_n);

/* A XOR-…-ADDRESS. ERR_ABSENT, or ERR_INPUT when it is malformed. */
enum err stun_address(const unsigned char *p, size_t n, unsigned attribute,
    struct sockaddr_storage *out) BASE_MUST_CHECK;

/* ERROR-CODE: 300 to 699; 0 when there is none. */
int stun_error(const unsigned char *p, size_t n);

/* What an error code of a TURN server means, as a clause for people. Never NULL. */
const char *stun_meaning(int code);

/* "192.0.2.1:3478", "[2001:db8::1]:3478". */
#define STUN_ADDRESS_TEXT 64
void stun_address_text(const struct sockaddr_storage *a, char out[STUN_ADDRESS_TEXT]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The responder join: a person asks to enter a room and gets a token for LiveKit. One file per thing a person does;
 * visit.c is what they share. A repeated join writes nothing: its admission is found and used again, so is a guest's
 * fresh session, and the seat is taken when LiveKit reports the participant.
 */
#ifndef CGI_JOIN_JOIN_H
#define CGI_JOIN_JOIN_H
#include "door/door.h"
#include "meeting/entry.h"

/* Somebody at a room's door: what they ask, who they are, and what was found. */
struct join_visit {
	struct meeting_entry at;	/* what was found, after join_visit_enter(): ADMIT or ARCHIVED_OWNED */
	const char *display;		/* the name that others see */
	const char *accesses;		/* users.accesses, NULL for guests of a join link */
	struct join_guest *guest;	/* NULL for accounts */
	const char *recording;		/* the one that runs in the room, "" = none */
};

/* A guest of a join link, whose users row is made on first sight and renamed when they come under another name. */
struct join_guest {
	char id[IDENT_GUEST_ID];
	char address[IDENT_ADDRESS];
	int is_new;			/* the id was made just now: the cookie must be set */
	int must_insert, must_rename;
	struct store_user user;
	struct ident_tokens tokens;	/* of the session, NULL until it is open */
};

/*
 * visit.c: the body, and the room's name from its roomName, trimmed and in lower case, and the invitation. A body that
 * is no JSON object is refused.
 */
enum err join_visit_read(struct door *d, struct join_visit *v, json_object **body) BASE_MUST_CHECK;

/* visit.c: who visits is the caller, an account or a guest who has logged in. */
enum err join_visit_caller(struct door *d, struct join_visit *v) BASE_MUST_CHECK;

/*
 * visit.c: decides in one read transaction; admits in a short write only when there is something to write. Refusals go
 * through door_fail().
 */
enum err join_visit_enter(struct door *d, struct join_visit *v) BASE_MUST_CHECK;

/* visit.c: decides, and writes nothing. */
enum err join_visit_peek(struct door *d, struct join_visit *v) BASE_MUST_CHECK;

/* visit.c: writes "token": the join token of an admitted visit. */
enum err join_visit_put_token(struct door *d, const struct join_visit *v, struct base_buf *b) BASE_MUST_CHECK;

/* visit.c: writes the members that the replies to those who enter share, token and livekitHost included. */
enum err join_visit_put(struct door *d, const struct join_visit *v, struct base_buf *b) BASE_MUST_CHECK;

/* guest.c: in the read transaction: what must be written about the guest, and the tokens of a session still fresh. */
enum err join_guest_find(struct door *d, struct join_guest *g) BASE_MUST_CHECK;
/* guest.c: in the write transaction: the users row, and the session. */
enum err join_guest_save(struct door *d, struct join_guest *g) BASE_MUST_CHECK;

/* The routes. */
enum err join_account(struct door *d);	/* POST /api/room/join: account.c */
enum err join_guest(struct door *d);	/* POST /api/room/guest-join: guest.c */
enum err join_check(struct door *d);	/* GET /api/room/check/:name: check.c */
enum err join_refresh(struct door *d);	/* POST /api/room/refresh-token: refresh.c */

#endif

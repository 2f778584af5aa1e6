/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of a responder: what stands between a request and its handler. Loads the configuration, opens the thread's
 * store connection with the program's rights, finds the route, checks who knocks, counts the rate, limits the body,
 * answers CORS, turns kinds into replies. A responder's main is its route table, its rights and door_main().
 */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H
#include "base/clock.h"
#include "conf/conf.h"
#include "ident/address.h"
#include "ident/guest.h"
#include "ident/session.h"
#include "livekit/api.h"
#include "store/setting.h"
#include "web/reply.h"
#include "web/request.h"

struct door;
typedef enum err door_handler(struct door *d);

/*
 * Who may knock. A caller shows an access token: in Authorization, or, where nothing is changed (no POST, PUT, PATCH,
 * DELETE), in the cookie access_token.
 */
enum door_access {
	DOOR_ANYONE,
	DOOR_OPTIONAL,		/* the caller when the token is good, else nobody */
	DOOR_CALLER,		/* any account, guests too */
	DOOR_UNVERIFIED,	/* as DOOR_CALLER, also with an address that still waits for verification (logout) */
	DOOR_USER,		/* not a guest */
	DOOR_ADMIN,		/* superadmin */
};

enum door_rate { DOOR_RATE_NONE, DOOR_RATE_AUTH, DOOR_RATE_RESEND, DOOR_RATE_GUEST, DOOR_RATE_API };

struct door_route {
	const char *method;		/* NULL ends the table; "*" any */
	const char *path;
	door_handler *handler;
	enum door_access access;
	enum door_rate rate;
	size_t max_body;
};

/* Of the process: read-only after start. */
struct door_process {
	const char *program;
	const struct conf *conf;
	const struct door_route *routes;
	const struct store_right *rights;
	const struct base_jwt_key *jwt_key;	/* auth.jwtSecret */
	const struct base_jwt_key *session_key;	/* auth.sessionSecret */
	const struct base_jwt_key *livekit_key;	/* livekit.apiSecret; NULL when not configured */
	const char *livekit_api;		/* base URL of LiveKit's HTTP API, "" when not configured */
	const char *livekit_status;		/* path of livekit/status.h's file, "" when LiveKit isn't ours to run */
};

/* Of the request; given to handlers. */
struct door {
	const struct door_process *process;
	const struct conf *conf;
	struct store *store;		/* NULL for programs without rights */
	struct base_arena *arena;
	struct web_request *req;
	struct web_reply *reply;
	struct ident_caller *caller;	/* NULL = nobody (DOOR_ANYONE, or DOOR_OPTIONAL without a good token) */
	const char *client_ip;		/* after trusted proxies */
	int is_https; /* as the client sees it: the web server's word, or a trusted proxy's X-Forwarded-Proto */
	int64_t now;			/* ns, wall, one reading per request */
	void *thread;			/* door/ only */
};

/*
 * The whole program: --help, --version, --routes, configuration (exit 78), loop. Returns the exit code. rights NULL =
 * no store.
 */
int door_main(int argc, char **argv, const char *program, const struct door_route *routes,
	      const struct store_right *rights);

/*
 * For `return door_fail(d, ERR_DENIED, "…")`: the sentence the client gets. The printf form may use what the client
 * sent: JSON-escaped.
 */
enum err door_fail(struct door *d, enum err kind, const char *fmt, ...) BASE_PRINTF(3, 4);

/* The same for what will be otherwise in seconds (> 0): says so, in the sentence and in Retry-After. */
enum err door_fail_for(struct door *d, enum err kind, int64_t seconds, const char *sentence);

/* A handler's body: `struct base_buf *b = door_json(d)`, write one JSON value to it, return ERR_OK. */
struct base_buf *door_json(struct door *d);

/* The thread's LiveKit API handle, made when first asked for. ERR_CONFIG when LiveKit isn't configured (logged). */
enum err door_livekit(struct door *d, struct livekit_api **out) BASE_MUST_CHECK;

/* system_settings, read once a request. */
enum err door_settings(struct door *d, const struct store_setting **out) BASE_MUST_CHECK;

/*
 * The `livekitHost` of replies: conf_livekit_client() for the page that asks (Origin, Referer, Host). NULL = no memory.
 */
const char *door_livekit_host(struct door *d);

/* Sets the cookies access_token and refresh_token for as long as each is good; NULL tokens clear them. */
enum err door_auth_cookies(struct door *d, const struct ident_tokens *t) BASE_MUST_CHECK;

/*
 * Flags of a cookie for this request and configuration (WEB_COOKIE_…): SECURE|NONE when enableTLS or behindProxy or
 * the client came by https, else Lax.
 */
unsigned door_cookie_flags(const struct door *d);

/* auth.tokenDuration in seconds. */
int64_t door_access_life(const struct door *d);

/* Counts a request on a bucket of its own (a handler's extra limit). ERR_LIMIT with Retry-After set. */
enum err door_rate(struct door *d, enum door_rate group, const char *bucket) BASE_MUST_CHECK;

/*
 * A guest of a join link (guest.c). door_guest: the id in the cookie bedrud_guest_id, or a new one (*is_new).
 * door_guest_name: the member guestName of the body in normal form; refuses with a sentence. door_guest_cookie: sets
 * the cookie.
 */
enum err door_guest(struct door *d, char id[IDENT_GUEST_ID], int *is_new) BASE_MUST_CHECK;
enum err door_guest_name(struct door *d, json_object *body, const char **name) BASE_MUST_CHECK;
enum err door_guest_cookie(struct door *d, const char *id) BASE_MUST_CHECK;

/*
 * JSON that several replies share, under key (NULL inside arrays). A user: the members of store_user that concern a
 * client (never the password), accesses as an array, and isAdmin, which the mobile apps read. Tokens: accessToken and
 * refreshToken.
 */
void door_put_user(struct base_buf *b, const char *key, const struct store_user *u);
void door_put_tokens(struct base_buf *b, const char *key, const struct ident_tokens *t);

#endif

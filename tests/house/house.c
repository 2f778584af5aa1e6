/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/house/house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jwt.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "door/door.h"
#include "ident/password.h"
#include "ident/session.h"
#include "store/invitation.h"
#include "store/knock.h"
#include "store/recording.h"
#include "store/room.h"
#include "store/seat.h"
#include "web/request_impl.h"
#include "web/route.h"

#define JWT_SECRET "jwt-secret-jwt-secret-jwt-secret"
#define LIVEKIT_SECRET "livekit-secret-livekit-secret-32"
#define LIVEKIT_KEY "APIhouse"
#define SHUT_ROOM "66666666-6666-4666-8666-666666666666"
#define STAGE_ROOM "77777777-7777-4777-8777-777777777777"
#define FILMED_ROOM "88888888-8888-4888-8888-888888888888"
#define FILM_ROOM "99999999-9999-4999-8999-999999999999"
#define MOST_VARS 100
#define MOST_ROUTES 100
#define LIFE (INT64_C(10) * 365 * 86400)

static const struct {
	const char *name, *id, *email, *provider, *accesses;
	int is_active;
} people[] = {
    {"ada", "11111111-1111-4111-8111-111111111111", "ada@example.org", "local", "{superadmin,user}", 1},
    {"eve", "22222222-2222-4222-8222-222222222222", "eve@example.org", "local", "{user}", 1},
    {"idle", "33333333-3333-4333-8333-333333333333", "idle@example.org", "local", "{user}", 0},
    {"guest", "44444444-4444-4444-8444-444444444444", "guest_4@bedrud.guest", "guest", "{guest}", 1},
};
#define N_PEOPLE (sizeof people / sizeof *people)

static struct {
	char folder[64], database[80], config[80];
	struct base_arena arena; /* what lives as long as the house */
	struct ident_tokens tokens[N_PEOPLE];
	struct base_jwt_key *livekit;
	char *pristine;
	size_t pristine_n;
	const struct web_loop_app *app;
	void *thread;
	int (*within)(void);
	void (*before)(void), (*after)(void);
	const struct door_route *asked[MOST_ROUTES];	/* the routes that were answered well */
	size_t n_asked;
	const struct door_route *next;	/* house_unasked() */
} house;

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "house: %s\n", what);
	_exit(70);
}

#define need(ok, what) ((ok) ? (void)0 : give_up(what))

static void
add_room(struct store *s, const char *id, const char *name, int is_public, const char *mode)
{
	struct store_room r = {.id = id,
	    .name = name,
	    .created_by = people[1].id,
	    .admin_id = people[1].id,
	    .mode = mode,
	    .is_active = 1,
	    .is_public = is_public,
	    .max_participants = 20,
	    .allow_chat = 1,
	    .allow_video = 1,
	    .allow_audio = 1,
	    .recordings_allowed = 1,
	    .created_at = base_clock_now(),
	    .updated_at = base_clock_now(),
	    .last_activity_at = base_clock_now(),
	    .expires_at = base_clock_now() + LIFE * BASE_CLOCK_SECOND};

	need(store_room_insert(s, &r) == ERR_OK, "a room could not be made");
}

/* Somebody at the shut room's door, and somebody who is invited. */
static void
add_lobby(struct store *s)
{
	struct store_knock k = {.user_id = people[3].id, .name = "Guest", .address = ""};
	struct store_invitation i = {.id = "invitation", .email = "", .created_by = people[1].id,
	    .created_at = BASE_CLOCK_SECOND, .expires_at = INT64_MAX};

	need(store_knock_ask(s, SHUT_ROOM, &k, 0, BASE_CLOCK_SECOND) == ERR_OK &&
	    store_invitation_insert(s, SHUT_ROOM, "invitation", &i) == ERR_OK, "nobody could knock");
}

/* A room that is being recorded and has older recordings, and one where a recording can begin. */
static void
add_recordings(struct store *s)
{
	static const struct {
		const char *id, *egress_id, *storage;
		enum store_recording_state state;
	} rows[] = {
	    {"aaaaaaaa-0000-4000-8000-000000000001", "EG_1", "s3", STORE_RECORDING_ACTIVE},
	    {"aaaaaaaa-0000-4000-8000-000000000002", "EG_2", "s3", STORE_RECORDING_COMPLETED},
	    {"aaaaaaaa-0000-4000-8000-000000000003", "EG_3", "local", STORE_RECORDING_COMPLETED},
	    {"aaaaaaaa-0000-4000-8000-000000000004", "EG_4", "s3", STORE_RECORDING_FAILED},
	};

	add_room(s, FILMED_ROOM, "filmed-room", 1, "standard");
	add_room(s, FILM_ROOM, "film-room", 1, "standard");
	need(store_room_live_start(s, FILMED_ROOM, "RM_filmed", base_clock_now()) == ERR_OK &&
	    store_room_live_start(s, FILM_ROOM, "RM_film", base_clock_now()) == ERR_OK, "nobody could meet");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct store_recording r = {.id = rows[i].id, .room_id = FILMED_ROOM, .room_name = "filmed-room",
		    .created_by = people[1].id, .egress_id = rows[i].egress_id, .type = "composite", .error = "",
		    .file_url = "", .storage = rows[i].storage, .object_key = "some/key.mp4", .file_name = "film.mp4",
		    .layout = "grid", .preset = "H264_720P_30", .stop_reason = "", .state = rows[i].state,
		    .created_at = base_clock_now()};

		need(store_recording_insert(s, &r) == ERR_OK, "a recording could not be made");
	}
}

static void
fill(struct store *s)
{
	struct base_jwt_key *key;
	const char *hash;

	need(base_jwt_key_new(JWT_SECRET, strlen(JWT_SECRET), &key) == ERR_OK &&
		 base_jwt_key_new(LIVEKIT_SECRET, strlen(LIVEKIT_SECRET), &house.livekit) == ERR_OK &&
		 ident_password_hash(&house.arena, HOUSE_PASSWORD, &hash) == ERR_OK,
	    "no keys");
	for (size_t i = 0; i < N_PEOPLE; i++) {
		struct store_user u = {.id = people[i].id,
		    .email = people[i].email,
		    .name = people[i].name,
		    .provider = people[i].provider,
		    .accesses = people[i].accesses,
		    .avatar_url = "",
		    .password = hash,
		    .refresh_token = "",
		    .is_active = people[i].is_active,
		    .email_verified_at = BASE_CLOCK_SECOND,
		    .created_at = BASE_CLOCK_SECOND,
		    .updated_at = BASE_CLOCK_SECOND};

		need(store_begin(s, STORE_FAST) == ERR_OK && store_user_insert(s, &u) == ERR_OK &&
			 store_commit(s) == ERR_OK &&
			 ident_session_open(s, &house.arena, key, &u, "a browser", LIFE, &house.tokens[i]) == ERR_OK,
		    "a person could not be made");
	}
	base_jwt_key_free(key);
	add_room(s, "55555555-5555-4555-8555-555555555555", "open-room", 1, "standard");
	add_room(s, SHUT_ROOM, "shut-room", 0, "standard");
	add_room(s, STAGE_ROOM, "stage-room", 1, "webinar");
	need(store_seat_ban(s, STAGE_ROOM, people[3].id, people[1].id, "", BASE_CLOCK_SECOND) == ERR_OK,
	    "nobody could be banned");
	add_lobby(s);
	add_recordings(s);
}

static void
read_pristine(void)
{
	FILE *f = fopen(house.database, "rb");
	size_t n;

	need(f != NULL, "the database is not there");
	house.pristine = malloc(16 << 20);
	need(house.pristine != NULL, "no memory");
	while ((n = fread(house.pristine + house.pristine_n, 1, 65536, f)) > 0)
		house.pristine_n += n;
	fclose(f);
}

static void
prepare(void)
{
	struct store *s = NULL;
	FILE *f;

	(void)snprintf(house.folder, sizeof house.folder, "%s/bedrud-house-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	need(mkdtemp(house.folder) != NULL, "no folder");
	snprintf(house.database, sizeof house.database, "%s/bedrud.db", house.folder);
	snprintf(house.config, sizeof house.config, "%s/config.yaml", house.folder);
	f = fopen(house.config, "w");
	need(f != NULL, "no configuration");
	fprintf(f,
	    "server: {port: 8090, trustedProxies: [10.0.0.0/8], proxyHeader: X-Forwarded-For}\n"
	    "database: {type: sqlite, path: %s}\nlogger: {level: error}\n"
	    "livekit: {apiKey: " LIVEKIT_KEY ", apiSecret: " LIVEKIT_SECRET
	    ", internalHost: 'http://127.0.0.1:9', host: 'ws://127.0.0.1:9',"
	    " external: true}\n"
	    "recording: {enabled: true, storageDir: /nowhere, s3: {endpoint: 'http://127.0.0.1:9', bucket: films,"
	    " accessKey: key, secretKey: secret-of-the-bucket}}\n"
	    "auth: {jwtSecret: " JWT_SECRET ", sessionSecret: session-secret-session-secret-32}\n"
	    "rateLimit: {authMaxRequests: 1000000, guestMaxRequests: 1000000, apiMaxRequests: 1000000}\n",
	    house.database);
	fclose(f);
	need(setenv("BEDRUD_CONFIG", house.config, 1) == 0, "no environment");
	base_arena_init(&house.arena, LIMIT_ARENA);
	need(store_migrate(house.database, NULL, NULL) == ERR_OK &&
		 store_open(house.database, store_all_rights, &s) == ERR_OK,
	    "no database");
	fill(s);
	store_close(s);
	read_pristine();
}

static void
clear(void)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[96];

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(name, sizeof name, "%s%s", house.database, ends[i]);
		unlink(name);
	}
}

void
house_reset(void)
{
	FILE *f;

	if (house.thread != NULL)
		house.app->close(house.thread);
	house.thread = NULL;
	clear();
	f = fopen(house.database, "wb");
	need(f != NULL && fwrite(house.pristine, 1, house.pristine_n, f) == house.pristine_n && fclose(f) == 0,
	    "no new database");
	need(house.app->open(house.app->app, &house.thread) == ERR_OK, "no thread");
}

const char *
house_database(void)
{
	return house.database;
}

/* Its requests come one after the other. */
void
web_loop_give_way(void)
{
}

/* Stands in for the FastCGI loop: door_main() comes here when all is prepared. */
enum err
web_loop_run(const struct web_loop_app *app)
{
	house.app = app;
	base_log_threshold(getenv("HOUSE_LOG") == NULL ? LOG_LEVEL_NONE : LOG_LEVEL_DEBUG);
	house_reset();
	need(house.within() == 0, "within() failed");
	app->close(house.thread);
	return ERR_OK;
}

int
house_run(int (*within)(void))
{
	char *argv[] = {"responder", NULL};
	int status;

	house.within = within;
	prepare();
	status = house_main(1, argv);
	clear();
	unlink(house.config);
	rmdir(house.folder);
	free(house.pristine);
	base_jwt_key_free(house.livekit);
	base_arena_free(&house.arena);
	return status;
}

/* Appends what @NAME@ stands for; 0 when it is no name of ours. */
static int
put_placeholder(struct base_buf *b, const char *name, size_t n)
{
	for (size_t i = 0; i < N_PEOPLE; i++) {
		size_t length = strlen(people[i].name);

		if (n == length && memcmp(name, people[i].name, n) == 0)
			base_buf_str(b, house.tokens[i].access);
		else if (n == length + 8 && memcmp(name, people[i].name, length) == 0 &&
			 memcmp(name + length, ".refresh", 8) == 0)
			base_buf_str(b, house.tokens[i].refresh);
		else
			continue;
		return 1;
	}
	return 0;
}

static void
put_signature(struct base_buf *b, const char *body, size_t n)
{
	unsigned char digest[32];
	char text[BASE_BASE64_SIZE(32)];
	struct base_buf payload;

	base_text_sha256(body, n, digest);
	base_text_base64(digest, 32, text);
	base_buf_init(&payload, 1024);
	base_buf_printf(&payload, "{\"iss\":\"" LIVEKIT_KEY "\",\"exp\":%lld,\"sha256\":\"%s\"}",
	    (long long)(base_clock_now() / BASE_CLOCK_SECOND) + 60, text);
	base_jwt_sign(house.livekit, payload.p, payload.n, b);
	base_buf_free(&payload);
}

static void
expand(struct base_buf *b, const char *p, size_t n, const char *body, size_t body_n)
{
	for (const char *end = p + n; p < end;) {
		const char *at = memchr(p, '@', (size_t)(end - p)), *close;

		base_buf_add(b, p, (size_t)((at == NULL ? end : at) - p));
		if (at == NULL)
			break;
		close = memchr(at + 1, '@', (size_t)(end - at - 1));
		if (close != NULL && body != NULL && close - at == 5 && memcmp(at + 1, "sign", 4) == 0)
			put_signature(b, body, body_n);
		else if (close == NULL || !put_placeholder(b, at + 1, (size_t)(close - at - 1))) {
			base_buf_add(b, at, 1);
			close = at;
		}
		p = close + 1;
	}
}

/* "Name: value" as the CGI variable that a web server makes of it. */
static char *
variable(struct base_arena *a, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n);
	size_t name_n = colon == NULL ? n : (size_t)(colon - line);
	const char *value = colon == NULL ? "" : colon + 1;
	char name[200];
	int is_raw = memchr(line, '_', name_n) != NULL;

	if (name_n >= sizeof name)
		name_n = sizeof name - 1;
	for (size_t i = 0; i < name_n; i++) {
		is_raw = is_raw && !(line[i] >= 'a' && line[i] <= 'z');
		name[i] = line[i] == '-' ? '_' : line[i];
	}
	name[name_n] = '\0';
	for (size_t i = 0; !is_raw && i < name_n; i++)
		name[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
	value += *value == ' ' && colon != NULL;
	return base_arena_printf(a, "%s%s=%.*s", is_raw || strcmp(name, "CONTENT_TYPE") == 0 ? "" : "HTTP_", name,
	    (int)(line + n - value > 0 ? line + n - value : 0), value);
}

static size_t
variables(struct base_arena *a, char *head, const char **vars)
{
	size_t n = 0, length = strcspn(head, "\n");
	char *uri = memchr(head, ' ', length);
	const char *query;

	vars[n++] =
	    base_arena_printf(a, "REQUEST_METHOD=%.*s", (int)(uri == NULL ? length : (size_t)(uri - head)), head);
	if (uri != NULL) {
		uri = base_arena_dup(a, uri + 1, (size_t)(head + length - uri - 1));
		query = strchr(uri, '?');
		vars[n++] = base_arena_printf(a, "REQUEST_URI=%s", uri);
		vars[n++] = base_arena_printf(a, "QUERY_STRING=%s", query == NULL ? "" : query + 1);
	}
	for (char *p = head + length; *p == '\n' && n < MOST_VARS - 2; p += length) {
		p++;
		length = strcspn(p, "\n");
		vars[n++] = variable(a, p, length);
	}
	vars[n++] = "REMOTE_ADDR=127.0.0.1";
	vars[n] = NULL;
	return n;
}

static const struct door_route *
routes(void)
{
	return ((const struct door_process *)house.app->app)->routes;
}

static int
is_asked(const struct door_route *route)
{
	for (size_t i = 0; i < house.n_asked; i++)
		if (house.asked[i] == route)
			return 1;
	return 0;
}

static void
remember(struct web_request *r)
{
	int oom;

	for (const struct door_route *i = routes(); i->method != NULL; i++)
		if ((strcmp(i->method, "*") == 0 || strcmp(i->method, r->method) == 0) &&
		    web_route_match(i->path, r, &oom) && !is_asked(i) && house.n_asked < MOST_ROUTES)
			house.asked[house.n_asked++] = i;
}

const char *
house_unasked(void)
{
	static char text[200];

	for (house.next = house.next == NULL ? routes() : house.next; house.next->method != NULL; house.next++)
		if (!is_asked(house.next)) {
			(void)snprintf(text, sizeof text, "%s %s", house.next->method, house.next->path);
			house.next++;
			return text;
		}
	return NULL;
}

void
house_hooks(void (*before)(void), void (*after)(void))
{
	house.before = before;
	house.after = after;
}

void
house_request(const char *text, size_t n, struct web_reply *reply)
{
	const char *blank = memmem(text, n, "\n\n", 2), *vars[MOST_VARS];
	size_t head_n = blank == NULL ? n : (size_t)(blank - text);
	struct base_buf head, body;
	struct web_request r;
	struct base_arena a;
	enum err e;

	base_arena_init(&a, LIMIT_ARENA);
	base_buf_init(&head, 4 << 20);
	base_buf_init(&body, 4 << 20);
	base_buf_str(&body, "");
	if (blank != NULL)
		expand(&body, blank + 2, n - head_n - 2, NULL, 0);
	expand(&head, text, head_n, body.p == NULL ? "" : body.p, body.n);
	base_buf_add(&head, "", 1);
	need(head.err == ERR_OK && body.err == ERR_OK, "a request too long");
	(void)variables(&a, head.p, vars);
	e = web_request_from_vars(&r, &a, (char *const *)vars);
	if (e == ERR_OK && body.n > house.app->max_body(house.app->app, &r))
		e = ERR_TOO_BIG;
	r.body = base_arena_dup(&a, body.n == 0 ? "" : body.p, body.n);
	r.body_n = body.n;
	if (e == ERR_OK && r.body != NULL) {
		if (house.before != NULL)
			house.before();
		house.app->serve(house.thread, &r, reply);
		if (house.after != NULL)
			house.after();
		if (reply->status < 400 || reply->status == 502)	/* LiveKit is away in this house */
			remember(&r);
	} else
		web_reply_error(reply, base_err_status(e), base_err_text(e));
	base_buf_free(&head);
	base_buf_free(&body);
	base_arena_free(&a);
}

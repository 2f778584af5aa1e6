/* SPDX-License-Identifier: Apache-2.0 */
/* The start of a responder: options, configuration, keys, then the loop. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "config.h"
#include "door/door_impl.h"
#include "livekit/status.h"
#include "web/loop.h"
#include "web/route.h"

#define EXIT_USAGE 64
#define EXIT_TEMPORARY 75
#define EXIT_CONFIG 78

static const char *const access_names[] = {
    [DOOR_ANYONE] = "anyone",	      [DOOR_OPTIONAL] = "optional", [DOOR_CALLER] = "caller",
    [DOOR_UNVERIFIED] = "unverified", [DOOR_USER] = "user",	    [DOOR_ADMIN] = "admin",
};
static const char *const rate_names[] = { [DOOR_RATE_NONE] = "none", [DOOR_RATE_AUTH] = "auth",
	[DOOR_RATE_RESEND] = "resend", [DOOR_RATE_GUEST] = "guest", [DOOR_RATE_API] = "api" };

static void
print_routes(const struct door_route *routes)
{
	for (; routes->method != NULL; routes++)
		printf("%s %s %s %zu %s\n", routes->method, routes->path, access_names[routes->access],
		    routes->max_body, rate_names[routes->rate]);
}

static void
print_help(const char *program)
{
	printf("usage: %s.fcgi [--routes | --help | --version]\n\n"
	    "Without an option it is run by a web server: as a FastCGI responder (descriptor 0 is the listening\n"
	    "socket) or as a plain CGI. Configuration: $BEDRUD_CONFIG, else $CONFIG_PATH, else\n"
	    SYSCONFDIR "/bedrud/config.yaml. See bedrud-responders(8).\n", program);
}

/* -1 = no option: go on. */
static int
options(int argc, char **argv, const char *program, const struct door_route *routes)
{
	if (argc < 2)
		return -1;
	if (argc == 2 && strcmp(argv[1], "--routes") == 0)
		print_routes(routes);
	else if (argc == 2 && strcmp(argv[1], "--help") == 0)
		print_help(program);
	else if (argc == 2 && strcmp(argv[1], "--version") == 0)
		printf("%s.fcgi (%s) %s\n", program, PACKAGE_NAME, PACKAGE_VERSION);
	else {
		fprintf(stderr, "%s: unknown option %s: try --help\n", program, argv[1]);
		return EXIT_USAGE;
	}
	return fflush(stdout) == 0 ? 0 : EXIT_TEMPORARY;
}

/* A plain CGI that can't start still owes its caller a JSON answer. */
static int
give_up(int status)
{
	if (getenv("REQUEST_METHOD") != NULL)
		printf("Status: 500\r\nContent-Type: application/json\r\n\r\n{\"error\":\"%s\"}",
		       base_err_text(ERR_CONFIG));
	fflush(stdout);
	return status;
}

static enum err
make_key(enum conf_id id, const struct conf *c, const struct base_jwt_key **out)
{
	const char *secret = conf_str(c, id);
	struct base_jwt_key *k = NULL;
	enum err e = secret[0] == '\0' ? ERR_OK : base_jwt_key_new(secret, strlen(secret), &k);

	*out = k;
	return e;
}

/* Room for what the configuration says in pieces. */
struct places {
	char api[512], status[PATH_MAX];
};

static enum err
prepare(struct door_process *p, struct places *at)
{
	enum base_log_level level;
	enum err e;

	if (base_log_level_parse(conf_str(p->conf, CONF_logger_level), &level) == ERR_OK)
		base_log_threshold(level);
	e = make_key(CONF_auth_jwtSecret, p->conf, &p->jwt_key);
	if (e == ERR_OK)
		e = make_key(CONF_auth_sessionSecret, p->conf, &p->session_key);
	if (e == ERR_OK)
		e = make_key(CONF_livekit_apiSecret, p->conf, &p->livekit_key);
	if (conf_livekit_api(p->conf, at->api, sizeof at->api) != ERR_OK)
		at->api[0] = '\0';
	p->livekit_api = at->api;
	if (!conf_livekit_embedded(p->conf) ||
	    conf_livekit_state(p->conf, LIVEKIT_STATUS_NAME, at->status, sizeof at->status) != ERR_OK)
		at->status[0] = '\0';
	p->livekit_status = at->status;
	return e;
}

static void
say_problems(const struct base_buf *problems)
{
	const char *s = problems->n > 0 ? problems->p : "";

	while (*s != '\0') {
		size_t n = strcspn(s, "\n");

		base_log(LOG_LEVEL_ERROR, "%.*s", (int)n, s);
		s += n + (s[n] == '\n');
	}
}

static enum err
open_thread(void *app, void **thread)
{
	struct door_thread *t = base_mem_alloc(1, sizeof *t);

	if (t == NULL)
		return ERR_NOMEM;
	t->process = app;
	*thread = t;
	return ERR_OK;
}

static void
close_thread(void *thread)
{
	struct door_thread *t = thread;

	if (t->livekit != NULL)
		t->livekit_free(t->livekit);
	store_close(t->store);
	base_mem_free(t);
}

/* An unknown path or method gets the small ceiling: its answer is 404 or 405 whatever the body is. */
static size_t
max_body(void *app, const struct web_request *r)
{
	const struct door_process *p = app;
	struct web_request copy = *r;
	size_t max = LIMIT_BODY_SMALL;
	int oom;

	for (const struct door_route *route = p->routes; route->method != NULL; route++)
		if (route->max_body > max && strcmp(route->method, r->method) == 0 &&
		    web_route_match(route->path, &copy, &oom))
			max = route->max_body;
	return max;
}

static void
release(struct door_process *p, struct conf *c)
{
	base_jwt_key_free((struct base_jwt_key *)p->jwt_key);
	base_jwt_key_free((struct base_jwt_key *)p->session_key);
	base_jwt_key_free((struct base_jwt_key *)p->livekit_key);
	conf_free(c);
}

int
door_main(int argc, char **argv, const char *program, const struct door_route *routes, const struct store_right *rights)
{
	struct door_process p = {.program = program, .routes = routes, .rights = rights};
	const struct web_loop_app app = {open_thread, close_thread, max_body, door_serve, &p};
	struct conf *c = NULL;
	struct base_buf problems;
	struct places at;
	int status = options(argc, argv, program, routes);
	enum err e;

	if (status >= 0)
		return status;
	base_log_program(program);
	base_mem_forbid_core();
	base_mem_tune();
	base_buf_init(&problems, LIMIT_CONFIG);
	e = conf_load(conf_path(NULL), CONF_AS_RESPONDER | CONF_QUIET, &problems, &c);
	say_problems(&problems);
	base_buf_free(&problems);
	p.conf = c;
	if (e == ERR_OK)
		e = prepare(&p, &at);
	if (e != ERR_OK)
		return give_up(e == ERR_CONFIG ? EXIT_CONFIG : EXIT_TEMPORARY);
	e = web_loop_run(&app);
	release(&p, c);
	return e == ERR_OK ? 0 : EXIT_USAGE;
}

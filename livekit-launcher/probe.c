/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "livekit-launcher/child.h"
#include "livekit-launcher/ports.h"
#include "livekit/token.h"

#define PAUSE_MS 1 /* between two looks at a port that isn't open yet */
#define PAUSE_MORE_MS 50	/* when it answers, but not all is there */
/*
 * Who answers may be another LiveKit, with the same secret, which the launcher before couldn't end. Ours finds its
 * ports taken then and is gone within this time; its end ends the probe.
 */
#define UNSEEN_MS 1000
#define ANSWER_S 3	/* for one answer */
#define ALIVE_S 8	/* the same, of one that may have much to do */
#define IDLE_MS 20000	/* for all rooms: meanwhile nobody asks whether it hangs */
#define CALL_MOST (LIMIT_TOKEN + LIMIT_URI + 512)

/* A connected socket of that type, -1 without (errno). */
static int
reach(const char *host, int port, int type, int seconds)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = type}, *a;
	struct timeval limit = {.tv_sec = seconds};
	char service[16];
	int fd, failed;

	(void)snprintf(service, sizeof service, "%d", port);
	errno = 0;
	if (getaddrinfo(host, service, &hints, &a) != 0)
		return -1;
	fd = socket(a->ai_family, type | SOCK_CLOEXEC, 0);
	/* The limit for sending holds for connect(2) as well. */
	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
			   setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
			   connect(fd, a->ai_addr, a->ai_addrlen) != 0)) {
		failed = errno;
		(void)close(fd);
		errno = failed;
		fd = -1;
	}
	freeaddrinfo(a);
	return fd;
}

/* Connecting a socket of UDP sends nothing and looks up the way: there is none while the loopback is down. */
static int
has_way(const char *host, int port)
{
	int fd = reach(host, port, SOCK_DGRAM, 1);

	if (fd < 0)
		return errno != ENETUNREACH && errno != EHOSTUNREACH && errno != EADDRNOTAVAIL;
	(void)close(fd);
	return 1;
}

/* Sends it and reads to the end: the HTTP status, 0 without one. `answer` gets all that came. */
static int
exchange(const char *host, int port, int seconds, const struct base_buf *request, struct base_buf *answer)
{
	int fd = reach(host, port, SOCK_STREAM, seconds);
	char chunk[4096];
	ssize_t got;

	base_buf_clear(answer);
	if (fd < 0)
		return 0;
	if (request->err == ERR_OK && send(fd, request->p, request->n, MSG_NOSIGNAL) == (ssize_t)request->n)
		while ((got = recv(fd, chunk, sizeof chunk, 0)) > 0 || (got < 0 && errno == EINTR))
			if (got > 0)
				base_buf_add(answer, chunk, (size_t)got);
	(void)close(fd);
	return answer->err == ERR_OK && answer->n > 12 && strncmp(answer->p, "HTTP/1.", 7) == 0
		   ? (int)strtol(answer->p + 8, NULL, 10)
		   : 0;
}

static int
get(const char *host, int port, int seconds)
{
	struct base_buf request, answer;
	int status;

	base_buf_init(&request, 256);
	base_buf_init(&answer, LIMIT_PEER_BODY);
	base_buf_str(&request, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
	status = exchange(host, port, seconds, &request, &answer);
	base_buf_free(&request);
	base_buf_free(&answer);
	return status == 200;
}

/* Writes a signed call of RoomService about `room` (NULL = none): good for a minute. Check out->err. */
static void
write_call(const struct launcher_plan *p, const char *method, const char *room, struct base_buf *out)
{
	struct base_buf token, body;
	struct base_jwt_key *key;

	if ((out->err = base_jwt_key_new(p->api_secret, strlen(p->api_secret), &key)) != ERR_OK)
		return;
	base_buf_init(&token, LIMIT_TOKEN);
	base_buf_init(&body, LIMIT_URI);
	livekit_token_call(key, p->api_key, room == NULL ? LIVEKIT_ROOM_LIST : LIVEKIT_ROOM_ADMIN, room,
	    base_clock_seconds(), &token);
	base_json_open(&body, NULL, '{');
	if (room != NULL)
		base_json_put_str(&body, "room", room);
	base_json_close(&body, '}');
	if (token.err != ERR_OK || body.err != ERR_OK)
		out->err = ERR_NOMEM;
	else
		base_buf_printf(out,
		    "POST /twirp/livekit.RoomService/%s HTTP/1.0\r\nHost: localhost\r\n"
		    "Content-Type: application/json\r\n"
		    "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n%s",
		    method, token.p, body.n, body.p);
	base_buf_free(&token);
	base_buf_free(&body);
	base_jwt_key_free(key);
}

/* Makes such a call; returns the HTTP status. */
static int
call(const struct launcher_plan *p, const char *method, const char *room, struct base_buf *answer)
{
	struct base_buf request;
	int status;

	base_buf_init(&request, CALL_MOST);
	write_call(p, method, room, &request);
	status = exchange(p->http_host, p->port, ANSWER_S, &request, answer);
	base_buf_free(&request);
	return status;
}

/* The list of that name in the JSON behind the answer's head. 0: there is none, or no list; it is empty then. */
static int
list_in(const struct base_buf *answer, const char *name, struct base_arena *a, json_object **list)
{
	const char *body = strstr(answer->p, "\r\n\r\n");
	json_object *o;

	*list = NULL;
	if (body == NULL || base_json_object(a, body + 4, answer->n - (size_t)(body + 4 - answer->p), &o) != ERR_OK)
		return 0;
	*list = base_json_get(o, name);
	return *list == NULL || json_object_is_type(*list, json_type_array);
}

/* LiveKit counts a room's participants late; who is in it is known at once. */
static enum launcher_answer
ask_room(const struct launcher_plan *p, const char *room)
{
	enum launcher_answer answer = ANSWER_REFUSED;
	struct base_arena a;
	struct base_buf text;
	json_object *people;

	base_arena_init(&a, LIMIT_ARENA);
	base_buf_init(&text, LIMIT_PEER_BODY);
	if (call(p, "ListParticipants", room, &text) == 200 && list_in(&text, "participants", &a, &people))
		answer = people != NULL && json_object_array_length(people) > 0 ? ANSWER_BUSY : ANSWER_READY;
	base_arena_free(&a);
	base_buf_free(&text);
	return answer;
}

static enum launcher_answer
ask_idle(const struct launcher_plan *p)
{
	enum launcher_answer answer = ANSWER_REFUSED;
	struct base_arena a;
	struct base_buf text;
	json_object *rooms;
	const char *name;
	int64_t deadline = base_clock_mono_ms() + IDLE_MS;
	size_t i;

	if (!get(p->http_host, p->port, ALIVE_S))
		return ANSWER_SILENT;
	base_arena_init(&a, LIMIT_ARENA);
	base_buf_init(&text, LIMIT_PEER_BODY);
	if (call(p, "ListRooms", NULL, &text) == 200 && list_in(&text, "rooms", &a, &rooms)) {
		answer = ANSWER_READY;
		for (i = 0; rooms != NULL && i < json_object_array_length(rooms) && answer == ANSWER_READY; i++)
			if (base_clock_mono_ms() >= deadline)
				answer = ANSWER_BUSY; /* with so much to do it isn't idle */
			else if (base_json_str(json_object_array_get_idx(rooms, i), "name", &name) == ERR_OK)
				answer = ask_room(p, name);
			else
				answer = ANSWER_REFUSED;
	}
	base_arena_free(&a);
	base_buf_free(&text);
	return answer;
}

/* Those that it binds at its start, each with its place among launcher_plan_ports(). */
static size_t
ports(const struct launcher_plan *p, struct launcher_port out[LAUNCHER_PLAN_PORTS], size_t place[LAUNCHER_PLAN_PORTS])
{
	struct launcher_plan_port all[LAUNCHER_PLAN_PORTS];
	size_t i, n = 0;

	launcher_plan_ports(p, all);
	for (i = 0; i < LAUNCHER_PLAN_PORTS; i++)
		if (all[i].from != 0 && !all[i].is_range) {
			place[n] = i;
			out[n++] = (struct launcher_port){all[i].from, all[i].is_udp};
		}
	return n;
}

/* `list` is a signed call: that it is answered shows that HTTP is, too. */
static int
ask_ready(const struct launcher_plan *p, pid_t livekit, const struct base_buf *list)
{
	size_t place[LAUNCHER_PLAN_PORTS], missing;
	struct launcher_port wanted[LAUNCHER_PLAN_PORTS];
	struct base_buf text;
	int bound, status;

	base_buf_init(&text, LIMIT_PEER_BODY);
	status = exchange(p->http_host, p->port, ANSWER_S, list, &text);
	base_buf_free(&text);
	if (status != 200)
		return status == 0 ? ANSWER_SILENT : ANSWER_REFUSED;
	bound = launcher_ports_bound(livekit, wanted, ports(p, wanted, place), &missing);
	if (bound == 0)
		return ANSWER_PORTLESS + (int)place[missing];
	return bound > 0 ? ANSWER_READY : ANSWER_UNSEEN;
}

static int
wait_ready(const struct launcher_plan *p, pid_t livekit)
{
	int64_t deadline = base_clock_mono_ms() + LAUNCHER_PROBE_DEADLINE_MS;
	struct base_buf list;
	int answer;

	if (!has_way(p->http_host, p->port))
		return ANSWER_NOWHERE;
	/* Signed while LiveKit starts: OpenSSL's first signature takes a millisecond. */
	base_buf_init(&list, CALL_MOST);
	write_call(p, "ListRooms", NULL, &list);
	for (;;) {
		answer = ask_ready(p, livekit, &list);
		if (answer == ANSWER_READY || answer == ANSWER_UNSEEN || base_clock_mono_ms() >= deadline)
			break;
		(void)poll(NULL, 0, answer == ANSWER_SILENT ? PAUSE_MS : PAUSE_MORE_MS);
		if (answer == ANSWER_REFUSED) { /* the clock may have been set since, as it is after boot */
			base_buf_clear(&list);
			write_call(p, "ListRooms", NULL, &list);
		}
	}
	if (answer == ANSWER_UNSEEN)
		(void)poll(NULL, 0, UNSEEN_MS);
	base_buf_free(&list);
	return answer;
}

static int
run(const struct launcher_plan *p, pid_t livekit, enum launcher_question question)
{
	switch (question) {
	case ASK_READY:
		return wait_ready(p, livekit);
	case ASK_IDLE:
		return ask_idle(p);
	case ASK_ALIVE:
		break;
	}
	return get(p->http_host, p->port, ALIVE_S) ? ANSWER_READY : ANSWER_SILENT;
}

pid_t
launcher_probe_start(const struct launcher_plan *p, pid_t livekit, enum launcher_question question)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	if (launcher_child_begin(parent) != 0)
		_exit(ANSWER_SILENT);
	_exit(run(p, livekit, question));
}

void
launcher_probe_text(const struct launcher_plan *p, int status, char *out, size_t n)
{
	int answer = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	struct launcher_plan_port all[LAUNCHER_PLAN_PORTS], *port;

	if (answer >= ANSWER_PORTLESS && answer < ANSWER_PORTLESS + LAUNCHER_PLAN_PORTS) {
		launcher_plan_ports(p, all);
		port = &all[answer - ANSWER_PORTLESS];
		(void)snprintf(out, n, "its HTTP port answers, but its process has not bound %s port %d (%s)",
		    port->is_udp ? "UDP" : "TCP", port->from,
		    p->static_path == NULL ? port->key : "the file in livekit.configPath");
	} else if (answer == ANSWER_NOWHERE) {
		(void)snprintf(out, n, "there is no way to %s, where it would answer: see that this machine%s",
		    p->http_host,
		    strcmp(p->http_host, "127.0.0.1") == 0 ? "'s loopback is up (ip link set lo up)"
							   : " has that address");
	} else {
		(void)snprintf(out, n, "%s",
		    answer == ANSWER_SILENT ? "its HTTP port does not answer"
		    : answer == ANSWER_REFUSED
			? "it answers, but refuses a call that is signed with livekit.apiSecret"
			: "the program that asks it was ended");
	}
}

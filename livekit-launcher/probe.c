/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/probe.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "livekit-launcher/child.h"
#include "livekit-launcher/ports.h"
#include "livekit/api.h"

#define PAUSE_MS 10 /* between two looks at a port that isn't open yet */
#define PAUSE_REFUSED_MS 250
#define CALL_MS 3000
#define LAST_MS 500 /* of the deadline: failures are logged */

/* A connected socket, -1 without. */
static int
reach(const char *host, int port)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *a;
	struct timeval second = {.tv_sec = 1};
	char service[16];
	int fd;

	(void)snprintf(service, sizeof service, "%d", port);
	if (getaddrinfo(host, service, &hints, &a) != 0)
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second) != 0 ||
			   connect(fd, a->ai_addr, a->ai_addrlen) != 0)) {
		(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(a);
	return fd;
}

int
launcher_probe_get(const char *host, int port)
{
	static const char request[] = "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n";
	char answer[16] = "";
	size_t n = 0;
	ssize_t got;
	int fd = reach(host, port);

	if (fd < 0)
		return 0;
	if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0)
		while (n < 12 && (got = recv(fd, answer + n, 12 - n, 0)) > 0)
			n += (size_t)got;
	(void)close(fd);
	return n == 12 && strncmp(answer, "HTTP/1.", 7) == 0 && strcmp(answer + 8, " 200") == 0;
}

static enum launcher_answer
ask(const struct launcher_plan *p, pid_t livekit, struct livekit_api *api)
{
	if (!launcher_ports_listens(livekit, p->port))
		return ANSWER_CLOSED;
	if (!launcher_probe_get(p->http_host, p->port))
		return ANSWER_SILENT;
	return livekit_api_probe(api) == ERR_OK ? ANSWER_READY : ANSWER_REFUSED;
}

static int
run(const struct launcher_plan *p, pid_t livekit)
{
	int64_t deadline = base_clock_mono_ms() + LAUNCHER_PROBE_DEADLINE_MS, left;
	enum launcher_answer answer;
	struct livekit_api_conf conf = {.api_key = p->api_key, .timeout_ms = CALL_MS};
	struct livekit_api *api;
	struct base_jwt_key *key;
	char url[64 + LAUNCHER_NODEIP_TEXT];

	(void)snprintf(url, sizeof url, strchr(p->http_host, ':') != NULL ? "http://[%s]:%d" : "http://%s:%d",
	    p->http_host, p->port);
	conf.base_url = url;
	if (base_jwt_key_new(p->api_secret, strlen(p->api_secret), &key) != ERR_OK)
		return ANSWER_CLOSED;
	conf.key = key;
	if (livekit_api_new(&conf, &api) != ERR_OK) {
		base_jwt_key_free(key);
		return ANSWER_CLOSED;
	}
	/* Loads libcurl while LiveKit starts, which takes as long: the call itself can only fail yet. */
	base_log_threshold(LOG_LEVEL_NONE);
	answer = livekit_api_probe(api) == ERR_OK ? ANSWER_REFUSED : ANSWER_CLOSED;
	while ((left = deadline - base_clock_mono_ms()) > 0) {
		if (left < LAST_MS)
			base_log_threshold(LOG_LEVEL_WARN); /* why it was all in vain */
		answer = ask(p, livekit, api);
		if (answer == ANSWER_READY)
			break;
		(void)poll(NULL, 0, answer == ANSWER_REFUSED ? PAUSE_REFUSED_MS : PAUSE_MS);
	}
	livekit_api_free(api);
	base_jwt_key_free(key);
	return (int)answer;
}

pid_t
launcher_probe_start(const struct launcher_plan *p, pid_t livekit)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	if (launcher_child_begin(parent) != 0)
		_exit(ANSWER_CLOSED);
	_exit(run(p, livekit));
}

const char *
launcher_probe_text(int status)
{
	switch (WIFEXITED(status) ? WEXITSTATUS(status) : -1) {
	case ANSWER_CLOSED:
		return "it has not opened its port";
	case ANSWER_SILENT:
		return "its port is open, but GET / is not answered with 200";
	case ANSWER_REFUSED:
		return "it answers GET /, but refuses or fails a signed call";
	default:
		return "the program that asks it was ended";
	}
}

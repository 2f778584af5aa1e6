/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that answers connections on the loopback with bytes of the test's choice, and keeps what was asked. */
#ifndef TESTS_UNIT_ANSWER_H
#define TESTS_UNIT_ANSWER_H
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;
static char base_url[64];	/* where it listens */

/* The one answer, and what was asked last. */
static const char *answer;
static size_t answer_n;
static char asked[8192];
static pthread_t server;
static int connections = 1;	/* that the server answers */
static const char *(*answer_to)(const char *asked);	/* makes the answer of each request, when set */

static inline int
listen_here(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(listener, 4) != 0 ||
	    getsockname(listener, (struct sockaddr *)&addr, &n) != 0)
		return -1;
	snprintf(base_url, sizeof(base_url), "http://127.0.0.1:%d", ntohs(addr.sin_port));
	return 0;
}

/* Reads a request with its body, writes the answer, closes. */
static inline void
serve_one(int c)
{
	size_t n = 0, more = 0;
	const char *head_end = NULL, *length;
	ssize_t done_now;

	while (n < sizeof(asked) - 1 && (head_end == NULL || n < (size_t)(head_end + 4 - asked) + more) &&
	    (done_now = read(c, asked + n, sizeof(asked) - 1 - n)) > 0) {
		n += (size_t)done_now;
		asked[n] = '\0';
		if (head_end == NULL && (head_end = strstr(asked, "\r\n\r\n")) != NULL &&
		    (length = strcasestr(asked, "Content-Length: ")) != NULL)
			more = strtoul(length + 16, NULL, 10);
	}
	if (answer_to != NULL) {
		answer = answer_to(asked);
		answer_n = strlen(answer);
	}
	for (size_t done = 0; done < answer_n; done += (size_t)done_now)
		if ((done_now = send(c, answer + done, answer_n - done, MSG_NOSIGNAL)) <= 0)
			break;
	close(c);
}

static inline void *
serve(void *unused)
{
	(void)unused;
	for (int i = 0; i < connections; i++)
		serve_one(accept(listener, NULL, NULL));
	return NULL;
}

/* The test joins `server` when it has asked. */
static inline void
will_answer(const char *text, size_t n)
{
	answer = text;
	answer_n = n;
	assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
}

static inline void
will_say(const char *status, const char *body)
{
	static char text[4096];
	int n = snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s", status, strlen(body), body);

	will_answer(text, (size_t)n);
}

#endif

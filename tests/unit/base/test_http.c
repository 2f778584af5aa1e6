/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked, what comes back, and whom a connection is made to. Proxies, redirects and silent peers: test_api.c of
 * livekit, which goes the same way.
 */
#include "tests/unit/unit.h"

#include <poll.h>

#include "base/http.h"
#include "base/log.h"
#include "tests/unit/answer.h"

static struct base_http_answer got;
static char body[64];
static int seen, port_seen;

/* One exchange with a handle of its own. */
static enum err
ask(const struct base_http_conf *c, const struct base_http_request *r)
{
	struct base_http *h;
	enum err e;

	assert_ok(base_http_new(c, &h));
	e = base_http_send(h, r, &got);
	(void)snprintf(body, sizeof body, "%s", got.body->n > 0 ? got.body->p : "");
	base_http_free(h);
	return e;
}

static void
a_request_is_sent_as_it_is_given(void **state)
{
	static const char *const headers[] = { "X-One: 1", "Content-Type: text/plain", NULL };
	const struct base_http_conf c = { .timeout_ms = 2000, .most = 10 };
	struct base_http_request r = { .method = "PUT", .url = base_url, .headers = headers, .body = "a\0b",
		.body_n = 3 };

	(void)state;
	will_say("201 Created", "{}");
	assert_ok(ask(&c, &r));
	pthread_join(server, NULL);
	assert_int_equal(got.status, 201);
	assert_string_equal(body, "{}");
	assert_int_equal(strncmp(asked, "PUT / HTTP/1.1\r\n", 16), 0);
	assert_non_null(strstr(asked, "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(asked, "\r\nContent-Type: text/plain\r\n"));
	assert_non_null(strstr(asked, "\r\nContent-Length: 3\r\n"));
	assert_memory_equal(strstr(asked, "\r\n\r\n") + 4, "a\0b", 3);
	r = (struct base_http_request){ .method = "GET", .url = base_url };
	will_say("204 No Content", "");
	assert_ok(ask(&c, &r));
	pthread_join(server, NULL);
	assert_int_equal(got.status, 204);
	assert_int_equal(strncmp(asked, "GET / HTTP/1.1\r\n", 16), 0);
	assert_null(strcasestr(asked, "\r\nContent-Length:"));
}

/* Also when the length isn't said before. */
static void
a_status_is_known_of_what_is_too_big(void **state)
{
	static const char endless[] = "HTTP/1.1 202 Accepted\r\n\r\n01234567890";
	const struct base_http_conf c = { .timeout_ms = 2000, .most = 10 };
	const struct base_http_request r = { .method = "POST", .url = base_url, .body = "", .body_n = 0 };

	(void)state;
	will_say("200 OK", "01234567890");
	assert_err(ERR_TOO_BIG, ask(&c, &r));
	pthread_join(server, NULL);
	assert_int_equal(got.status, 200);
	will_answer(endless, sizeof endless - 1);
	assert_err(ERR_TOO_BIG, ask(&c, &r));
	pthread_join(server, NULL);
	assert_int_equal(got.status, 202);
}

static int
judge(void *arg, const struct sockaddr *to)
{
	const struct sockaddr_in *v4 = (const void *)to;

	seen++;
	assert_int_equal(to->sa_family, AF_INET);
	assert_int_equal(ntohl(v4->sin_addr.s_addr), INADDR_LOOPBACK);
	port_seen = ntohs(v4->sin_port);
	return *(int *)arg;
}

/* Nothing reaches whom the guard refuses: nobody waits to be accepted afterwards. */
static void
each_address_is_asked_about(void **state)
{
	static int may;
	const struct base_http_conf c = { .timeout_ms = 2000, .most = 10, .may_connect = judge, .arg = &may };
	const struct base_http_request r = { .method = "GET", .url = base_url };
	struct pollfd waiting = { .fd = listener, .events = POLLIN };

	(void)state;
	assert_err(ERR_PEER, ask(&c, &r));
	assert_int_equal(got.status, 0);
	assert_int_equal(seen, 1);
	assert_int_equal(poll(&waiting, 1, 0), 0);
	may = 1;	/* judge() reads it */
	will_say("200 OK", "{}");
	assert_ok(ask(&c, &r));
	pthread_join(server, NULL);
	assert_int_equal(seen, 2);
	assert_int_equal(port_seen, atoi(strrchr(base_url, ':') + 1));
}

static int
setup(void **state)
{
	(void)state;
	base_log_threshold(LOG_LEVEL_NONE);
	return listen_here();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_is_sent_as_it_is_given),
	    cmocka_unit_test(a_status_is_known_of_what_is_too_big),
	    cmocka_unit_test(each_address_is_asked_about),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

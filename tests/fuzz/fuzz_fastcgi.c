/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FastCGI records of one connection, through libfcgi and web/loop.c over a socket pair. What comes back must
 * be whole records.
 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <poll.h>
#include <setjmp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "web/loop.h"
#include "web/pool_impl.h"

enum { MOST = 16384 }; /* of input: its answers fit into the socket */

/*
 * libfcgi 2.4.2 loses 48 bytes for each management record that it doesn't know. Only the web server can send one.
 * The leak checker asks for this by name.
 */
const char *__lsan_default_suppressions(void); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *
__lsan_default_suppressions(void) /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
{
	return "leak:libfcgi.so";
}

/*
 * libfcgi ends the process when the web server announces a parameter that memory can't hold: then the web server
 * starts another one. Here the worker is replaced instead. glibc's assert(3) ends in this function.
 */
static jmp_buf given_up;
void
__assert_fail(	/* NOLINT(readability-inconsistent-declaration-parameter-name) */
    const char *assertion, const char *file, unsigned line, const char *function)
{
	if (strcmp(file, "fcgiapp.c") == 0 && strcmp(function, "Malloc") == 0)
		longjmp(given_up, 1);
	fprintf(stderr, "%s:%u: %s: %s\n", file, line, function, assertion);
	abort();
}

static struct web_pool_job the_job;
static void *worker;

/* Instead of threads that accept: this process hands over its own connections. */
enum err
web_pool_run(const struct web_pool_job *job)
{
	the_job = *job;
	return ERR_OK;
}

void
web_pool_progress(void)
{
}

static enum err
app_open(void *app, void **thread)
{
	*thread = app;
	return ERR_OK;
}

static void
app_close(void *thread)
{
	(void)thread;
}

static size_t
app_max_body(void *app, const struct web_request *r)
{
	(void)app;
	return r->path[1] == 'b' ? LIMIT_BODY_SMALL : 16;
}

static void
app_serve(void *thread, struct web_request *r, struct web_reply *reply)
{
	const char *cookie = web_request_cookie(r, "a"), *query = web_request_query(r, "a");
	json_object *o;

	(void)thread;
	FUZZ_MUST(r->path[0] == '/' && r->method != NULL && r->body[r->body_n] == '\0');
	FUZZ_MUST(strchr(r->path, '\0') != NULL && (r->path[1] == '\0' || strlen(r->path) <= LIMIT_URI));
	FUZZ_MUST(cookie == NULL || strpbrk(cookie, ";") == NULL);
	FUZZ_MUST(query == NULL || strlen(query) <= strlen(r->query));
	(void)!web_request_json(r, 1, &o);
	base_json_open(&reply->body, NULL, '{');
	base_json_put_int(&reply->body, "n", (int64_t)r->body_n);
	base_json_close(&reply->body, '}');
}

/* A listening socket on descriptor 0 is how a responder knows FastCGI. */
static void
prepare(void)
{
	static int app;
	static const struct web_loop_app loop = {app_open, app_close, app_max_body, app_serve, &app};
	struct sockaddr_un a = {.sun_family = AF_UNIX}; /* an address without a name: the kernel chooses one */
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	FUZZ_MUST(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(sa_family_t)) == 0 && listen(fd, 1) == 0 &&
		  dup2(fd, 0) == 0);
	FUZZ_MUST(web_loop_run(&loop) == ERR_OK);
	worker = the_job.open(the_job.context);
	FUZZ_MUST(worker != NULL);
}

/* Version 1, a type that an application may send, the lengths as said, to the last byte. */
static void
check_records(int fd)
{
	static unsigned char out[4 << 20];
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, out + n, sizeof out - n)) > 0)
		n += (size_t)got;
	for (size_t i = 0; i < n;) {
		unsigned char type;

		FUZZ_MUST(n - i >= 8 && out[i] == 1);
		type = out[i + 1];
		FUZZ_MUST(type == 3 || type == 6 || type == 7 || type == 10 || type == 11);
		i += 8 + (size_t)(out[i + 4] << 8 | out[i + 5]) + out[i + 6];
		FUZZ_MUST(i <= n);
	}
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	int pair[2] = {-1, -1};

	if (worker == NULL)
		prepare();
	if (n > MOST)
		n = MOST;
	FUZZ_MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	FUZZ_MUST(n == 0 || write(pair[0], p, n) == (ssize_t)n);
	FUZZ_MUST(shutdown(pair[0], SHUT_WR) == 0);
	if (setjmp(given_up) == 0) {
		while (the_job.connection(worker, pair[1]))
			;
		check_records(pair[0]);
	} else {
		close(pair[1]);
		the_job.close(worker);
		worker = the_job.open(the_job.context);
		FUZZ_MUST(worker != NULL);
	}
	close(pair[0]);
	return 0;
}

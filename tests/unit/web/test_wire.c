/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FastCGI's wire, read by web/loop.c and libfcgi in a process of their own: the requests of tests/fixtures/requests
 * split at every byte, given up at every record, with wrong versions, types and ids, with lengths that can't be.
 *
 * The program behind the loop says what arrived, so that an answer shows that nothing was lost, added or mixed up. A
 * process may only end where libfcgi wants it so: it calls abort() when memory can't hold a parameter that the web
 * server announces.
 */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "web/loop.h"

enum { BEGIN = 1, ABORT = 2, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, STDERR = 7 };
enum { HEAD = 8, MOST = 200000, MOST_RECORDS = 64, MOST_CASES = 120, BODY_MOST = 70000, PATIENCE_MS = 20000,
	SLICE_MS = 20 };

#ifdef __SANITIZE_ADDRESS__
/* As malloc(3) does it: NULL for what memory can't hold. The sanitizer asks for this by name. */
const char *__asan_default_options(void); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *
__asan_default_options(void) /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
{
	return "allocator_may_return_null=1";
}
#endif

/* --- the program behind the loop --- */

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
	(void)r;
	return BODY_MOST;
}

static void
app_serve(void *thread, struct web_request *r, struct web_reply *reply)
{
	const char *const said[] = {r->method, r->path, r->query, r->authorization, r->cookie, r->content_type,
	    r->origin, r->referer, r->host, r->user_agent, r->remote_addr};

	(void)thread;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		base_buf_printf(&reply->body, "%s\n", said[i]);
	base_buf_printf(&reply->body, "%zu\n", r->body_n);
	base_buf_add(&reply->body, r->body, r->body_n);
}

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_n;
static int listener = -1;
static pid_t responder = -1;
static int may_abort; /* the responder, now */

static void
respond(void)
{
	static int app;
	static const struct web_loop_app loop = {app_open, app_close, app_max_body, app_serve, &app};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0 ||
	    dup2(listener, 0) != 0)
		_exit(99);
	close(listener);
	base_log_threshold(LOG_LEVEL_NONE);
	exit(web_loop_run(&loop) == ERR_OK ? 0 : 98);
}

static void
start(void)
{
	fflush(stdout);
	responder = fork();
	assert_true(responder >= 0);
	if (responder == 0)
		respond();
}

static int
begin(void **state)
{
	(void)state;
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	address_n = sizeof address;
	/* An address without a name: the kernel chooses one. */
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &address_n) != 0 || listen(listener, 64) != 0)
		return -1;
	start();
	return 0;
}

static int
end(void **state)
{
	int status = -1;

	(void)state;
	if (kill(responder, SIGTERM) != 0 || waitpid(responder, &status, 0) != responder)
		return -1;
	close(listener);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* --- records --- */

struct wire {
	unsigned char p[MOST];
	size_t n, records[MOST_RECORDS], n_records; /* where each record starts */
};

static void
add_record(struct wire *w, unsigned char type, const void *p, size_t n)
{
	const unsigned char head[HEAD] = {1, type, 0, 1, (unsigned char)(n >> 8), (unsigned char)n};

	assert_true(n <= 65535 && w->n + HEAD + n <= MOST && w->n_records < MOST_RECORDS);
	w->records[w->n_records++] = w->n;
	memcpy(w->p + w->n, head, HEAD);
	if (n > 0)
		memcpy(w->p + w->n + HEAD, p, n);
	w->n += HEAD + n;
}

static void
add_begin(struct wire *w, int keep)
{
	const unsigned char body[8] = {0, 1, keep != 0};

	add_record(w, BEGIN, body, sizeof body);
}

/* A length as FastCGI has it; four bytes from 128 on. */
static void
add_length(struct base_buf *b, uint32_t n)
{
	const unsigned char four[4] = {
	    (unsigned char)(n >> 24 | 0x80), (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n};

	if (n < 128)
		base_buf_add(b, (const char *)&four[3], 1);
	else
		base_buf_add(b, (const char *)four, sizeof four);
}

static void
add_pair(struct base_buf *b, const char *name, const char *value)
{
	add_length(b, (uint32_t)strlen(name));
	add_length(b, (uint32_t)strlen(value));
	base_buf_str(b, name);
	base_buf_str(b, value);
}

static void
add_body(struct wire *w, const char *body, size_t n)
{
	for (size_t part; n > 0; body += part, n -= part) {
		part = n < 60000 ? n : 60000;
		add_record(w, STDIN, body, part);
	}
	add_record(w, STDIN, NULL, 0);
}

/* A POST; length NULL = none is told. */
static void
post(struct wire *w, int keep, const char *path, const char *length, const char *body, size_t n)
{
	struct base_buf params;

	base_buf_init(&params, MOST);
	add_pair(&params, "REQUEST_METHOD", "POST");
	add_pair(&params, "REQUEST_URI", path);
	if (length != NULL)
		add_pair(&params, "CONTENT_LENGTH", length);
	assert_ok(params.err);
	add_begin(w, keep);
	add_record(w, PARAMS, params.p, params.n);
	add_record(w, PARAMS, NULL, 0);
	add_body(w, body, n);
	base_buf_free(&params);
}

/* --- the requests of tests/fixtures/requests (tests/house/house.h) --- */

static struct wire cases[MOST_CASES];
static char names[MOST_CASES][300];
static size_t n_cases;

/* "Name: value" as a web server hands it on. What belongs to the house (@ada@) stays as it is written. */
static void
add_header(struct base_buf *b, char *line)
{
	char name[200] = "HTTP_", *colon = strchr(line, ':');
	size_t n = strchr(line, '_') != NULL || strncasecmp(line, "Content-Type:", 13) == 0 ? 0 : 5;

	if (colon == NULL)
		return;
	for (char *p = line; p < colon && n < sizeof name - 1; p++)
		name[n++] = (char)(*p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? *p - 32 : *p);
	name[n] = '\0';
	add_pair(b, name, colon + 1 + strspn(colon + 1, " "));
}

static void
make_case(struct wire *w, char *text, size_t n)
{
	char *blank = memmem(text, n, "\n\n", 2), *line, *rest = text, *uri, length[24];
	char *body = blank == NULL ? text + n : blank + 2;
	size_t body_n = (size_t)(text + n - body);
	struct base_buf b;

	base_buf_init(&b, MOST);
	if (blank != NULL)
		*blank = '\0';
	line = strsep(&rest, "\n");
	uri = strchr(line, ' ');
	if (uri != NULL)
		*uri++ = '\0';
	add_pair(&b, "REQUEST_METHOD", line);
	if (uri != NULL) {
		add_pair(&b, "REQUEST_URI", uri);
		add_pair(&b, "QUERY_STRING", strchr(uri, '?') == NULL ? "" : strchr(uri, '?') + 1);
	}
	while ((line = strsep(&rest, "\n")) != NULL)
		add_header(&b, line);
	(void)snprintf(length, sizeof length, "%zu", body_n);
	add_pair(&b, "CONTENT_LENGTH", length);
	assert_ok(b.err);
	add_begin(w, 0);
	/* In two records, so that a parameter crosses from one into the other. */
	add_record(w, PARAMS, b.p, b.n / 2);
	add_record(w, PARAMS, b.p + b.n / 2, b.n - b.n / 2);
	add_record(w, PARAMS, NULL, 0);
	add_body(w, body, body_n);
	base_buf_free(&b);
}

static void
load(const char *folder)
{
	static char text[65537];
	struct dirent *entry;
	DIR *d = opendir(folder);

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL && n_cases < MOST_CASES) {
		char path[4600];
		size_t n;
		FILE *f;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		f = fopen(path, "rb");
		assert_non_null(f);
		n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
		text[n] = '\0';
		(void)snprintf(names[n_cases], sizeof names[0], "%s", entry->d_name);
		make_case(&cases[n_cases++], text, n);
	}
	closedir(d);
}

static void
load_all(void)
{
	static const char *const responders[] = {"auth", "health", "hook", "join", "room"};
	const char *fixtures = getenv("BEDRUD_FIXTURES");

	for (size_t i = 0; i < sizeof responders / sizeof *responders; i++) {
		char folder[4200];

		(void)snprintf(folder, sizeof folder, "%s/requests/%s", fixtures == NULL ? "tests/fixtures" : fixtures,
		    responders[i]);
		load(folder);
	}
	assert_in_range(n_cases, 50, MOST_CASES - 1);
}

/* --- talking --- */

static int
dial(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0 && connect(fd, (struct sockaddr *)&address, address_n) == 0);
	return fd;
}

/* 1 = sent; 0 = the responder has hung up. */
static int
tell(int fd, const unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t put = send(fd, p, n, MSG_NOSIGNAL);

		if (put < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		assert_true(put > 0);
		p += put;
		n -= (size_t)put;
	}
	return 1;
}

/* Until the responder has read all that was sent. */
static void
wait_read(int fd)
{
	struct pollfd closed = {.fd = fd};

	for (int left = 1, turns = 0; left > 0 && closed.revents == 0; turns++) {
		assert_true(ioctl(fd, TIOCOUTQ, &left) == 0);
		assert_true(poll(&closed, 1, left > 0 && turns > 50) >= 0);
		assert_true(turns < PATIENCE_MS);
	}
}

struct answer {
	char text[MOST];
	size_t n;
	int records, ended; /* ended: there was an END_REQUEST */
};

/* Waits for something to read; meanwhile a responder that may end is followed by another, as a web server does. */
static void
wait_readable(int fd)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	int status, waited = 0;

	for (; poll(&readable, 1, SLICE_MS) == 0; waited += SLICE_MS) {
		assert_true(waited < PATIENCE_MS);
		if (waitpid(responder, &status, WNOHANG) != responder)
			continue;
		assert_true(may_abort && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		start();
	}
}

/* 1 = got; 0 = the end, or hung up on with something unread. */
static int
take(int fd, void *p, size_t n)
{
	for (size_t have = 0; have < n;) {
		ssize_t got;

		wait_readable(fd);
		got = recv(fd, (char *)p + have, n - have, 0);
		if (got <= 0) {
			assert_true(have == 0 || (got < 0 && errno == ECONNRESET)); /* else whole records only */
			return 0;
		}
		have += (size_t)got;
	}
	return 1;
}

/* One answer: until its END_REQUEST or the end of the connection. */
static void
listen_to(int fd, struct answer *a)
{
	unsigned char head[HEAD], content[65536 + 256];

	a->n = 0;
	a->records = a->ended = 0;
	while (!a->ended && take(fd, head, HEAD)) {
		size_t n = (size_t)(head[4] << 8 | head[5]);

		assert_int_equal(1, head[0]);
		assert_true(head[1] == STDOUT || head[1] == STDERR || head[1] == END || head[1] == 10 || head[1] == 11);
		assert_true(n + head[6] == 0 || take(fd, content, n + head[6]));
		a->records++;
		a->ended = head[1] == END;
		if (head[1] == STDOUT) {
			assert_true(a->n + n < MOST);
			memcpy(a->text + a->n, content, n);
			a->n += n;
		}
	}
	a->text[a->n] = '\0';
}

static void
ask(const struct wire *w, struct answer *a)
{
	int fd = dial();

	tell(fd, w->p, w->n);
	listen_to(fd, a);
	close(fd);
}

static int
is_ok(const struct answer *a)
{
	return a->ended && strncmp(a->text, "Status: 200\r\n", 13) == 0;
}

/* Someone else is served well: by the same process, or by the next one where this one may abort. */
static void
others_are_served(void)
{
	static struct wire w;
	static struct answer a;

	w.n = w.n_records = 0;
	post(&w, 0, "/others", "5", "hello", 5);
	ask(&w, &a);
	assert_true(is_ok(&a));
	assert_non_null(strstr(a.text, "\n5\nhello"));
}

/* --- the tests --- */

static void
split_at_every_byte(void **state)
{
	static struct answer whole, split;
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < n_cases; i++) {
		const struct wire *w = &cases[i];

		ask(w, &whole);
		if (!whole.ended)
			fail_msg("%s: no answer", names[i]);
		for (size_t at = 1; at < w->n; at++, tried++) {
			int fd = dial();

			tell(fd, w->p, at);
			wait_read(fd);
			tell(fd, w->p + at, w->n - at);
			listen_to(fd, &split);
			close(fd);
			if (!split.ended || split.n != whole.n || memcmp(split.text, whole.text, whole.n) != 0)
				fail_msg("%s split at byte %zu: %s", names[i], at, split.text);
		}
	}
	printf("%zu requests, %zu splits\n", n_cases, tried);
}

/* One byte at a time, several requests on a connection that stays open. */
static void
drop_by_drop(void **state)
{
	static struct answer whole, drops;
	int fd = dial();

	(void)state;
	for (size_t i = 0; i < n_cases; i += 5) {
		struct wire *w = &cases[i];

		ask(w, &whole);
		w->p[HEAD + 2] = 1; /* keep the connection */
		for (size_t at = 0; at < w->n; at++) {
			tell(fd, w->p + at, 1);
			wait_read(fd);
		}
		listen_to(fd, &drops);
		w->p[HEAD + 2] = 0;
		assert_true(drops.ended);
		assert_int_equal(whole.n, drops.n);
		assert_memory_equal(whole.text, drops.text, whole.n);
	}
	close(fd);
}

/* The web server gives up (its client has gone) after any record, with and without hanging up. */
static void
aborted_at_every_record(void **state)
{
	static struct wire cut;
	static struct answer a, whole;

	(void)state;
	for (size_t i = 0; i < n_cases; i++) {
		ask(&cases[i], &whole);
		for (size_t records = 0; records <= cases[i].n_records * 2 + 1; records++) {
			size_t upto = records / 2;
			int fd = dial();

			cut.n = upto == cases[i].n_records ? cases[i].n : cases[i].records[upto];
			cut.n_records = 0;
			memcpy(cut.p, cases[i].p, cut.n);
			add_record(&cut, ABORT, NULL, 0);
			tell(fd, cut.p, cut.n);
			if (records % 2 == 0) {
				assert_int_equal(0, shutdown(fd, SHUT_WR));
				listen_to(fd, &a);
				/* What wasn't there in full is not done. */
				if (is_ok(&a) && (a.n != whole.n || memcmp(a.text, whole.text, a.n) != 0))
					fail_msg("%s aborted after record %zu: %s", names[i], upto, a.text);
			}
			close(fd);
		}
	}
	others_are_served();
}

static void
with_byte(const struct wire *from, size_t record, size_t at, unsigned char value)
{
	static struct wire w;
	static struct answer a, whole;
	int fd = dial();

	w.n = from->n;
	memcpy(w.p, from->p, w.n);
	w.p[from->records[record] + at] = value;
	tell(fd, w.p, w.n);
	assert_int_equal(0, shutdown(fd, SHUT_WR));
	listen_to(fd, &a);
	close(fd);
	if (!is_ok(&a))
		return;
	/* What isn't understood is left out or refused; it never becomes another request. */
	ask(from, &whole);
	if (a.n != whole.n || memcmp(a.text, whole.text, a.n) != 0)
		fail_msg("record %zu, byte %zu = %u: %s", record, at, value, a.text);
}

static void
wrong_version_type_id(void **state)
{
	static struct wire w;
	static const unsigned char versions[] = {0, 2, 127, 255}, ids[] = {0, 2, 255};

	(void)state;
	post(&w, 0, "/wire", "5", "hello", 5);
	for (size_t record = 0; record < w.n_records; record++) {
		for (size_t i = 0; i < sizeof versions; i++)
			with_byte(&w, record, 0, versions[i]);
		for (int type = 0; type <= 255; type++)
			with_byte(&w, record, 1, (unsigned char)type);
		for (size_t i = 0; i < sizeof ids; i++) {
			with_byte(&w, record, 2, ids[i]);
			with_byte(&w, record, 3, ids[i]);
		}
	}
	/* A role that we don't have: filter, authorizer, none. */
	for (int role = 0; role <= 255; role++) {
		if (role != 1)
			with_byte(&w, 0, HEAD + 1, (unsigned char)role);
	}
	others_are_served();
}

/* Lengths that memory or a signed int can't hold, with little and with much behind them. */
static void
huge_lengths(void **state)
{
	static const uint32_t lengths[] = {
	    0x7fffffff, 0x7ffffffe, 0x7ffffffd, 0x7fffff00, 0x40000000, 0x3fffffff, 0x10000};
	static const size_t behind[] = {0, 1, 60000};
	enum { PAIRS = 7 * 8, TRIES = PAIRS * 3 };
	static char much[60000];
	static struct wire w;
	static struct answer a;
	struct base_buf b;

	(void)state;
	may_abort = 1;
	memset(much, 'x', sizeof much);
	base_buf_init(&b, MOST);
	for (size_t i = 0; i < TRIES; i++) {
		uint32_t name = i / 8 % 7 == i % 8 ? 1 : lengths[i / 8 % 7];
		uint32_t value = i % 8 == 7 ? 0 : lengths[i % 8];
		int fd;

		w.n = w.n_records = 0;
		base_buf_clear(&b);
		add_length(&b, name);
		add_length(&b, value);
		base_buf_add(&b, much, behind[i / PAIRS]);
		assert_ok(b.err);
		add_begin(&w, 0);
		add_record(&w, PARAMS, b.p, b.n);
		add_record(&w, PARAMS, NULL, 0);
		add_record(&w, STDIN, NULL, 0);
		fd = dial();
		tell(fd, w.p, w.n);
		shutdown(fd, SHUT_WR);
		listen_to(fd, &a);
		close(fd);
		assert_false(is_ok(&a));
		others_are_served();
	}
	base_buf_free(&b);
	may_abort = 0;
}

static void
content_lengths(void **state)
{
	static const struct {
		const char *length;
		int status;
		size_t body; /* what arrives of "hello" */
	} said[] = {{NULL, 200, 0}, {"", 200, 0}, {"0", 200, 0}, {"1", 200, 1}, {"4", 200, 4}, {"5", 200, 5},
	    {"6", 400, 0}, {"69999", 400, 0}, {"70001", 413, 0}, {"4294967295", 413, 0}, {"4294967296", 413, 0},
	    {"4294967301", 413, 0}, {"9223372036854775807", 413, 0}, {"9223372036854775808", 400, 0},
	    {"18446744073709551621", 400, 0}, {"-1", 400, 0}, {"-0", 400, 0}, {"+5", 400, 0}, {" 5", 400, 0},
	    {"5 ", 400, 0}, {"0x5", 400, 0}, {"five", 400, 0}};
	static struct wire w;
	static struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		char wanted[80];
		int fd = dial();

		w.n = w.n_records = 0;
		post(&w, 0, "/wire", said[i].length, "hello", 5);
		tell(fd, w.p, w.n);
		listen_to(fd, &a);
		close(fd);
		(void)snprintf(wanted, sizeof wanted, "Status: %d\r\n", said[i].status);
		if (!a.ended || strncmp(a.text, wanted, strlen(wanted)) != 0)
			fail_msg("CONTENT_LENGTH %s: %s", said[i].length, a.text);
		(void)snprintf(wanted, sizeof wanted, "\n%zu\n%.*s", said[i].body, (int)said[i].body, "hello");
		if (said[i].status == 200 &&
		    (a.n < strlen(wanted) || strcmp(a.text + a.n - strlen(wanted), wanted) != 0))
			fail_msg("CONTENT_LENGTH %s: %s", said[i].length, a.text);
	}
	others_are_served();
}

/* One request, then another on the same connection: it is served as it is, or hung up on unless it must be served. */
static void
then_second(const struct wire *first, int must, const char *what)
{
	static struct wire second;
	static struct answer a;
	int fd = dial();

	second.n = second.n_records = 0;
	post(&second, 0, "/second", "6", "second", 6);
	tell(fd, first->p, first->n);
	listen_to(fd, &a);
	assert_true(a.ended);
	a.records = 0;
	if (tell(fd, second.p, second.n))
		listen_to(fd, &a);
	if (a.records == 0 ? must : !is_ok(&a) || strstr(a.text, "\n/second\n") == NULL ||
		strstr(a.text, "\n6\nsecond") == NULL)
		fail_msg("after %s: %s", what, a.text);
	close(fd);
}

static void
kept_after_a_wrong_length(void **state)
{
	static const char *const said[] = {NULL, "0", "2", "5", "6", "-1", "70001", "five"};
	static char body[BODY_MOST + 1];
	static struct wire w;

	(void)state;
	memset(body, 'b', sizeof body);
	for (size_t i = 0; i < sizeof said / sizeof *said * 2; i++) {
		w.n = w.n_records = 0;
		post(&w, 1, "/first", said[i / 2], body, i % 2 == 0 ? 5 : 30000);
		then_second(&w, i % 2 == 0 && said[i / 2] != NULL && strcmp(said[i / 2], "5") == 0, said[i / 2]);
	}
	/* What a web server sends of a request that is refused: the connection stays. */
	w.n = w.n_records = 0;
	post(&w, 1, "/first", "70001", body, sizeof body);
	then_second(&w, 1, "too large a body");
	w.n = w.n_records = 0;
	post(&w, 1, "/%zz", "5", body, 5);
	then_second(&w, 1, "no path");
	others_are_served();
}

/* More body than was announced, which reads like a request: nobody serves it. */
static void
nothing_is_smuggled(void **state)
{
	static char body[30000];
	static struct wire w, hidden;

	(void)state;
	post(&hidden, 0, "/hidden", "0", "", 0);
	for (size_t before = 0; before < hidden.n; before++) {
		memset(body, 0, sizeof body);
		for (size_t at = before; at + hidden.n <= sizeof body; at += hidden.n)
			memcpy(body + at, hidden.p, hidden.n);
		w.n = w.n_records = 0;
		post(&w, 1, "/first", "0", body, sizeof body);
		then_second(&w, 0, "a hidden request");
	}
	others_are_served();
}

enum { KEPT = LIMIT_KEPT + LIMIT_THREADS };

static void
ask_kept(int fd, const struct wire *w, size_t turn)
{
	static struct answer a;

	if (!tell(fd, w->p, w->n))
		fail_msg("kept connection %zu was hung up on", turn);
	listen_to(fd, &a);
	if (!is_ok(&a))
		fail_msg("kept connection %zu was not answered", turn);
}

/* Twice as many kept connections as there are threads: none waits for another to end, none is given up. */
static void
more_kept_than_threads(void **state)
{
	enum { MANY = LIMIT_THREADS * 2, ROUNDS = 5 };
	static struct wire w;
	int fds[MANY];

	(void)state;
	w.n = w.n_records = 0;
	post(&w, 1, "/kept", "5", "hello", 5);
	for (size_t i = 0; i < MANY; i++)
		fds[i] = dial();
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < MANY; i++)
			ask_kept(fds[i], &w, i);
		others_are_served();
	}
	/* All at once. */
	for (size_t i = 0; i < MANY; i++)
		assert_true(tell(fds[i], w.p, w.n));
	for (size_t i = 0; i < MANY; i++) {
		static struct answer a;

		listen_to(fds[i], &a);
		assert_true(is_ok(&a));
		close(fds[i]);
	}
}

/* The other side has closed, and nothing came before that. */
static int
is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static int
count_closed(const int *fds, size_t n)
{
	int closed = 0;

	for (size_t i = 0; i < n; i++)
		closed += is_closed(fds[i]);
	return closed;
}

/* Beyond the limit those go that have been idle longest, and only as many as there are too many. */
static void
the_longest_idle_go(void **state)
{
	static struct wire w;
	int fds[KEPT], gone;

	(void)state;
	w.n = w.n_records = 0;
	post(&w, 1, "/kept", "5", "hello", 5);
	for (size_t i = 0; i < KEPT; i++) {
		fds[i] = dial();
		ask_kept(fds[i], &w, i);
	}
	for (int waited = 0; (gone = count_closed(fds, KEPT)) < KEPT - LIMIT_KEPT; waited += SLICE_MS) {
		assert_true(waited < PATIENCE_MS);
		assert_int_equal(0, poll(NULL, 0, SLICE_MS));
	}
	assert_int_equal(KEPT - LIMIT_KEPT, gone);
	for (size_t i = 0; i < KEPT; i++) {
		/* An answer is seen before its thread has noted that it idles: so many may be out of turn. */
		if (is_closed(fds[i]))
			assert_true(i < KEPT - LIMIT_KEPT + LIMIT_THREADS);
		else
			ask_kept(fds[i], &w, i);
	}
	for (size_t i = 0; i < KEPT; i++)
		close(fds[i]);
	others_are_served();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(split_at_every_byte),
	    cmocka_unit_test(drop_by_drop),
	    cmocka_unit_test(aborted_at_every_record),
	    cmocka_unit_test(wrong_version_type_id),
	    cmocka_unit_test(huge_lengths),
	    cmocka_unit_test(content_lengths),
	    cmocka_unit_test(kept_after_a_wrong_length),
	    cmocka_unit_test(nothing_is_smuggled),
	    cmocka_unit_test(more_kept_than_threads),
	    cmocka_unit_test(the_longest_idle_go),
	};

	load_all();
	return cmocka_run_group_tests(tests, begin, end);
}

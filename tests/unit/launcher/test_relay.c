/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "livekit-launcher/relay.h"

static const char key[] = "APIkey12", secret[] = "se\"cr\\et";

struct fixture {
	struct launcher_relay relay;
	int fds[2];
	char text[4 * LAUNCHER_RELAY_LINE];
};

static void
open_relay(struct fixture *f)
{
	assert_int_equal(pipe(f->fds), 0);
	launcher_relay_init(&f->relay, key, secret, f->fds[1]);
	launcher_relay_begin(&f->relay);
}

static void
say(struct fixture *f, const char *s)
{
	launcher_relay_feed(&f->relay, s, strlen(s));
}

/* What arrived; closes. */
static const char *
heard(struct fixture *f)
{
	size_t n = 0;
	ssize_t got;

	launcher_relay_end(&f->relay);
	(void)close(f->fds[1]);
	while ((got = read(f->fds[0], f->text + n, sizeof f->text - 1 - n)) > 0)
		n += (size_t)got;
	f->text[n] = '\0';
	(void)close(f->fds[0]);
	return f->text;
}

static void
lines_in_pieces(void **unused)
{
	static struct fixture f;

	(void)unused;
	open_relay(&f);
	say(&f, "on");
	say(&f, "e\ntwo\nthr");
	say(&f, "ee");
	assert_string_equal(heard(&f), "livekit: one\nlivekit: two\nlivekit: three\n");
}

static void
no_secret_passes(void **unused)
{
	static struct fixture f;

	(void)unused;
	open_relay(&f);
	say(&f,
	    "a se\"cr\\et, {\"k\":\"se\\\"cr\\\\et\"} of APIkey12; GET /rtc?access_token=eyJh.bc-d_e.f&x=1 se\"cr\n");
	assert_string_equal(heard(&f),
	    "livekit: a <livekit.apiSecret>, {\"k\":\"<livekit.apiSecret>\"} of <livekit.apiKey>; "
	    "GET /rtc?access_token=<hidden>&x=1 se\"cr\n");
}

static void
no_line_is_forged(void **unused)
{
	static struct fixture f;

	(void)unused;
	open_relay(&f);
	say(&f, "a\rb\x1b[31m\tc\n");
	assert_string_equal(heard(&f), "livekit: a\\x0Db\\x1B[31m c\n");
}

/* A secret that begins before the cut must not show its first half. */
static void
long_lines_are_cut(void **unused)
{
	static struct fixture f;
	const char *out;
	int i;

	(void)unused;
	open_relay(&f);
	for (i = 0; i < LAUNCHER_RELAY_LINE - 4; i++)
		say(&f, "x");
	say(&f, secret);
	say(&f, " more\nnext\n");
	out = heard(&f);
	assert_null(strstr(out, "se\""));
	assert_null(strstr(out, "more"));
	assert_non_null(strstr(out, "x…\nlivekit: next\n"));
}

static void
the_reason(void **unused)
{
	static struct fixture f;

	(void)unused;
	open_relay(&f);
	say(&f, "{\"level\":\"info\"}\n");
	assert_string_equal(f.relay.reason, "");
	say(&f, "could not parse config: yaml: unmarshal errors:\n  line 8: field tls not found in type "
		"config.Config\n{\"x\":1}\n\n");
	assert_string_equal(f.relay.reason,
	    "could not parse config: yaml: unmarshal errors:  line 8: field tls not found in type config.Config");
	say(&f, "listen tcp :7880: bind: address already in use APIkey12\n");
	assert_string_equal(f.relay.reason, "listen tcp :7880: bind: address already in use <livekit.apiKey>");
	say(&f, "panic: no\ngoroutine 1\n");
	assert_string_equal(f.relay.reason, "panic: no");
	launcher_relay_begin(&f.relay);
	assert_string_equal(f.relay.reason, "");
	(void)heard(&f);
}

static void
the_version(void **unused)
{
	static struct fixture f;

	(void)unused;
	open_relay(&f);
	say(&f, "{\"msg\":\"something\",\"version\":\"9\"}\n");
	assert_string_equal(f.relay.version, "");
	say(&f,
	    "{\"level\":\"info\",\"msg\":\"starting LiveKit server\",\"nodeIP\":\"::1\",\"version\":\"1.13.5\","
	    "\"x\":1}\n");
	say(&f, "{\"msg\":\"starting LiveKit server\",\"version\":\"2\"}\n");
	assert_string_equal(f.relay.version, "1.13.5");
	(void)heard(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_in_pieces),
	    cmocka_unit_test(no_secret_passes),
	    cmocka_unit_test(no_line_is_forged),
	    cmocka_unit_test(long_lines_are_cut),
	    cmocka_unit_test(the_reason),
	    cmocka_unit_test(the_version),
	};

	return RUN(tests);
}

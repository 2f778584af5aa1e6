/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/launcher/certs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "livekit-launcher/renew.h"

static struct launcher_renew r;
static char text[LAUNCHER_CERT_TEXT];

static struct launcher_turn
turn(void)
{
	struct launcher_turn t = {
	    .is_on = 1, .tls_port = 5349, .domain = DOMAIN, .expires_s = NOW + LAUNCHER_TURN_LIFE_S};

	(void)snprintf(t.cert, sizeof t.cert, "%s", cert);
	(void)snprintf(t.key, sizeof t.key, "%s", key);
	return t;
}

static enum launcher_news
look(const struct launcher_turn *t, int64_t now_s)
{
	return launcher_renew_look(&r, t, now_s, text);
}

static void
start_with(const struct launcher_turn *t)
{
	certs_make("DNS:" DOMAIN, -DAY, 30 * DAY);
	launcher_renew_note(&r, t);
	assert_int_equal(r.expires_s, NOW + 30 * DAY);
	assert_int_equal(look(t, NOW), NEWS_NONE);
}

static void
touch(const char *path)
{
	const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
another_pair_is_news_until_it_is_used(void **unused)
{
	struct launcher_turn t = turn();

	(void)unused;
	start_with(&t);
	certs_make("DNS:" DOMAIN, -DAY, 60 * DAY);
	assert_int_equal(look(&t, NOW), NEWS_CERTIFICATE);
	assert_int_equal(look(&t, NOW), NEWS_CERTIFICATE);
	launcher_renew_note(&r, &t);
	assert_int_equal(look(&t, NOW), NEWS_NONE);
	assert_int_equal(r.expires_s, NOW + 60 * DAY);
}

static void
the_same_again_is_none(void **unused)
{
	struct launcher_turn t = turn();
	char moved[sizeof cert + 8];

	(void)unused;
	start_with(&t);
	touch(cert);
	touch(key);
	assert_int_equal(look(&t, NOW), NEWS_NONE);
	(void)snprintf(moved, sizeof moved, "%s.old", cert);
	assert_int_equal(rename(cert, moved), 0);
	assert_int_equal(look(&t, NOW), NEWS_UNFIT);
	assert_int_equal(rename(moved, cert), 0);
	assert_int_equal(look(&t, NOW), NEWS_NONE);
}

static void
what_will_not_do_is_said_once(void **unused)
{
	struct launcher_turn t = turn();
	char first[sizeof key + 8];

	(void)unused;
	start_with(&t);
	(void)snprintf(first, sizeof first, "%s.first", key);
	assert_int_equal(rename(key, first), 0);
	certs_make("DNS:" DOMAIN, -DAY, 60 * DAY);
	(void)snprintf(other, sizeof other, "%s/other.pem", folder);
	assert_int_equal(rename(key, other), 0);
	assert_int_equal(rename(first, key), 0);		/* the new certificate and the old key */
	assert_int_equal(look(&t, NOW), NEWS_UNFIT);
	assert_non_null(strstr(text, "don't belong together"));
	assert_int_equal(look(&t, NOW), NEWS_NONE);
	touch(key);
	assert_int_equal(look(&t, NOW), NEWS_NONE);
	assert_int_equal(rename(other, key), 0);
	assert_int_equal(look(&t, NOW), NEWS_CERTIFICATE);
	certs_make("DNS:www.example.org", -DAY, 60 * DAY);
	assert_int_equal(look(&t, NOW), NEWS_UNFIT);
	assert_non_null(strstr(text, "isn't for " DOMAIN));
}

/* TURN over TLS was off at the start: the files are watched all the same. */
static void
what_would_not_do_is_mended(void **unused)
{
	struct launcher_turn t = turn();

	(void)unused;
	certs_make("DNS:" DOMAIN, -2 * DAY, -DAY);
	t.tls_port = 0;
	launcher_renew_note(&r, &t);
	assert_int_equal(r.expires_s, 0);
	assert_int_equal(look(&t, NOW), NEWS_NONE);
	certs_make("DNS:" DOMAIN, -DAY, 60 * DAY);
	assert_int_equal(look(&t, NOW), NEWS_CERTIFICATE);
}

/* The same files as at the start, and now they will do. */
static void
what_only_the_clock_refused_is_mended(void **unused)
{
	struct launcher_turn t = turn();

	(void)unused;
	certs_make("DNS:" DOMAIN, DAY, 60 * DAY);
	t.tls_port = 0;
	launcher_renew_note(&r, &t);
	assert_int_equal(look(&t, NOW), NEWS_NONE);
	assert_int_equal(look(&t, NOW + 2 * DAY), NEWS_CERTIFICATE);
}

/* Whoever sets the old time on a file can't set when its inode changed. */
static void
a_file_with_its_old_time_is_noticed(void **unused)
{
	struct launcher_turn t = turn();
	struct timespec times[2];
	struct stat st;
	int fd;

	(void)unused;
	start_with(&t);
	assert_int_equal(stat(key, &st), 0);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	fd = open(key, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	assert_int_equal(futimens(fd, times), 0);
	(void)close(fd);
	assert_int_equal(look(&t, NOW), NEWS_UNFIT);
}

static void
nobody_watches_what_is_not_used(void **unused)
{
	struct launcher_turn off = turn(), outside = turn(), without = turn(), used = turn();

	(void)unused;
	off.is_on = 0;
	outside.is_tls_outside = 1;
	without.cert[0] = '\0';
	used.expires_s = 0; /* as with a file of LiveKit's own, which has no credentials of ours */
	start_with(&used);
	launcher_renew_note(&r, &off);
	certs_make("DNS:" DOMAIN, -DAY, 60 * DAY);
	assert_int_equal(look(&off, NOW), NEWS_NONE);
	assert_int_equal(look(&outside, NOW), NEWS_NONE);
	assert_int_equal(look(&without, NOW), NEWS_NONE);
}

static void
credentials_get_old(void **unused)
{
	struct launcher_turn t = turn();
	int64_t last = t.expires_s - LAUNCHER_RENEW_CREDENTIALS_S;

	(void)unused;
	start_with(&t);
	assert_int_equal(look(&t, last), NEWS_NONE);
	assert_int_equal(look(&t, last + 1), NEWS_CREDENTIALS);
	t.tls_port = 443;			/* LiveKit makes those itself */
	assert_int_equal(look(&t, last + 1), NEWS_NONE);
	t.tls_port = 5349;
	t.expires_s = 0;			/* a static configuration */
	assert_int_equal(look(&t, last + 1), NEWS_NONE);
}

static void
how_long_calls_may_go_on(void **unused)
{
	struct launcher_turn t = turn();

	(void)unused;
	start_with(&t);				/* the certificate ends in 30 days */
	assert_int_equal(launcher_renew_patience(&r, &t, NEWS_CERTIFICATE, NOW, DAY), DAY);
	assert_int_equal(launcher_renew_patience(&r, &t, NEWS_CERTIFICATE, NOW + 30 * DAY - 3660, DAY), 3600);
	assert_int_equal(launcher_renew_patience(&r, &t, NEWS_CERTIFICATE, NOW + 30 * DAY - 10, DAY), 0);
	assert_int_equal(launcher_renew_patience(&r, &t, NEWS_CERTIFICATE, NOW + 31 * DAY, DAY), 0);
	assert_int_equal(launcher_renew_patience(&r, &t, NEWS_CREDENTIALS, NOW + 31 * DAY, DAY), DAY);
	assert_int_equal(launcher_renew_patience(&r, &t, NEWS_CREDENTIALS, t.expires_s - 61, DAY), 1);
	r.expires_s = 0;			/* there was none in use */
	assert_int_equal(launcher_renew_patience(&r, &t, NEWS_CERTIFICATE, NOW, DAY), DAY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_pair_is_news_until_it_is_used),
	    cmocka_unit_test(the_same_again_is_none),
	    cmocka_unit_test(what_will_not_do_is_said_once),
	    cmocka_unit_test(what_would_not_do_is_mended),
	    cmocka_unit_test(what_only_the_clock_refused_is_mended),
	    cmocka_unit_test(a_file_with_its_old_time_is_noticed),
	    cmocka_unit_test(nobody_watches_what_is_not_used),
	    cmocka_unit_test(credentials_get_old),
	    cmocka_unit_test(how_long_calls_may_go_on),
	};
	int failed;

	if (certs_open() != 0)
		return 99;
	failed = RUN(tests);
	return certs_close() != 0 || failed;
}

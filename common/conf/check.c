/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/check_impl.h"
#include "conf/recording.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"

static void
check_required(const struct conf *c, struct base_buf *problems)
{
	for (int i = 0; i < CONF__MAX; i++) {
		enum conf_id id = (enum conf_id)i;
		const struct conf_key *k = conf_key(id);

		if ((k->flags & CONF_REQUIRED) == 0 || *conf_str(c, id) != '\0')
			continue;
		if (*k->env != '\0')
			conf_complain_key(c, problems, id,
			    "is missing, expected: %s (here, or in the environment as %s)", k->help, k->env);
		else
			conf_complain_key(c, problems, id, "is missing, expected: %s", k->help);
	}
}

static void
check_database(const struct conf *c, struct base_buf *problems)
{
	const char *type = conf_str(c, CONF_database_type);

	if (base_text_equal_nocase(type, "sqlite") || base_text_equal_nocase(type, "sqlite3"))
		return;
	if (base_text_equal_nocase(type, "postgres") || base_text_equal_nocase(type, "postgresql"))
		conf_complain_key(c, problems, CONF_database_type,
		    "PostgreSQL is not supported, expected sqlite; copy the data into an "
		    "SQLite file with Bedrud's tables and give it as database.path");
	else
		conf_complain_key(
		    c, problems, CONF_database_type, "\"%.*s\" is wrong, expected sqlite", CONF_SHOWN, type);
}

/* 1 if the text is an IP address or a network ("10.0.0.0/8"). */
static int
is_network(const char *text)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	size_t n = strcspn(text, "/");
	long long bits;
	int v4, v6;

	if (n >= sizeof address)
		return 0;
	memcpy(address, text, n);
	address[n] = '\0';
	v4 = inet_pton(AF_INET, address, bytes) == 1;
	v6 = inet_pton(AF_INET6, address, bytes) == 1;
	if (!v4 && !v6)
		return 0;
	return text[n] == '\0' || base_text_int(text + n + 1, 0, v4 ? 32 : 128, &bits) == ERR_OK;
}

static void
check_server(const struct conf *c, struct base_buf *problems)
{
	const char *proxy;

	for (size_t i = 0; (proxy = conf_list(c, CONF_server_trustedProxies, i)) != NULL; i++)
		if (!is_network(proxy))
			conf_complain_key(c, problems, CONF_server_trustedProxies,
			    "\"%.*s\" is wrong, expected an address or a network "
			    "such as 127.0.0.1 or 10.0.0.0/8",
			    CONF_SHOWN, proxy);
	if (conf_bool(c, CONF_server_behindProxy) && !c->v[CONF_server_trustedProxies].bad &&
	    conf_list(c, CONF_server_trustedProxies, 0) == NULL)
		conf_complain_key(c, problems, CONF_server_behindProxy,
		    "is true while server.trustedProxies is empty, expected the "
		    "proxy's address there");
}

static void
check_cors(const struct conf *c, struct base_buf *problems)
{
	const char *origin = conf_list(c, CONF_cors_allowedOrigins, 0);

	if (!conf_bool(c, CONF_cors_allowCredentials) || c->v[CONF_cors_allowedOrigins].bad)
		return;
	if (origin == NULL)
		conf_complain_key(c, problems, CONF_cors_allowCredentials,
		    "is true while cors.allowedOrigins is empty, expected the "
		    "origins there");
	for (size_t i = 0; (origin = conf_list(c, CONF_cors_allowedOrigins, i)) != NULL; i++)
		if (strcmp(origin, "*") == 0)
			conf_complain_key(c, problems, CONF_cors_allowCredentials,
			    "is true while cors.allowedOrigins has *, expected the "
			    "origins by name");
}

static int
has_scheme(const char *url, const char *const *schemes)
{
	for (; *schemes != NULL; schemes++) {
		size_t n = strlen(*schemes);

		if (strncmp(url, *schemes, n) == 0 && url[n] != '\0' && url[n] != '/')
			return 1;
	}
	return 0;
}

static void
check_url(
    const struct conf *c, struct base_buf *problems, enum conf_id id, const char *const *schemes, const char *wanted)
{
	const char *url = conf_str(c, id);

	if (*url != '\0' && !has_scheme(url, schemes))
		conf_complain_key(c, problems, id, "\"%.*s\" is wrong, expected an address that begins with %s",
		    CONF_SHOWN, url, wanted);
}

static void
check_livekit(const struct conf *c, struct base_buf *problems)
{
	static const char *const any[] = {"ws://", "wss://", "http://", "https://", NULL}, *const http[] = {"http://",
											       "https://", NULL};
	size_t secret = strlen(conf_str(c, CONF_livekit_apiSecret));

	check_url(c, problems, CONF_livekit_host, any, "ws:// or wss://");
	check_url(c, problems, CONF_livekit_internalHost, any, "http:// or https://");
	check_url(c, problems, CONF_livekit_webhookURL, http, "http:// or https://");
	if ((conf_bool(c, CONF_livekit_external) || !conf_bool(c, CONF_livekit_embedded)) &&
	    *conf_str(c, CONF_livekit_host) == '\0' && *conf_str(c, CONF_livekit_internalHost) == '\0')
		conf_complain_key(
		    c, problems, CONF_livekit_host, "is missing, expected the address of the external LiveKit");
	if (!c->embedded)
		return;
	if (secret > 0 && secret < CONF_SECRET_MIN)
		conf_complain_key(c, problems, CONF_livekit_apiSecret, "is too short (%zu bytes), expected at least %d",
		    secret, CONF_SECRET_MIN);
	if (conf_int(c, CONF_livekit_udpPortStart) > conf_int(c, CONF_livekit_udpPortEnd))
		conf_complain_key(c, problems, CONF_livekit_udpPortStart,
		    "%lld is above livekit.udpPortEnd, expected at most %lld", conf_int(c, CONF_livekit_udpPortStart),
		    conf_int(c, CONF_livekit_udpPortEnd));
	if (conf_int(c, CONF_livekit_tcpPort) == conf_int(c, CONF_livekit_port))
		conf_complain_key(c, problems, CONF_livekit_tcpPort,
		    "is the same as livekit.port, expected another, or 0 for livekit.port + 1");
	if (conf_int(c, CONF_livekit_tcpPort) == 0 && conf_int(c, CONF_livekit_port) == 65535)
		conf_complain_key(
		    c, problems, CONF_livekit_port, "is the last port, expected at most 65534, or a livekit.tcpPort");
}

/* "" stands for the default of each. */
static void
check_word(const struct conf *c, struct base_buf *problems, enum conf_id id, const char *one, const char *other)
{
	const char *word = conf_str(c, id);

	if (*word != '\0' && strcmp(word, one) != 0 && strcmp(word, other) != 0)
		conf_complain_key(c, problems, id, "\"%.*s\" is wrong, expected %s or %s", CONF_SHOWN, word, one,
		    other);
}

static void
check_recording(const struct conf *c, struct base_buf *problems)
{
	static const char *const http[] = {"http://", "https://", NULL};
	struct conf_recording r;

	check_word(c, problems, CONF_recording_storage, "local", "s3");
	check_word(c, problems, CONF_recording_download, "x-sendfile", "x-accel-redirect");
	check_url(c, problems, CONF_recording_s3_endpoint, http, "http:// or https://");
	check_url(c, problems, CONF_recording_templateURL, http, "http:// or https://");
	conf_recording(c, &r);
	if (r.is_enabled && r.is_s3 && (*r.bucket == '\0' || *r.access_key == '\0' || *r.secret_key == '\0'))
		conf_complain_key(c, problems, CONF_recording_s3_bucket, "is not enough, expected recording.s3.bucket, "
		    "accessKey and secretKey: recordings go to S3 here (recording.storage: local keeps them on disk)");
}

static void
check_logger(const struct conf *c, struct base_buf *problems)
{
	enum base_log_level level;

	if (base_log_level_parse(conf_str(c, CONF_logger_level), &level) != ERR_OK)
		conf_complain_key(c, problems, CONF_logger_level,
		    "\"%.*s\" is wrong, expected trace, debug, info, warn or error", CONF_SHOWN,
		    conf_str(c, CONF_logger_level));
}

/* What works but shouldn't stay. */
static void
warn_secrets(const struct conf *c)
{
	static const enum conf_id secrets[] = {CONF_auth_jwtSecret, CONF_auth_sessionSecret};

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
		size_t n = strlen(conf_str(c, secrets[i]));

		if (n > 0 && n < CONF_SECRET_MIN)
			base_log(LOG_LEVEL_WARN, "%s:%d: %s: is short (%zu bytes), at least %d are recommended",
			    c->asked, c->v[secrets[i]].line, conf_key(secrets[i])->name, n, CONF_SECRET_MIN);
	}
}

/* One line for all keys that the file gives and this version doesn't use. */
static void
note_ignored(const struct conf *c)
{
	struct base_buf names;

	base_buf_init(&names, LIMIT_LOG_LINE);
	for (int id = 0; id < CONF__MAX; id++)
		if (c->v[id].line != 0 && (conf_key((enum conf_id)id)->flags & CONF_IGNORED) != 0)
			base_buf_printf(&names, "%s%s", names.n == 0 ? "" : ", ", conf_key((enum conf_id)id)->name);
	if (names.n > 0)
		base_log(LOG_LEVEL_INFO, "%s: keys that this version accepts and doesn't use: %s", c->asked, names.p);
	base_buf_free(&names);
}

void
conf_check_all(const struct conf *c, unsigned flags, struct base_buf *problems)
{
	check_required(c, problems);
	check_server(c, problems);
	check_database(c, problems);
	check_livekit(c, problems);
	check_cors(c, problems);
	check_recording(c, problems);
	check_logger(c, problems);
	if ((flags & CONF_QUIET) != 0)
		return;
	warn_secrets(c);
	note_ignored(c);
}

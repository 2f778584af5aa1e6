/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/visit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

#define SKEW_NOTED_S 5

static const char *
name_of(struct doctor *d, const struct visit *v, const char *step)
{
	return doctor_text(d, "%s.%s", v->prefix, step);
}

static int
is_address(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

const char *
visit_day(struct doctor *d, int64_t s)
{
	char text[BASE_CLOCK_TEXT];

	base_clock_rfc3339(s * BASE_CLOCK_SECOND, text);
	return doctor_text(d, "%.10s", text);
}

int
visit_listens(const char *host, int port)
{
	struct net_target t = {.host = host, .port = port};
	struct net n;
	int is_open = net_open(&n, &t, DOCTOR_TIMEOUT_MS) == ERR_OK;

	net_close(&n);
	return is_open;
}

/* A second look, with an answer whose only use is that it came. */
static int
answers_plain(const struct url *u)
{
	struct net_target t = {.host = u->host, .port = u->port};
	struct http_request r = {.method = "GET", .path = u->path, .headers = "Connection: close\r\n"};
	struct http_answer a = {.status = 0};
	struct net n;
	int is_http = net_open(&n, &t, DOCTOR_TIMEOUT_MS) == ERR_OK && http_ask(&n, u, &r, &a) == ERR_OK;

	net_close(&n);
	return is_http;
}

int
visit_speaks_tls(const struct url *u, const struct net *failed)
{
	struct net_target t = {.host = u->host, .port = u->port, .is_tls = 1, .skip_verify = 1};
	struct net n;
	int is_tls;

	if (u->is_tls || failed->is_silent)
		return 0;
	is_tls = net_open(&n, &t, DOCTOR_TIMEOUT_MS) == ERR_OK;
	net_close(&n);
	return is_tls;
}

static void
say_no_tls(struct doctor *d, const struct visit *v, const struct net *n)
{
	const struct url *u = v->url;

	int is_plain = v->tls_fix == NULL && answers_plain(u);

	if (is_plain && v->plain != NULL)
		doctor_error(
		    d, name_of(d, v, "tls"), v->plain_fix, "%s, but %s speaks plain HTTP", v->plain, n->address);
	else if (is_plain)
		doctor_error(d, name_of(d, v, "tls"),
		    doctor_text(d, "write %s://%s%s in %s, or put the TLS in front that it speaks of",
			u->scheme[0] == 'w' ? "ws" : "http", u->authority, u->path, v->key),
		    "%s is an address with TLS, but %s speaks plain HTTP", v->key, n->address);
	else if (v->tls_fix != NULL)
		doctor_error(d, name_of(d, v, "tls"), v->tls_fix, "%s", n->why);
	else
		doctor_error(d, name_of(d, v, "tls"),
		    doctor_text(d,
			"see with `openssl s_client -connect %s:%d` what answers there, and set %s to the port "
			"that speaks TLS 1.2 or 1.3",
			u->host, u->port, v->key),
		    "%s", n->why);
}

static void
say_unreachable(struct doctor *d, const struct visit *v, const struct net *n)
{
	if (n->stage == NET_NAME)
		doctor_error(d, name_of(d, v, "dns"),
		    doctor_text(
			d, "correct the name in %s, or make it known to this machine (DNS, /etc/hosts)", v->key),
		    "%s", n->why);
	else if (n->stage == NET_CONNECT && v->is_doubtful)
		doctor_warn(d, name_of(d, v, "tcp"), v->start, "%s", n->why);
	else if (n->stage == NET_CONNECT)
		doctor_error(d, name_of(d, v, "tcp"), v->start, "%s", n->why);
	else
		say_no_tls(d, v, n);
}

/* By name, chain or time: what can be done about it. */
static const char *
fix_certificate(struct doctor *d, const struct visit *v, const struct net *n)
{
	const char *fix;

	if ((n->distrust & NET_BAD_TIME) != 0)
		return doctor_text(d,
		    "renew the certificate of %s and have its server read it (and see that this machine's "
		    "clock is right)",
		    v->url->host);
	if ((n->distrust & NET_BAD_NAME) != 0)
		return doctor_text(
		    d, "set %s to a name that the certificate has, or get one for %s", v->key, v->url->host);
	if (v->is_browser)
		return doctor_text(d,
		    "let the server of %s send a certificate of a public authority with its whole chain "
		    "(fullchain.pem): browsers refuse this one, and ask nobody for a WebSocket",
		    v->url->host);
	fix = "put the certificate that signed it into /usr/local/share/ca-certificates/NAME.crt and run "
	      "update-ca-certificates; if it is of a public authority, let the server send the whole chain "
	      "(fullchain.pem)";
	return v->skip_key == NULL ? fix
				   : doctor_text(d,
					 "either %s; or set %s: true, which accepts any certificate on this "
					 "connection alone",
					 fix, v->skip_key);
}

static enum err
judge_certificate(struct doctor *d, const struct visit *v, const struct net *n)
{
	const char *check = name_of(d, v, "certificate"), *who = v->url->host;
	int64_t left = n->expires_s - base_clock_seconds();

	if (!n->is_trusted && !v->skip_verify) {
		doctor_error(d, check, fix_certificate(d, v, n), "the certificate of %s at %s is not to be trusted: %s",
		    who, n->address, n->trust);
		return ERR_PEER;
	}
	if (!n->is_trusted)
		doctor_ok(d, check, "the certificate of %s is not to be trusted (%s), and %s accepts it", who, n->trust,
		    v->skip_key);
	else if (n->expires_s != 0 && left < VISIT_SOON_S)
		doctor_warn(d, check, "renew it now, and see why it wasn't renewed by itself",
		    "the certificate of %s expires on %s, in %lld days", who, visit_day(d, n->expires_s),
		    (long long)(left / VISIT_DAY_S));
	else if (v->skip_verify)
		doctor_warn(d, check, doctor_text(d, "set %s: false", v->skip_key),
		    "the certificate of %s is good until %s, so %s has no use, and would accept anybody's", who,
		    visit_day(d, n->expires_s), v->skip_key);
	else
		doctor_ok(d, check, "the certificate of %s is good until %s", who, visit_day(d, n->expires_s));
	return ERR_OK;
}

static enum err
open_it(const struct visit *v, struct net *n, int skip_verify)
{
	struct net_target t = {
	    .host = v->url->host, .port = v->url->port, .is_tls = v->url->is_tls, .skip_verify = skip_verify};

	return net_open(n, &t, DOCTOR_TIMEOUT_MS);
}

enum err
visit_open(struct doctor *d, const struct visit *v, struct net *n)
{
	enum err e = open_it(v, n, 1); /* judge_certificate() says what is wrong */

	if (n->stage > NET_NAME && !is_address(v->url->host))
		doctor_ok(d, name_of(d, v, "dns"), "%s is known", v->url->host);
	if (n->stage > NET_CONNECT)
		doctor_ok(d, name_of(d, v, "tcp"), "%s accepts connections", n->address);
	if (e != ERR_OK) {
		say_unreachable(d, v, n);
		return ERR_PEER;
	}
	if (v->url->is_tls && (e = judge_certificate(d, v, n)) != ERR_OK)
		return e;
	net_extend(n, DOCTOR_TIMEOUT_MS);
	return ERR_OK;
}

enum err
visit_again(const struct visit *v, struct net *n)
{
	return open_it(v, n, v->skip_verify);
}

static enum err
write_call(struct doctor *d, const struct visit *v, enum livekit_power power, const char *method, struct base_buf *path,
    struct base_buf *headers)
{
	const char *secret = conf_str(d->conf, CONF_livekit_apiSecret);
	struct base_jwt_key *key = NULL;
	enum err e = base_jwt_key_new(secret, strlen(secret), &key);

	base_buf_printf(path, "%s/twirp/%s", v->url->path, method);
	base_buf_str(headers, "Connection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer ");
	if (e == ERR_OK)
		livekit_token_call(
		    key, conf_str(d->conf, CONF_livekit_apiKey), power, NULL, base_clock_seconds(), headers);
	base_buf_str(headers, "\r\n");
	base_jwt_key_free(key);
	return e != ERR_OK || path->err != ERR_OK ? ERR_NOMEM : headers->err;
}

enum err
visit_call(struct doctor *d, const struct visit *v, enum livekit_power power, const char *method, struct net *n,
    struct http_answer *a)
{
	struct http_request r = {.method = "POST", .body = "{}", .body_n = 2};
	struct base_buf path, headers;
	enum err e;

	*n = (struct net){.fd = -1, .why = "there is no memory for a call"};
	base_buf_init(&path, LIMIT_URI);
	base_buf_init(&headers, LIMIT_TOKEN + 256);
	e = write_call(d, v, power, method, &path, &headers);
	r.path = path.p;
	r.headers = headers.p;
	if (e == ERR_OK)
		e = visit_again(v, n);
	if (e == ERR_OK)
		e = http_ask(n, v->url, &r, a);
	base_mem_wipe(headers.p, headers.n);
	base_buf_free(&path);
	base_buf_free(&headers);
	return e;
}

const char *
visit_refusal_fix(struct doctor *d, enum refusal r)
{
	switch (r) {
	case REFUSAL_KEY:
	case REFUSAL_SECRET:
		if (d->is_embedded)
			return "restart livekit-launcher, so that LiveKit has the key of the configuration; when "
			       "another "
			       "LiveKit holds the port, end that one";
		return doctor_text(d,
		    "set livekit.apiKey and livekit.apiSecret in %s to a pair of that LiveKit's `keys`",
		    conf_file(d->conf));
	case REFUSAL_EARLY:
	case REFUSAL_LATE:
		return "set both clocks right: `timedatectl set-ntp true` on each machine, then `timedatectl` says "
		       "whether it is synchronized";
	case REFUSAL_OTHER:
		return "look for a password or an access rule in the proxy before LiveKit, and let our requests "
		       "through";
	case REFUSAL_STRANGER:
		return "set livekit.internalHost to LiveKit's own HTTP port (7880 unless it was changed), or let the "
		       "proxy "
		       "there pass /twirp/ on to it";
	case REFUSAL_NONE:
	default:
		return NULL;
	}
}

void
visit_clock(struct doctor *d, const char *prefix, const struct http_answer *a)
{
	const char *check = doctor_text(d, "%s.clock", prefix), *fix = visit_refusal_fix(d, REFUSAL_EARLY);
	long long skew = (long long)(a->date_s - base_clock_seconds()), far = llabs(skew);

	if (a->date_s == 0)
		return;
	if (far > VISIT_SKEW_MOST_S - SKEW_NOTED_S)
		doctor_error(d, check, fix, "its clock is %lld seconds %s ours: tokens are refused beyond %d", far,
		    skew > 0 ? "ahead of" : "behind", VISIT_SKEW_MOST_S);
	else if (far > SKEW_NOTED_S)
		doctor_warn(d, check, fix, "its clock is %lld seconds %s ours: tokens are refused beyond %d", far,
		    skew > 0 ? "ahead of" : "behind", VISIT_SKEW_MOST_S);
	else
		doctor_ok(d, check, "its clock and ours agree within %d seconds", SKEW_NOTED_S);
}

int
visit_site(struct doctor *d, struct url *out)
{
	const char *url = conf_str(d->conf, CONF_auth_frontendURL), *domain = conf_str(d->conf, CONF_server_domain);
	int is_tls = conf_bool(d->conf, CONF_server_enableTLS) && !conf_bool(d->conf, CONF_server_disableTLS);

	if (*url == '\0' && *domain != '\0')
		url = doctor_text(d, "https://%s", domain);
	else if (*url == '\0')
		url = doctor_text(d, "http%s://127.0.0.1:%s", is_tls ? "s" : "", conf_str(d->conf, CONF_server_port));
	return url_parse(url, out) && out->scheme[0] == 'h';
}

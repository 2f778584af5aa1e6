/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/deliver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/http.h"
#include "base/text.h"
#include "worker/guard.h"

#define TIMEOUT_MS 10000
#define ANSWER (64u << 10)	/* it isn't looked at */

static int
may_connect(void *arg, const struct sockaddr *to)
{
	const char *kind = worker_guard_kind(to);
	char host[INET6_ADDRSTRLEN + 20] = "?";	/* with a zone */
	struct worker *w = arg;

	if (kind == NULL || conf_bool(w->conf, CONF_webhooks_allowPrivate))
		return 1;
	(void)getnameinfo(to, to->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
	    host, sizeof host, NULL, 0, NI_NUMERICHOST);
	(void)snprintf(w->refused, sizeof w->refused, "%s, an address that is %s", host, kind);
	return 0;
}

static enum err
say(struct worker_delivered *out, enum err kind, const char *fmt, ...) BASE_PRINTF(3, 4);

static enum err
say(struct worker_delivered *out, enum err kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out->error, sizeof out->error, fmt, ap);
	va_end(ap);
	return kind;
}

/* What goes into a header must not end it. */
static int
is_word(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < 100 &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:+-") == n;
}

static enum err
timestamp_of(struct worker *w, const struct worker_delivery *d, const char **out)
{
	json_object *o;
	enum err e = base_json_object_lax(&w->arena, d->body, strlen(d->body), &o);

	*out = "";
	return e != ERR_OK ? e : base_json_str(o, "timestamp", out);
}

static enum err
sign(struct worker *w, const struct worker_delivery *d, const char **out)
{
	struct base_jwt_key *k;
	unsigned char mac[32];
	char hex[BASE_HEX_SIZE(sizeof mac)];
	enum err e = base_jwt_key_new(d->secret, strlen(d->secret), &k);

	if (e != ERR_OK)
		return e;
	base_jwt_mac(k, d->body, strlen(d->body), mac);
	base_jwt_key_free(k);
	base_text_hex(mac, sizeof mac, hex);
	*out = base_arena_printf(&w->arena, "X-Bedrud-Signature: sha256=%s", hex);
	return *out == NULL ? ERR_NOMEM : ERR_OK;
}

enum { HEADERS = 6 };

static enum err
make_headers(struct worker *w, const struct worker_delivery *d, const char *headers[HEADERS],
    struct worker_delivered *out)
{
	const char *timestamp;
	size_t n = 0;
	enum err e = timestamp_of(w, d, &timestamp);

	if (e == ERR_NOMEM)
		return say(out, e, "there is no memory to read it");
	if (e != ERR_OK || !is_word(d->event) || !is_word(d->id) ||
	    (*timestamp != '\0' && !is_word(timestamp)))
		return say(out, ERR_INPUT, "the job's event, delivery_id or body can't be sent");
	headers[n++] = "Content-Type: application/json";
	headers[n++] = base_arena_printf(&w->arena, "X-Bedrud-Event: %s", d->event);
	headers[n++] = base_arena_printf(&w->arena, "X-Bedrud-Delivery: %s", d->id);
	if (*timestamp != '\0')
		headers[n++] = base_arena_printf(&w->arena, "X-Bedrud-Timestamp: %s", timestamp);
	if (*d->secret != '\0' && sign(w, d, &headers[n++]) != ERR_OK)
		return say(out, ERR_NOMEM, "there is no memory to sign it");
	headers[n] = NULL;
	for (size_t i = 0; i < n; i++)
		if (headers[i] == NULL)
			return say(out, ERR_NOMEM, "there is no memory for it");
	return ERR_OK;
}

static enum err
judge(const struct worker *w, enum err e, const struct base_http_answer *got, struct worker_delivered *out)
{
	out->status = (int)got->status;
	if (e == ERR_PEER && w->refused[0] != '\0')
		return say(out, e, "it leads to %.80s: set webhooks.allowPrivate to true if that is meant", w->refused);
	if (e != ERR_OK && e != ERR_TOO_BIG)
		return say(out, e, "%s", got->why);
	if (got->status >= 200 && got->status < 300)
		return ERR_OK;
	if (got->status >= 300 && got->status < 400)
		return say(out, ERR_PEER, "it answered %ld, a redirect, which is not followed", got->status);
	return say(out, got->status == 410 ? ERR_GONE : ERR_PEER, "it answered %ld", got->status);
}

enum err
worker_deliver(struct worker *w, const struct worker_delivery *d, struct worker_delivered *out)
{
	const struct base_http_conf c = {.timeout_ms = TIMEOUT_MS, .most = ANSWER, .may_connect = may_connect,
	    .arg = w};
	const char *headers[HEADERS];
	const struct base_http_request r = {.method = "POST", .url = d->url, .headers = headers, .body = d->body,
	    .body_n = strlen(d->body)};
	struct base_http_answer got;
	int64_t began = base_clock_mono_ms();
	enum err e;

	*out = (struct worker_delivered){0};
	if (strncmp(d->url, "http://", 7) != 0 && strncmp(d->url, "https://", 8) != 0)
		return say(out, ERR_INPUT, "its URL must begin with https:// or http://");
	if ((e = make_headers(w, d, headers, out)) != ERR_OK)
		return e;
	if (w->http == NULL && (e = base_http_new(&c, &w->http)) != ERR_OK)
		return say(out, e, "unable to speak HTTP: %s", base_err_name(e));
	w->refused[0] = '\0';
	e = base_http_send(w->http, &r, &got);
	out->latency_ms = (int)(base_clock_mono_ms() - began);
	return judge(w, e, &got, out);
}

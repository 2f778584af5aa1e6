/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/lookup.h"

static enum err say(struct net *n, enum err e, const char *fmt, ...) BASE_PRINTF(3, 4);

static enum err
say(struct net *n, enum err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(n->why, sizeof n->why, fmt, ap);
	va_end(ap);
	return e;
}

/* The deadline has passed. */
static enum err
silent(struct net *n, const char *what)
{
	n->is_silent = 1;
	return say(n, ERR_PEER, "%s %s within %d s", n->address, what, n->timeout_ms / 1000);
}

void
net_extend(struct net *n, int timeout_ms)
{
	n->timeout_ms = timeout_ms;
	n->deadline_ms = base_clock_mono_ms() + timeout_ms;
}

static int
left(const struct net *n)
{
	int64_t ms = n->deadline_ms - base_clock_mono_ms();

	return ms > 0 ? (int)ms : 0;
}

/* Until the socket is ready, or ms have passed: 1, 0. */
static int
wait_for(const struct net *n, short events, int ms)
{
	struct pollfd p = {.fd = n->fd, .events = events};
	int64_t end = base_clock_mono_ms() + ms;
	int rc;

	while ((rc = poll(&p, 1, ms)) < 0 && errno == EINTR) {
		int64_t rest = end - base_clock_mono_ms();

		ms = rest > 0 ? (int)rest : 0;
	}
	return rc > 0;
}

static void
note_address(struct net *n, const struct addrinfo *a)
{
	char host[INET6_ADDRSTRLEN + 16] = "?", port[8] = "?";

	(void)getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, port, sizeof port,
	    NI_NUMERICHOST | NI_NUMERICSERV);
	(void)snprintf(n->address, sizeof n->address, a->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* What became of a connect(2) that went on in the background, as an errno; 0 = connected. */
static int
error_of(int fd)
{
	int error = 0;
	socklen_t size = sizeof error;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

static enum err
connect_one(struct net *n, const struct addrinfo *a, int ms)
{
	int error;

	note_address(n, a);
	n->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	if (n->fd < 0)
		return say(n, ERR_PEER, "there is no socket for %s: %s", n->address, strerror(errno));
	if (connect(n->fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS)
		error = errno;
	else
		error = wait_for(n, POLLOUT, ms) ? error_of(n->fd) : ETIMEDOUT;
	if (error == 0)
		return ERR_OK;
	(void)close(n->fd);
	n->fd = -1;
	if (error == ECONNREFUSED)
		return say(n, ERR_PEER, "connection refused by %s: nothing listens there", n->address);
	if (error == ETIMEDOUT)
		return say(n, ERR_PEER, "no answer from %s within %d.%d s: a firewall may drop it", n->address,
		    ms / 1000, ms % 1000 / 100);
	return say(n, ERR_PEER, "no connection to %s: %s", n->address, strerror(error));
}

/* What is left of the time is shared by the addresses that are left, so that a dead first one spoils nothing. */
static enum err
connect_any(struct net *n, const struct addrinfo *all)
{
	enum err e = say(n, ERR_PEER, "the name has no address");
	const struct addrinfo *a;
	int count = 0;

	for (a = all; a != NULL; a = a->ai_next)
		count++;
	for (a = all; a != NULL; a = a->ai_next, count--)
		if ((e = connect_one(n, a, left(n) / count)) == ERR_OK)
			return ERR_OK;
	return e;
}

static unsigned
kind_of(int error)
{
	switch (error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return NET_BAD_NAME;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return NET_BAD_TIME;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return NET_BAD_CHAIN;
	default:
		return NET_BAD_OTHER;
	}
}

/* Called for each thing that is wrong; OpenSSL by itself stops at the first. */
static int
on_verify(int is_good, X509_STORE_CTX *ctx)
{
	const SSL *tls = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct net *n = SSL_get_app_data(tls);
	int error = X509_STORE_CTX_get_error(ctx);
	unsigned kind;
	size_t used;

	if (is_good)
		return 1;
	kind = kind_of(error);
	if (error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN)
		n->is_self_signed = 1;
	if ((n->distrust & kind) == 0) {	/* one chain error brings others along */
		used = strlen(n->trust);
		(void)snprintf(n->trust + used, sizeof n->trust - used, "%s%s", used > 0 ? ", " : "",
		    X509_verify_cert_error_string(error));
	}
	n->distrust |= kind;
	return 1;
}

/* Why OpenSSL failed, and forgets it. */
static const char *
reason(void)
{
	unsigned long error = ERR_peek_error();
	const char *text = error != 0 ? ERR_reason_error_string(error) : NULL;

	ERR_clear_error();
	return text != NULL ? text : "the peer hung up";
}

/* Waits for what OpenSSL wants: 1 to go on, 0 when the deadline has passed, -1 when it is a failure. */
static int
wants(struct net *n, int rc)
{
	int error = SSL_get_error(n->tls, rc);

	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		return -1;
	return wait_for(n, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, left(n));
}

/* The certificate must name the peer; a name is told to it as well (SNI), an address can't be. */
static int
set_name(SSL *tls, const char *name)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name) == 1;
	SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(tls, name) == 1 && SSL_set_tlsext_host_name(tls, name) == 1;
}

static enum err
make_tls(struct net *n, const char *name)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx != NULL && SSL_CTX_set_default_verify_paths(ctx) == 1) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
		n->tls = SSL_new(ctx);
	}
	SSL_CTX_free(ctx);	/* the connection holds it */
	if (n->tls == NULL || SSL_set_app_data(n->tls, n) != 1 || !set_name(n->tls, name) ||
	    SSL_set_fd(n->tls, n->fd) != 1)
		return say(n, ERR_NOMEM, "TLS could not be prepared: %s", reason());
	return ERR_OK;
}

static void
note_certificate(struct net *n)
{
	X509 *cert = SSL_get1_peer_certificate(n->tls);
	int days = 0, seconds = 0;

	if (cert != NULL && ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) == 1)
		n->expires_s = base_clock_seconds() + (int64_t)days * 86400 + seconds;
	X509_free(cert);
	n->is_trusted = n->distrust == 0;
}

static enum err
start_tls(struct net *n, const struct net_target *t)
{
	const char *name = t->server_name != NULL ? t->server_name : t->host;
	enum err e = make_tls(n, name);
	int rc, on = 1;

	if (e != ERR_OK)
		return e;
	while ((rc = SSL_connect(n->tls)) != 1 && (on = wants(n, rc)) > 0)
		;
	if (on == 0)
		return silent(n, "accepts connections and has not answered TLS");
	if (rc != 1)
		return say(n, ERR_PEER, "no TLS with %s: %s", n->address, reason());
	note_certificate(n);
	if (n->is_trusted || t->skip_verify)
		return ERR_OK;
	n->stage = NET_TRUST;
	return say(n, ERR_PEER, "the certificate of %s for %s is not to be trusted: %s", n->address, name, n->trust);
}

enum err
net_open(struct net *n, const struct net_target *t, int timeout_ms)
{
	struct addrinfo *all;
	const char *why;
	enum err e;

	*n = (struct net){.fd = -1, .stage = NET_NAME};
	net_extend(n, timeout_ms);
	(void)signal(SIGPIPE, SIG_IGN);	/* OpenSSL writes without MSG_NOSIGNAL */
	if ((e = base_lookup(t->host, t->port, SOCK_STREAM, left(n), &all, &why)) != ERR_OK)
		return say(n, e == ERR_NOMEM ? e : ERR_PEER, "the name %s can't be resolved: %s", t->host, why);
	n->stage = NET_CONNECT;
	e = connect_any(n, all);
	freeaddrinfo(all);
	if (e != ERR_OK)
		return e;
	if (t->is_tls) {
		n->stage = NET_TLS;
		if ((e = start_tls(n, t)) != ERR_OK)
			return e;
	}
	n->stage = NET_TALK;
	return ERR_OK;
}

enum err
net_write(struct net *n, const void *p, size_t size)
{
	const char *from = p;
	size_t done = 0;

	while (done < size) {
		size_t wrote = 0;
		int on;

		if (n->tls != NULL) {
			int rc = SSL_write_ex(n->tls, from + done, size - done, &wrote);

			on = rc == 1 ? 1 : wants(n, rc);
		} else {
			ssize_t rc = send(n->fd, from + done, size - done, MSG_NOSIGNAL);

			wrote = rc > 0 ? (size_t)rc : 0;
			on = rc >= 0 ? 1 : errno == EAGAIN || errno == EINTR ? wait_for(n, POLLOUT, left(n)) : -1;
		}
		if (on == 0)
			return silent(n, "has taken no data");
		if (on < 0)
			return say(n, ERR_PEER, "%s hung up", n->address);
		done += wrote;
	}
	return ERR_OK;
}

/* -1: failure; 0: deadline; 1: try again, or *got bytes (or the end, *ended). */
static int
read_some(struct net *n, void *p, size_t size, size_t *got, int *ended)
{
	if (n->tls != NULL) {
		int rc = SSL_read_ex(n->tls, p, size, got), error = rc == 1 ? 0 : SSL_get_error(n->tls, rc);

		if (rc == 1)
			return 1;
		/* Many peers end without a close_notify. */
		*ended = error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SSL &&
		    ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
		return *ended ? 1 : wants(n, rc);
	}
	ssize_t rc = recv(n->fd, p, size, 0);

	*got = rc > 0 ? (size_t)rc : 0;
	*ended = rc == 0;
	if (rc >= 0)
		return 1;
	return errno == EAGAIN || errno == EINTR ? wait_for(n, POLLIN, left(n)) : -1;
}

enum err
net_read(struct net *n, void *p, size_t size, size_t *got)
{
	int on, ended = 0;

	*got = 0;
	ERR_clear_error();
	do
		on = left(n) > 0 ? read_some(n, p, size, got, &ended) : 0;
	while (on > 0 && *got == 0 && !ended);
	if (on == 0)
		return silent(n, "has not answered");
	if (on < 0)
		return say(n, ERR_PEER, "%s hung up: %s", n->address, n->tls != NULL ? reason() : strerror(errno));
	return ERR_OK;
}

enum err
net_read_all(struct net *n, void *p, size_t size)
{
	char *to = p;
	size_t done = 0, got;
	enum err e;

	while (done < size) {
		if ((e = net_read(n, to + done, size - done, &got)) != ERR_OK)
			return e;
		if (got == 0)
			return say(n, ERR_PEER, "%s hung up in the middle of an answer", n->address);
		done += got;
	}
	return ERR_OK;
}

void
net_close(struct net *n)
{
	if (n->tls != NULL) {
		(void)SSL_shutdown(n->tls);
		SSL_free(n->tls);
		n->tls = NULL;
	}
	if (n->fd >= 0)
		(void)close(n->fd);
	n->fd = -1;
	ERR_clear_error();
}

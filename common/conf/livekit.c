/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/livekit_impl.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "conf/env_impl.h"

#define HOST_BYTES 256

/*
 * The host of "scheme://[user@]host[:port]/…" in lower case, brackets of IPv6 and a last dot cut; "" when it doesn't
 * fit.
 */
static void
host_of(const char *url, char out[HOST_BYTES])
{
	const char *p = strstr(url, "://"), *at;
	size_t n;

	p = p == NULL ? url : p + 3;
	n = strcspn(p, "/?#");
	at = memchr(p, '@', n);
	if (at != NULL) {
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	if (*p == '[' && memchr(p, ']', n) != NULL) {
		n = (size_t)((const char *)memchr(p, ']', n) - p) - 1;
		p++;
	} else if (memchr(p, ':', n) != NULL) {
		n = (size_t)((const char *)memchr(p, ':', n) - p);
	}
	while (n > 0 && p[n - 1] == '.')
		n--;
	if (n >= HOST_BYTES)
		n = 0;
	memcpy(out, p, n);
	out[n] = '\0';
	base_text_lower(out);
}

/* 1 if one of our interfaces has the address. */
static int
is_interface(int family, const void *address)
{
	struct ifaddrs *all, *i;
	int found = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (i = all; i != NULL && !found; i = i->ifa_next) {
		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != family)
			continue;
		if (family == AF_INET)
			found = memcmp(&((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr, address, 4) == 0;
		else
			found = memcmp(&((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr, address, 16) == 0;
	}
	freeifaddrs(all);
	return found;
}

static int
is_our_name(const char *host)
{
	char name[HOST_BYTES];

	if (gethostname(name, sizeof name) != 0)
		return 0;
	name[sizeof name - 1] = '\0';
	return name[0] != '\0' && base_text_equal_nocase(name, host);
}

int
conf_livekit_is_here(const char *url)
{
	char host[HOST_BYTES];
	struct in6_addr v6;
	struct in_addr v4;
	size_t n;

	host_of(url, host);
	n = strlen(host);
	if (strcmp(host, "localhost") == 0 || (n > 10 && strcmp(host + n - 10, ".localhost") == 0))
		return 1;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127 || v4.s_addr == 0 || is_interface(AF_INET, &v4);
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) || is_interface(AF_INET6, &v6);
	return is_our_name(host);
}

/* LiveKit's own cloud is never this machine, whatever else the file leaves open. */
static int
is_cloud(const char *url)
{
	static const char cloud[] = ".livekit.cloud";
	char host[HOST_BYTES];
	size_t n;

	host_of(url, host);
	n = strlen(host);
	return n >= sizeof cloud && strcmp(host + n - (sizeof cloud - 1), cloud) == 0;
}

static enum err
not_ours(struct conf *c, enum conf_id id, const char *how)
{
	c->embedded = 0;
	c->decider = base_arena_printf(&c->arena, "%s%s (%s)", conf_key(id)->name, how, conf_origin(c, id));
	return c->decider == NULL ? ERR_NOMEM : ERR_OK;
}

enum err
conf_livekit_decide(struct conf *c)
{
	const char *internal = conf_str(c, CONF_livekit_internalHost);

	c->embedded = 1;
	c->decider = "";
	if (conf_bool(c, CONF_livekit_external))
		return not_ours(c, CONF_livekit_external, " is true");
	if (!conf_bool(c, CONF_livekit_embedded))
		return not_ours(c, CONF_livekit_embedded, " is false");
	/* Whoever sets it minds LiveKit themselves: a service manager, a container. */
	if (conf_env_true("LIVEKIT_MANAGED")) {
		c->embedded = 0;
		c->decider = "LIVEKIT_MANAGED is true in the environment";
		return ERR_OK;
	}
	if (*internal != '\0' && !conf_livekit_is_here(internal))
		return not_ours(c, CONF_livekit_internalHost, " isn't this machine");
	if (*internal == '\0' && is_cloud(conf_str(c, CONF_livekit_host)))
		return not_ours(c, CONF_livekit_host, " is LiveKit's own cloud");
	return ERR_OK;
}

const char *
conf_livekit_decider(const struct conf *c)
{
	return c->decider;
}

int
conf_livekit_embedded(const struct conf *c)
{
	return c->embedded;
}

enum err
conf_livekit_api(const struct conf *c, char *out, size_t n)
{
	const char *url = conf_str(c, CONF_livekit_internalHost), *rest;
	size_t length;
	int wrote, tls;

	/* Nothing said and yet not ours to start (LIVEKIT_MANAGED): somebody runs it here, on the same port. */
	if (*url == '\0' && (c->embedded || *conf_str(c, CONF_livekit_host) == '\0')) {
		wrote = snprintf(out, n, "http://127.0.0.1:%lld", conf_int(c, CONF_livekit_port));
		return wrote > 0 && (size_t)wrote < n ? ERR_OK : ERR_CONFIG;
	}
	if (*url == '\0')
		url = conf_str(c, CONF_livekit_host);
	rest = strstr(url, "://");
	if (rest == NULL)
		return ERR_CONFIG;
	tls = strncmp(url, "wss://", 6) == 0 || strncmp(url, "https://", 8) == 0;
	rest += 3;
	length = strlen(rest);
	while (length > 0 && rest[length - 1] == '/')
		length--;
	if (length == 0)
		return ERR_CONFIG;
	wrote = snprintf(out, n, "http%s://%.*s", tls ? "s" : "", (int)length, rest);
	return wrote > 0 && (size_t)wrote < n ? ERR_OK : ERR_CONFIG;
}

enum err
conf_livekit_client(const struct conf *c, int is_https, const char *site, char *out, size_t n)
{
	const char *host = conf_str(c, CONF_livekit_host);
	int wrote;

	if (*host == '\0')
		wrote = snprintf(out, n, "ws%s://%s/livekit", is_https ? "s" : "", site);
	else if (is_https && strncasecmp(host, "ws://", 5) == 0)
		wrote = snprintf(out, n, "wss://%s", host + 5);
	else if (is_https && strncasecmp(host, "http://", 7) == 0)
		wrote = snprintf(out, n, "https://%s", host + 7);
	else
		wrote = snprintf(out, n, "%s", host);
	return wrote > 0 && (size_t)wrote < n ? ERR_OK : ERR_CONFIG;
}

enum err
conf_livekit_state(const struct conf *c, const char *name, char *out, size_t n)
{
	const char *folder = conf_str(c, CONF_livekit_stateDir), *database = conf_str(c, CONF_database_path), *slash;
	int length = (int)strlen(folder), wrote;

	if (length == 0) {
		slash = strrchr(database, '/');
		folder = slash == NULL ? "." : database;
		length = slash == NULL ? 1 : (int)(slash - database);
	}
	wrote = snprintf(out, n, "%.*s/%s", length, folder, name);
	return wrote > 0 && (size_t)wrote < n ? ERR_OK : ERR_CONFIG;
}

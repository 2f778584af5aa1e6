/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/nodeip.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/lookup.h"
#include "livekit/address.h"

/* Some address beyond every router (two of the DNS root servers): connect(2) on UDP only looks up the route to it. */
#define FAR_V4 "198.41.0.4"
#define FAR_V6 "2001:503:ba3e::2:30"

#define LOOKUP_MS 8000 /* a first name server that is dead costs five seconds */

/* Takes the address over if a client could use it: 1, else 0. */
static int
take(const char *text, const char *rule, struct launcher_nodeip *out)
{
	const char *kind = livekit_address_kind(text);

	if (kind == NULL || strlen(text) >= sizeof out->text)
		return 0;
	memcpy(out->text, text, strlen(text) + 1);
	out->rule = rule;
	out->is_v6 = strchr(text, ':') != NULL;
	out->is_loopback = strcmp(kind, "loopback") == 0;
	return 1;
}

static int
take_sockaddr(const struct sockaddr *a, socklen_t n, const char *rule, struct launcher_nodeip *out)
{
	char text[NI_MAXHOST];

	if (getnameinfo(a, n, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
		return 0;
	return take(text, rule, out);
}

/* IPv4 first: every client speaks it. */
static int
take_name(const char *host, struct launcher_nodeip *out)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct addrinfo *found, *i;
	const char *why;
	size_t f;
	int ok = 0;

	if (base_lookup(host, 0, SOCK_DGRAM, LOOKUP_MS, &found, &why) != ERR_OK)
		return 0;
	for (f = 0; f < 2; f++)
		for (i = found; i != NULL && !ok; i = i->ai_next)
			ok = i->ai_family == families[f] &&
			     take_sockaddr(i->ai_addr, i->ai_addrlen, "server.host, looked up", out);
	freeaddrinfo(found);
	if (ok)
		out->name = host;
	return ok;
}

/* The outbound route's address in its place could be a worse one, and a restart with that cuts calls off for good. */
static int
take_before(const char *host, const struct launcher_nodeip *before, struct launcher_nodeip *out)
{
	if (before == NULL || before->name == NULL || strcmp(before->name, host) != 0)
		return 0;
	base_log(LOG_LEVEL_WARN, "server.host \"%s\" can't be looked up at present: media goes to %s as before", host,
	    before->text);
	*out = *before;
	out->name = host;
	return 1;
}

static socklen_t
size_of(int family)
{
	/* cppcheck-suppress duplicateExpressionTernary ; the two sizes differ */
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static int
take_route(int family, const char *far, struct launcher_nodeip *out)
{
	struct sockaddr_storage a;
	struct sockaddr_in *v4 = (void *)&a;
	struct sockaddr_in6 *v6 = (void *)&a;
	socklen_t n = size_of(family);
	int fd, ok = 0;

	memset(&a, 0, sizeof a);
	a.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		v4->sin_port = htons(53);
		(void)inet_pton(AF_INET, far, &v4->sin_addr);
	} else {
		v6->sin6_port = htons(53);
		(void)inet_pton(AF_INET6, far, &v6->sin6_addr);
	}
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	if (connect(fd, (void *)&a, n) == 0) {
		n = sizeof a;
		ok = getsockname(fd, (void *)&a, &n) == 0 &&
		     take_sockaddr((void *)&a, n, "address of the outbound route", out);
	}
	(void)close(fd);
	return ok;
}

static enum err
decide(const char *node_ip, const char *server_host, const struct launcher_nodeip *before, struct launcher_nodeip *out)
{
	memset(out, 0, sizeof *out);
	if (*node_ip != '\0') {
		if (take(node_ip, "livekit.nodeIP", out))
			return ERR_OK;
		return base_log_err(ERR_CONFIG,
		    "livekit.nodeIP \"%s\" is not an address that clients can send media to: give one IPv4 or IPv6 "
		    "address of this machine, or leave it out",
		    node_ip);
	}
	if (*server_host != '\0' && strcmp(server_host, "0.0.0.0") != 0 && strcmp(server_host, "::") != 0) {
		if (take(server_host, "server.host", out) || take_name(server_host, out) ||
		    take_before(server_host, before, out))
			return ERR_OK;
		base_log(LOG_LEVEL_WARN,
		    "server.host \"%s\" is no address and can't be looked up, so it doesn't say where media goes",
		    server_host);
	}
	if (take_route(AF_INET, FAR_V4, out) || take_route(AF_INET6, FAR_V6, out))
		return ERR_OK;
	(void)take("127.0.0.1", "no route leads out of this machine", out);
	return ERR_OK;
}

/* Whether an interface of this machine has the address. */
static int
is_own(const struct launcher_nodeip *n)
{
	struct launcher_nodeip one;
	struct ifaddrs *all, *i;
	int found = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (i = all; i != NULL && !found; i = i->ifa_next) {
		if (i->ifa_addr == NULL || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
			continue;
		found = take_sockaddr(i->ifa_addr, size_of(i->ifa_addr->sa_family), "", &one) &&
			strcmp(one.text, n->text) == 0;
	}
	freeifaddrs(all);
	return found;
}

enum err
launcher_nodeip_decide(const char *node_ip, const char *server_host, const struct launcher_nodeip *before,
    struct launcher_nodeip *out)
{
	struct launcher_nodeip route;
	enum err e = decide(node_ip, server_host, before, out);

	if (e != ERR_OK)
		return e;
	if (is_own(out))
		memcpy(out->bound, out->text, sizeof out->bound);
	else if (take_route(out->is_v6 ? AF_INET6 : AF_INET, out->is_v6 ? FAR_V6 : FAR_V4, &route))
		memcpy(out->bound, route.text, sizeof out->bound);
	return ERR_OK;
}

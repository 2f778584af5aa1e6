/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "livekit/address.h"

static const struct {
	const char *scheme;
	int port, is_tls;
} schemes[] = {{"http", 80, 0}, {"https", 443, 1}, {"ws", 80, 0}, {"wss", 443, 1}};

/* Copies n bytes; 0 when they don't fit. */
static int
copy(char *out, size_t size, const char *from, size_t n)
{
	if (n >= size)
		return 0;
	memcpy(out, from, n);
	out[n] = '\0';
	return 1;
}

static int
parse_scheme(const char *text, size_t n, struct url *u)
{
	if (!copy(u->scheme, sizeof u->scheme, text, n))
		return 0;
	base_text_lower(u->scheme);
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		if (strcmp(schemes[i].scheme, u->scheme) != 0)
			continue;
		u->port = schemes[i].port;
		u->is_tls = schemes[i].is_tls;
		return 1;
	}
	return 0;
}

/* host, host:port, [address]:port */
static int
parse_authority(const char *text, size_t n, struct url *u)
{
	const char *host = text, *end = text + n, *colon;
	size_t host_n;
	long long port;

	if (!copy(u->authority, sizeof u->authority, text, n) || strchr(u->authority, '@') != NULL)
		return 0;
	if (*host == '[') {
		colon = memchr(host, ']', n);
		if (colon == NULL)
			return 0;
		host++;
		host_n = (size_t)(colon++ - host);
	} else {
		colon = memchr(host, ':', n);
		colon = colon == NULL ? end : colon;
		host_n = (size_t)(colon - host);
	}
	if (host_n == 0 || !copy(u->host, sizeof u->host, host, host_n))
		return 0;
	base_text_lower(u->host);
	if (colon == end)
		return 1;
	if (*colon != ':' || base_text_int(u->authority + (colon + 1 - text), 1, 65535, &port) != ERR_OK)
		return 0;
	u->port = (int)port;
	return 1;
}

int
url_parse(const char *text, struct url *out)
{
	const char *p = strstr(text, "://"), *path;
	size_t n;

	*out = (struct url){.port = 0};
	if (p == NULL || !parse_scheme(text, (size_t)(p - text), out))
		return 0;
	p += 3;
	path = p + strcspn(p, "/?#");
	if (!parse_authority(p, (size_t)(path - p), out))
		return 0;
	n = strcspn(path, "?#");
	while (n > 0 && path[n - 1] == '/')
		n--;
	return copy(out->path, sizeof out->path, path, n);
}

int
url_ends(const char *host, const char *domain)
{
	size_t n = strlen(host), m = strlen(domain);

	return n > m && strcmp(host + n - m, domain) == 0;
}

enum url_reach
url_reach(const char *host)
{
	static const char *const inside[] = {".local", ".lan", ".internal", ".home.arpa", ".localdomain"};
	const char *kind = livekit_address_kind(host);
	unsigned char address[16];

	if (kind != NULL && strcmp(kind, "loopback") == 0)
		return URL_HERE;
	if (kind != NULL)
		return strcmp(kind, "public") == 0 ? URL_ANYWHERE : URL_INSIDE;
	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return URL_HERE;	/* unspecified or multicast: nobody else gets there */
	if (strcmp(host, "localhost") == 0 || url_ends(host, ".localhost"))
		return URL_HERE;
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
		if (url_ends(host, inside[i]))
			return URL_INSIDE;
	return strchr(host, '.') == NULL ? URL_INSIDE : URL_ANYWHERE;
}

int
url_is_mixed(const struct url *page, const struct url *to)
{
	return page->is_tls && !to->is_tls && url_reach(to->host) != URL_HERE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An address as it stands in the configuration, taken apart, and what follows from it alone. Pure: no lookup, no
 * socket.
 */
#ifndef CTL_DOCTOR_URL_H
#define CTL_DOCTOR_URL_H

struct url {
	char scheme[8];		/* "http", "https", "ws" or "wss" */
	char host[256];		/* a name in lower case, or an address without brackets */
	char authority[272];	/* host[:port] as a Host header has it */
	int port;		/* the scheme's own when none was named */
	int is_tls;		/* https, wss */
	char path[512];		/* "" or from the first slash on, without slashes at its end; no query */
};

/* 1, or 0 when the text is none of these addresses: another scheme, no host, a user name in it, too long. */
int url_parse(const char *text, struct url *out);

/* 1 if the host, in lower case, is a name below that domain (".example.org"). */
int url_ends(const char *host, const char *domain);

/* Who can reach such a host, by its name or address alone. */
enum url_reach {
	URL_HERE,	/* localhost, loopback, unspecified: this machine only */
	URL_INSIDE,	/* private, link-local and CGNAT addresses; .local, .lan, .internal; names without a dot */
	URL_ANYWHERE,	/* public address or name */
};
enum url_reach url_reach(const char *host);

/*
 * 1 if a browser refuses to open `to` from a page at `page`: an https page may not use ws://, except to this machine
 * (Chromium and Firefox take loopback for trustworthy; Safari doesn't).
 */
int url_is_mixed(const struct url *page, const struct url *to);

#endif

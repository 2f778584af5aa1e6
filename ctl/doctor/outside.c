/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/outside.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lookup.h"
#include "base/text.h"
#include "ctl/doctor/stun.h"

#define TRIES 3
#define WAIT_MS 500 /* for the answer to each try */

/* rtcconfig.DefaultStunServers of livekit-server 1.13.5. */
static const char *const others[] = {
    "global.stun.twilio.com:3478", "stun.l.google.com:19302", "stun1.l.google.com:19302"};

/* One answer to the request within WAIT_MS: 1 with our address as text. errno tells why not; 0 = silence. */
static int
answered(int fd, const struct stun *m, char address[STUN_ADDRESS_TEXT])
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t end = base_clock_mono_ms() + WAIT_MS, left;
	unsigned char got[STUN_MOST];
	struct sockaddr_storage a;
	ssize_t n;

	while ((left = end - base_clock_mono_ms()) > 0 && poll(&p, 1, (int)left) > 0) {
		n = recv(fd, got, sizeof got, 0);
		if (n < 0)
			return 0;
		if (stun_check(got, (size_t)n) == ERR_OK && stun_answers(got, m) &&
		    stun_type(got) == (STUN_BINDING | STUN_SUCCESS) &&
		    stun_address(got, (size_t)n, STUN_MAPPED_ADDRESS, &a) == ERR_OK) {
			stun_address_text(&a, address);
			return 1;
		}
	}
	errno = 0;
	return 0;
}

/* A binding with one server: 1, else 0 with a clause that says why. */
static int
bind_with(const struct addrinfo *to, char address[STUN_ADDRESS_TEXT], const char **why)
{
	int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), i, ok = 0;
	struct stun m;

	stun_begin(&m, STUN_BINDING);
	if (fd < 0 || stun_end(&m) != ERR_OK || connect(fd, to->ai_addr, to->ai_addrlen) != 0) {
		*why = strerror(errno);
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	errno = 0;
	for (i = 0; i < TRIES && !ok && errno == 0; i++)
		ok = send(fd, m.p, m.n, 0) >= 0 && answered(fd, &m, address);
	*why = errno == 0 ? "no answer" : strerror(errno);
	(void)close(fd);
	return ok;
}

/* By its text "host:port", at each of its addresses until one answers; LiveKit takes IPv6, too. */
static int
ask(struct doctor *d, const char *server, char address[STUN_ADDRESS_TEXT], const char **why)
{
	const char *colon = strrchr(server, ':'), *host;
	struct addrinfo *all, *a;
	int ok = 0, brackets = *server == '[';
	long long port;

	*why = "it has no port (host:port)";
	if (colon == NULL || base_text_int(colon + 1, 1, 65535, &port) != ERR_OK)
		return 0;
	host = doctor_text(d, "%.*s", (int)(colon - server) - 2 * brackets, server + brackets);
	if (base_lookup(host, (int)port, SOCK_DGRAM, DOCTOR_TIMEOUT_MS, &all, why) != ERR_OK)
		return 0;
	for (a = all; a != NULL && !ok; a = a->ai_next)
		ok = bind_with(a, address, why);
	freeaddrinfo(all);
	return ok;
}

void
outside_ask(struct doctor *d, const char *path, const struct launcher_document *doc)
{
	const char *server = launcher_document_text(doc, "rtc.stun_servers.0"), *why, *list = "";
	int is_own = *server != '\0', i;
	char address[STUN_ADDRESS_TEXT];

	for (i = 0; is_own ? *server != '\0' : i < 3; i++) {
		if (!is_own)
			server = others[i];
		if (ask(d, server, address, &why)) {
			doctor_ok(d, "stun.reach", "%s answers from here: it sees us as %s", server, address);
			return;
		}
		list = doctor_text(d, "%s%s%s (%s)", list, *list == '\0' ? "" : ", ", server, why);
		if (is_own)
			server = launcher_document_text(doc, doctor_text(d, "rtc.stun_servers.%d", i + 1));
	}
	doctor_error(d, "stun.reach",
	    "set rtc.node_ip to the public address of this machine and rtc.use_external_ip to false; or let UDP out to "
	    "a STUN "
	    "server, and name it in rtc.stun_servers",
	    "%s: no STUN server answers, so LiveKit ends itself (\"could not resolve external IP\"): %s", path, list);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lookup.h"

#include <stdio.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"

/* A lookup, with what it needs: it lives on by itself when nobody waits for it any longer. */
struct lookup {
	struct gaicb request;
	struct addrinfo hints;
	char port[8];
	char host[NI_MAXHOST];
};

/* Until it is done or the time is over: its gai_error(3). */
static int
wait_for(struct lookup *l, int timeout_ms)
{
	const struct gaicb *const list[] = {&l->request};
	int64_t end = base_clock_mono_ms() + timeout_ms, left;
	int rc;

	while ((rc = gai_error(&l->request)) == EAI_INPROGRESS && (left = end - base_clock_mono_ms()) > 0) {
		struct timespec wait = {.tv_sec = left / 1000, .tv_nsec = (long)(left % 1000) * 1000000};

		(void)gai_suspend(list, 1, &wait);
	}
	return rc;
}

enum err
base_lookup(const char *host, int port, int socktype, int timeout_ms, struct addrinfo **out, const char **why)
{
	struct lookup *l = base_mem_alloc(1, sizeof *l);
	struct gaicb *list[1];
	int rc;

	*out = NULL;
	*why = "there is no memory to look it up";
	if (l == NULL)
		return ERR_NOMEM;
	(void)snprintf(l->host, sizeof l->host, "%s", host);
	(void)snprintf(l->port, sizeof l->port, "%d", port);
	l->hints = (struct addrinfo){.ai_socktype = socktype, .ai_flags = AI_NUMERICSERV};
	l->request = (struct gaicb){.ar_name = l->host, .ar_service = l->port, .ar_request = &l->hints};
	list[0] = &l->request;
	rc = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
	if (rc == 0)
		rc = wait_for(l, timeout_ms);
	if (rc == EAI_INPROGRESS) {
		/* What can't be cancelled any more keeps its memory: a handful in the life of a process. */
		if (gai_cancel(&l->request) == EAI_CANCELED)
			base_mem_free(l);
		*why = "no name server has answered in time";
		return ERR_ABSENT;
	}
	*out = l->request.ar_result;
	base_mem_free(l);
	if (rc == 0)
		return ERR_OK;
	*why = gai_strerror(rc);
	return rc == EAI_MEMORY ? ERR_NOMEM : ERR_ABSENT;
}

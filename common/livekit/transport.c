/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/transport_impl.h"

#include <pthread.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "base/mem.h"

struct livekit_transport {
	CURL *curl;
	struct base_buf answer;
	char why[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start_curl(void)
{
	/* Its only failure is memory, and then curl_easy_init fails too. */
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t
receive(char *p, size_t size, size_t n, void *to)
{
	struct base_buf *b = to;

	base_buf_add(b, p, size * n);
	return b->err == ERR_OK ? size * n : 0;
}

static int
set_options(struct livekit_transport *t, int timeout_ms, int skip_tls_verify)
{
	CURL *c = t->curl;
	long connect_ms = timeout_ms < 3000 ? timeout_ms : 3000, verify = skip_tls_verify ? 0L : 1L;

	return curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)LIMIT_PEER_BODY) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, verify) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, verify * 2) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_USERAGENT, "bedrud") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, &t->answer) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->why) == CURLE_OK;
}

enum err
livekit_transport_new(int timeout_ms, int skip_tls_verify, struct livekit_transport **out)
{
	struct livekit_transport *t;

	pthread_once(&once, start_curl);
	t = base_mem_alloc(1, sizeof(*t));
	if (t == NULL)
		return ERR_NOMEM;
	base_buf_init(&t->answer, LIMIT_PEER_BODY);
	t->curl = curl_easy_init();
	if (t->curl == NULL) {
		livekit_transport_free(t);
		return ERR_NOMEM;
	}
	if (!set_options(t, timeout_ms, skip_tls_verify)) {
		livekit_transport_free(t);
		return ERR_BUG;
	}
	*out = t;
	return ERR_OK;
}

void
livekit_transport_free(struct livekit_transport *t)
{
	if (t == NULL)
		return;
	if (t->curl != NULL)
		curl_easy_cleanup(t->curl);
	base_buf_free(&t->answer);
	base_mem_free(t);
}

/* Content type and bearer token; NULL without memory. */
static struct curl_slist *
make_headers(const char *token)
{
	struct curl_slist *list = NULL, *more;
	struct base_buf line;

	base_buf_init(&line, LIMIT_TOKEN + 64);
	base_buf_printf(&line, "Authorization: Bearer %s", token);
	if (line.err == ERR_OK)
		list = curl_slist_append(NULL, "Content-Type: application/json");
	if (list != NULL) {
		more = curl_slist_append(list, line.p);
		if (more == NULL)
			curl_slist_free_all(list);
		list = more;
	}
	base_buf_free(&line);
	return list;
}

enum err
livekit_transport_post(struct livekit_transport *t, const char *url, const char *token, const char *body, long *status,
    const struct base_buf **answer, const char **why)
{
	struct curl_slist *headers = make_headers(token);
	CURLcode rc = CURLE_OUT_OF_MEMORY;

	base_buf_clear(&t->answer);
	t->why[0] = '\0';
	*status = 0;
	*answer = &t->answer;
	if (headers == NULL)
		return ERR_NOMEM;
	if (curl_easy_setopt(t->curl, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
	    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK)
		rc = curl_easy_perform(t->curl);
	(void)curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(headers);
	*why = t->why[0] != '\0' ? t->why : curl_easy_strerror(rc);
	if (rc == CURLE_OUT_OF_MEMORY || t->answer.err == ERR_NOMEM)
		return ERR_NOMEM;
	if (rc == CURLE_FILESIZE_EXCEEDED || t->answer.err == ERR_TOO_BIG)
		return ERR_TOO_BIG;
	if (rc != CURLE_OK)
		return ERR_PEER;
	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, status);
	return ERR_OK;
}

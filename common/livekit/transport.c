/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit/transport_impl.h"

#include <dlfcn.h>
#include <pthread.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

/*
 * libcurl is loaded at the first call, not at start: it brings 27 libraries along, which cost a responder 4 ms of its
 * start and 0.7 MB of private memory (measured on Debian 12), and most processes never call LiveKit.
 */
#define LIBRARY "libcurl.so.4"

static struct {
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_easy_init) init;
	__typeof__(&curl_easy_cleanup) cleanup;
	__typeof__(&curl_easy_setopt) setopt;
	__typeof__(&curl_easy_perform) perform;
	__typeof__(&curl_easy_getinfo) getinfo;
	__typeof__(&curl_easy_strerror) error_text;
	__typeof__(&curl_slist_append) list_append;
	__typeof__(&curl_slist_free_all) list_free;
} curl;

struct livekit_transport {
	CURL *curl;
	struct base_buf answer;
	char why[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static int is_loaded;

/* POSIX: what dlsym gives may be stored in a function pointer, though C has no cast for it. */
static int
find(void *library, const char *name, void *pointer)
{
	void *symbol = dlsym(library, name);

	*(void **)pointer = symbol;
	return symbol != NULL;
}

static void
load_curl(void)
{
	void *l = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (l == NULL) {
		base_log(LOG_LEVEL_ERROR, "unable to load %s (Debian package libcurl4): %s", LIBRARY, dlerror());
		return;
	}
	is_loaded = find(l, "curl_global_init", &curl.global_init) && find(l, "curl_easy_init", &curl.init) &&
	    find(l, "curl_easy_cleanup", &curl.cleanup) && find(l, "curl_easy_setopt", &curl.setopt) &&
	    find(l, "curl_easy_perform", &curl.perform) && find(l, "curl_easy_getinfo", &curl.getinfo) &&
	    find(l, "curl_easy_strerror", &curl.error_text) && find(l, "curl_slist_append", &curl.list_append) &&
	    find(l, "curl_slist_free_all", &curl.list_free) && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
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

	return curl.setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl.setopt(c, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	    curl.setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl.setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_MAXFILESIZE, (long)LIMIT_PEER_BODY) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_SSL_VERIFYPEER, verify) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_SSL_VERIFYHOST, verify * 2) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_USERAGENT, "bedrud") == CURLE_OK &&
	    curl.setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_WRITEDATA, &t->answer) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_ERRORBUFFER, t->why) == CURLE_OK;
}

enum err
livekit_transport_new(int timeout_ms, int skip_tls_verify, struct livekit_transport **out)
{
	struct livekit_transport *t;

	pthread_once(&once, load_curl);
	if (!is_loaded)
		return base_log_err(ERR_CONFIG, "unable to call LiveKit without libcurl");
	t = base_mem_alloc(1, sizeof(*t));
	if (t == NULL)
		return ERR_NOMEM;
	base_buf_init(&t->answer, LIMIT_PEER_BODY);
	t->curl = curl.init();
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
		curl.cleanup(t->curl);
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
		list = curl.list_append(NULL, "Content-Type: application/json");
	if (list != NULL) {
		more = curl.list_append(list, line.p);
		if (more == NULL)
			curl.list_free(list);
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
	if (curl.setopt(t->curl, CURLOPT_URL, url) == CURLE_OK &&
	    curl.setopt(t->curl, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
	    curl.setopt(t->curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK)
		rc = curl.perform(t->curl);
	(void)curl.setopt(t->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl.setopt(t->curl, CURLOPT_POSTFIELDS, NULL);
	curl.list_free(headers);
	*why = t->why[0] != '\0' ? t->why : curl.error_text(rc);
	if (rc == CURLE_OUT_OF_MEMORY || t->answer.err == ERR_NOMEM)
		return ERR_NOMEM;
	if (rc == CURLE_FILESIZE_EXCEEDED || t->answer.err == ERR_TOO_BIG)
		return ERR_TOO_BIG;
	if (rc != CURLE_OK)
		return ERR_PEER;
	(void)curl.getinfo(t->curl, CURLINFO_RESPONSE_CODE, status);
	return ERR_OK;
}

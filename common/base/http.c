/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/log.h"
#include "base/mem.h"

/*
 * libcurl is loaded with the first handle, not at start: it brings 27 libraries along, which cost a responder 4 ms of
 * its start and 0.7 MB of private memory (measured on Debian 12), and most processes never call anybody.
 */
#define LIBRARY "libcurl.so.4"

static struct {
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_easy_init) init;
	__typeof__(&curl_easy_cleanup) cleanup;
	__typeof__(&curl_easy_setopt) setopt;
	__typeof__(&curl_easy_perform) perform;
	__typeof__(&curl_easy_getinfo) getinfo;
	__typeof__(&curl_easy_header) header;
	__typeof__(&curl_easy_strerror) error_text;
	__typeof__(&curl_slist_append) list_append;
	__typeof__(&curl_slist_free_all) list_free;
} curl;

struct base_http {
	struct base_http_conf conf;
	CURL *curl;
	const struct base_http_request *now;	/* the one in hand */
	struct base_buf body;	/* of the answer */
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
	    find(l, "curl_easy_header", &curl.header) &&
	    find(l, "curl_easy_strerror", &curl.error_text) && find(l, "curl_slist_append", &curl.list_append) &&
	    find(l, "curl_slist_free_all", &curl.list_free) && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static size_t
receive(char *p, size_t size, size_t n, void *to)
{
	struct base_http *h = to;
	long status = 0;

	if (h->now->take != NULL && curl.getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
	    status / 100 == 2)
		return h->now->take(h->now->take_arg, status, p, size * n) == ERR_OK ? size * n : 0;
	base_buf_add(&h->body, p, size * n);
	return h->body.err == ERR_OK ? size * n : 0;
}

/* CURLOPT_OPENSOCKETFUNCTION: the address is the one that is connected to next. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	const struct base_http *h = arg;

	(void)purpose;
	if (!h->conf.may_connect(h->conf.arg, &a->addr))
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int
set_limits(struct base_http *h)
{
	CURL *c = h->curl;
	int timeout_ms = h->conf.timeout_ms;
	long connect_ms = timeout_ms < 3000 ? timeout_ms : 3000, verify = h->conf.skip_tls_verify ? 0L : 1L;

	return curl.setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl.setopt(c, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	    curl.setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl.setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_SSL_VERIFYPEER, verify) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_SSL_VERIFYHOST, verify * 2) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_USERAGENT, "bedrud") == CURLE_OK;
}

static int
set_callbacks(struct base_http *h)
{
	CURL *c = h->curl;

	return curl.setopt(c, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_ERRORBUFFER, h->why) == CURLE_OK &&
	    (h->conf.may_connect == NULL ||
	    (curl.setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_OPENSOCKETDATA, h) == CURLE_OK));
}

enum err
base_http_new(const struct base_http_conf *c, struct base_http **out)
{
	struct base_http *h;

	pthread_once(&once, load_curl);
	if (!is_loaded)
		return base_log_err(ERR_CONFIG, "unable to speak HTTP without libcurl");
	h = base_mem_alloc(1, sizeof(*h));
	if (h == NULL)
		return ERR_NOMEM;
	h->conf = *c;
	base_buf_init(&h->body, c->most);
	h->curl = curl.init();
	if (h->curl == NULL) {
		base_http_free(h);
		return ERR_NOMEM;
	}
	if (!set_limits(h) || !set_callbacks(h)) {
		base_http_free(h);
		return ERR_BUG;
	}
	*out = h;
	return ERR_OK;
}

void
base_http_free(struct base_http *h)
{
	if (h == NULL)
		return;
	if (h->curl != NULL)
		curl.cleanup(h->curl);
	base_buf_free(&h->body);
	base_mem_free(h);
}

/* ERR_NOMEM leaves *out NULL; it is NULL without headers, too. */
static enum err
make_headers(const char *const *headers, struct curl_slist **out)
{
	struct curl_slist *more;

	*out = NULL;
	for (; headers != NULL && *headers != NULL; headers++) {
		more = curl.list_append(*out, *headers);
		if (more == NULL) {
			curl.list_free(*out);
			*out = NULL;
			return ERR_NOMEM;
		}
		*out = more;
	}
	return ERR_OK;
}

/* A body that is handed over may be as large as it likes, and take its time as long as it comes. */
static int
set_patience(const struct base_http *h, const struct base_http_request *r)
{
	int is_stream = r->take != NULL && r->stall_s > 0;
	long whole_ms = is_stream ? 0L : (long)h->conf.timeout_ms, stall_s = is_stream ? (long)r->stall_s : 0L;
	/* libcurl minds the length that a HEAD tells of, too. */
	curl_off_t most = r->take != NULL || strcmp(r->method, "HEAD") == 0 ? 0 : (curl_off_t)h->conf.most;

	return curl.setopt(h->curl, CURLOPT_TIMEOUT_MS, whole_ms) == CURLE_OK &&
	    curl.setopt(h->curl, CURLOPT_LOW_SPEED_LIMIT, is_stream ? 1L : 0L) == CURLE_OK &&
	    curl.setopt(h->curl, CURLOPT_LOW_SPEED_TIME, stall_s) == CURLE_OK &&
	    curl.setopt(h->curl, CURLOPT_MAXFILESIZE_LARGE, most) == CURLE_OK;
}

static int
set_request(CURL *c, const struct base_http_request *r, struct curl_slist *headers)
{
	int good = r->body == NULL ? curl.setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK
				   : curl.setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
		curl.setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_n) == CURLE_OK &&
		curl.setopt(c, CURLOPT_POSTFIELDS, r->body) == CURLE_OK;

	return good && curl.setopt(c, CURLOPT_NOBODY, strcmp(r->method, "HEAD") == 0 ? 1L : 0L) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_CUSTOMREQUEST, r->method) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_URL, r->url) == CURLE_OK &&
	    curl.setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK;
}

static void
read_headers(struct base_http *h, struct base_http_answer *out)
{
	struct curl_header *etag;
	curl_off_t length = -1;

	(void)curl.getinfo(h->curl, CURLINFO_RESPONSE_CODE, &out->status);
	if (curl.getinfo(h->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK)
		out->length = length;
	if (curl.header(h->curl, "ETag", 0, CURLH_HEADER, -1, &etag) == CURLHE_OK)
		out->etag = etag->value;
}

enum err
base_http_send(struct base_http *h, const struct base_http_request *r, struct base_http_answer *out)
{
	struct curl_slist *headers;
	CURLcode rc = CURLE_OUT_OF_MEMORY;

	base_buf_clear(&h->body);
	h->why[0] = '\0';
	h->now = r;
	*out = (struct base_http_answer){ .body = &h->body, .length = -1, .etag = "", .why = "there is no memory" };
	if (make_headers(r->headers, &headers) != ERR_OK)
		return ERR_NOMEM;
	if (set_patience(h, r) && set_request(h->curl, r, headers))
		rc = curl.perform(h->curl);
	(void)curl.setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl.setopt(h->curl, CURLOPT_POSTFIELDS, NULL);
	curl.list_free(headers);
	out->why = h->why[0] != '\0' ? h->why : curl.error_text(rc);
	if (rc == CURLE_OUT_OF_MEMORY || h->body.err == ERR_NOMEM)
		return ERR_NOMEM;
	read_headers(h, out);
	if (rc == CURLE_FILESIZE_EXCEEDED || h->body.err == ERR_TOO_BIG)
		return ERR_TOO_BIG;
	return rc == CURLE_OK ? ERR_OK : ERR_PEER;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects in a bucket of any S3-compatible server: fetch, look, put, delete, list, and links for others to fetch by.
 * A handle belongs to one thread. Requests are signed in their address (object/sign.h), which never is logged.
 */
#ifndef OBJECT_BUCKET_H
#define OBJECT_BUCKET_H
#include "object/fault.h"
#include "object/sign.h"
#include "object/xml.h"

struct object_bucket;

/* place is borrowed, as all in it. timeout_ms: of a whole call, but for object_bucket_get. */
enum err object_bucket_new(const struct object_place *place, int timeout_ms,
    struct object_bucket **out) BASE_MUST_CHECK;
void object_bucket_free(struct object_bucket *b);	/* NULL is fine */

/*
 * Each call: ERR_ABSENT: there is no such object. ERR_CONFIG: the server refuses, or knows no such bucket or key: what
 * the administrator must mend. ERR_PEER: no server, no answer, or a broken one: may be better later. ERR_NOMEM.
 * ERR_CONFIG and ERR_PEER are logged, and object_bucket_problem() says the same as a sentence for the
 * administrator (it holds the address and the bucket, no secret; borrowed until the next call), object_bucket_fault()
 * which it is.
 */
enum object_fault object_bucket_fault(const struct object_bucket *b);
const char *object_bucket_problem(const struct object_bucket *b);

struct object_info {
	int64_t size;
	char etag[72];			/* with its quotes; "" = the server gave none */
};
enum err object_bucket_head(struct object_bucket *b, const char *key, struct object_info *out) BASE_MUST_CHECK;

/*
 * Fetches the object that info tells of into the file at fd, behind what it holds already (an earlier call that broke
 * off, of the same info; more than there should be is thrown away first). A broken connection is continued three times;
 * one over which nothing comes for 30 s is broken. ERR_OK: the file has info->size bytes. ERR_CONFLICT: the object is
 * another one by now. ERR_IO (logged): the file can't be written; ERR_PEER leaves what came.
 */
enum err object_bucket_get(struct object_bucket *b, const char *key, const struct object_info *info,
    int fd) BASE_MUST_CHECK;

/* `keep` is called every few seconds while an object comes; anything but ERR_OK ends object_bucket_get() with it. */
void object_bucket_keep(struct object_bucket *b, enum err (*keep)(void *arg), void *arg);

/* A small object (LIMIT_PEER_BODY at most), in the place of what is there. */
enum err object_bucket_put(struct object_bucket *b, const char *key, const void *data, size_t n,
    const char *content_type) BASE_MUST_CHECK;

/* That nothing is there is ERR_OK. */
enum err object_bucket_delete(struct object_bucket *b, const char *key) BASE_MUST_CHECK;

/* A page of the objects whose keys begin with prefix, in the order of keys. from: NULL, then page->next. */
enum err object_bucket_list(struct object_bucket *b, struct base_arena *a, const char *prefix, const char *from,
    struct object_page *page) BASE_MUST_CHECK;

/*
 * Appends a link by which anybody can fetch the object for life_s seconds (1 to 604800), who then is offered to keep it
 * as file_name (UTF-8; NULL = the key's). Nothing is asked of the server. As object_sign_url().
 */
void object_bucket_link(const struct object_place *place, const char *key, const char *file_name, int64_t now_s,
    int64_t life_s, struct base_buf *out);

#endif

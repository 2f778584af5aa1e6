/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file as the answer: whole, or the part that the client asks for, so that a download can go on where it stopped
 * (RFC 9110 sections 13 and 14: ETag, If-None-Match, Range of one part, If-Range).
 */
#ifndef WEB_FILE_H
#define WEB_FILE_H
#include "web/reply.h"
#include "web/request.h"

/*
 * Takes fd over, whatever it returns. etag is a quoted string that changes when the bytes do; content_type a literal.
 * The status becomes 200, 206, 304 or 416. ERR_IO when fd is no regular file, ERR_INPUT for a strange etag.
 */
enum err web_file_send(const struct web_request *r, struct web_reply *reply, int fd, const char *content_type,
    const char *etag) BASE_MUST_CHECK;

/*
 * Reads a Range header against a size: 1 and the part in *at and *n; 0 when there is nothing to heed (none, several
 * parts, another unit, nonsense): the whole; -1 when no byte of it is there.
 */
int web_file_range(const char *header, int64_t size, int64_t *at, int64_t *n);

/*
 * Content-Disposition for people: attachment, or inline; the name in ASCII with anything else as '_', and again whole
 * in UTF-8 (RFC 6266).
 */
enum err web_file_name(struct web_reply *reply, int is_inline, const char *name) BASE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP reply: status, headers, body, sent in one piece after the handler has returned. Header values with bytes <
 * 0x20 or 0x7f are refused.
 */
#ifndef WEB_REPLY_H
#define WEB_REPLY_H
#include <stdint.h>
#include "base/buf.h"
#include "base/json.h"

struct web_reply {
	int status;			/* 200 until set */
	const char *content_type;	/* "application/json" until set; a literal */
	struct base_buf headers;	/* "Name: value\r\n"… */
	struct base_buf body;
	int file;			/* a descriptor whose bytes are the body, -1 = none; closed by the reply */
	int64_t file_at, file_n;	/* from where, how many bytes */
	const char *cache;		/* Cache-Control: "no-store" until set; a literal */
};

void web_reply_init(struct web_reply *r);
void web_reply_clear(struct web_reply *r);	/* for the next request: keeps the memory */
void web_reply_free(struct web_reply *r);

/* ERR_INPUT for a value that would split the reply. */
enum err web_reply_header(struct web_reply *r, const char *name, const char *value) BASE_MUST_CHECK;

enum { WEB_COOKIE_SECURE = 1, WEB_COOKIE_NONE = 2 /* SameSite=None, else Lax */ };
/* Path=/, HttpOnly. max_age in s, 0 clears the cookie. domain "" = none. */
enum err web_reply_cookie(struct web_reply *r, const char *name, const char *value, long max_age, const char *domain,
    unsigned flags) BASE_MUST_CHECK;

/* Replaces the body by {"error": text}, and the status. Headers stay. */
void web_reply_error(struct web_reply *r, int status, const char *text);

#endif

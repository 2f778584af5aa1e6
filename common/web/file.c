/* SPDX-License-Identifier: Apache-2.0 */
#include "web/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A number of at most 18 digits, so that nothing overflows; -1 when there is none. Leaves *s behind it. */
static int64_t
number(const char **s)
{
	int64_t n = 0;
	int digits = 0;

	for (; **s >= '0' && **s <= '9'; ++*s) {
		if (++digits > 18)
			return -1;
		n = 10 * n + (**s - '0');
	}
	return digits > 0 ? n : -1;
}

int
web_file_range(const char *header, int64_t size, int64_t *at, int64_t *n)
{
	int64_t first, last;

	*at = 0;
	*n = size;
	if (strncmp(header, "bytes=", 6) != 0)
		return 0;
	header += 6;
	first = number(&header);
	if (*header++ != '-')
		return 0;
	last = number(&header);
	if (*header != '\0' || (first < 0 && last < 0) || (first >= 0 && last >= 0 && last < first))
		return 0;
	if (first < 0) {	/* the last so many */
		if (last == 0 || size == 0)
			return -1;
		*n = last < size ? last : size;
		*at = size - *n;
		return 1;
	}
	if (first >= size)
		return -1;
	*at = first;
	*n = (last < 0 || last >= size ? size - 1 : last) - first + 1;
	return 1;
}

static const char *
header(const struct web_request *r, const char *name)
{
	const char *value = r->var(r, name);

	return value == NULL ? "" : value;
}

/* The tag stands in the list, or the list is "*". Weak ones count as well: it is about one file. */
static int
has_tag(const char *list, const char *etag)
{
	return strcmp(list, "*") == 0 || (*list != '\0' && strstr(list, etag) != NULL);
}

static enum err
put_part(struct web_reply *reply, int status, int64_t at, int64_t n, int64_t size)
{
	char text[96];

	reply->status = status;
	if (status == 416)
		(void)snprintf(text, sizeof(text), "bytes */%lld", (long long)size);
	else
		(void)snprintf(text, sizeof(text), "bytes %lld-%lld/%lld", (long long)at, (long long)(at + n - 1),
		    (long long)size);
	return web_reply_header(reply, "Content-Range", text);
}

enum err
web_file_send(const struct web_request *r, struct web_reply *reply, int fd, const char *content_type, const char *etag)
{
	const char *if_range = header(r, "HTTP_IF_RANGE");
	int64_t at, n;
	struct stat st;
	enum err e;
	int part;

	reply->file = fd;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ERR_IO;
	if ((e = web_reply_header(reply, "ETag", etag)) != ERR_OK ||
	    (e = web_reply_header(reply, "Accept-Ranges", "bytes")) != ERR_OK)
		return e;
	reply->content_type = content_type;
	reply->cache = "private, no-cache";
	if (has_tag(header(r, "HTTP_IF_NONE_MATCH"), etag)) {
		reply->status = 304;
		return ERR_OK;		/* file_n is 0: nothing is sent */
	}
	part = *if_range != '\0' && strcmp(if_range, etag) != 0 ? 0 :
	    web_file_range(header(r, "HTTP_RANGE"), st.st_size, &at, &n);
	if (part < 0)
		return put_part(reply, 416, 0, 0, st.st_size);
	reply->file_at = part > 0 ? at : 0;
	reply->file_n = part > 0 ? n : st.st_size;
	return part > 0 ? put_part(reply, 206, at, n, st.st_size) : ERR_OK;
}

enum err
web_file_name(struct web_reply *reply, int is_inline, const char *name)
{
	struct base_buf b;
	enum err e;

	base_buf_init(&b, 4096);
	base_buf_printf(&b, "%s; filename=\"", is_inline ? "inline" : "attachment");
	for (const unsigned char *p = (const unsigned char *)name; *p != '\0'; p++)
		base_buf_printf(&b, "%c", *p < 0x20 || *p >= 0x7f || strchr("\"\\%", *p) != NULL ? '_' : *p);
	base_buf_str(&b, "\"; filename*=UTF-8''");
	for (const unsigned char *p = (const unsigned char *)name; *p != '\0'; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
		    strchr("-._~", *p) != NULL)
			base_buf_printf(&b, "%c", *p);
		else
			base_buf_printf(&b, "%%%02X", *p);
	e = b.err == ERR_OK ? web_reply_header(reply, "Content-Disposition", b.p) : b.err;
	base_buf_free(&b);
	return e;
}

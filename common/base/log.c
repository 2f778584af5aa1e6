/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"

#define PATIENCE_MS 1000

static const char *program = "bedrud";
static enum base_log_level threshold = LOG_LEVEL_INFO;
static void (*diverted)(void *arg, enum base_log_level level, const char *text);
static void *diverted_arg;
static const char *const words[] = {"debug", "info", "warning", "error"};

void
base_log_program(const char *name)
{
	program = name;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR); /* gets the lowest that is free: this one */
}

void
base_log_threshold(enum base_log_level level)
{
	threshold = level;
}

void
base_log_divert(void (*fn)(void *arg, enum base_log_level level, const char *text), void *arg)
{
	diverted = fn;
	diverted_arg = arg;
}

enum err
base_log_level_parse(const char *word, enum base_log_level *out)
{
	static const struct { const char *word; enum base_log_level level; } levels[] = {
	    {"", LOG_LEVEL_INFO}, {"trace", LOG_LEVEL_DEBUG}, {"debug", LOG_LEVEL_DEBUG}, {"info", LOG_LEVEL_INFO},
	    {"warn", LOG_LEVEL_WARN}, {"error", LOG_LEVEL_ERROR}};

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (strcmp(levels[i].word, word) == 0) {
			*out = levels[i].level;
			return ERR_OK;
		}
	return ERR_INPUT;
}

/* Copies text with control bytes as \xNN; always leaves room for the newline. Returns the length. */
static size_t
encode(char *out, size_t room, const char *text)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p != '\0' && n + 5 < room; p++) {
		if (*p < 0x20 || *p == 0x7f)
			n += (size_t)snprintf(out + n, 5, "\\x%02x", *p);
		else
			out[n++] = (char)*p;
	}
	out[n++] = '\n';
	return n;
}

void
base_log_bytes(int fd, const char *p, size_t n)
{
	static atomic_int is_stuck;
	struct pollfd out = {.fd = fd, .events = POLLOUT};
	ssize_t wrote;
	int ready;

	while (n > 0) {
		ready = poll(&out, 1, is_stuck ? 0 : PATIENCE_MS);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0) {
			is_stuck = 1;
			return;
		}
		is_stuck = 0;
		/* A pipe that takes something takes so much. A log that can't be written has nowhere to say so. */
		wrote = write(fd, p, n < PIPE_BUF ? n : PIPE_BUF);
		if (wrote < 0 && errno != EINTR)
			return;
		p += wrote > 0 ? wrote : 0;
		n -= wrote > 0 ? (size_t)wrote : 0;
	}
}

static void
write_line(enum base_log_level level, const char *fmt, va_list ap) BASE_PRINTF(2, 0);

static void
write_line(enum base_log_level level, const char *fmt, va_list ap)
{
	char text[LIMIT_LOG_LINE], line[LIMIT_LOG_LINE];
	int head = 0, saved = errno;
	size_t n;

	if (level < threshold || level >= LOG_LEVEL_NONE)
		return;
	if (diverted != NULL) {
		vsnprintf(text, sizeof text, fmt, ap);
		diverted(diverted_arg, level, text);
		errno = saved;
		return;
	}
	head = snprintf(text, sizeof text, "%s: %s: ", program, words[level]);
	if (head < 0 || (size_t)head >= sizeof text)
		head = 0;
	vsnprintf(text + head, sizeof text - (size_t)head, fmt, ap);
	n = encode(line, sizeof line, text);
	base_log_bytes(STDERR_FILENO, line, n);
	errno = saved;
}

void
base_log(enum base_log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(level, fmt, ap);
	va_end(ap);
}

void
base_log_kind(enum err kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line((enum base_log_level)base_err_level(kind), fmt, ap);
	va_end(ap);
}

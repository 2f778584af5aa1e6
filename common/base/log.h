/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines on standard error: "prog: level: text". Control bytes are written as \xNN, so that nothing a stranger
 * sent can forge a line. Secrets are never passed here: there is no filter that would save you.
 * Thread-safe: one write(2) per line, at most LIMIT_LOG_LINE bytes.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include <stddef.h>
#include "base/err.h"

enum base_log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR, LOG_LEVEL_NONE };

/*
 * Names the program (borrowed for the life of the process). Until called, the name is "bedrud". To be called before any
 * file is opened: a standard descriptor (0, 1, 2) that the parent left closed, as FastCGI allows, becomes /dev/null, or
 * lines would go into whatever gets its number.
 */
void base_log_program(const char *name);

/* Lines below this level are dropped. Default LOG_LEVEL_INFO. */
void base_log_threshold(enum base_log_level level);

/* Level for a config word ("trace","debug","info","warn","error"; "" = info). ERR_INPUT for another word. */
enum err base_log_level_parse(const char *word, enum base_log_level *out) BASE_MUST_CHECK;

/*
 * Lines go to fn (text alone, as it was given; borrowed for the call) and no longer to standard error; NULL: back
 * again. For a program that shows a complaint as its answer. Not thread-safe: for programs of one thread.
 */
void base_log_divert(void (*fn)(void *arg, enum base_log_level level, const char *text), void *arg);

void base_log(enum base_log_level level, const char *fmt, ...) BASE_PRINTF(2, 3);

/*
 * Bytes of a line as they are, onto fd. Who reads them may have stopped (less, Ctrl-S, a pipe nobody empties): after a
 * second the line is lost, and so are those that follow until there is room again, rather than that all else waits.
 */
void base_log_bytes(int fd, const char *p, size_t n);

/*
 * Logs and is the kind, for `return base_log_err(ERR_IO, "unable to open %s: %s", …)`. The level is the kind's.
 * A macro, so that compilers and analysers see that the value is the kind; kind is evaluated twice.
 */
#define base_log_err(kind, ...) (base_log_kind((kind), __VA_ARGS__), (kind))
void base_log_kind(enum err kind, const char *fmt, ...) BASE_PRINTF(2, 3);

#endif

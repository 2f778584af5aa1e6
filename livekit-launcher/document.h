/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML file of LiveKit's, as a flat list of what it says, each with its line: for explaining a file that somebody
 * wrote by hand. Pure: text in, list out. Anchors are read where they stand; what an alias (*name) or a merge (<<)
 * brings isn't followed, so that no file grows while it is read.
 */
#ifndef LAUNCHER_DOCUMENT_H
#define LAUNCHER_DOCUMENT_H
#include "base/arena.h"

#define LAUNCHER_DOCUMENT_MOST 4096	/* entries; more is no LiveKit configuration */

struct launcher_document_entry {
	const char *path;	/* "rtc.tcp_port"; the elements of a list are "webhook.urls.0", "webhook.urls.1" … */
	const char *name;	/* its last part */
	const char *value;	/* NULL: a section, a list or an alias */
	int depth;		/* 1: at the top */
	int line;
};

struct launcher_document {
	struct launcher_document_entry *entries;
	size_t n;
	const char *problem;	/* NULL: none; else what is wrong at line and column (from 1), a clause for people */
	int line, column;
};

/*
 * Reads n bytes; everything lives in the arena. ERR_INPUT: `problem` says why (no YAML, a key given twice, no mapping
 * at the top, too much); the entries before it are there. ERR_NOMEM. Nothing but comments is a good, empty document.
 */
enum err launcher_document_read(struct base_arena *a, const char *text, size_t n,
    struct launcher_document *out) BASE_MUST_CHECK;

/* The entry at that path, or NULL. */
const struct launcher_document_entry *launcher_document_find(const struct launcher_document *d, const char *path);

/* The scalar at that path; "" without one. */
const char *launcher_document_text(const struct launcher_document *d, const char *path);

/* 1 if the scalar at that path is one of YAML's words for true. */
int launcher_document_true(const struct launcher_document *d, const char *path);

#endif

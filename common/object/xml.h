/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S3's answers: as much XML as they are. A peer's bytes: nothing in them is believed beyond its place; what can't be
 * read is absent. Pure.
 */
#ifndef OBJECT_XML_H
#define OBJECT_XML_H
#include <stdint.h>
#include "base/arena.h"

struct object_entry {
	const char *key;
	int64_t size;
	int64_t modified_at;		/* ns since 1970 */
};

/* Most entries of a page, as S3 has it; most bytes of a place in the list, with the NUL. */
#define OBJECT_PAGE 1000
#define OBJECT_NEXT 4096

struct object_page {
	struct object_entry *entries;
	size_t n;
	const char *next;		/* where the next page begins; NULL = this is the last */
};

/* The text of the first element of that name in n bytes, its entities resolved, in the arena; NULL without, or without
 * memory. */
const char *object_xml_text(struct base_arena *a, const char *xml, size_t n, const char *name);

/* A ListBucketResult (ListObjectsV2). ERR_INPUT when it is none, an entry has no key, or there are more entries or a
 * longer next than said above; ERR_NOMEM. */
enum err object_xml_page(struct base_arena *a, const char *xml, size_t n, struct object_page *out) BASE_MUST_CHECK;

#endif

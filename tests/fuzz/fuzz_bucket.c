/* SPDX-License-Identifier: Apache-2.0 */
/* What an S3 server answers: a list of objects, or why not. */
#include "tests/fuzz/fuzz.h"

#include "object/fault.h"
#include "object/xml.h"

int
fuzz_one(const uint8_t *p, size_t n)
{
	struct object_page page;
	struct base_arena a;
	const char *code;

	base_arena_init(&a, 64 << 20);
	code = object_xml_text(&a, (const char *)p, n, "Code");
	FUZZ_MUST(code == NULL || strlen(code) <= n);
	(void)object_fault_of(400, code != NULL ? code : "");
	if (object_xml_page(&a, (const char *)p, n, &page) == ERR_OK) {
		for (size_t i = 0; i < page.n; i++)
			FUZZ_MUST(strlen(page.entries[i].key) <= n && page.entries[i].size >= 0);
		FUZZ_MUST(page.next == NULL || strlen(page.next) <= n);
	}
	base_arena_free(&a);
	return 0;
}

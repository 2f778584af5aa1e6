/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A LiveKit configuration that somebody wrote by hand, and what the doctor finds in it: entries have a line within the
 * text, a problem has a place, and whatever the text is, the findings are JSON.
 */
#include "tests/fuzz/fuzz.h"

#include "base/json.h"
#include "ctl/doctor/file.h"

static void
look_at(const struct launcher_document *doc, enum err e, int lines)
{
	size_t i;

	FUZZ_MUST(doc->n <= LAUNCHER_DOCUMENT_MOST);
	FUZZ_MUST(e == ERR_OK || e == ERR_INPUT || e == ERR_NOMEM);
	FUZZ_MUST((e == ERR_INPUT) == (doc->problem != NULL));
	FUZZ_MUST(e != ERR_INPUT || (doc->line >= 1 && doc->line <= lines && doc->column >= 1));
	for (i = 0; i < doc->n; i++) {
		const struct launcher_document_entry *entry = &doc->entries[i];
		size_t path = strlen(entry->path), name = strlen(entry->name);

		FUZZ_MUST(entry->line >= 1 && entry->line <= lines && entry->depth >= 1);
		FUZZ_MUST(name <= path && strcmp(entry->path + path - name, entry->name) == 0);
	}
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	static const struct ctl ctl = {.json = 1};
	struct doctor d = {.ctl = &ctl};
	struct launcher_document doc;
	json_object *all;
	int lines = 2;
	enum err e;

	/* libyaml also ends a line at CR, NEL, LS and PS. */
	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n' || p[i] == '\r' || p[i] == 0x85 || p[i] == 0xa8 || p[i] == 0xa9;
	base_arena_init(&d.arena, 64 << 20);
	base_buf_init(&d.json, 64 << 20);
	base_buf_str(&d.json, "{\"checks\":[");
	e = launcher_document_read(&d.arena, (const char *)p, n, &doc);
	look_at(&doc, e, lines);
	if (e == ERR_OK) {
		doctor_file_fields(&d, "f", &doc);
		doctor_file_keys(&d, "f", &doc, "devkey");
		(void)doctor_file_external_ip(&d, "f", &doc);
		doctor_file_turn(&d, "f", &doc);
		doctor_file_rooms(&d, "f", &doc);
		FUZZ_MUST(d.count[0] + d.count[1] + d.count[2] >= 5);
		base_buf_str(&d.json, "]}");
		FUZZ_MUST(d.json.err == ERR_OK && base_json_object(&d.arena, d.json.p, d.json.n, &all) == ERR_OK);
	}
	base_buf_free(&d.json);
	base_arena_free(&d.arena);
	return 0;
}

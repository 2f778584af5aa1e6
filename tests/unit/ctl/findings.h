/* SPDX-License-Identifier: Apache-2.0 */
/* A doctor without an installation, for tests of rules: what they find is kept as JSON, and nothing is printed. */
#ifndef TESTS_CTL_FINDINGS_H
#define TESTS_CTL_FINDINGS_H
#include "tests/unit/unit.h"

#include "base/json.h"
#include "ctl/doctor/say.h"

static const struct ctl findings_ctl = {.json = 1};

static inline void
findings_open(struct doctor *d)
{
	memset(d, 0, sizeof *d);
	d->ctl = &findings_ctl;
	base_arena_init(&d->arena, 16 << 20);
	base_buf_init(&d->json, 1 << 20);
	base_json_open(&d->json, NULL, '[');
}

static inline void
findings_close(struct doctor *d)
{
	base_buf_free(&d->json);
	base_arena_free(&d->arena);
}

/* Forgets what was found. */
static inline void
findings_clear(struct doctor *d)
{
	memset(d->count, 0, sizeof d->count);
	base_buf_clear(&d->json);
	base_json_open(&d->json, NULL, '[');
}

/* Exactly one finding: check, level, words of what was seen, words of the fix ("" for none). Then forgets it. */
static inline void
findings_one(struct doctor *d, enum doctor_level level, const char *check, const char *seen, const char *fix)
{
	const char *levels[] = {"ok", "warning", "error"};
	char head[200];

	if (d->count[0] + d->count[1] + d->count[2] != 1)
		fail_msg("one finding was expected: %s", d->json.p);
	(void)snprintf(head, sizeof head, "[{\"check\":\"%s\",\"level\":\"%s\",\"seen\":\"", check, levels[level]);
	if (strncmp(d->json.p, head, strlen(head)) != 0 || strstr(d->json.p, seen) == NULL ||
	    strstr(strstr(d->json.p, "\"fix\":"), fix) == NULL)
		fail_msg("expected %s %s \"%s\" \"%s\", found %s", levels[level], check, seen, fix, d->json.p);
	assert_true((level == DOCTOR_OK) == (strstr(d->json.p, "\"fix\":null") != NULL));
	findings_clear(d);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Files that say they are recordings: nothing outside is read, it ends, and a good one lasts and shows something. */
#include "tests/fuzz/fuzz.h"

#include "object/mp4.h"

struct file {
	const uint8_t *p;
	size_t n, reads;
};

static int
read_bytes(void *arg, int64_t at, void *to, size_t n)
{
	struct file *f = arg;

	FUZZ_MUST(at >= 0 && (uint64_t)at <= f->n && n <= f->n - (size_t)at);
	FUZZ_MUST(++f->reads < 30000);
	memcpy(to, f->p + at, n);
	return 0;
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	struct file f = { p, n, 0 };
	enum object_mp4_flaw flaw;
	struct object_mp4 m;

	FUZZ_MUST(object_mp4_check(read_bytes, &f, (int64_t)n, &m, &flaw) == ERR_OK);
	FUZZ_MUST(m.duration_ms >= 0 && *object_mp4_text(flaw) != '\0');
	if (flaw == OBJECT_MP4_GOOD)
		FUZZ_MUST(m.duration_ms > 0 && (m.has_video || m.has_audio));
	return 0;
}
